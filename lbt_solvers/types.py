"""The nouns of Learning by Teaching, as frozen dataclasses without behaviour that needs I/O.

A teacher answers a `Problem` with several `Rationale`s. Each is the demonstration with which students sit an
`Exam`; one student's sittings are an `ExamResult`; a rationale with its results is `Scored`.

    >>> problem = Problem(id="p1", question="Compute 2+3*4.", answer="14", metadata={"subject": "order"})
    >>> Exam(items=(problem,), repetitions=3).sittings
    3

Source: Ning et al., "Can LLMs Learn by Teaching for Better Reasoning?", NeurIPS 2024, section 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


def _no_metadata() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Problem:
    """A question with its gold answer: taught, or asked in an exam."""

    id: str
    question: str
    answer: str
    """The gold answer. Only grading looks at it, never a prompt to the teacher or a selection rule."""
    metadata: Mapping[str, Any] = field(default_factory=_no_metadata, hash=False)
    """What exam makers choose by: `subject`, `level`, `tags`, `variant_of` (id of the problem it varies)."""


@dataclass(frozen=True, slots=True)
class Rationale:
    """One teacher sample, split into the reasoning that students see and the answer that votes."""

    text: str
    """The reasoning, without the final answer."""
    answer: str | None
    """The extracted answer; `None` where there is none, which never wins a vote."""
    truncated: bool = False
    """The generation hit its token limit."""


@dataclass(frozen=True, slots=True)
class Exam:
    """The questions that students answer after they have seen a rationale."""

    items: tuple[Problem, ...]
    repetitions: int = 1
    """Sittings of every item by every student."""
    note: str = ""
    """Why there are fewer items than were asked for; empty where there are enough."""

    @property
    def sittings(self) -> int:
        """Sittings of one student: items x repetitions."""
        return len(self.items) * self.repetitions


@dataclass(frozen=True, slots=True)
class ExamResult:
    """How one student did after one demonstration: `scores[item][repetition]` in [0, 1].

    `None` is a sitting that gave no usable reply (empty or refused, also when asked again); it counts neither for
    nor against the rationale. A reply with a wrong or missing answer, also a truncated one, scores 0.
    """

    student: str
    scores: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A rationale, the class of its answer, and what it was worth to the students."""

    rationale: Rationale
    answer_class: int | None
    """Number of the class of equivalent answers; `None` where there is no answer."""
    results: tuple[ExamResult, ...]
    score: float
    """LbT score in [0, 1]: students averaged with equal weight (paper, section 3.1, equation 1)."""
    visible: float | None = None
    """Share of the visible tests that the answer passes, in [0, 1]; `None` where there are none."""
