"""Score rationales of your own with models of your own: one call, without an Inspect task.

    problem = Problem("p1", "Compute 2+3*4.", "14")
    exam = [Problem("e1", "Compute 5+2*6.", "17"), Problem("e2", "Compute 1+4*2.", "9")]
    found = await lbt_scores(problem, ["... ANSWER: 14", "... ANSWER: 20"], students=["openai/gpt-4o-mini"], exam=exam)
    found.scores, found.choice("sum").rationale, found.dataframe()

`lbt_scores_sync` is the same call for scripts and for notebooks whose event loop runs already. Both are what the solver
`examine` does after its teacher.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from inspect_ai.model import Model, get_model
from inspect_ai.util import Store

from lbt_solvers.answers import AnswerKind
from lbt_solvers.answers.kinds import answer_kind
from lbt_solvers.background import run_in_background
from lbt_solvers.budgeted_exams import budget_of
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exam_bank import ExamMaker, without_models
from lbt_solvers.exam_kinds import ExamKind, check_needs
from lbt_solvers.exam_kinds import exam_kind as kind_of_exam
from lbt_solvers.exams import fixed
from lbt_solvers.options import settings_of
from lbt_solvers.record import SampledRationale, TeachingRecord
from lbt_solvers.rules import Rule, Value, rule_of
from lbt_solvers.scoring import lbt_score_or_none
from lbt_solvers.selection import Choice, select
from lbt_solvers.sittings import Sitting
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.student import examine_record, live_models
from lbt_solvers.teacher import checked, rationale_of_text
from lbt_solvers.types import Exam, Problem, Rationale, Scored


@dataclass(frozen=True, slots=True)
class LbtScores:
    """What the exams of one problem came to."""

    record: TeachingRecord
    """All of it, as a log would hold it: exam, answers, notes, calls and tokens."""

    @property
    def scored(self) -> list[Scored]:
        """Every rationale with its answer's class and its results."""
        return self.record.scored()

    @property
    def scores(self) -> list[float | None]:
        """LbT score of each rationale in [0, 1]; `None` where nobody sat: it has no answer, or a budget spared it."""
        return [lbt_score_or_none(each.results) for each in self.scored]

    @property
    def sittings(self) -> list[Sitting]:
        """One row a sitting."""
        return self.record.sittings

    @property
    def control(self) -> float | None:
        """Exam accuracy in [0, 1] of students who saw no rationale; `None` where they were not asked."""
        return self.record.control_accuracy()

    def choice(self, rule: str | Rule | Value = "sum") -> Choice | None:
        """What a rule chooses; `None` where no rationale has an answer.

        Raises:
            UsageError: a budget left that rule open.
            ValueError: an unknown rule.
        """
        if not self.record.decides(name := rule_of(rule).name):
            raise UsageError(f"The budget {self.record.budget['name']} does not decide {name}: take budget=full.")
        return select(self.scored, rule)

    def dataframe(self) -> Any:
        """The sittings as a pandas DataFrame, with names and gold answers instead of numbers."""
        import pandas

        record = self.record
        items, students = record.items, record.students
        rows = [
            {
                "rationale": None if row.plan is None else record.plans[row.plan][-1],
                "student": students[row.student],
                "item": items[row.item].id,
                "gold": items[row.item].answer,
                **{name: value for name, value in row._asdict().items() if name not in ("plan", "student", "item")},
            }
            for row in self.sittings
        ]
        return pandas.DataFrame(rows).astype({"rationale": "Int64"})


@dataclass(frozen=True, slots=True)
class _Sample:
    """A problem outside Inspect's data sets."""

    sample_id: str
    epoch: int = 1


async def lbt_scores(
    problem: Problem | str,
    rationales: Sequence[str | Rationale],
    *,
    students: Sequence[Model | str],
    exam: ExamMaker | Exam | Sequence[Problem],
    repetitions: int = 1,
    teacher: Model | str | None = None,
    control: bool = True,
    answers: AnswerKind | str | None = None,
    budget: str = "full",
    rule: str = "sum",
    max_replies: int | None = None,
    exam_kind: ExamKind | str = "generative",
    kind_options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> LbtScores:
    """Students sit an exam after each rationale; its accuracy is the rationale's LbT score.

    Args:
        problem: The problem that the rationales explain, or its question. Its answer is not looked at.
        rationales: Whole completions, which are split here, or `Rationale`s with their answers.
        students: Models, or their names for Inspect.
        exam: Problems with answers, an `Exam`, or an exam maker.
        repetitions: Sittings of each of those problems by each student.
        teacher: Who writes questions for exam makers that need one; the first student by default.
        control: Students also sit the exam without a rationale.
        answers: How answers are extracted, compared and graded: a kind, or its name; `math` by default.
        budget: How much of the exams is sat, see docs/budgets.md.
        rule: What a budget decides.
        max_replies: At most so many student replies, the control's not counted.
        exam_kind: How the exam is sat: `generative`, `likelihood`, or an `ExamKind`.
        kind_options: Options of the named kind.
        **settings: `prompt`, `seed`, `cache`, `student_config`, `student_temperature`,
            `show_thinking`; see `Settings`.

    Raises:
        UsageError: no rationale, no student, or an option that cannot work.
        ExamError: a model failed, or there is no exam for the problem.
    """
    if not rationales or not students:
        raise UsageError("lbt_scores: at least one rationale and one student were needed.")
    options = settings_of(settings)
    with usage_errors():
        kind = answer_kind(answers)
    spend = budget_of(budget, rule, max_replies, None, "every")
    taught = problem if isinstance(problem, Problem) else Problem("problem", problem, "")
    record = TeachingRecord(store=Store())
    sampled = [_sampled(each, taught, kind, options.show_thinking) for each in rationales]
    record.rationales = await checked(sampled, taught, kind)
    record.classes = await kind.classes([each.answer for each in sampled], taught)
    asked = [get_model(each) if isinstance(each, str) else each for each in students]
    examined_by = kind_of_exam(exam_kind, kind_options)
    check_needs(examined_by, asked)
    maker = examined_by.of(_exam_maker(exam, repetitions))
    writer = get_model(teacher) if isinstance(teacher, str) else teacher or asked[0]
    models = live_models(writer, asked, _Sample(taught.id), options, kind, Stopwatch(parent=RUN))
    await examine_record(taught, record, maker, models, control=control and examined_by.control, budget=spend)
    return LbtScores(record)


def lbt_scores_sync(
    problem: Problem | str,
    rationales: Sequence[str | Rationale],
    *,
    students: Sequence[Model | str],
    exam: ExamMaker | Exam | Sequence[Problem],
    **options: Any,
) -> LbtScores:
    """`lbt_scores` where there is no `await`: in scripts, and in cells of a notebook."""
    call = partial(lbt_scores, problem, rationales, students=students, exam=exam, **options)
    return run_in_background(call)


def _sampled(given: str | Rationale, problem: Problem, answers: AnswerKind, show_thinking: bool) -> SampledRationale:
    if isinstance(given, Rationale):
        return SampledRationale(text=given.text, answer=given.answer, truncated=given.truncated)
    return rationale_of_text(given, problem, answers, show_thinking)


def _exam_maker(exam: ExamMaker | Exam | Sequence[Problem], repetitions: int) -> ExamMaker:
    if isinstance(exam, Exam):
        return without_models(lambda _: exam)
    return fixed(exam, repetitions=repetitions) if isinstance(exam, Sequence) else exam
