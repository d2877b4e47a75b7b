"""RLT's reward: the formula on numbers, its order on models, and what is refused.

Invariants:
 1. It grows with every log-probability of the solution and falls with every one of the explanation by the teacher.
 2. In the toy world a right method is worth more than a wrong one; an open thought is -1.
 3. Without log-probabilities, solutions, or one tokenizer, that is said.
 4. `--reward rlt` of the GRPO command shows the solution and rewards by nothing else.
"""

import json
from dataclasses import replace
from pathlib import Path
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


def test_the_command_shows_the_teacher_the_solution(tmp_path: Path) -> None:
    """RLT's reward is the only one, of one student and of the teacher's weights before training."""
    pytest.importorskip("datasets", reason="needs the extra train")
    from lbt_tasks.training.grpo import ExamArguments, exam_data, rewards

    path = tmp_path / "problems.jsonl"
    row: dict[str, Any] = {"id": "p", "question": "Compute 2 plus 3.", "answer": "5", "metadata": {"split": "train"}}
    path.write_text("\n".join(json.dumps({**row, "id": each, "question": f"{each}?"}) for each in ("p", "q")))
    student = "hf-batch/classroom/student_a"
    script = ExamArguments(str(path), reward="rlt", exam="random", items=1, students=[student])
    with pytest.raises(UsageError, match="the solution of every problem .* found none of p"):
        exam_data(script)
    row["metadata"]["solution"] = "2 plus 3 is 5."
    path.write_text("\n".join(json.dumps({**row, "id": each, "question": f"{each}?"}) for each in ("p", "q")))
    [first, _] = exam_data(script).to_list()
    assert "p?" in first["prompt"][-1]["content"] and row["metadata"]["solution"] in first["prompt"][-1]["content"]
    assert first["solution"] == row["metadata"]["solution"]
    [reward] = rewards(script, ["5"], "classroom/teacher")
    assert isinstance(reward, RltReward) and str(reward.teacher) == "hf-batch/classroom/teacher"
    with pytest.raises(UsageError, match="one student was needed, found 2"):
        rewards(replace(script, students=[student, student]), ["5"], "classroom/teacher")
