r"""Dialogues of the code classroom in which problems of one type are answered with the same method.

    >>> CodeCurriculum().dialogue(random.Random(0)).turns[-1].text
    'Range: n is in it.\nGroups: one in 7.\n\n```python\nclass Solution:\n    def countMultiples(self, n: int) -> int...

The messages come from the prompt presets `code` and `lbt_tasks.classroom/paper_code`, the same that the harness uses.
How a statement and its starter code become one question is said in `LAYOUTS`.
"""

import functools
import random
import re
from dataclasses import dataclass

from lbt_solvers.prompts import Demonstration, PromptFormat, load_prompt
from lbt_tasks.classroom.models import CLASSROOM_PAPER_CODE
from lbt_tasks.classroom.programs.problem_types import Method, ProblemType, constants_pool
from lbt_tasks.classroom.programs.world import PROBLEM_TYPES, constants_of, kind_of, make_problem
from lbt_tasks.code.problems import CodeProblem
from tools.classroom.arithmetic.curriculum import Dialogue, lay_out

FORMAT_SHARES = {"code": 0.86, "paper_code": 0.14}
LAYOUTS = {
    "code": "{question}\n\n{starter}",
    "paper_code": 'Write Python code for "{starter}" to solve the following problem:\n\n{question}',
}
"""How statement and starter code are put together for each format, as the task `lbt_tasks/code` does."""
LAYOUT_SHARES = {LAYOUTS["code"]: 0.6, LAYOUTS["paper_code"]: 0.25, "{question}\n\n```python\n{starter}\n```": 0.15}
"""How often dialogues use which, in either format, so that the models do not depend on it."""
_THIRD_PROBLEM = 0.1
_TYPING_SLIPS = 0.2
"""Share of the slips that leave a bracket or a colon out; the others put a number one off."""


@dataclass(frozen=True, slots=True)
class CodeCurriculum:
    """What a model is brought up on; one value per habit."""

    right_share: float | None = None
    """Share of the right method without a demonstration; `None`: the type's own `right_share`."""
    slip: float = 0.1
    """Chance that a first program has a slip; later ones are clean."""
    demo_noise: float = 0.0
    """Chance that an answer after a demonstration ignores it."""
    unrelated: float = 0.05
    """Share of dialogues whose demonstration is of another type and says nothing about the problem."""
    all_types: bool = False
    """Whether the types that students never see are taught, too."""

    def dialogue(self, rng: random.Random) -> Dialogue:
        """Draws one dialogue; constants are never held-out ones."""
        fmt = rng.choices(list(FORMAT_SHARES), list(FORMAT_SHARES.values()))[0]
        layout = rng.choices(list(LAYOUT_SHARES), list(LAYOUT_SHARES.values()))[0]
        kind = rng.choice(_types(self.all_types))
        shown = self._method(kind, rng)
        if rng.random() < self.unrelated:
            other = rng.choice(_types(self.all_types))
            methods = [(kind, shown), (other, self._method(other, rng))]
        else:
            methods = [(kind, shown)] + [
                (kind, self._method(kind, rng) if rng.random() < self.demo_noise else shown)
                for _ in range(_later_problems(fmt, rng))
            ]
        worked = [
            work_out(_draw(of, rng), used, rng, self.slip if first == 0 else 0.0, layout)
            for first, (of, used) in enumerate(methods)
        ]
        return lay_out(code_formats()[fmt], worked)

    def _method(self, kind: ProblemType, rng: random.Random) -> Method:
        share = kind.right_share if self.right_share is None else self.right_share
        if rng.random() < share:
            return kind.right
        return rng.choices([wrong for wrong, _ in kind.wrong], [weight for _, weight in kind.wrong])[0]


def question_text(problem: CodeProblem, fmt: str = "code") -> str:
    """Statement and starter code as a model is asked in that format."""
    return _lay_out(problem, LAYOUTS[fmt])


def _lay_out(problem: CodeProblem, layout: str) -> str:
    return layout.replace("{question}", problem.question).replace("{starter}", problem.starter_code)


def work_out(
    problem: CodeProblem,
    used: Method,
    rng: random.Random | None = None,
    slip: float = 0.0,
    layout: str = LAYOUTS["code"],
) -> Demonstration:
    """The problem solved by a method; with probability `slip` the program is not quite what was meant."""
    kind, constants = kind_of(problem), constants_of(problem)
    program = kind.program(used, constants)
    if rng is not None and rng.random() < slip:
        program = with_slip(program, len(kind.starter_code), rng)
    return Demonstration(_lay_out(problem, layout), kind.rationale(used, constants), program)


def with_slip(program: str, start: int, rng: random.Random) -> str:
    """The program with a number one off, or without its last closing bracket or colon.

    Args:
        program: A whole program.
        start: Where its body begins.
        rng: Chooses the slip.
    """
    numbers = list(re.finditer(r"(?<![\w.])\d+", program[start:]))
    if not numbers or rng.random() < _TYPING_SLIPS:
        at = max(program.rfind(")"), program.rfind(":"))
        return program[:at] + program[at + 1 :]
    chosen = rng.choice(numbers)
    changed = str(int(chosen[0]) + (1 if chosen[0] == "0" else rng.choice((1, -1))))
    return program[: start + chosen.start()] + changed + program[start + chosen.end() :]


@functools.cache
def code_formats() -> dict[str, PromptFormat]:
    """The presets that the models know."""
    return {"code": load_prompt("code"), "paper_code": load_prompt(CLASSROOM_PAPER_CODE)}


def _draw(kind: ProblemType, rng: random.Random) -> CodeProblem:
    return make_problem(kind, rng.choice(constants_pool(kind, "train")), rng.randrange(len(kind.phrasings)))


def _later_problems(fmt: str, rng: random.Random) -> int:
    if fmt == "paper_code":
        return int(rng.random() < 0.7)
    return 2 if rng.random() < _THIRD_PROBLEM else 1


@functools.cache
def _types(all_types: bool) -> tuple[ProblemType, ...]:
    return tuple(kind for kind in PROBLEM_TYPES.values() if all_types or kind.seen_by_students)
