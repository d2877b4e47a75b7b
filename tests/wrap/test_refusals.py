"""What cannot be wrapped is one line that says what to do, and what the task says of sampling reaches everybody.

Invariants:
 1. Without a task, with an agent for a task, or without a network there is a line and no stack trace.
 2. An error of the task's own code is not taken for wrong arguments.
 3. A judge that gives no grade at all is named for it, not the student whose replies it read.
 4. Sampling parameters of the task are the teacher's and the students'; a run's own come first.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai.agent import Agent, AgentState, agent, react
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import mean
from inspect_ai.solver import Generate, Solver, TaskState, basic_agent, generate, solver

from lbt_solvers.errors import UsageError
from lbt_tasks.wrap import base_task
from lbt_tasks.wrap.task import wrap
from tests.synthetic.running import reasons
from tests.wrap import local_hub
from tests.wrap.test_given_tasks import given, judge
from tests.wrap.test_wrap import run, wrap_task

pytestmark = pytest.mark.timeout(180)
assert local_hub  # registers the model


@pytest.mark.parametrize("arguments", [{}, {"base": None}, {"base": ""}, {"exam": "random"}])
def test_1_no_task_is_a_line(arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="needs the task that is wrapped: -T base="):
        wrap(**arguments)


@agent
def asks_itself() -> Agent:
    async def execute(state: AgentState) -> AgentState:
        state.output = await get_model("wrapped/teacher").generate(state.messages)
        state.messages.append(state.output.message)
        return state

    return execute


@solver
def by_its_own_model() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.output = await get_model("wrapped/teacher").generate(state.messages)
        return state

    return solve


@pytest.mark.parametrize("made", [react, basic_agent, asks_itself, by_its_own_model])
def test_1_an_agent_is_refused_and_asks_nobody(
    made: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    monkeypatch.setenv("LBT_SCRIPTED_CALLS", str(calls))
    with pytest.raises(UsageError, match="prompts cannot be taken over. Run the task itself with --solver") as refused:
        wrap_task(given(solver=made()))
    assert "\n" not in str(refused.value)
    assert not calls.exists()


def test_1_without_a_network_there_is_a_line(tmp_path: Path) -> None:
    """`inspect eval lbt_tasks/wrap` of a task whose data are on a hub that cannot be reached."""
    (tmp_path / "far_away.py").write_text(
        "from inspect_ai import Task, task\nfrom inspect_ai.dataset import hf_dataset\n\n\n"
        "@task\ndef far() -> Task:\n    return Task(hf_dataset('nobody/nothing', 'test', retry=False))\n"
    )
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\n\n\ndef nowhere(*_, **__):\n    raise socket.gaierror(-2, 'Name or service not known')\n\n\n"
        "socket.getaddrinfo = nowhere\nimport far_away, tests.wrap.local_hub\n"
    )
    path = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    done = subprocess.run(
        [sys.executable, "-m", "inspect_ai", "eval", "lbt_tasks/wrap", "-T", "base=far"]
        + ["--model", "wrapped/teacher", "--display", "plain"],
        env={**os.environ, "PYTHONPATH": path, "HF_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode != 0
    assert "base=far: the task could not be made" in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({}, TypeError("unsupported operand type(s) for +: 'int' and 'str'")),
        ({"split": "test"}, TypeError("prepare() got an unexpected keyword argument 'shuffled'")),
        ({"split": "test"}, TypeError("prepare() missing 1 required positional argument: 'rows'")),
        ({"split": "test"}, TypeError("'NoneType' object is not iterable")),
    ],
)
def test_2_a_type_error_of_the_task_s_own_is_not_about_arguments(
    args: dict[str, Any], error: TypeError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Task:
        raise error

    monkeypatch.setattr(base_task, "registry_create", broken)
    with pytest.raises(UsageError, match="could not be made: TypeError") as refused:
        wrap("given/task", args)
    assert str(error) in str(refused.value) and "base_args" not in str(refused.value)


def limits(task: Task, tmp_path: Path, **options: Any) -> dict[str, set[Any]]:
    """What `max_tokens` each role was called with."""
    log = run(wrap_task(task, rationales=2, items=1, **options), tmp_path, limit=1)
    assert log.status == "success" and log.samples, log.error
    found: dict[str, set[Any]] = {}
    for event in log.samples[0].events:
        if event.event == "model":
            found.setdefault(event.model, set()).add((event.config.max_tokens, tuple(event.config.stop_seqs or ())))
    return found


def test_3_a_judge_that_never_grades_is_named(tmp_path: Path) -> None:
    silent = judge(lambda _: float("nan"), [mean()])
    log = run(wrap_task(given(scorer=silent), rationales=2, items=1), tmp_path, limit=1)
    assert "whoever grades gave no grade to any reply of student" in reasons(log)


@pytest.mark.parametrize("where", ["task", "generate"])
def test_4_the_task_s_limit_is_everybody_s(where: str, tmp_path: Path) -> None:
    said: dict[str, Any] = {"max_tokens": 77, "stop_seqs": ["END"]}
    fields = {"config": GenerateConfig(**said)} if where == "task" else {"solver": generate(**said)}
    assert limits(given(**fields), tmp_path) == {
        "wrapped/teacher": {(77, ("END",))},
        "wrapped/student": {(77, ("END",))},
    }
    own = limits(given(**fields), tmp_path / "own", student_config={"max_tokens": 5}, teacher_config={"max_tokens": 9})
    assert own == {"wrapped/teacher": {(9, ("END",))}, "wrapped/student": {(5, ("END",))}}
