"""The reward of reinforcement-learned teachers: a teacher that has seen the solution is rewarded for explaining it.

    reward = RltReward(student, teacher, load_prompt("chat"))
    GRPOTrainer(..., reward_funcs=[reward])      # prompts by `with_solution(question, solution)`

With x the problem, s its solution, r the explanation, m the student and T the teacher, per token:

    [mean + a min]_k log p_m(s_k | x, r)  -  w [mean + a max]_j (log p_T(r_j | x, s) - log p_m(r_j | x))

The first term is large where the student, after the explanation, holds the solution likely; the second is a penalty for
words that only somebody who has seen the solution would write, most of all for the worst of them. a = 0.01, w = 3; -1
where a thought stays open. It sees the taught problem's solution, so it chooses nothing. T here is the model before
training, whose weights an Inspect model can hold; both must have one tokenizer and tell log-probabilities of prompts.
Source: Cetin et al., 2025, arXiv 2506.08388.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from math import fsum
from typing import Any

from inspect_ai.model import GenerateConfig, Model

from lbt_solvers.answers.thinking import split_thinking
from lbt_solvers.concurrency import in_order
from lbt_solvers.errors import UsageError
from lbt_solvers.generation import Caller
from lbt_solvers.log_probabilities import check_reads_prompts
from lbt_solvers.prompts import PromptFormat
from lbt_solvers.turns import Turn

UNFINISHED = -1.0
SEEN = "{question}\n\nThe solution is:\n\n{solution}\n\nExplain it step by step to a student who has not seen it."


def with_solution(question: str, solution: str) -> str:
    """What the teacher is asked."""
    return SEEN.replace("{solution}", solution, 1).replace("{question}", question, 1)


def rlt_reward(
    solution: Sequence[float],
    explained: Sequence[float],
    expected: Sequence[float],
    *,
    a: float = 0.01,
    w: float = 3.0,
) -> float:
    """The formula above.

    >>> rlt_reward([-1.0, -3.0], [-1.0, -1.0], [-2.0, -1.0], a=0.5, w=1.0)
    -4.5

    Args:
        solution: log p_m of the solution's tokens after the explanation.
        explained: log p_T of the explanation's tokens after the solution.
        expected: log p_m of the same tokens without it.
        a: Weight of the extreme beside the mean.
        w: Weight of the penalty.

    Raises:
        ValueError: no tokens, or two counts of the explanation's.
    """
    if not solution or not explained or len(explained) != len(expected):
        raise ValueError(
            f"rlt needs tokens of a solution, and as many of the explanation by both models; found {len(solution)}, "
            f"{len(explained)} and {len(expected)}: take a student and a teacher with one tokenizer."
        )
    leaks = [given - own for given, own in zip(explained, expected, strict=True)]
    helped = fsum(solution) / len(solution) + a * min(solution)
    return helped - w * (fsum(leaks) / len(leaks) + a * max(leaks))


class RltReward:
    """The reward of each completion, as TRL's GRPO takes it."""

    __name__ = "rlt"

    def __init__(self, student: Model, teacher: Model, prompt: PromptFormat, a: float = 0.01, w: float = 3.0) -> None:
        """Checks the models.

        Raises:
            UsageError: one that does not tell the log-probabilities of a prompt.
        """
        for model in (student, teacher):
            check_reads_prompts(model, "The reward rlt")
        self.student, self.teacher, self.prompt, self.a, self.w = student, teacher, prompt, a, w

    async def __call__(
        self,
        *,
        completions: Sequence[Sequence[Mapping[str, str]]],
        problem: Sequence[str],
        question: Sequence[str],
        solution: Sequence[str],
        **_: Any,
    ) -> list[float]:
        """One reward a completion.

        Raises:
            UsageError: a problem without a solution.
        """
        if without := [each for each, text in zip(problem, solution, strict=True) if not text.strip()]:
            raise UsageError(f"rlt: a solution of every problem was needed, found none of {without[0]}.")
        calls = [partial(self._score, *each) for each in zip(completions, problem, question, solution, strict=True)]
        return await in_order(calls)

    async def _score(
        self, completion: Sequence[Mapping[str, str]], problem: str, question: str, solution: str
    ) -> float:
        visible, _, open_thought = split_thinking(completion[0]["content"])
        explanation = visible.strip()
        if open_thought or not explanation:
            return UNFINISHED
        student, teacher = (self._caller(model, problem) for model in (self.student, self.teacher))
        asked = self.prompt.messages(question)
        taught = [Turn("user", f"{question}\n\nA teacher explains:\n\n{explanation}")]
        seen = [Turn("user", with_solution(question, solution))]
        helped = await student.log_likelihood(taught, solution, f"rlt/{explanation}/solution")
        explained = await teacher.log_likelihood(seen, explanation, f"rlt/{explanation}/explained")
        expected = await student.log_likelihood(asked, explanation, f"rlt/{explanation}/expected")
        return rlt_reward(helped.each, explained.each, expected.each, a=self.a, w=self.w)

    def _caller(self, model: Model, problem: str) -> Caller:
        return Caller(model, f"rlt: {model}", GenerateConfig(), self.prompt, problem)
