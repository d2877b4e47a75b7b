"""Teaching as a benchmark: gains, controls and the matrix, on a toy world whose truth is known."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from inspect_ai.log import EvalLog

from lbt_solvers.errors import UsageError
from lbt_tasks.cli import main
from lbt_tasks.teaching.matrix import gain_matrix, read_results
from lbt_tasks.teaching.task import teaching
from tests.evaluating import evaluate
from tests.synthetic import world
from tests.synthetic.running import scripted, values


def write(path: Path, count: int = 4, solution: bool = True) -> tuple[str, str]:
    taught = world.problems(count)
    rows = [
        {
            "id": each.id,
            "question": each.question,
            "answer": each.answer,
            "metadata": {"subject": "sums", **({"solution": f"{world.RIGHT}: I compute."} if solution else {})},
        }
        for each in taught
    ]
    asked = [
        {"id": each.id, "question": each.question, "answer": each.answer, "metadata": dict(each.metadata)}
        for each in world.bank(taught)
    ]
    for name, content in (("problems", rows), ("bank", asked)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
    return str(path / "problems.jsonl"), str(path / "bank.jsonl")


def run(path: Path, model: Any, **options: Any) -> EvalLog:
    data, bank = write(path, solution=options.pop("solution", True))
    task = teaching(data, bank=bank, exam="variants", rationales=8, **options)
    roles = {"student": scripted("student")}
    return evaluate(task, model=model, model_roles=roles, log_dir=str(path / "logs"))


def test_the_gain_lies_between_no_demonstration_and_the_worked_solution(tmp_path: Path) -> None:
    found = values(run(tmp_path, scripted("teacher")))
    assert found["control"] == 0.0
    assert found["gold"] == 1.0
    assert 0.0 < found["taught"] < 0.5  # the share of right rationales
    assert found["gain"] == pytest.approx(found["taught"] - found["control"])


def test_a_better_teacher_has_a_larger_gain(tmp_path: Path) -> None:
    for name, text in (("good", f"{world.RIGHT}: so.\n\nANSWER: 1"), ("bad", f"{world.WRONG}: so.\n\nANSWER: 1")):
        run(tmp_path, scripted(name, text=text))
    cells = gain_matrix(read_results([str(tmp_path / "logs")]))
    assert cells["scripted/good", "scripted/student", ""].gain.mean == 1.0
    assert cells["scripted/bad", "scripted/student", ""].gain.mean == 0.0
    assert cells["scripted/bad", "scripted/student", ""].below_gold.mean == 1.0  # type: ignore[union-attr]


def test_without_worked_solutions_there_is_no_gold_control(tmp_path: Path) -> None:
    run(tmp_path, scripted("teacher"), solution=False)
    (cell,) = gain_matrix(read_results([str(tmp_path / "logs")])).values()
    assert cell.below_gold is None


def test_the_worked_solution_reaches_neither_the_teacher_nor_the_sample(tmp_path: Path) -> None:
    log = run(tmp_path, scripted("teacher"))
    assert log.samples
    for sample in log.samples:
        assert "solution" not in sample.metadata
        assert world.RIGHT not in str(sample.input)


def test_the_report_s_matrix(tmp_path: Path) -> None:
    run(tmp_path, scripted("teacher"))
    logs = str(tmp_path / "logs")
    printed = CliRunner().invoke(main, ["report", "--teaching", logs])
    assert printed.exit_code == 0, printed.output
    assert "scripted/teacher" in printed.output
    (row,) = json.loads(CliRunner().invoke(main, ["report", "--teaching", "--json", logs]).output)
    assert row["problems"] == 4
    assert row["gain"] == pytest.approx(row["taught"] - row["control"])


def test_logs_of_another_task_are_passed_over(tmp_path: Path) -> None:
    from tests.synthetic.running import toy_task

    evaluate(toy_task(1), model=scripted("teacher"), log_dir=str(tmp_path / "logs"))
    with pytest.raises(UsageError, match="inspect eval lbt_tasks/teaching"):
        read_results([str(tmp_path / "logs")])
