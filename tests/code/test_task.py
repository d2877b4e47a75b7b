"""The task `code` on the code classroom's problems and on a file of problems, with models that replay programs."""

from pathlib import Path
from typing import Any

import pytest

from lbt_tasks._task import ShippedModels
from lbt_tasks.classroom.programs import world
from lbt_tasks.code import task as code_module
from lbt_tasks.code.data import load_code_problems
from lbt_tasks.code.task import as_problem, code
from tests import evaluating
from tests.synthetic.replay import know, replay
from tests.synthetic.running import reasons, record, values


def evaluate(task: Any, folder: Path, **options: Any) -> Any:
    models = {"model": replay("teacher"), "model_roles": {"student": [replay("student")]}}
    return evaluating.evaluate(task, **models, log_dir=str(folder), **options)


@pytest.mark.parametrize("prompt", ["code", "paper_code", "lbt_tasks.classroom/paper_code"])
def test_without_data_it_teaches_the_code_classroom(
    engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompt: str
) -> None:
    shipped = ShippedModels("replay/teacher", ("replay/a", "replay/b"), code_module.SHIPPED.config)
    monkeypatch.setattr(code_module, "SHIPPED", shipped)
    taught = world.problems("held_out", 3, 0)
    know([*taught, *(variant for each in taught for variant in world.variants(each, 3, 0))])
    task = code(problems=3, rationales=4, engine=engine, prompt=prompt)
    log = evaluating.evaluate(task, log_dir=str(tmp_path), limit=2)
    assert log.status == "success", reasons(log)
    assert record(log)["students"] == ["replay/a", "replay/b"]
    assert values(log)["s_max"] == values(log)["s_oracle"] == 1 > values(log)["s_mean"]
    by_id = {each.id: each for each in taught}
    for index, sample in enumerate(log.samples or []):
        variants = world.variants(by_id[str(sample.id)], 3, 0)
        assert [item["id"] for item in record(log, index)["items"]] == [variant.id for variant in variants]


@pytest.mark.parametrize("exam", ["tag", "difficulty", "study_plan", "similar", "random", "fixed"])
def test_every_exam_of_the_sample_problems(exam: str, engine: Any, sample_problems: str, tmp_path: Path) -> None:
    know(load_code_problems(sample_problems))
    task = code(data=sample_problems, exam=exam, items=2, rationales=2, engine=engine)
    log = evaluate(task, tmp_path, limit=1)
    assert log.status == "success", reasons(log)
    assert values(log)["s_max"] == 1
    assert record(log)["items"] and log.samples[0].id not in [item["id"] for item in record(log)["items"]]


def test_a_bank_of_ones_own_asks_the_exams(engine: Any, sample_problems: str, tmp_path: Path) -> None:
    lines = Path(sample_problems).read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "taught.jsonl").write_text(lines[0], encoding="utf-8")
    know(load_code_problems(sample_problems))
    task = code(data=str(tmp_path / "taught.jsonl"), bank=sample_problems, exam="random", items=3, engine=engine)
    log = evaluate(task, tmp_path)
    assert log.status == "success", reasons(log)
    assert len(record(log)["items"]) == 3


def test_what_prompts_and_samples_know_of_a_problem(sample_problems: str) -> None:
    problem = load_code_problems(sample_problems)[0]
    assert as_problem(problem).question == f"{problem.question}\n\n{problem.starter_code}"
    paper = as_problem(problem, "paper_code").question
    asks_for = f'Write a python code \n"""{problem.starter_code}"""\n to solve the following problem: '
    assert paper == f"{asks_for}\n\n{problem.question} \n"
    ours = as_problem(problem, "lbt_tasks.classroom/paper_code").question
    assert ours.startswith(f'Write Python code for "{problem.starter_code}" to solve the following problem:\n\n')
    known = [as_problem(problem).question, paper, str(dict(as_problem(problem).metadata)), as_problem(problem).answer]
    assert problem.reference and not any(problem.reference in text for text in known)
    assert not any("Case(" in text for text in known)
