"""What every method is given: rows, readers, a first set, and an account of what it spends.

    room = Classroom(speakers, seed=0, budget=600)
    room.answers([(TEACHER, demos, "Compute 2+3*4.")])

The budget counts answers to training rows, by whoever gives them, with repetitions. Texts that the teacher writes
(first sets, reasons, rewritten sets) are counted apart, and so are the tokens of both. Test rows are counted nowhere.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import anyio

from lbt_solvers.demos import Demo, DemoSet, DemoTask, Optimisation, Options, Prediction, Row, SetRules, World, measure
from lbt_solvers.demos.types import Failure
from lbt_tasks.demos.models import TEST, BudgetSpentError

Question: TypeAlias = tuple[str, DemoSet, str]
"""Who answers, what they see, and the text."""
Proposal: TypeAlias = Callable[[DemoSet, Sequence[Failure]], DemoSet]


@dataclass
class Account:
    """What a method has spent."""

    budget: int
    answers: int = 0
    texts: int = 0
    read: int = 0
    """Tokens of prompts."""
    written: int = 0
    """Tokens of replies."""
    refused: bool = False
    """Whether more was asked for than was left."""

    @property
    def left(self) -> int:
        """Answers that may still be asked for."""
        return self.budget - self.answers

    def pay(self, count: int) -> None:
        """Answers that are about to be given.

        Raises:
            BudgetSpentError: they are more than are left.
        """
        if count > self.left:
            self.refused = True
            raise BudgetSpentError
        self.answers += count

    def tokens(self, read: int, written: int) -> None:
        """Of a prompt and its reply."""
        self.read += read
        self.written += written


class Room(ABC):
    """A task with its readers, for one seed and one method."""

    seed: int
    account: Account
    task: DemoTask
    options: Options
    """Of M3; all methods have its number of demonstrations and of errors at a time."""
    train: Sequence[Row]
    test: Sequence[Row]
    students: Sequence[str] = ("student: student_a", "student: student_b")
    validation: int
    """Training rows on which DSPy's random search and GEPA compare whole sets."""
    labelled: int
    """Rows that DSPy may show with their label alone: none where demonstrations are worked out."""
    attempts: int
    """How often a row is tried by DSPy's teacher; the first time is greedy, later ones are sampled."""
    kinds: Mapping[str, str] = MappingProxyType({})
    """The kind of every row by its text, where there are kinds."""
    reflect: Callable[[str], str] | None = None
    """The teacher's reply to GEPA's own prompt; `None` where no model could read it."""
    proposal: Proposal | None = None
    """How GEPA gets a new set there; else `None`."""

    @abstractmethod
    def answers(self, asked: Sequence[Question], attempt: int = 0) -> list[Demo]:
        """What the readers make of texts."""

    @abstractmethod
    def world(self) -> World:
        """The readers and the teacher, as M3 meets them."""

    @abstractmethod
    def as_text(self, demos: DemoSet) -> str:
        """A set as GEPA's component."""

    @abstractmethod
    def from_text(self, text: str) -> DemoSet | None:
        """The set in GEPA's component; `None` where it has none that can be used."""


def optimisation(room: Room, students: Sequence[str]) -> Optimisation:
    """M3 in this room."""
    rules = SetRules(room.options.demos, room.task.labels)
    return Optimisation(room.options, room.train, rules, room.task, students)


def first_set(room: Room) -> DemoSet:
    """The set that M3 and GEPA begin with, as the teacher writes it."""
    return anyio.run(optimisation(room, ()).begin, room.world())[0]


def paid(asked: Sequence[Question]) -> int:
    """How many of the answers count."""
    return sum(who != TEST for who, _, _ in asked)


def tested(room: Room, demos: DemoSet) -> float:
    """The task's measure on the test rows, with the teacher as reader."""
    said = room.answers([(TEST, demos, row.text) for row in room.test])
    return measure([row.label for row in room.test], [Prediction(each.label or None) for each in said], room.task)
