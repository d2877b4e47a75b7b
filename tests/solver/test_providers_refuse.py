"""Providers that do not take several choices, a seed or a temperature; what they read from a cache is counted.

Invariants:
 1. A parameter that a model refuses is left out from then on, and said once; every reply is there.
 2. Another refusal is an error.
 3. Tokens read are all of them, from a provider's cache or not.
 4. A role that nobody has is refused, with the one that was meant.
"""

import logging
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput, ModelUsage, modelapi

from lbt_solvers.generation import RoleUsage
from tests.synthetic.running import reasons, record, scripted, toy_task, values
from tests.synthetic.world import RIGHT, WRONG, Scripted, right_share, solve


class _RefusedError(Exception):
    status_code = 400


@modelapi(name="particular")
class ParticularModel(Scripted):
    """Takes no parameter that its argument `refuses` names, by what OpenAI's server says."""

    def __init__(self, *args: Any, refuses: str = "", says: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.refuses, self.says, self.refused = refuses.split("+"), says, 0

    async def generate(
        self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: GenerateConfig
    ) -> ModelOutput:
        for name, sent in (("n", config.num_choices), ("seed", config.seed), ("temperature", config.temperature)):
            if name in self.refuses and sent is not None:
                self.refused += 1
                raise _RefusedError(self.says or f"Error code: 400 - Unsupported parameter: '{name}' is not supported.")
        return await super().generate(input, tools, tool_choice, config)

    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        method = RIGHT if right_share((config.seed or 0) + choice) else WRONG
        return solve(input[-1].text.split("\n\n")[-1], method)


def particular(**args: Any) -> Any:
    from inspect_ai.model import get_model

    return get_model("particular/teacher", memoize=False, **args)


@pytest.mark.parametrize("refuses", ["n", "seed", "temperature", "n+seed+temperature"])
def test_1_what_a_model_refuses_is_left_out(run, refuses: str, caplog: pytest.LogCaptureFixture) -> None:
    model = particular(refuses=refuses)
    with caplog.at_level(logging.WARNING):
        log = run(toy_task(2, rationales=6, cache=False), teacher=model)
    assert log.status == "success", reasons(log)
    assert len(record(log)["rationales"]) == 6
    assert model.api.refused <= len(refuses.split("+")) * 4  # calls at the same time may all be refused
    names = {"n": "num_choices"}
    for each in refuses.split("+"):
        assert sum(f"takes no {names.get(each, each)}" in line for line in caplog.text.splitlines()) == 1


@pytest.mark.parametrize("says", ["Error code: 400 - the prompt is too long", "Error code: 401 - no such key"])
def test_2_other_refusals_are_errors(run, says: str) -> None:
    log = run(toy_task(1), teacher=particular(refuses="n", says=says))
    assert says.split(" - ")[1] in reasons(log) + str(log.error)


def test_3_what_came_from_a_cache_was_read() -> None:
    usage = RoleUsage()
    read = ModelUsage(input_tokens=10, input_tokens_cache_read=900, input_tokens_cache_write=90, output_tokens=5)
    usage.add(read)
    assert (usage.input_tokens, usage.output_tokens) == (1000, 5)


@pytest.mark.parametrize("role", ["studnet", "students", "techer", "pupil"])
def test_4_a_role_that_nobody_has_is_refused(run, role: str) -> None:
    log = run(toy_task(1), students=(), model_roles={role: scripted("a")})
    near = {"studnet": "student", "students": "student", "techer": "teacher"}
    said = str(log.error.message if log.error else "") + reasons(log)
    if role in near:
        assert f"Did you mean '{near[role]}'" in said
    else:  # a task of another package may have such a role
        assert values(log)["sum"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rationales": "many"}, "rationales: a whole number"),
        ({"rationales": None}, "rationales: a value"),
        ({"choices_per_call": None}, "choices_per_call: a value"),
        ({"choices_per_call": "none"}, "choices_per_call: a whole number"),
        ({"student_temperature": "hot"}, "student_temperature: temperature"),
        ({"stop_sampling": "soon"}, "a certainty above 0.5"),
        ({"max_replies": "few"}, "max_replies: a whole number"),
    ],
)
def test_5_values_that_are_none_are_one_line(options: dict[str, Any], said: str) -> None:
    from lbt_solvers.errors import UsageError

    with pytest.raises(UsageError, match=said):
        toy_task(1, **options)
