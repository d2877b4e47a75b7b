"""Rewards for a teacher's completions: how well students do with them, and whether they are right.

    reward = ExamReward([get_model("hf-batch/classroom/student_a")], load_prompt("chat"), MathAnswers())
    scores = await reward(prompts, completions, **columns)

A reward is what TRL's GRPO takes: a function of a batch of completions and of the columns of its data. Students are
any models that Inspect knows, also behind an OpenAI-compatible server. Their replies are cached by Inspect.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from inspect_ai.model import GenerateConfig, Model

from lbt_solvers.answers import AnswerKind
from lbt_solvers.answers.extraction import Extracted
from lbt_solvers.concurrency import in_order
from lbt_solvers.generation import Caller
from lbt_solvers.prompts import Demonstration, PromptFormat
from lbt_solvers.scoring import exam_accuracy, lbt_score
from lbt_solvers.types import ExamResult, Problem

Completions = Sequence[Sequence[Mapping[str, str]]]
"""Per completion, the messages that the teacher wrote (one)."""
Exam = Sequence[Mapping[str, str]]
"""Questions with their gold answers: `question`, `answer`."""


class ExamReward:
    """The LbT score of each completion, in [0, 1]; 0 without an answer, which students cannot be shown."""

    __name__ = "exam"

    def __init__(
        self,
        students: Sequence[Model],
        prompt: PromptFormat,
        answers: AnswerKind,
        config: GenerateConfig,
        seed: int = 0,
    ) -> None:
        self.students, self.prompt, self.answers, self.config, self.seed = students, prompt, answers, config, seed

    async def __call__(
        self,
        *,
        completions: Completions,
        problem: Sequence[str],
        question: Sequence[str],
        exam: Sequence[Exam],
        **_: Any,
    ) -> list[float | None]:
        """One reward a completion; `None` where no student gave a usable reply, which TRL leaves out."""
        calls = [
            partial(self._score, self._extracted(completion), *about)
            for completion, *about in zip(completions, problem, question, exam, strict=True)
        ]
        return await in_order(calls)

    def _extracted(self, completion: Sequence[Mapping[str, str]]) -> Extracted:
        return self.answers.extract(self.prompt.prefill + completion[0]["content"])

    async def _score(self, extracted: Extracted, problem: str, question: str, exam: Exam) -> float | None:
        if extracted.answer is None:
            return 0.0
        shown = Demonstration(question, extracted.rationale, extracted.answer)
        results = await in_order([partial(self._sit, student, shown, problem, exam) for student in self.students])
        return lbt_score(results) if any(exam_accuracy(result) is not None for result in results) else None

    async def _sit(self, student: Model, shown: Demonstration, problem: str, exam: Exam) -> ExamResult:
        caller = Caller(
            model=student,
            role=f"student: {student}",
            config=self.config,
            prompt=self.prompt,
            problem_id=problem,
        )
        asked = [
            partial(caller.replies, self.prompt.messages(item["question"], [shown]), 1, f"exam/{number}")
            for number, item in enumerate(exam)
        ]
        replies = [reply[0] if reply else None for reply in await in_order(asked)]
        usable = [reply is not None and reply.usable for reply in replies]
        given = [self.answers.extract(reply.text).answer if reply else None for reply in replies]
        grades = await in_order(
            [
                partial(_grade, self.answers, Problem(problem, item["question"], item["answer"]), answer)
                for item, answer in zip(exam, given, strict=True)
            ]
        )
        sat = tuple((grade if use else None,) for grade, use in zip(grades, usable, strict=True))
        return ExamResult(str(student), sat)


class CorrectnessReward:
    """1 where a completion's answer is right, else 0."""

    __name__ = "correctness"

    def __init__(self, prompt: PromptFormat, answers: AnswerKind) -> None:
        self.prompt, self.answers = prompt, answers

    async def __call__(
        self,
        *,
        completions: Completions,
        problem: Sequence[str],
        question: Sequence[str],
        answer: Sequence[str],
        **_: Any,
    ) -> list[float]:
        """One reward a completion."""
        own = [
            self.answers.extract(self.prompt.prefill + completion[0]["content"]).answer for completion in completions
        ]
        asked = [Problem(*about) for about in zip(problem, question, answer, strict=True)]
        return await in_order([partial(_grade, self.answers, *each) for each in zip(asked, own, strict=True)])


async def _grade(answers: AnswerKind, problem: Problem, answer: str | None) -> float:
    return (await answers.grade(problem, [answer]))[0].score if answer is not None else 0.0
