"""A scripted model that writes reference programs, and corrupted ones, for problems that it is told of.

    know(load_code_problems("problems.jsonl"))
    get_model("replay/teacher")

Of four samples two are the reference, one returns nothing, and one knows the visible tests by heart, so that nothing
visible tells it from the reference. Students write the reference after a demonstration of it, and a program that
returns nothing after any other, or without one.
"""

from collections.abc import Iterable
from typing import Any

from inspect_ai.model import ChatMessage, GenerateConfig, get_model, modelapi

from lbt_tasks.code.problems import CodeProblem
from tests.synthetic.world import Scripted

RIGHT, WRONG = "As it should be.", "Something else."
_KNOWN: dict[str, CodeProblem] = {}


def know(problems: Iterable[CodeProblem]) -> None:
    _KNOWN.update({problem.question: problem for problem in problems})


def replay(name: str) -> Any:
    return get_model(f"replay/{name}", memoize=False)


def empty(problem: CodeProblem) -> str:
    return f"{problem.starter_code}\n        return None"


def learned_by_heart(problem: CodeProblem) -> str:
    name = problem.visible.entry_point.split(".")[-1]
    answers = {repr((case.args, sorted(case.kwargs.items()))): case.expected for case in problem.visible.cases}
    key = "repr((args, sorted(kwargs.items())))"
    return f"class Solution:\n    def {name}(self, *args, **kwargs):\n        return {answers!r}.get({key})"


@modelapi(name="replay")
class Replay(Scripted):
    """Knows the problems of `know`."""

    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        asked = [message.text for message in input if message.role == "user"][-1]
        problem = _KNOWN[max(_KNOWN, key=asked.rfind)]  # the last one in the text; others are demonstrations
        if "teacher" in self.model_name:
            right = bool(config.temperature) and choice % 2 == 1
            wrong = learned_by_heart if choice == 2 else empty
        else:
            right, wrong = any(RIGHT in message.text for message in input), empty
        program = problem.reference if right else wrong(problem)
        return f"{RIGHT if right else WRONG}\n\n```python\n{program}\n```"
