"""Learning by Teaching on tasks of the real inspect_evals package, with small local data in place of the hub's."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.scorer import Score, Scorer, Target, accuracy, match, model_graded_qa, scorer
from inspect_ai.solver import SolverSpec, TaskState, generate, multiple_choice, self_critique, system_message

from lbt_solvers.errors import UsageError
from lbt_tasks.wrap.answers import TaskAnswers
from lbt_tasks.wrap.base_task import BaseTask, load_base
from lbt_tasks.wrap.task import wrap
from tests.evaluating import evaluate
from tests.synthetic.running import reasons, record
from tests.wrap import local_hub

pytest.importorskip("inspect_evals", reason="inspect_evals is not installed (pip install inspect-evals)")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the package, as it is imported
    pytest.mark.timeout(180),
]
OPTIONS: dict[str, Any] = {"rationales": 8, "items": 2}


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("datasets.load_dataset", local_hub.load_dataset)
    monkeypatch.setattr("inspect_evals.gpqa.gpqa.download", local_hub.gpqa)
    monkeypatch.setattr("inspect_evals.gpqa.gpqa.GPQA_DIAMOND_CACHE_PATH", tmp_path / "gpqa.csv")


def run(task: Task, tmp_path: Path, model: str = "wrapped/teacher", **options: Any) -> EvalLog:
    roles = {"student": "wrapped/student"}
    return evaluate(task, model=model, model_roles=roles, log_dir=str(tmp_path / "logs"), **options)  # type: ignore[arg-type]


def means(log: EvalLog) -> dict[str, float]:
    assert log.status == "success", log.error or reasons(log)
    assert log.results is not None
    return {score.name: next(iter(score.metrics.values())).value for score in log.results.scores}


@pytest.mark.parametrize(
    ("base", "args", "own", "votes"),
    [
        ("inspect_evals/gsm8k", {"fewshot": 2}, "match", "answer"),
        ("inspect_evals/arc_easy", {}, "choice", "choice"),
        ("inspect_evals/mmlu_0_shot", {"cot": True, "shuffle": False}, "choice", "choice"),
        ("inspect_evals/gpqa_diamond", {}, "choice", "choice"),
        ("inspect_evals/math", {"grader_model": "wrapped/judge"}, "expression_exact_match", "answer"),
        ("inspect_evals/humaneval", {}, "verify", "none"),
        ("inspect_evals/mbpp", {}, "verify", "none"),
    ],
)
def test_teaching_finds_what_the_vote_does_not(
    base: str, args: dict[str, Any], own: str, votes: str, tmp_path: Path
) -> None:
    """In the toy world most rationales are wrong and the right ones teach: MAX and SUM are right, MAJ is not."""
    sandbox = {"sandbox": "local"} if own == "verify" else {}
    log = run(wrap(base, args, **OPTIONS), tmp_path, limit=2, **sandbox)
    found = means(log)
    assert found["max"] == found["sum"] == found["oracle"] == 1.0
    assert found["greedy"] == found["control"] == 0.0
    assert found["maj"] == 0.0 or votes == "none"  # without votes the majority is the first reply
    assert found[own] == 1.0  # the task's own scorer, on the chosen reply
    assert log.eval.config.epochs == 1  # whatever the task has
    assert log.eval.metadata is not None
    assert log.eval.metadata["lbt_votes"] == votes


def test_an_estimate_counts_the_run_and_scores_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = run(wrap("inspect_evals/gsm8k", {"fewshot": 2}, estimate=True, **OPTIONS), tmp_path, limit=4)
    assert log.status == "success", log.error or reasons(log)
    assert not (log.results and log.results.scores)
    said = capsys.readouterr().out
    assert "4 problems, 8 rationales, exams of 2 questions x 1 sitting by 1 student" in said
    assert "student: wrapped/student" in said and "lossless (this run)" in said


def test_a_symbolic_scorer_is_preferred_to_one_that_calls_a_model() -> None:
    kind = TaskAnswers(BaseTask(load_base("inspect_evals/math"), "inspect_evals/math"))
    assert kind.scorer_name.endswith("expression_exact_match")


def test_the_task_s_system_message_comes_before_every_question(tmp_path: Path) -> None:
    log = run(wrap("inspect_evals/gsm8k", {"fewshot": 2}, **OPTIONS), tmp_path, limit=1)
    asked = record(log)["asked"]
    assert [turn["role"] for turn in asked] == ["system", "user"]
    assert asked[0]["text"].count("ANSWER:") == 2
    assert all("Compute" in item["question"] and "ANSWER" in item["question"] for item in record(log)["items"])


def test_exams_never_hold_the_taught_problem(tmp_path: Path) -> None:
    log = run(wrap("inspect_evals/arc_easy", exam="random", rationales=2, items=9), tmp_path)
    for number in range(local_hub.COUNT):
        assert log.samples
        asked = {item["id"] for item in record(log, number)["items"]}
        assert asked == {f"q{a}" for a, _ in local_hub.PAIRS} - {str(log.samples[number].id)}


def test_exam_questions_of_another_task(tmp_path: Path) -> None:
    task = wrap("inspect_evals/arc_easy", exam="train", exam_base="inspect_evals/arc_challenge", **OPTIONS)
    log = run(task, tmp_path, limit=1)
    assert means(log)["sum"] == 1.0
    assert all(item["id"].startswith("exam/q") for item in record(log)["items"])


def test_limits_of_the_task_do_not_end_a_sample_that_takes_a_hundred_calls(tmp_path: Path) -> None:
    base = load_base("inspect_evals/gsm8k", {"fewshot": 0})
    base.token_limit, base.message_limit = 50, 4
    log = run(wrap_task(base), tmp_path, limit=1)
    assert log.samples
    assert log.samples[0].limit is None
    assert means(log)["sum"] == 1.0


def wrap_task(base: Task, **options: Any) -> Task:
    from lbt_tasks.wrap import scorer as module

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "load_base", lambda *_: base)
        return wrap("given/task", **{**OPTIONS, **options})


def _task(**fields: Any) -> Task:
    samples = [Sample(input=f"Compute {a} plus twice {b}.", target=str(a + 2 * b)) for a, b in local_hub.PAIRS]
    given: dict[str, Any] = {"dataset": MemoryDataset(samples), "solver": generate(), "scorer": match(), **fields}
    return Task(**given)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dataset": MemoryDataset([Sample(input="Compute 1 plus twice 2.")])}, "no targets"),
        ({"dataset": MemoryDataset([Sample(input="Compute 1 plus twice 2.", target="5")])}, "leaves none"),
        ({"scorer": None}, "no scorer"),
        ({"solver": [system_message("Think.")]}, "never generates"),
    ],
)
def test_tasks_that_do_not_fit_are_told_so(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        wrap_task(_task(**fields))


def test_a_solver_that_generates_twice_is_an_error_with_its_reason(tmp_path: Path) -> None:
    log = run(wrap_task(_task(solver=[generate(), self_critique()])), tmp_path, limit=1)
    assert log.status == "error"
    assert log.error
    assert "more than once" in log.error.message


def test_a_scorer_that_calls_a_model_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    wrap_task(_task(scorer=model_graded_qa()))
    assert "calls a model for every sitting" in caplog.text


def test_questions_without_a_target_are_not_asked_and_a_small_exam_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    samples = [Sample(id=a, input=f"Compute {a} plus twice 1.", target=str(a + 2) if a < 3 else "") for a in range(6)]
    task = wrap_task(_task(dataset=MemoryDataset(samples)), exam="random", items=4, rationales=2)
    assert "exams of 4 have only 2 other problems to ask; name another task" in caplog.text
    log = run(task, tmp_path, limit=1)
    assert {item["id"] for item in record(log)["items"]} == {"1", "2"}


def test_a_scorer_that_cannot_reach_what_it_needs_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    @scorer(metrics=[accuracy()])
    def far_away() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            raise ConnectionError("no route to judge.example")

        return score

    log = run(wrap_task(_task(scorer=far_away())), tmp_path, limit=1)
    assert log.status == "error"
    assert log.error
    for said in ("far_away could not grade", "no route to judge.example", "-T scorer=NAME"):
        assert said in log.error.message


def test_a_model_may_be_the_grader(tmp_path: Path) -> None:
    found = means(run(wrap_task(_task(scorer=model_graded_qa(model="wrapped/judge"))), tmp_path, limit=1))
    assert (found["maj"], found["sum"], found["model_graded_qa"]) == (0.0, 1.0, 1.0)


def test_the_solver_in_place_of_a_task_s_own(tmp_path: Path) -> None:
    """As `--solver lbt_solvers/learn_by_teaching -S exam=similar -S bank=FILE` makes it."""
    bank = tmp_path / "bank.jsonl"
    rows = [
        {"id": str(a), "question": f"Compute {a} plus twice {b}.", "answer": str(a + 2 * b)}
        for a, b in local_hub.PAIRS[2:]
    ]
    bank.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = {"exam": "similar", "bank": str(bank), "rationales": 8, "items": 2}
    solver = SolverSpec("lbt_solvers/learn_by_teaching", options, options)
    log = run(load_base("inspect_evals/gsm8k", {"fewshot": 2}), tmp_path, solver=solver, limit=2)
    assert means(log)["match"] == 1.0
    assert {item["id"] for item in record(log)["items"]} <= {row["id"] for row in rows}


def test_duplicate_questions_with_other_choices_are_other_problems() -> None:
    samples = [Sample(input="Which?", choices=[str(i), "x"], target="A") for i in range(3)]
    base = BaseTask(_task(dataset=MemoryDataset(samples), solver=multiple_choice()), "given/task")
    assert len({problem.question for problem in base.problems}) == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base": "nowhere/task"}, "Install the package that has it"),
        ({"base": "inspect_evals/nothing"}, "pip install inspect-evals"),
        ({"base": "inspect_evals/gsm8k", "base_args": {"shots": 3}}, "does not take"),
        ({"base": "inspect_evals/arc_easy", "exam": "train"}, "exam_base"),
        ({"base": "inspect_evals/arc_easy", "exam": "similr"}, "Did you mean .similar"),
        ({"base": "inspect_evals/arc_easy", "exam": "variants"}, "functional variants"),
        ({"base": "inspect_evals/arc_easy", "vote_by": "all"}, "No vote_by .all.: there are auto"),
        ({"base": "inspect_evals/arc_easy", "scorer": "exact"}, "no such scorer, only .*choice"),
    ],
)
def test_bad_options_say_what_to_do(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        wrap(**options)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ConnectionError("Couldn't reach 'openai/gsm8k' on the Hub"),
            "could not be made: ConnectionError: Could",
        ),
        (ModuleNotFoundError("No module named 'word2number'"), "No module named 'word2number'. Install it"),
        (KeyError("split"), "could not be made: KeyError: 'split'"),
    ],
)
def test_data_or_packages_that_cannot_be_had_are_one_line(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr("datasets.load_dataset", fails)
    with pytest.raises(UsageError, match=said):
        wrap("inspect_evals/gsm8k", {"fewshot": 0})


def test_the_real_command(tmp_path: Path) -> None:
    """`inspect eval lbt_tasks/wrap` in a process of its own, which finds local data where the hub would be."""
    root = Path(__file__).parents[2]
    (tmp_path / "sitecustomize.py").write_text(
        f"import pathlib\nfrom tests.wrap import local_hub\nlocal_hub.install(pathlib.Path({str(tmp_path)!r}))\n"
    )
    command = [sys.executable, "-m", "inspect_ai", "eval", "lbt_tasks/wrap", "--model", "wrapped/teacher"]
    arguments = ["-T", "base=inspect_evals/gsm8k", "-T", "base_args={fewshot: 0}", "-T", "rationales=8"]
    done = subprocess.run(
        [*command, *arguments, "--limit", "1", "--display", "plain", "--log-dir", str(tmp_path / "logs")],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (tmp_path / "logs").glob("*.eval")
    log = read_eval_log(str(path))
    assert means(log)["sum"] == 1.0
    assert json.dumps(log.eval.task_args).count("gsm8k") == 1
