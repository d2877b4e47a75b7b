"""Rewards for TRL: what replies get, that a failure of the grader is None, and TRL's own trainer with it."""

import json
from typing import Any

import anyio
import pytest
from lbt_sandbox import InternalError, SandboxError
from lbt_sandbox.rewards import code_reward

from .running import ADD, BAD, GOOD, Running, serving
from .test_failures import Broken


def rewards(reward: Any, **columns: Any) -> list[float | None]:
    return anyio.run(lambda: reward(**columns))


FENCED = f"Here it is:\n```python\n{GOOD}\n```"
HALF = "```python\ndef add(a, b): return 3\n```"


def test_replies_get_what_they_are_worth(service: Running) -> None:
    replies: list[Any] = [FENCED, BAD, [{"role": "assistant", "content": FENCED}], HALF, "I do not know."]
    rows = [ADD, json.dumps(ADD), ADD, ADD, ADD]
    reward = code_reward(service.url)
    assert rewards(reward, completions=replies, prompts=replies, problem=rows) == [1.0, 0.0, 1.0, 0.0, 0.0]
    fraction = code_reward(service.url, score="fraction", column="task")
    assert rewards(fraction, completions=[HALF], task=[ADD]) == [0.5]


def test_a_failure_of_the_grader_is_none_and_no_zero() -> None:
    with serving(sandbox=lambda: Broken("process", workers=1)) as service:
        assert isinstance(service.service.sandbox, Broken)
        service.service.sandbox.error = InternalError("it failed")
        reward = code_reward(service.url, attempts=1)
        assert rewards(reward, completions=[FENCED] * 2, problem=[ADD] * 2) == [None, None]


@pytest.mark.parametrize(
    ("columns", "named"),
    [({"answer": [1]}, "column 'problem'"), ({"problem": ["{"]}, "JSON"), ({"problem": []}, "0 problems")],
)
def test_a_dataset_that_will_not_do_is_said_so(service: Running, columns: dict[str, Any], named: str) -> None:
    with pytest.raises(SandboxError, match=named):
        rewards(code_reward(service.url), completions=[FENCED], **columns)
