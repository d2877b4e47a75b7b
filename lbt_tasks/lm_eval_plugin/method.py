"""Learning by Teaching over lm-eval's models: the teacher samples, students sit exams, a rule chooses.

    method = Method(teacher, students, options)
    taught = method.teach(requests, problems)
    method.examine(taught, exams)
    method.choose(taught[0])                   # index of the chosen reply

Each step is one batch over all problems, as lm-eval's models want it; what a sitting is, the core decides, as it does
for Inspect. Exam requests of one rationale stand together. Source: paper, section 3.1 (method M1).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from lbt_solvers.answers.thinking import split_thinking
from lbt_solvers.concurrency import in_order
from lbt_solvers.exam_session import ExamSession
from lbt_solvers.plans import TeachingPlan
from lbt_solvers.prompts import Demonstration
from lbt_solvers.selection import choose
from lbt_solvers.sittings import Sitting, score_of_rows
from lbt_solvers.student import sit_plan
from lbt_solvers.teacher import rationale_of_text
from lbt_solvers.types import Exam, Problem
from lbt_tasks.lm_eval_plugin.back_ends import BackEnd
from lbt_tasks.lm_eval_plugin.batches import BatchedStudent, Batches
from lbt_tasks.lm_eval_plugin.candidates import ScoredReplies, doc_hash
from lbt_tasks.lm_eval_plugin.model_options import ModelOptions
from lbt_tasks.lm_eval_plugin.options import classes_of, is_right

if TYPE_CHECKING:
    from lm_eval.api.instance import Instance

_logger = logging.getLogger(__name__)
PAPER_TEMPERATURE = 0.7


@dataclass(slots=True)
class TaughtRequest:
    """One request with the teacher's replies and what they were worth."""

    request: "Instance"
    problem: Problem
    replies: list[str]
    """Without their thoughts."""
    demonstrations: list[Demonstration]
    """The replies in two parts; one without an answer has an empty one."""
    classes: list[int | None]
    correct: list[float] | None
    """`None` where the documents' answers are not known."""
    sittings: dict[int, list[Sitting]] = field(default_factory=dict[int, list[Sitting]])
    """By reply."""

    def scores(self) -> list[float | None]:
        """LbT score of each reply; `None` where no student has a usable sitting with it."""
        return [score_of_rows(self.sittings.get(index, [])) for index in range(len(self.replies))]

    def candidates(self) -> ScoredReplies:
        """The line of the table."""
        return ScoredReplies(
            problem=self.problem.id,
            prompt=str(self.request.arguments[0]),
            rationales=self.replies,
            scores=self.scores(),
            correctness=self.correct,
            doc_hash=doc_hash(self.request.doc),
            split=str(self.request.doc.get("split", "")),
            task=self.request.task_name or "",
            question=self.problem.question,
            answer=self.problem.answer,
        )


class Method:
    """The steps of one batch of requests."""

    def __init__(self, teacher: BackEnd, students: Sequence[BackEnd], options: ModelOptions) -> None:
        self._teacher, self._students, self._options = teacher, students, options
        self._kind, self._prompt = options.kind, options.prompt_format

    def teach(self, requests: Sequence["Instance"], problems: Sequence[Problem]) -> list[TaughtRequest]:
        """The teacher's replies to the task's own prompts, in classes of equal answers."""
        count = self._options.rationales
        # Requests with other generation arguments (stop strings, limits) are other batches.
        groups: dict[str, list[int]] = {}
        for index, request in enumerate(requests):
            groups.setdefault(repr(request.arguments[1]), []).append(index)
        sampled: dict[int, list[str]] = {}
        for indexes in groups.values():
            like = [requests[index] for index in indexes for _ in range(count)]
            asked = like[0].arguments[1]
            sampling = {**asked, "do_sample": True, "temperature": self._temperature(asked)}
            replies = self._teacher.replies([request.arguments[0] for request in like], sampling, like)
            sampled |= {index: replies[at * count : (at + 1) * count] for at, index in enumerate(indexes)}
        return [
            self._taught(request, problem, sampled[index])
            for index, (request, problem) in enumerate(zip(requests, problems, strict=True))
        ]

    def examine(self, taught: Sequence[TaughtRequest], exams: Mapping[str, Exam]) -> None:
        """Fills the results: every student sits the exam after every reply with an answer."""
        batches = Batches(list(dict.fromkeys(self._students)), self._student_sampling())
        sessions = [self._session(each, exams[each.problem.id], batches) for each in taught]
        places = [
            (each, session, index)
            for each, session in zip(taught, sessions, strict=True)
            for index, answer_class in enumerate(each.classes)
            if answer_class is not None
        ]
        calls = [partial(sit_plan, session, TeachingPlan((index,)), index) for _, session, index in places]
        for (each, _, index), rows in zip(places, batches.run(partial(in_order, calls)), strict=True):
            each.sittings[index] = rows

    def choose(self, taught: TaughtRequest) -> int:
        """Index of the reply that the rule chooses; the first where no reply has an answer."""
        scores = taught.scores()
        if unscored := sum(score is None and index in taught.sittings for index, score in enumerate(scores)):
            _logger.warning("lbt: %s: %d exams of empty replies only, scored 0", taught.problem.id, unscored)
        choice = choose(taught.classes, [score or 0.0 for score in scores], self._options.rule)
        return choice.rationale if choice else 0

    def _taught(self, request: "Instance", problem: Problem, replies: list[str]) -> TaughtRequest:
        show_thinking = self._options.show_thinking
        rationales = [rationale_of_text(reply, problem, self._kind, show_thinking) for reply in replies]
        answers = [rationale.answer for rationale in rationales]
        shown = [Demonstration(problem.question, each.text, each.answer or "") for each in rationales]
        correct = [float(is_right(answer, problem, self._kind)) for answer in answers] if problem.answer else None
        visible = [split_thinking(reply).visible for reply in replies]
        return TaughtRequest(request, problem, visible, shown, classes_of(answers, self._kind), correct)

    def _session(self, taught: TaughtRequest, exam: Exam, batches: Batches) -> ExamSession:
        students = {
            f"{student.name}#{number}": BatchedStudent(
                batches, student, self._prompt, taught.problem.id, taught.request
            )
            for number, student in enumerate(self._students)
        }
        return ExamSession(exam, students, taught.demonstrations, self._kind)

    def _temperature(self, asked: Mapping[str, Any]) -> float:
        """The teacher's: its own option, else the request's (`--gen_kwargs`), else the paper's. At 0 all are alike."""
        own = self._options.teacher_temperature
        return own if own is not None else asked.get("temperature") or PAPER_TEMPERATURE

    def _student_sampling(self) -> dict[str, Any]:
        temperature = self._options.student_temperature
        limits = {"until": [], "max_gen_toks": self._options.student_max_tokens}
        return {**limits, "do_sample": temperature > 0, "temperature": temperature}
