"""What one Learning-by-Teaching sample leaves in Inspect's store, written once and read by scorers and reports.

    record = state.store_as(TeachingRecord)
    select(record.scored(), "sum")

Everything that any selection rule, pairing or replay needs is here, so none of them calls a model again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import fsum, inf
from typing import Any, Literal

from inspect_ai.util import Store
from pydantic import BaseModel, Field, model_validator

from lbt_solvers._compat import StoredModel
from lbt_solvers.errors import UsageError
from lbt_solvers.generation import RoleUsage
from lbt_solvers.rules import rule_of
from lbt_solvers.scoring import accuracies, lbt_score, lbt_score_or_none
from lbt_solvers.sittings import Sitting, SittingColumns, exam_results, nested_rows
from lbt_solvers.stopwatch import Stopwatch
from lbt_solvers.turns import Turn
from lbt_solvers.types import Draft, ExamResult, Rationale, Scored


class SampledRationale(BaseModel):
    """One teacher sample."""

    text: str
    answer: str | None = None
    truncated: bool = False
    visible: float | None = None
    """Share of the visible tests that the answer passes (V-score), in [0, 1]; `None` where there are none."""
    confidence: dict[str, float] = Field(default_factory=dict[str, float])
    """How sure the teacher was of it, where that was asked for; see `lbt_solvers.confidence`."""
    around: list[str] = Field(default_factory=list[str])
    """What the reply says before and after `text`; one whole reply where `text` is no part of it."""

    @property
    def reply(self) -> str | None:
        """What the teacher wrote; `None` where nothing but the parts is known."""
        return self.text.join(self.around) if self.around else None


class AskedTurn(BaseModel):
    """One message of a question that is more than one text."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    attachments: int = 0
    """How many images and other things it has that are no text."""

    @classmethod
    def of(cls, turn: Turn) -> "AskedTurn":
        """What a log keeps of that turn."""
        return cls(role=turn.role, text=turn.text, attachments=len(turn.attachments))


class ExamItem(BaseModel):
    """One exam question with its gold answer."""

    id: str
    question: str
    answer: str


class FurtherExam(BaseModel):
    """An exam of another kind that was sat beside the one that chooses, whole."""

    kind: str
    gold: str = ""
    """Which gold answers its scores saw."""
    items: list[ExamItem] = Field(default_factory=list[ExamItem])
    plans: list[list[int]] = Field(default_factory=list[list[int]])
    examined_as: list[int] = Field(default_factory=list[int])
    """Per rationale the one whose sittings count for it."""
    sitting_columns: SittingColumns
    usage: dict[str, RoleUsage] = Field(default_factory=dict[str, RoleUsage])
    notes: list[str] = Field(default_factory=list[str])

    def sittings_of(self) -> Mapping[int | None, list[Sitting]]:
        """The sittings that score each rationale; the control's under `None`."""
        return by_rationale(self.sitting_columns.rows(), self.plans)


class Controls(BaseModel):
    """What the exam's gold answers are worth without teaching, and the winner's second exam."""

    few_shot: list[SampledRationale] = Field(default_factory=list[SampledRationale])
    """The teacher's replies with the exam's questions and gold answers as demonstrations; empty where not asked for."""
    few_shot_classes: list[int | None] = Field(default_factory=list[int | None])
    """Their answer classes."""
    solved_question: float | None = None
    """Exam accuracy in [0, 1] of students who see another exam question with its gold answer."""
    chosen_score: float | None = None
    """LbT score of the chosen rationale in the exam that chose it."""
    fresh_score: float | None = None
    """The same in an exam with other seeds."""


GRADING = "grading"
"""Of a score's metadata: how often the run asked for grades so far, and waited for them. No two runs have the same."""


class GradingTime(StoredModel):
    """Seconds of one sample. Apart from the record, which is the same in every run."""

    waited: float = 0.0
    """With a grade awaited and no model call under way: what faster grading would have saved."""
    graded: float = 0.0
    """With a grade awaited, whatever else was under way."""

    def add(self, watch: Stopwatch) -> None:
        """Adds what a stage of the sample took."""
        self.waited, self.graded = self.waited + watch.waited, self.graded + watch.graded


def by_rationale(rows: Iterable[Sitting], plans: Sequence[Sequence[int]]) -> Mapping[int | None, list[Sitting]]:
    """The sittings of every plan that teaches a rationale, by that rationale; the control's under `None`."""
    found: dict[int | None, list[Sitting]] = defaultdict(list)
    for row in rows:
        found[None if row.plan is None else plans[row.plan][-1]].append(row)
    return found


class SittingRecord(StoredModel):
    """What holds sittings."""

    sitting_columns: SittingColumns | None = None
    """The sittings as they are stored; `sittings` reads them. A budget leaves out those that it spared."""

    @property
    def sittings(self) -> list[Sitting]:
        """Every sitting, by plan, student, item and repetition."""
        return self.sitting_columns.rows() if self.sitting_columns else []

    def keep(self, rows: Iterable[Sitting]) -> None:
        """Keeps these sittings."""
        self.sitting_columns = SittingColumns.of(rows)

    @model_validator(mode="before")
    @classmethod
    def _lifted(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Logs held nested lists before they held rows."""
        store, prefix = given.get("store"), f"{cls.__name__}:"
        kept = {name.removeprefix(prefix): value for name, value in store.items()} if isinstance(store, Store) else {}
        found = {**kept, **given}
        if "scores" not in found or "sitting_columns" in found:
            return given
        try:
            return {**given, "sitting_columns": SittingColumns.of(cls.former_rows(found))}
        except (TypeError, IndexError) as error:
            raise ValueError(f"lists of sittings were needed in an older log: {error}") from None

    @classmethod
    def former_rows(cls, found: Mapping[str, Any]) -> Iterable[Sitting]:
        """The sittings of a record of which `scores` are nested lists."""
        return nested_rows(0, found["scores"])


class TeachingRecord(SittingRecord):
    """Rationales, answer classes, the exam, and every sitting."""

    question: str = ""
    """The question as the models read it; empty in older logs."""
    asked: list[AskedTurn] = Field(default_factory=list[AskedTurn])
    """The messages in which it was asked, where they are more than one text."""
    rationales: list[SampledRationale] = Field(default_factory=list)
    classes: list[int | None] = Field(default_factory=list)
    """Answer class of each rationale; `None` where it has no answer."""
    debug: str = ""
    """Whether the teacher debugged its answers `before` or `after` the exams; empty where it did not."""
    undebugged: list[SampledRationale] = Field(default_factory=list)
    """The rationales as they were sampled, where the teacher debugged them; `rationales` holds what came of it."""
    undebugged_classes: list[int | None] = Field(default_factory=list)
    """Their answer classes."""
    greedy: SampledRationale | None = None
    """The teacher's answer at temperature 0, the baseline of one call."""
    items: list[ExamItem] = Field(default_factory=list)
    repetitions: int = 1
    exam_note: str = ""
    drafts: list[Draft] = Field(default_factory=list)
    """Of a label-free exam, every variant and what became of it; empty where the exam has gold answers."""
    students: list[str] = Field(default_factory=list)
    plans: list[list[int]] = Field(default_factory=list)
    """Rationales shown in each exam, the last of which it scores. A rationale of which a budget spared all sittings has
    none."""
    budget: dict[str, Any] = Field(default_factory=dict)
    """Name and options of the budget on which the exams were sat, its `calls` (student replies), the `full_calls` of
    the full exam, the rules that it `decides`, and `estimates`, the LbT score of each rationale. Empty after a full
    exam."""
    controls: Controls = Field(default_factory=Controls)
    """Empty unless they were asked for."""
    further: dict[str, FurtherExam] = Field(default_factory=dict[str, FurtherExam])
    """By kind the exams that were sat beside the one that chooses."""
    usage: dict[str, RoleUsage] = Field(default_factory=dict)
    """By role: `teacher`, and `student: NAME` for each student."""
    notes: list[str] = Field(default_factory=list)
    """What a reader of the numbers should know: truncated or unusable replies, undecided comparisons."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Prompts, seeds, sampling and versions that made this record."""

    def note_weights(self, identities: Mapping[str, Mapping[str, str]]) -> None:
        """Which weights each role has, where that can be told."""
        known = {role: identity["weights"] for role, identity in identities.items() if "weights" in identity}
        if known:
            self.settings = {**self.settings, "weights": {**self.settings.get("weights", {}), **known}}

    def scored(self, without: Collection[int] = ()) -> list[Scored]:
        """Each rationale with its LbT score.

        A rationale that is taught in several plans is scored by all their sittings; one that no plan teaches scores 0.
        After exams on a budget the scores are its estimates, which select by the rules that it decides and no other.

        Args:
            without: Exam items, by their number, whose sittings are left out.
        """
        return self._scored(self.rationales, self.classes, without)

    def decides(self, rule: str) -> bool:
        """Whether the recorded scores choose by that rule: after a full exam by every one, on a budget by its own."""
        return is_full_exam(self.budget) or rule in self.budget["decides"] or rule_of(rule).ignores_scores

    def chooses(self, rule: str) -> bool:
        """Whether the record says what that rule chose.

        It does where it decides, and on a budget also where its own rule guessed, `max_replies` having cut the exam.
        """
        return self.decides(rule) or self.budget["rule"] == rule

    def scored_undebugged(self) -> list[Scored]:
        """The rationales as they were sampled; their LbT scores are their own where debugging came after the exams."""
        return self._scored(self.undebugged, self.undebugged_classes)

    def sittings_of(self) -> Mapping[int | None, list[Sitting]]:
        """The sittings that score each rationale, of every plan that teaches it; the control's under `None`."""
        return by_rationale(self.sittings, self.plans)

    def first_of_equals(self) -> tuple[int, ...]:
        """For each rationale the first one with the same words, answer and class."""
        first: dict[tuple[str, str | None, int | None], int] = {}
        pairs = list(zip(self.rationales, self.classes, strict=True))
        return tuple(
            first.setdefault((" ".join(rationale.text.split()), rationale.answer, number), index)
            for index, (rationale, number) in enumerate(pairs)
        )

    def examined_as(self) -> tuple[int, ...]:
        """Per rationale the one whose sittings count for it; another one where a budget let equals share an exam."""
        shared = self.budget.get("examine_once")
        return self.first_of_equals() if shared else tuple(range(len(self.rationales)))

    def results_of(self, taught: Iterable[Iterable[Sitting]]) -> list[tuple[ExamResult, ...]]:
        """Of each rationale's sittings one result a student."""
        students, items = self.students, len(self.items)  # a field of a store is validated each time it is read
        return [exam_results(rows, students, items) for rows in taught]

    def results(self, rows: Iterable[Sitting]) -> tuple[ExamResult, ...]:
        """These sittings as one result a student."""
        return self.results_of([rows])[0]

    def _scored(
        self, rationales: Sequence[SampledRationale], classes: Sequence[int | None], without: Collection[int] = ()
    ) -> list[Scored]:
        rows = {taught: left for taught, found in self.sittings_of().items() if (left := _left(found, without))}
        of = dict(zip(rows, self.results_of(rows.values()), strict=True))
        results = [of.get(taught, ()) for taught in self.examined_as()]
        guessed = () if is_full_exam(self.budget) else self.budget.get("estimates")
        estimates: Sequence[float | None] = guessed or [None] * len(rationales)
        return [
            Scored(
                Rationale(sampled.text, sampled.answer, sampled.truncated),
                answer_class,
                given,
                lbt_score(given) if given and estimate is None else estimate or 0.0,
                sampled.visible,
            )
            for sampled, answer_class, given, estimate in zip(rationales, classes, results, estimates, strict=True)
        ]

    def control_accuracy(self) -> float | None:
        """Mean exam accuracy in [0, 1] of the students without any demonstration; `None` where they did not sit."""
        return lbt_score_or_none(self.results(self.sittings_of().get(None, [])))

    def taught_accuracies(self) -> dict[str, float]:
        """Exam accuracy of each student, mean over the rationales that it was taught; without those who sat none."""
        found: dict[str, list[float]] = defaultdict(list)
        taught = [rows for rationale, rows in self.sittings_of().items() if rationale is not None]
        for results in self.results_of(taught):
            for name, accuracy in accuracies(results).items():
                found[name].append(accuracy)
        return {name: fsum(values) / len(values) for name, values in found.items()}

    def control_accuracies(self) -> dict[str, float]:
        """Exam accuracy of each student without a demonstration; without those who did not sit."""
        return accuracies(self.results(self.sittings_of().get(None, [])))

    @classmethod
    def former_rows(cls, found: Mapping[str, Any]) -> Iterable[Sitting]:
        """The sittings of nested lists by plan, `scores` and `answers`, and those of the control."""
        answers = found.get("answers") or [None] * len(found["scores"])
        for plan, (scores, given) in enumerate(zip(found["scores"], answers, strict=True)):
            yield from nested_rows(plan, scores, given)
        yield from nested_rows(None, found.get("control_scores") or [], found.get("control_answers"))


def _left(rows: list[Sitting], without: Collection[int]) -> list[Sitting]:
    """The sittings of other items; none where not one of them is usable."""
    left = [row for row in rows if row.item not in without]
    return left if len(left) == len(rows) or any(row.score is not None for row in left) else []


def is_full_exam(budget: Mapping[str, Any] | None) -> bool:
    """Whether the budget of a record spared nothing, or no more than the exams of rationales equal to another."""
    if not budget:
        return True
    # In older logs the budget is called none, and its limit max_calls.
    unlimited = budget.get("max_replies", budget.get("max_calls")) is None
    everything = budget.get("calls", 0) >= budget.get("full_calls", inf)
    return everything or (budget["name"] in ("full", "none") and unlimited)


def insist_on_full_exam(budget: Mapping[str, Any] | None, log: str, needed_by: str) -> None:
    """Refuses a record whose LbT scores a budget left unfinished.

    Args:
        budget: The record's.
        log: Where it was read.
        needed_by: What needs every sitting, in the plural.

    Raises:
        UsageError: says how to sit the rest.
    """
    if budget and not is_full_exam(budget):
        raise UsageError(
            f"{log} was run on the budget {budget['name']}, which leaves LbT scores unfinished; {needed_by} need the "
            "full exams. Run it again with -T budget=full: replies that are in Inspect's cache are not paid twice."
        )
