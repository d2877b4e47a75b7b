"""The nouns of example optimisation (method M3), as frozen data.

    >>> examples = (Example("The vote was unanimous.", "No"), Example("Everybody I met agrees, so all do.", "Yes"))
    >>> Prediction("Yes").is_right(DataRow("t1", "My two cats are lazy, so cats are.", "Yes"))
    True

An example is data, never a piece of a prompt that is parsed again. Source: paper, section 5 and appendix A.3.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


@dataclass(frozen=True, slots=True)
class Example:
    """One in-context example."""

    text: str
    label: str
    rationale: str = ""
    """How the label follows from the text, where examples are worked problems; empty for classification."""


ExampleSet: TypeAlias = tuple[Example, ...]
"""The in-context examples of one prompt: what is optimised."""


@dataclass(frozen=True, slots=True)
class DataRow:
    """A labelled text of the training or the test split."""

    id: str
    text: str
    label: str


class Prediction(NamedTuple):
    """What a model answered to a row."""

    label: str | None
    """`None` where the reply names no label: wrong, whatever the row's label is."""
    usable: bool = True
    """False for an empty or refused reply, also when asked again: counts neither for nor against a set."""

    def is_right(self, row: DataRow) -> bool:
        """Whether it names the row's label."""
        return self.label == row.label


class Failure(NamedTuple):
    """A training row that a student got wrong."""

    row: DataRow
    prediction: Prediction
    student: str


@dataclass(frozen=True, slots=True)
class ExampleTask:
    """What is classified, and how it is measured."""

    name: str
    description: str
    """What the prompt says the task is."""
    labels: tuple[str, ...] = ()
    """All labels; empty for open answers, which are measured by accuracy."""
    positive: str | None = None
    """The label whose F1 is the measure; without one it is the unweighted mean over labels (macro F1)."""


class NotEnoughDataError(ValueError):
    """The training rows cannot give what the options ask for."""
