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
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from lbt_solvers.exam_forms import ExamForm
    from lbt_solvers.turns import Turn


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
    alternatives: tuple[str, ...] = ()
    """Other gold answers, each of which is as right."""
    turns: "tuple[Turn, ...]" = field(default=(), hash=False)
    """The messages in which the question is asked, where it is more than one text: after a system message or earlier
    turns, with images. `question` is then its text, by which questions are compared and printed."""


@dataclass(frozen=True, slots=True)
class Rationale:
    """One teacher sample, split into the reasoning that students see and the answer that votes."""

    text: str
    """The reasoning, without the final answer."""
    answer: str | None
    """The extracted answer; `None` where there is none, which never wins a vote."""
    truncated: bool = False
    """The generation hit its token limit."""


class Reply(NamedTuple):
    """One completion, without the prefill."""

    text: str
    stop_reason: str
    """By Inspect's names."""
    tokens: float = 0.0
    """Read and written; a share of the call's where it gave several completions."""
    thinking: str = ""
    """What the model thought before, which is neither answer nor vote; `text` is without it."""
    written: float = 0.0
    """Of the tokens, those that the model wrote."""
    cached: float = 0.0
    """Of the tokens, those that a provider found in its own prompt cache."""
    confidence: Mapping[str, float] = MappingProxyType({})
    """How sure the model was of it, where it was asked for log-probabilities; see `lbt_solvers.confidence`."""

    @property
    def truncated(self) -> bool:
        """The token limit or the context window ended the generation."""
        return self.stop_reason in ("max_tokens", "model_length")

    @property
    def usable(self) -> bool:
        """The model did reply: with text or thoughts, or until a token limit, and no content filter stood in for it."""
        return self.stop_reason != "content_filter" and (self.truncated or bool((self.text + self.thinking).strip()))


def golds_of(problem: Problem) -> tuple[str, ...]:
    """Every gold answer."""
    return (problem.answer, *problem.alternatives)


class GradedReply(NamedTuple):
    """What one sitting of one exam item came to."""

    answer: str | None
    score: float | None
    """In [0, 1]; `None` where the reply is not usable, 0 where a usable one has no answer."""
    tokens: float = 0.0
    """Read and written."""
    truncated: bool = False
    undecided: bool = False
    """The answer could not be compared in time and counts as wrong."""
    raw: float | None = None
    """What the score was made of, where an exam measures something else than right and wrong."""
    written: float = 0.0
    """Of the tokens, those that the student wrote."""
    cached: float = 0.0
    """Of the tokens, those that a provider found in its own prompt cache."""


Fate = Literal["item", "spare", "copy", "too far", "no agreement"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that was considered for a label-free exam, and what became of it."""

    id: str
    question: str
    fate: Fate
    similarity: float
    """Cosine with the taught problem."""
    label: str | None = None
    """The answer that most models gave; `None` where they were not asked or no answer led."""
    agreement: float | None = None
    """Its share of the votes."""
    right: float | None = None
    """How right the label is, in [0, 1], where the question has a gold answer. For reports: no rule looks at it."""


@dataclass(frozen=True, slots=True)
class Exam:
    """The questions that students answer after they have seen a rationale."""

    items: tuple[Problem, ...]
    repetitions: int = 1
    """Sittings of every item by every student."""
    note: str = ""
    """Why there are fewer items than were asked for; empty where there are enough."""
    form: "ExamForm | None" = None
    """How a student sits an item; by default it writes an answer, which is graded against the gold answer."""
    drafts: tuple[Draft, ...] = ()
    """The questions that were considered, where models set the exam."""
    repeats: bool = True
    """Whether a student's second sitting of an item may differ from its first: not where it only reads."""

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
