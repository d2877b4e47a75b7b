"""A toy world of programs in which the truth about teaching is known, and a scripted model that lives in it.

Every problem is "Return the larger of a and b, plus K." A teacher explains by METHOD RIGHT, METHOD LAST (`b + K`, which
passes the visible tests of taught problems and not the hidden ones) or METHOD FIRST (`a + K`, which fails both). A
student follows the method of the last demonstration, and METHOD FIRST without one. Told of failed tests, the teacher
corrects FIRST to RIGHT.

Invariants that tests rely on:
 1. Of eight samples three are RIGHT, four LAST and one FIRST, so that a majority vote is wrong.
 2. Visible tests do not tell RIGHT from LAST on taught problems; exam problems' visible tests do.
 3. Hidden tests, and nothing else, hold numbers above `HIDDEN_FROM`.
"""

import re
from collections.abc import Sequence
from typing import Any

from inspect_ai import Task
from inspect_ai.model import ChatMessage, GenerateConfig, get_model, modelapi
from lbt_sandbox import Case, Limits, Problem

from lbt_solvers.exams import variants
from lbt_tasks._task import lbt_task
from lbt_tasks.code.answers import CodeAnswers
from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code.scorer import code_accuracy
from lbt_tasks.code.task import as_problem, sandbox_ready
from tests.synthetic.world import Scripted

RIGHT, LAST, FIRST = "METHOD RIGHT", "METHOD LAST", "METHOD FIRST"
BODIES = {RIGHT: "max(a, b) + {k}", LAST: "b + {k}", FIRST: "a + {k}"}
HIDDEN_FROM = 7_654_321_000_000
STARTER = "class Solution:\n    def larger(self, a: int, b: int) -> int:"
_TAUGHT_TESTS = [(1, 2), (3, 5)]
_EXAM_TESTS = [(4, 2), (1, 3)]


def problem(k: int, tests: list[tuple[int, int]], variant_of: str | None = None, shift: int = 0) -> CodeProblem:
    hidden = [(HIDDEN_FROM + 4 + shift, 2), (2, HIDDEN_FROM + 9 + shift), (HIDDEN_FROM + 7, 1), (5, HIDDEN_FROM + 5)]
    cases = tuple(Case(args=pair, expected=max(pair) + k) for pair in [*tests, *hidden])
    return CodeProblem.split(
        Problem(f"larger-{k}", "Solution().larger", cases, limits=Limits(cpu=0.2, total_cpu=0.5)),
        question=f"Return the larger of a and b, plus {k}.",
        visible=2,
        starter_code=STARTER,
        reference=program(RIGHT, k),
        metadata={"tags": ["max"], "difficulty": "Easy", **({"variant_of": variant_of} if variant_of else {})},
    )


def problems(count: int, shift: int = 0) -> list[CodeProblem]:
    return [problem(10 + i, _TAUGHT_TESTS, shift=shift) for i in range(count)]


def bank(taught: list[CodeProblem], items: int = 3) -> list[CodeProblem]:
    return [
        problem(1000 * (i + 1) + int(each.id.split("-")[1]), _EXAM_TESTS, each.id)
        for each in taught
        for i in range(items)
    ]


def program(method: str, k: int) -> str:
    return f"{STARTER}\n        return {BODIES[method].format(k=k)}"


def reply(method: str, k: int) -> str:
    return f"{method}: I look at the numbers.\n\n```python\n{program(method, k)}\n```"


def code_task(count: int = 2, *, shift: int = 0, answers: dict[str, Any] | None = None, **options: Any) -> Task:
    taught = problems(count, shift)
    asked = options.pop("asked", None) or bank(taught)
    kind = CodeAnswers([*taught, *asked], **(answers or {}))
    exam = options.pop("exam", None) or variants([as_problem(each) for each in asked], items=3, repetitions=1)
    given: dict[str, Any] = {"rationales": 8, "rule": "max", "prompt": "code", "student_temperature": 0.0, **options}
    return lbt_task(
        [as_problem(each) for each in taught],
        exam,
        name="code",
        answers=kind,
        scorer=code_accuracy(kind),
        setup=sandbox_ready(kind),
        headline="s_{rule}",
        **given,
    )


@modelapi(name="scripted_code")
class ScriptedCoder(Scripted):
    """Deterministic by position and seed; see `Scripted` for its arguments."""

    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        turns = [(message.role, message.text) for message in input]
        return coder_reply(self.model_name, turns, bool(config.temperature), choice)


def coder_reply(model: str, turns: Sequence[tuple[str, str]], sampled: bool, choice: int) -> str:
    """What a model of this world says to a conversation of roles and texts."""
    asked, shown = ([text for role, text in turns if role == each] for each in ("user", "assistant"))
    if "The tests say" in asked[-1]:
        return reply(RIGHT, _constant(asked[-2]))
    if shown:
        return reply(next((method for method in BODIES if method in shown[-1]), FIRST), _constant(asked[-1]))
    if only := next((method for method in BODIES if method in model), None):
        return reply(only, _constant(asked[-1]))
    if "teacher" in model and sampled:
        methods = [LAST, RIGHT, LAST, RIGHT, FIRST, LAST, RIGHT, LAST]
        return reply(methods[choice % 8], _constant(asked[-1]))
    return reply(FIRST, _constant(asked[-1]))


def coder_that(method: str) -> Any:
    """A teacher that knows one method."""
    return get_model(f"scripted_code/only {method}", memoize=False)


def _constant(question: str) -> int:
    return int(re.findall(r"plus (\d+)\.", question)[-1])
