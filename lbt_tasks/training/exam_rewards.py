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
from lbt_solvers.answers.thinking import shown
from lbt_solvers.concurrency import in_order
from lbt_solvers.exam_forms import WrittenAnswers, grade_replies
from lbt_solvers.generation import Caller
from lbt_solvers.prompts import Demonstration, PromptFormat
from lbt_solvers.scoring import lbt_score_or_none
from lbt_solvers.types import ExamResult, Problem, Reply

Completion = Sequence[Mapping[str, str]]
"""The messages that the teacher wrote (one)."""
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
        show_thinking: bool = False,
    ) -> None:
        self.students, self.prompt, self.answers, self.config = students, prompt, answers, config
        self.show_thinking = show_thinking

    async def __call__(
        self,
        *,
        completions: Sequence[Completion],
        problem: Sequence[str],
        question: Sequence[str],
        exam: Sequence[Exam],
        **_: Any,
    ) -> list[float | None]:
        """One reward a completion; `None` where no student gave a usable reply, which TRL leaves out."""
        calls = [partial(self._score, *each) for each in zip(completions, problem, question, exam, strict=True)]
        return await in_order(calls)

    async def _score(self, completion: Completion, problem: str, question: str, exam: Exam) -> float | None:
        extracted = self.answers.extract(_text(completion, self.prompt))
        if extracted.answer is None:
            return 0.0
        text = shown(extracted.rationale, extracted.thinking, self.show_thinking)
        taught = Demonstration(question, text, extracted.answer)
        items = [Problem(problem, item["question"], item["answer"]) for item in exam]
        results = await in_order([partial(self._sit, student, taught, problem, items) for student in self.students])
        return lbt_score_or_none(results)

    async def _sit(self, student: Model, taught: Demonstration, problem: str, items: Sequence[Problem]) -> ExamResult:
        caller = Caller(student, f"student: {student}", self.config, self.prompt, problem)
        sit = WrittenAnswers(self.answers).sit
        calls = [partial(sit, caller, [taught], item, 1, f"exam/{number}") for number, item in enumerate(items)]
        return ExamResult(str(student), tuple(tuple(each.score for each in item) for item in await in_order(calls)))


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


def _text(completion: Completion, prompt: PromptFormat) -> str:
    return prompt.read(prompt.prefill + completion[0]["content"])
