"""Bad input and failing engines for code: said in the log or in one line, never a silent 0."""

import json
import threading
from contextlib import suppress
from typing import Any

import anyio
import pytest
from inspect_ai import Task
from lbt_sandbox import Sandbox, SandboxUnavailable
from lbt_sandbox.engines import DockerGuest, Guest, ProcessGuest, with_daemon

from lbt_solvers.errors import UsageError
from lbt_tasks import shared_sandbox
from lbt_tasks.code.scorer import code_accuracy
from lbt_tasks.code.task import code
from tests.code.conftest import coder
from tests.evaluating import evaluate
from tests.synthetic import code_world
from tests.synthetic.code_world import STARTER
from tests.synthetic.running import reasons, record, scores, values

FENCE = "```python\n{}\n```"


def test_a_teacher_without_code_has_no_answer_and_never_votes(run_code, engine: Any) -> None:
    log = run_code(engine=engine, teacher=coder("teacher", text="I would compare the numbers."))
    assert log.status == "success"
    assert "8 of 8 rationales without an answer" in record(log)["notes"]
    assert values(log)["s_max"] == 0 and record(log)["plans"] == []


def test_students_without_code_score_nothing_and_are_counted(run_code, engine: Any) -> None:
    log = run_code(engine=engine, budget="full", students=[coder("mute", text="No idea.")])
    assert "27 of 27 sittings without an answer, counted as wrong" in record(log)["notes"]
    assert {rationale.score for rationale in _scored(log)} == {0}


@pytest.mark.parametrize(
    ("program", "passes"),
    [
        (f"class Solution:\n    pass\n\n{STARTER}\n        return max(a, b) + 10", True),  # the last class counts
        ("class Solution:\n    def greater(self, a, b):\n        return max(a, b) + 10", False),
        ("def larger(a, b):\n    return max(a, b) + 10", False),
        (f"{STARTER}\n        while True: pass", False),
    ],
)
def test_odd_programs_are_graded_like_any_other(run_code, engine: Any, program: str, passes: bool) -> None:
    log = run_code(engine=engine, rationales=2, teacher=coder("teacher", text=FENCE.format(program)))
    assert log.status == "success", reasons(log)
    assert values(log)["v_first"] == passes
    assert record(log)["classes"] == ([0, 0] if passes else [None, None])
    never = "2 of 2 rationales with an answer that cannot be right and never votes"
    assert (never in record(log)["notes"]) == (not passes)


def test_without_an_engine_the_run_ends_before_any_model_call(run_code, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: Any) -> None:
        raise SandboxUnavailable("no engine answers")

    monkeypatch.setattr(shared_sandbox, "_shared", {})
    monkeypatch.setattr("lbt_sandbox.engines.ProcessEngine.start", away)
    log = run_code(engine="process")
    assert log.status == "error"
    assert "Programs need a sandbox, and none can run. no engine answers" in str(log.error) + reasons(log)
    assert not log.stats.model_usage


def test_auto_takes_the_process_engine_where_no_docker_answers(
    run_code, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Any) -> None:
        raise SandboxUnavailable("no daemon answers")

    monkeypatch.setattr(shared_sandbox, "_shared", {})
    monkeypatch.setattr("lbt_sandbox.engines.DockerEngine.start", away)
    log = run_code(engine="auto")
    assert log.status == "success" and values(log)["s_max"] == 1
    said = [event.message.message for event in log.samples[0].events if event.event == "logger"]
    assert any("process engine, because no Docker Engine answers: no daemon answers" in line for line in said)


def test_a_grader_that_fails_is_an_errored_sample(run_code, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from lbt_sandbox import InternalError

    grade = Sandbox.grade

    async def failing(self: Sandbox, problem: Any, code: Any) -> Any:
        if problem.task_id.startswith("larger-1010"):  # an exam question
            raise InternalError("the grader failed 2 times")
        return await grade(self, problem, code)

    monkeypatch.setattr(Sandbox, "grade", failing)
    log = run_code(engine=engine)
    assert log.status == "error"
    assert "grading student: scripted_code/student on exam item larger-1010 after rationale" in reasons(log)
    assert "the grader failed 2 times" in reasons(log)


def test_guests_killed_half_way_change_nothing(run_code, each_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"engine": each_engine, "count": 2, "cache": False, "budget": "full"}  # whole exams: grades until the end
    undisturbed = run_code(**given)
    sandbox, _ = shared_sandbox.shared_sandbox(each_engine)._running.result()
    assert isinstance(sandbox, Sandbox)
    before, stop, kills = sandbox.pool.started, threading.Event(), []

    def kill_all() -> None:
        for _ in range(3):
            if stop.wait(0.25):
                return
            for worker in list(sandbox.pool._workers):
                kills.append(worker)
                with suppress(Exception):  # it may have been replaced, and be gone, a moment ago
                    _kill(worker.guest)

    killer = threading.Thread(target=kill_all)
    killer.start()
    try:
        disturbed = run_code(teacher=coder("teacher", delay=0.3), **given)
    finally:
        stop.set()
        killer.join()
    assert kills and sandbox.pool.started > before
    assert disturbed.status == "success", reasons(disturbed)
    assert values(disturbed) == values(undisturbed)
    assert [scores(disturbed, i) for i in (0, 1)] == [scores(undisturbed, i) for i in (0, 1)]


def _kill(guest: Guest) -> None:
    if isinstance(guest, DockerGuest):
        with_daemon(lambda client: client.kill(guest.container))
    elif isinstance(guest, ProcessGuest):
        guest.process.kill()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exam": "tags"}, "No exam maker 'tags'"),
        ({"exam_options": {"wher": {}}}, "no option 'wher'"),
        ({"exam_options": {"where": {"tag": "x"}}}, "has metadata 'tag'"),
        ({"v_score": "half"}, "there are binary, fraction"),
        ({"engine": "podman"}, "No engine 'podman': there are auto, docker, process"),
        ({"debug": "during"}, "there are before, after"),
        ({"debug_rounds": 1, "prompt": "chat"}, "has no text 'debug'"),
        ({"debug_rounds": -1}, "debug_rounds: at least 0"),
        ({"rule": "max_v2"}, "Did you mean 'max_v1'"),
        ({"data": "nowhere.jsonl"}, "nowhere.jsonl"),
    ],
)
def test_a_users_mistake_is_one_line(options: dict[str, Any], message: str, sample_problems: str) -> None:
    with pytest.raises(UsageError, match=message):
        given: dict[str, Any] = {"data": sample_problems, **options}
        code(**given)


def test_data_without_what_an_exam_chooses_by(tmp_path) -> None:
    rows = [
        {
            "task_id": name,
            "entry_point": "f",
            "tests": [{"args": [n], "expected": n} for n in (1, 2)],
            "prompt": "Say n.",
        }
        for name in ("one", "two")
    ]
    file = tmp_path / "problems.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(UsageError, match="exam=study_plan needs problems with metadata 'study_plans', and none has it"):
        code(data=str(file), exam="study_plan")


def test_an_exam_pool_that_is_too_small_is_said(sample_problems: str, engine: Any, tmp_path) -> None:
    task = code(data=sample_problems, exam="random", items=500, engine=engine, rationales=1, greedy=False)
    log = _evaluate(task, tmp_path)
    assert log.status == "success", reasons(log)
    assert " of 500 questions other than the taught one" in record(log)["exam_note"]


def test_tags_that_match_nothing_are_an_errored_sample(sample_problems: str, engine: Any, tmp_path) -> None:
    task = code(data=sample_problems, exam_options={"where": {"tags": "Quantum"}}, engine=engine, rationales=1)
    log = _evaluate(task, tmp_path)
    assert log.status == "error"
    assert "needed questions with metadata {'tags': 'Quantum'}, found none among" in reasons(log)


def test_rescoring_needs_the_tests() -> None:
    with pytest.raises(UsageError, match="-S data=FILE"):
        code_accuracy()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_both_async_backends(tmp_path, engine: Any, backend: str) -> None:
    from inspect_ai import eval_async

    async def evaluate() -> Any:
        task = code_world.code_task(1, answers={"engine": engine})
        return await eval_async(task, model=coder("teacher"), log_dir=str(tmp_path), log_realtime=False)

    assert values(anyio.run(evaluate, backend=backend)[0])["s_oracle"] == 1


def _evaluate(task: Task, folder: Any) -> Any:
    reply = coder("teacher", text=FENCE.format("def f(*args):\n    return 0"))
    return evaluate(task, model=reply, log_dir=str(folder), limit=1)


def _scored(log: Any) -> Any:
    from lbt_solvers.record import TeachingRecord

    return TeachingRecord.model_validate(record(log)).scored()
