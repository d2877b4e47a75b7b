"""Tasks whose setup says something to the model, or prepares the sample.

Invariants:
 1. What a setup adds to the messages is part of the question, once, for teacher and students.
 2. A setup that needs a running sample runs in it, once; where it changes what is asked, the task is refused.
"""

from pathlib import Path

import anyio.lowlevel
import pytest
from inspect_ai.model import ChatMessageSystem
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver, system_message

from tests.synthetic.running import reasons
from tests.wrap.test_given_tasks import given, said, sent
from tests.wrap.test_wrap import means, run, wrap_task

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("several", [False, True])
def test_1_a_setup_s_message_is_part_of_the_question(several: bool, tmp_path: Path) -> None:
    setup = [system_message("Be brief."), system_message("Be kind.")] if several else system_message("Be brief.")
    fields = {"setup": setup, "solver": [system_message("End with ANSWER."), generate()]}
    own = said(sent(run(given(**fields), tmp_path / "alone", limit=1))[0])
    log = run(wrap_task(given(**fields), rationales=8, items=1), tmp_path, limit=1)
    asked = [said(messages) for messages in sent(log)]
    assert asked[0] == own and ("system", "Be brief.") in own
    assert all(messages.count(("system", "Be brief.")) == 1 for messages in asked)
    assert means(log)["sum"] == means(log)["match"] == 1.0


@solver
def prepares(ran: list[str], says: str = "") -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await anyio.lowlevel.checkpoint()  # as a setup that writes into the sample's sandbox
        ran.append(str(state.sample_id))
        if says:
            state.messages.insert(0, ChatMessageSystem(content=says))
        return state

    return solve


def test_2_a_setup_that_waits_runs_in_the_sample(tmp_path: Path) -> None:
    ran: list[str] = []
    log = run(wrap_task(given(setup=prepares(ran))), tmp_path, limit=2)
    assert means(log)["sum"] == 1.0
    assert sorted(ran) == sorted({str(sample.id) for sample in log.samples or []})


def test_2_a_setup_that_waits_and_changes_what_is_asked_is_refused(tmp_path: Path) -> None:
    log = run(wrap_task(given(setup=prepares([], "Be brief."))), tmp_path, limit=1)
    assert "its setup changes what is asked" in (log.error.message if log.error else reasons(log))
