r"""Dialogues that the classroom's models are trained on.

    >>> dialogue = Curriculum(slip=0.1).dialogue(random.Random(0))
    >>> dialogue.turns[-1]
    Turn(role='assistant', text='Gaps: 18/6=3. Posts: 3+1=4. Weight: 4*5=20.\n\nANSWER: 20')

A dialogue asks two or three questions of one type and answers all of them with the same method. So one network learns
both to answer without a demonstration (it samples a method from its mixture) and to follow a demonstration.
The messages come from the same prompt formats that the harness uses.
"""

import functools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lbt_solvers.prompts import Demonstration, PromptFormat, Turn
from lbt_tasks.classroom.arithmetic.methods import Method, render, work
from lbt_tasks.classroom.arithmetic.problem_types import Numbers, ProblemType, number_pool
from lbt_tasks.classroom.arithmetic.world import PROBLEM_TYPES
from lbt_tasks.classroom.local_model import prompt_formats
from tools.classroom.arithmetic.composing import compose, draw_numbers, made_up_type

FORMAT_SHARES = {"chat": 0.62, "paper": 0.28, "bare": 0.10}
_SLIPS, _SLIP_WEIGHTS = (1, -1, 10, -10), (4, 3, 2, 1)
_THIRD_QUESTION = 0.2
_ATTEMPTS = 20


class Dialogue(NamedTuple):
    """A dialogue, and for each assistant turn whether it is learned from (otherwise it is only context)."""

    turns: list[Turn]
    learned: list[bool]


class DialogueSource(Protocol):
    """What a model can be brought up on."""

    def dialogue(self, rng: random.Random) -> Dialogue:
        """Draws one dialogue."""
        ...


@dataclass(frozen=True, slots=True)
class Curriculum:
    """What a model is brought up on; one value per habit."""

    right_share: float | None = None
    """Share of the right method without a demonstration; `None`: the type's own `right_share`."""
    slip: float = 0.1
    """Chance that a step of a first answer goes wrong; later answers are clean."""
    demo_noise: float = 0.0
    """Chance that an answer after a demonstration ignores it."""
    composed: float = 0.4
    """Share of dialogues with a freely composed method."""
    unrelated: float = 0.05
    """Share of dialogues whose demonstration is of another type and says nothing about the question."""
    all_types: bool = False
    """Whether the types that students never see are taught, too."""

    def dialogue(self, rng: random.Random) -> Dialogue:
        """Draws one dialogue; numbers are never held-out ones."""
        fmt = rng.choices(list(FORMAT_SHARES), list(FORMAT_SHARES.values()))[0]
        kind, draw = rng.choice(self._types()), rng.random()
        if draw < self.composed:
            return self._composed_dialogue(fmt, kind, rng)
        if draw < self.composed + self.unrelated:
            other = rng.choice(self._types())
            first = self._answer(kind, self._method(kind, rng), rng, self.slip)
            return arrange(fmt, [first, self._answer(other, self._method(other, rng), rng)])
        return self._typed_dialogue(fmt, kind, rng)

    def _types(self) -> Sequence[ProblemType]:
        return _all_types() if self.all_types else _student_types()

    def _typed_dialogue(self, fmt: str, kind: ProblemType, rng: random.Random) -> Dialogue:
        shown = self._method(kind, rng)
        worked = [self._answer(kind, shown, rng, self.slip)]
        for _ in range(_later_questions(fmt, rng)):
            followed = self._method(kind, rng) if rng.random() < self.demo_noise else shown
            worked.append(self._answer(kind, followed, rng))
        return arrange(fmt, worked)

    def _composed_dialogue(self, fmt: str, kind: ProblemType, rng: random.Random) -> Dialogue:
        """A method that only the demonstration tells, on a known question or on a made-up one."""
        count = 1 + max(1, _later_questions(fmt, rng))
        while True:
            ask = _known_questions(kind, rng) if rng.random() < 0.5 else _made_up_questions(rng)
            asked = [ask() for _ in range(count)]
            composed = compose(rng, [numbers for _, numbers in asked])
            if composed is not None:
                break
        slips = [self.slip / 2, *[0.0] * (count - 1)]
        worked = [
            work_out(text, composed, numbers, rng, slip) for (text, numbers), slip in zip(asked, slips, strict=True)
        ]
        return arrange(fmt, worked, learn_first=False)

    def _method(self, kind: ProblemType, rng: random.Random) -> Method:
        share = kind.right_share if self.right_share is None else self.right_share
        if rng.random() < share:
            return kind.right
        return rng.choices([wrong for wrong, _ in kind.wrong], [weight for _, weight in kind.wrong])[0]

    def _answer(self, kind: ProblemType, method: Method, rng: random.Random, slip: float = 0.0) -> Demonstration:
        text, numbers = _known_questions(kind, rng)()
        return work_out(text, method, numbers, rng, slip)


def arrange(fmt: str, worked: Sequence[Demonstration], learn_first: bool = True) -> Dialogue:
    """The dialogue in which the last problem is asked after the others were shown."""
    return lay_out(prompt_formats()[fmt], worked, learn_first)


def lay_out(prompt_format: PromptFormat, worked: Sequence[Demonstration], learn_first: bool = True) -> Dialogue:
    """The same for any format; what the format itself demonstrates is not learned."""
    turns = prompt_format.messages(worked[-1].question, worked[:-1])
    turns.append(Turn("assistant", prompt_format.worked_solution(worked[-1])))
    solutions = [prompt_format.worked_solution(each) for each in worked]
    if not learn_first and len(worked) > 1:
        solutions = solutions[1:]
    return Dialogue(turns, [turn.text in solutions for turn in turns if turn.role == "assistant"])


def _later_questions(fmt: str, rng: random.Random) -> int:
    if fmt == "paper":
        return rng.randrange(2)
    return 2 if rng.random() < _THIRD_QUESTION else 1


def _known_questions(kind: ProblemType, rng: random.Random) -> Callable[[], tuple[str, Numbers]]:
    def ask() -> tuple[str, Numbers]:
        numbers = dict(zip(kind.numbers, rng.choice(number_pool(kind, "train")), strict=True))
        return rng.choice(kind.phrasings).format(**numbers), numbers

    return ask


def _made_up_questions(rng: random.Random) -> Callable[[], tuple[str, Numbers]]:
    kind = made_up_type(rng)
    usual = kind.phrasings[0]

    def ask() -> tuple[str, Numbers]:
        numbers = draw_numbers(kind, rng)
        phrasing = usual if rng.random() < 0.7 else rng.choice(kind.phrasings)
        return phrasing.format(**numbers), numbers

    return ask


def work_out(question: str, method: Method, numbers: Numbers, rng: random.Random, slip: float) -> Demonstration:
    """The question answered by a method; each step goes wrong with probability `slip`."""

    def slipped(result: int) -> int:
        return result + rng.choices(_SLIPS, _SLIP_WEIGHTS)[0] if rng.random() < slip else result

    for _ in range(_ATTEMPTS):
        try:
            lines = work(method, numbers, slipped)
            break
        except ArithmeticError:  # a carried slip can lead out of the domain's numbers
            continue
    else:
        lines = work(method, numbers)
    return Demonstration(question, render(lines), str(lines[-1].result))


@functools.cache
def _all_types() -> tuple[ProblemType, ...]:
    return tuple(PROBLEM_TYPES.values())


@functools.cache
def _student_types() -> tuple[ProblemType, ...]:
    return tuple(kind for kind in _all_types() if kind.seen_by_students)
