"""Learning by Teaching over lm-eval's models: the teacher samples, students sit exams, a rule chooses.

    method = Method(teacher, students, options)
    taught = method.teach(requests, problems)
    method.examine(taught, exams)
    method.choose(taught[0])                   # index of the chosen reply

Each step is one batch over all problems, as lm-eval's models want it. Exam requests of one rationale stand together.
Source: paper, section 3.1 (method M1).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lbt_solvers.answers.thinking import shown, split_thinking
from lbt_solvers.exam_forms import asked_in, grade_in_place
from lbt_solvers.prompts import Demonstration
from lbt_solvers.selection import choose
from lbt_solvers.sittings import Sitting, rows_of_replies, score_of_rows
from lbt_solvers.types import Exam, Problem, Reply
from lbt_tasks.lm_eval_plugin.back_ends import BackEnd
from lbt_tasks.lm_eval_plugin.candidates import Candidates, doc_hash
from lbt_tasks.lm_eval_plugin.model_options import ModelOptions
from lbt_tasks.lm_eval_plugin.options import classes_of, is_right

if TYPE_CHECKING:
    from lm_eval.api.instance import Instance

_logger = logging.getLogger(__name__)
PAPER_TEMPERATURE = 0.7


@dataclass(slots=True)
class Taught:
    """One request with the teacher's replies and what they were worth."""

    request: "Instance"
    problem: Problem
    replies: list[str]
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

    def candidates(self) -> Candidates:
        """The line of the table."""
        return Candidates(
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

    def teach(self, requests: Sequence["Instance"], problems: Sequence[Problem]) -> list[Taught]:
        """The teacher's replies to the task's own prompts, in classes of equal answers."""
        count = self._options.rationales
        # Requests with other generation arguments (stop strings, limits) are other batches.
        groups: dict[str, list[int]] = {}
        for index, request in enumerate(requests):
            groups.setdefault(repr(request.arguments[1]), []).append(index)
        said: dict[int, list[str]] = {}
        for indexes in groups.values():
            like = [requests[index] for index in indexes for _ in range(count)]
            asked = like[0].arguments[1]
            sampling = {**asked, "do_sample": True, "temperature": self._temperature(asked)}
            replies = self._teacher.replies([request.arguments[0] for request in like], sampling, like)
            said |= {index: replies[at * count : (at + 1) * count] for at, index in enumerate(indexes)}
        return [
            self._taught(request, problem, said[index])
            for index, (request, problem) in enumerate(zip(requests, problems, strict=True))
        ]

    def examine(self, taught: Sequence[Taught], exams: Mapping[str, Exam]) -> None:
        """Fills the results: every student, every reply with an answer, every item."""
        asked = [
            (each, index, *one)
            for each in taught
            for index, answer_class in enumerate(each.classes)
            if answer_class is not None
            for one in asked_in(exams[each.problem.id], self._prompt, [each.demonstrations[index]])
        ]
        for at, student in enumerate(self._students):
            prompts: list[str] = []
            like: list[Instance] = []
            for each, *_, turns in asked:
                repetitions = exams[each.problem.id].repetitions
                prompts += [student.prompt(turns, self._prompt.begun(turns))] * repetitions
                like += [each.request] * repetitions
            replies = iter(map(self._prompt.read, student.replies(prompts, self._student_sampling(), like)))
            for each, index, number, item, _ in asked:
                given = [Reply(next(replies), "stop") for _ in range(exams[each.problem.id].repetitions)]
                graded = grade_in_place(item, given, self._kind)
                each.sittings.setdefault(index, []).extend(rows_of_replies(index, at, number, graded))

    def choose(self, taught: Taught) -> int:
        """Index of the reply that the rule chooses; the first where no reply has an answer."""
        scores = taught.scores()
        if unscored := sum(score is None and index in taught.sittings for index, score in enumerate(scores)):
            _logger.warning("lbt: %s: %d exams of empty replies only, scored 0", taught.problem.id, unscored)
        choice = choose(taught.classes, [score or 0.0 for score in scores], self._options.rule)
        return choice.rationale if choice else 0

    def _taught(self, request: "Instance", problem: Problem, replies: list[str]) -> Taught:
        parts = [self._kind.extract(reply, problem=problem) for reply in replies]
        replies = [split_thinking(reply).visible for reply in replies]
        answers = [part.answer for part in parts]
        seen = [shown(part.rationale, part.thinking, self._options.show_thinking) for part in parts]
        demos = [
            Demonstration(problem.question, text, part.answer or "") for text, part in zip(seen, parts, strict=True)
        ]
        correct = [float(is_right(answer, problem, self._kind)) for answer in answers] if problem.answer else None
        return Taught(request, problem, replies, demos, classes_of(answers, self._kind), correct)

    def _temperature(self, asked: Mapping[str, Any]) -> float:
        """The teacher's: its own option, else the request's (`--gen_kwargs`), else the paper's. At 0 all are alike."""
        own = self._options.teacher_temperature
        return own if own is not None else asked.get("temperature") or PAPER_TEMPERATURE

    def _student_sampling(self) -> dict[str, Any]:
        temperature = self._options.student_temperature
        limits = {"until": [], "max_gen_toks": self._options.student_max_tokens}
        return {**limits, "do_sample": temperature > 0, "temperature": temperature}
