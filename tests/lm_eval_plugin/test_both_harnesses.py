"""Inspect and lm-eval on the classroom through their own command lines: the same rationales, the same scores."""

import contextlib
import io
import json
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason='lm-eval is not installed (pip install "lbt-tasks[lm-eval]")')

from inspect_ai.log import EvalLog
from lm_eval.__main__ import cli_evaluate
from lm_eval.tasks import TaskManager

from lbt_solvers.prompts import load_prompt
from lbt_tasks.classroom import classroom_model_path
from lbt_tasks.classroom.arithmetic import world
from lbt_tasks.classroom.arithmetic.task import classroom
from lbt_tasks.cli import main
from lbt_tasks.lm_eval_plugin.candidates import candidates_of_log
from tests.evaluating import evaluate
from tests.lm_eval_plugin.world import jsonl, problem_rows

pytestmark = pytest.mark.timeout(300)
Command = Callable[..., str]
ITEMS = 2
STUDENT = "student_a"
PROMPT = "lbt_tasks.classroom/chat"
OPTIONS = ("lbt_exam=variants", f"lbt_items={ITEMS}", f"lbt_prompt={PROMPT}")
PLAIN = str(Path(__file__).with_name("plain.yaml"))


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command here, in an empty folder and without the 13,000 task files that lm-eval ships."""
    own_tasks_only = partialmethod(TaskManager.__init__, include_defaults=False)

    def run(name: str, *arguments: str) -> str:
        with monkeypatch.context() as patched:
            patched.chdir(tmp_path)
            patched.setattr(TaskManager, "__init__", own_tasks_only)
            patched.setattr("sys.argv", [name, *arguments])
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                cli_evaluate() if name == "lm_eval" else main(arguments, standalone_mode=False)
        return printed.getvalue()

    return run


def inspect_log(folder: Path) -> EvalLog:
    log = evaluate(
        classroom(
            problems=3,
            rationales=6,
            items=ITEMS,
            luck=0.5,
            types="lucky",
            student_config={"temperature": 0, "max_tokens": 96},
        ),  # fmt: skip
        model_roles={"student": f"hf-batch/classroom/{STUDENT}"},
        log_dir=str(folder / "inspect"),
    )
    assert log.status == "success", log.error
    return log


def records(log: EvalLog) -> dict[str, Any]:
    assert log.samples
    return {str(sample.id): sample.store for sample in log.samples}


def files(log: EvalLog, folder: Path) -> list[str]:
    """What the exam was made of, as files; the metadata that names them."""
    taught = world.problems("held_out", 3, 0, ["lucky"], 0.5)
    bank = [variant for problem in taught for variant in world.variants(problem, ITEMS, 0)]
    rationales = [
        {"problem": name, "rationale": said["text"], "answer": said["answer"]}
        for name, record in records(log).items()
        for said in record["TeachingRecord:rationales"]
    ]
    paths = {
        "lbt_data": jsonl(folder / "problems.jsonl", problem_rows(taught)),
        "lbt_bank": jsonl(folder / "bank.jsonl", problem_rows(bank)),
        "lbt_rationale_file": jsonl(folder / "rationales.jsonl", rationales),
    }
    return [
        *(f"{key}={path}" for key, path in paths.items()),
        "lbt_exam=variants",
        f"lbt_items={ITEMS}",
        f"lbt_prompt={PROMPT}",
    ]


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.rglob(pattern)
    return found


def test_both_harnesses_find_the_same_scores(command: Command, tmp_path: Path) -> None:
    log = inspect_log(tmp_path)
    tasks = command("lbt", "lm-eval-path").strip()
    command(
        "lm_eval", "run", "--include_path", tasks, "--tasks", "lbt_exam_math", "--model", "hf",
        "--model_args", f"pretrained={classroom_model_path(STUDENT)},dtype=float32", "--device", "cpu",
        "--batch_size", "64", "--apply_chat_template", "--gen_kwargs", "max_gen_toks=96", "--log_samples",
        "--output_path", "out", "--metadata", *files(log, tmp_path),
    )  # fmt: skip
    table = {line.problem: line for line in candidates_of_log(str(only(tmp_path, "samples_*")), load_prompt(PROMPT))}
    assert log.samples and log.results and table.keys() == records(log).keys()
    for sample in log.samples:
        assert sample.scores
        theirs, ours = table[str(sample.id)], sample.scores["selection_accuracy"].metadata
        assert ours and theirs.scores == pytest.approx(ours["lbt_scores"])
        assert theirs.correctness == ours["correct"]
    found = json.loads(only(tmp_path, "results_*").read_text())["results"]["lbt_exam_math"]
    means = {score.name: score.metrics["mean"].value for score in log.results.scores}
    for rule in ("maj", "max", "sum", "avg", "oracle", "control"):
        assert found[f"lbt_{rule},none"] == pytest.approx(means[rule]), rule
    assert 0 < found["lbt_score,none"] < 1  # an exam that tells rationales apart


def test_the_model_lbt_through_its_documented_entry(command: Command, tmp_path: Path) -> None:
    taught = world.problems("held_out", 3, 0)
    jsonl(tmp_path / "problems.jsonl", problem_rows(taught))
    models = {name: f"hf:pretrained={classroom_model_path(name)};dtype=float32" for name in ("teacher", STUDENT)}
    said = command(
        "lbt", "lm-eval", "run", "--model", "lbt", "--tasks", PLAIN, "--device", "cpu",
        "--batch_size", "64", "--apply_chat_template", "--model_args",
        f"teacher={models['teacher']},students={models[STUDENT]},answer=answer,rationales=4,items=1,student_max_tokens=96",
    )  # fmt: skip
    assert "exact_match" in said
    rows = [json.loads(line) for line in (tmp_path / "lbt_candidates.jsonl").read_text().splitlines()]
    assert [row["problem"] for row in rows] == ["plain/0", "plain/1", "plain/2"]
    assert all(len(row["rationales"]) == len(row["scores"]) == len(row["correctness"]) == 4 for row in rows)
