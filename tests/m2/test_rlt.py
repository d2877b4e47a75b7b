"""RLT's reward: the formula on numbers, its order on models, and what is refused.

Invariants:
 1. It grows with every log-probability of the solution and falls with every one of the explanation by the teacher.
 2. In the toy world a right method is worth more than a wrong one; an open thought is -1.
 3. Without log-probabilities, solutions, or one tokenizer, that is said.
"""

from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.errors import UsageError
from lbt_solvers.prompts import load_prompt
from lbt_tasks.training.rlt import UNFINISHED, RltReward, rlt_reward, with_solution
from tests.synthetic.running import scripted

VALUE = st.floats(-20, -0.01)
TOKENS = st.lists(VALUE, min_size=1, max_size=5)


@given(TOKENS, st.lists(st.tuples(VALUE, VALUE), min_size=1, max_size=5), st.floats(0.1, 5))
def test_it_grows_with_the_solution_and_falls_with_the_leak(
    solution: list[float], pairs: list[tuple[float, float]], more: float
) -> None:
    told, own = [one for one, _ in pairs], [other for _, other in pairs]
    reward = rlt_reward(solution, told, own)
    assert rlt_reward([each + more for each in solution], told, own) == pytest.approx(reward + 1.01 * more)
    assert rlt_reward(solution, [each + more for each in told], own) == pytest.approx(reward - 3 * 1.01 * more)
    assert rlt_reward(solution, own, own) == pytest.approx(sum(solution) / len(solution) + 0.01 * min(solution))


@pytest.mark.parametrize("counts", [(0, 1, 1), (1, 0, 0), (1, 2, 1)])
def test_tokens_that_do_not_fit_are_said(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="take a student and a teacher with one tokenizer"):
        rlt_reward(*([-1.0] * count for count in counts))


def rewarded(*texts: str, student: str = "reader a", solution: str = "METHOD WRONG: I compute.") -> list[float]:
    async def rewards() -> list[float]:
        reward = RltReward(scripted(student), scripted("reader b"), load_prompt("chat"))
        columns: dict[str, Any] = {
            name: [value] * len(texts)
            for name, value in {"problem": "p", "question": "Q?", "solution": solution, "answer": "7"}.items()
        }
        return await reward(completions=[[{"role": "assistant", "content": text}] for text in texts], **columns)

    return anyio.run(rewards)


def test_in_the_toy_world() -> None:
    """A reader gives 0.1 a word to what it would do, METHOD WRONG, and 0.6 to all else, whoever it is."""
    [plain, open_thought, nothing] = rewarded("METHOD WRONG: so.", "<think>METHOD WRONG", " ")
    assert plain == pytest.approx(-0.1 - 0.01 * 0.1) and open_thought == nothing == UNFINISHED
    [odd] = rewarded("METHOD WRONG: so.", solution="Unlikely.")
    assert odd == pytest.approx(-0.6 - 0.01 * 0.6) and odd < plain


def test_what_cannot_be_rewarded() -> None:
    with pytest.raises(UsageError, match="needs log-probabilities of prompts"):
        rewarded("METHOD WRONG: so.", student="student")
    with pytest.raises(UsageError, match="a solution of every problem was needed, found none of p"):
        rewarded("METHOD WRONG: so.", solution=" ")
    assert with_solution("A {solution} B", "S").count("S") == 1
