"""Rewards for a teacher's completions: how well students do with them, and whether they are right.

    students = [get_model("hf-batch/classroom/student_a")]
    reward = ExamReward(students, load_prompt("chat"), MathAnswers(), GenerateConfig(max_tokens=64))
    scores = await reward(
        completions=[[{"role": "assistant", "content": "Twice 3 is 6, and 2 more is 8. ANSWER: 8"}]],
        problem=["p1"],
        question=["Compute 2 plus twice 3."],
        exam=[[{"question": "Compute 5 plus twice 6.", "answer": "17"}]],
    )

A reward is what TRL's GRPO takes: a function of a batch of completions and of the columns of its data. Students are
any models that Inspect knows, also behind an OpenAI-compatible server. Their replies are cached by Inspect.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from inspect_ai.model import GenerateConfig, Model

from lbt_solvers.answers import AnswerKind
from lbt_solvers.answers.thinking import shown
from lbt_solvers.concurrency import in_order
from lbt_solvers.exam_bank import exam_without_models, without_models
from lbt_solvers.exam_forms import grade_replies
from lbt_solvers.exam_kinds import ExamKind, check_needs, exam_kind
from lbt_solvers.exam_session import ExamSession
from lbt_solvers.generation import Caller
from lbt_solvers.plans import TeachingPlan
from lbt_solvers.prompts import Demonstration, PromptFormat
from lbt_solvers.sittings import score_of_rows
from lbt_solvers.student import sit_plan
from lbt_solvers.types import Exam, Problem, Reply

Completion = Sequence[Mapping[str, str]]
"""The messages that the teacher wrote (one)."""
Questions = Sequence[Mapping[str, str]]
"""Of an exam, with their gold answers: `question`, `answer`, and `solution` where there is one."""


class ExamReward:
    """The LbT score of each completion, in [0, 1]; 0 without an answer, which students cannot be shown."""

    __name__ = "exam"

    def __init__(
        self,
        students: Sequence[Model],
        prompt: PromptFormat,
        answers: AnswerKind,
        config: GenerateConfig,
        show_thinking: bool = False,
        kind: ExamKind | str = "generative",
    ) -> None:
        """Checks the kind of exam.

        Raises:
            UsageError: no such kind, or one that these students cannot sit.
        """
        self.students, self.prompt, self.answers, self.config = students, prompt, answers, config
        self.show_thinking, self.kind = show_thinking, exam_kind(kind)
        check_needs(self.kind, students, selects=False)

    async def __call__(
        self,
        *,
        completions: Sequence[Completion],
        problem: Sequence[str],
        question: Sequence[str],
        exam: Sequence[Questions],
        answer: Sequence[str] | None = None,
        **_: Any,
    ) -> list[float | None]:
        """One reward a completion; `None` where no student gave a usable reply, which TRL leaves out.

        The gold answers are for kinds of exams that look at the taught problem's own, and for no other.
        """
        seen = answer if answer and "gold_of_taught" in self.kind.needs else [""] * len(problem)
        taught = map(Problem, problem, question, seen)
        return await in_order([partial(self._score, *each) for each in zip(completions, taught, exam, strict=True)])

    async def _score(self, completion: Completion, problem: Problem, exam: Questions) -> float | None:
        extracted = self.answers.extract(_text(completion, self.prompt))
        if extracted.answer is None:
            return 0.0
        text = shown(extracted.rationale, extracted.thinking, self.show_thinking)
        items = Exam(tuple(_item(f"{problem.id}/{number}", each) for number, each in enumerate(exam)))
        set_exam = exam_without_models(self.kind.of(without_models(lambda _: items)), problem, self.answers)
        callers = {
            f"{student}#{number}": Caller(student, f"student: {student}", self.config, self.prompt, problem.id)
            for number, student in enumerate(self.students)
        }
        taught = [Demonstration(problem.question, text, extracted.answer)]
        session = ExamSession(set_exam, callers, taught, self.answers)
        return score_of_rows(await sit_plan(session, TeachingPlan((0,)), 0))


class CorrectnessReward:
    """1 where a completion's answer is right, else 0."""

    __name__ = "correctness"

    def __init__(self, prompt: PromptFormat, answers: AnswerKind) -> None:
        self.prompt, self.answers = prompt, answers

    async def __call__(
        self,
        *,
        completions: Sequence[Completion],
        problem: Sequence[str],
        question: Sequence[str],
        answer: Sequence[str],
        **_: Any,
    ) -> list[float]:
        """One reward a completion."""
        replies = [[Reply(_text(completion, self.prompt), "stop")] for completion in completions]
        asked = map(Problem, problem, question, answer)
        calls = [partial(grade_replies, *each, self.answers) for each in zip(asked, replies, strict=True)]
        return [graded.score or 0.0 for [graded] in await in_order(calls)]


def _item(identifier: str, given: Mapping[str, str]) -> Problem:
    return Problem(identifier, given["question"], given["answer"], {"solution": given.get("solution") or ""})


def _text(completion: Completion, prompt: PromptFormat) -> str:
    return prompt.read(prompt.prefill + completion[0]["content"])
