"""The rank-surprisal ratio of a rationale to a student: how odd its tokens rank, for how surprising they are.

    inspect eval lbt_tasks/gsm8k -T also_examine=rsr -T budget=full --model-role student=hf-batch/NAME

    RSR = sum_k min(rank_k, 100) / -sum_k log p(r_k | x)        raw = -RSR        score = 1 / (1 + RSR)

with r_k the tokens of the rationale and its answer after the problem x, and rank_k the place of r_k among all tokens by
the student's probabilities. Low is good: tokens that a student would not have drawn, and yet holds likely. A student
reads and writes nothing, and no gold answer has a part in it. Made for choosing data to train a student on, not for
answers. Source: 2026, arXiv 2601.14249.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from lbt_solvers.exam_forms import Student
from lbt_solvers.prompts import Demonstration
from lbt_solvers.types import GradedReply, Problem


def ratio(ranks: float, log_probability: float) -> float:
    """The sum of the clipped ranks over the surprisal.

    >>> ratio(6.0, -3.0)
    2.0
    """
    return ranks / max(-log_probability, 1e-9)


@dataclass(frozen=True, slots=True)
class RankSurprisal:
    """One pass over the rationale."""

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        """The same score for every repetition, since a student that reads the same again finds the same."""
        demo = shown[-1]
        turns = student.prompt.messages(demo.question, (), demo.turns)
        read = await student.log_likelihood(turns, student.prompt.worked_solution(demo), key)
        if isnan(read.ranks):
            raise ValueError(f"rsr needs the ranks of a rationale's tokens, which {student.role} does not tell")
        found = ratio(read.ranks, read.total)
        one = GradedReply(None, 1 / (1 + found), read.read + read.written, raw=-found)
        return [one._replace(written=read.written, cached=read.cached)] * repetitions
