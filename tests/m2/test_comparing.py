"""Tables of teachers over runs, and the rounds that call the commands."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from lbt_solvers.errors import UsageError
from lbt_tasks.classroom.models import classroom_model_path
from lbt_tasks.cli import main
from lbt_tasks.training import comparing, iterate
from lbt_tasks.training.comparing import GROUPS, Graded

PROBLEMS = tuple(f"nearest-ten-{n}-2-p1" for n in range(4)) + tuple(f"mean-{n}-2-3-p0" for n in range(4))


def graded(model: str, right: int, group: str = GROUPS[0]) -> Graded:
    values = tuple(float(i < right) for i in range(len(PROBLEMS)))
    return Graded(model, group, PROBLEMS, dict.fromkeys(comparing.MEASURES, values))


def test_differences_are_paired_and_drawn_by_run_or_by_type() -> None:
    one = [graded("original", 2), graded("correctness", 4), graded("lbt", 6)]
    gain = comparing.difference([one], GROUPS[0], "lbt", "original", "greedy")
    assert gain.mean == 0.5 and gain.low < 0  # two types of the same gain prove nothing
    rights = (6, 2, 8, 4, 3)
    runs = [[graded("original", 2), graded("lbt", right)] for right in rights]
    gain = comparing.difference(runs, GROUPS[0], "lbt", "original", "greedy")
    expected = stats.t.interval(0.95, 4, np.mean(rights) / 8 - 0.25, stats.sem(rights) / 8)
    assert gain == pytest.approx((np.mean(rights) / 8 - 0.25, *expected))


def test_tables_from_saved_results(tmp_path: Path) -> None:
    rows = [graded("original", 2), graded("correctness", 4), graded("lbt", 8)]
    comparing.save(rows, tmp_path / "0.json")
    assert comparing.load(tmp_path / "0.json") == rows
    result = CliRunner().invoke(
        main, ["evaluate-teachers", "--results", str(tmp_path / "0.json"), "--against", "correctness"]
    )
    assert "| held-out numbers | lbt | 100.0 | 100.0 | 100.0 | +75.0 [" in result.output
    assert "| lbt - correctness |" in result.output and "+50.0" in result.output


def test_mistakes_name_what_was_needed(tmp_path: Path) -> None:
    for arguments, message in [
        (["--results", str(tmp_path / "gone.json")], "found nothing at"),
        ([], "Models as NAME=FOLDER were needed"),
        (["original"], "found 'original'"),
        (["original=classroom/techer"], "Did you mean 'teacher'"),
    ]:
        result = CliRunner().invoke(main, ["evaluate-teachers", *arguments])
        assert result.exit_code == 1 and message in result.output


def test_a_real_teacher_on_both_groups() -> None:
    asked = comparing.evaluation_problems(20, 0, ["lucky"])
    assert list(asked) == list(GROUPS)
    types = [{problem.metadata["type"] for problem in group} for group in asked.values()]
    assert types[0].isdisjoint(types[1])
    found = comparing.grade("original", str(classroom_model_path("teacher")), asked, samples=2, seed=0)
    assert [row.group for row in found] == list(GROUPS)
    for row in found:
        assert 0.2 < sum(row.values["greedy"]) / 20 < 0.95
        assert set(row.values["self-consistency"]) <= {0.0, 1.0}


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Commands in place of being run; each leaves what it would leave."""
    given: list[tuple[str, ...]] = []

    def run(step: str, *command: str) -> None:
        given.append(command)
        for name in ("--out", "--output_dir"):
            if name in command:
                made = Path(command[command.index(name) + 1])
                made.parent.mkdir(parents=True, exist_ok=True)
                made.touch()

    monkeypatch.setattr(iterate, "_run", run)
    return given


def test_rounds_hand_their_teacher_on_and_a_second_call_skips_the_exams(steps, tmp_path: Path) -> None:
    plan = iterate.Plan(
        tmp_path, "lbt_tasks/classroom", "classroom/teacher", "dpo_classroom", ("split=train", "world_seed={round}")
    )
    iterate.iterate(plan, 2)
    shipped, first = str(classroom_model_path("teacher")), str(tmp_path / "round-1" / "model")
    teaching = [step for step in steps if step[0] == "inspect" and "--solver" not in step]
    assert [step[step.index("--model") + 1] for step in teaching] == [f"hf-batch/{shipped}", f"hf-batch/{first}"]
    assert "world_seed=1" in teaching[0] and "world_seed=2" in teaching[1]
    trained = [step for step in steps if step[1] == "train-dpo"]
    assert [step[step.index("--model_name_or_path") + 1] for step in trained] == [shipped, first]
    assert len([step for step in steps if "--solver" in step]) == 3 and steps[-1][:2] == ("lbt", "report")

    count = len(steps)
    iterate.iterate(plan, 2)
    assert not [step for step in steps[count:] if step[1] == "export-preferences"]


def test_a_failed_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="The step 'export' failed"):
        iterate._run("export", "lbt", "export-preferences", str(tmp_path), "--out", str(tmp_path / "pairs.jsonl"))


def test_classroom_problems_as_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lbt_solvers.bank import load_problems
    from tools.classroom.problem_files import main as write

    write(["--out", str(tmp_path), "--problems", "6", "--types", "lucky", "--items", "2"])
    taught, bank = load_problems(tmp_path / "problems.jsonl"), load_problems(tmp_path / "bank.jsonl")
    assert len(taught) == 6 and len(bank) == 12
    assert {problem.metadata["variant_of"] for problem in bank} == {problem.id for problem in taught}
    assert json.loads((tmp_path / "problems.jsonl").read_text().splitlines()[0])["metadata"]["split"] == "train"
    assert "12 exam questions" in capsys.readouterr().out


def test_the_methods_that_pairs_prefer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.m2.teaching_pairs import pairs, write_pairs
    from tools.classroom.pair_methods import kind_of_pair
    from tools.classroom.pair_methods import main as read_pairs

    pair = pairs(1)[0]
    assert kind_of_pair(pair) == "right over misconception"
    assert kind_of_pair({**pair, "chosen": pair["rejected"], "rejected": pair["chosen"]}) == "misconception over right"
    assert kind_of_pair({**pair, "rejected": pair["chosen"]}) == "same method"
    read_pairs([write_pairs(tmp_path / "pairs.jsonl", 4)])
    assert "| pairs | 4 | 100 % | 0 % | 0 % | 0 % |" in capsys.readouterr().out


def test_an_empty_answer_has_no_vote() -> None:
    assert comparing.voted(["", "", "7", "", "8", "8"]) == "8"
    assert comparing.voted(["3", "4"]) == "3"  # ties go to the first
    assert comparing.voted(["", ""]) is None
