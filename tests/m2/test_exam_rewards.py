"""Exams as a reward, with students whose truth is known; problems for GRPO from files."""

import json
import math
from pathlib import Path
from typing import Any

import anyio
import pytest
from inspect_ai.model import GenerateConfig

from lbt_solvers.answers import MathAnswers
from lbt_solvers.errors import UsageError
from lbt_solvers.prompts import load_prompt
from lbt_tasks.training import exam_rewards
from lbt_tasks.training.exam_rewards import CorrectnessReward, ExamReward
from lbt_tasks.training.grpo import ExamArguments, exam_data
from tests.synthetic import world
from tests.synthetic.running import scripted

CHAT = load_prompt("chat")


def columns(replies: list[str]) -> dict[str, Any]:
    """What GRPO gives a reward function about completions of one problem."""
    taught = world.problem(10, 3)
    exam = [{"question": variant.question, "answer": variant.answer} for variant in world.variants_of(taught)]
    count = len(replies)
    about = {"problem": [taught.id], "question": [taught.question], "answer": [taught.answer], "exam": [exam]}
    return {
        "prompts": [[]] * count,
        "completions": [[{"role": "assistant", "content": reply}] for reply in replies],
        "completion_ids": [[]] * count,
        **{name: value * count for name, value in about.items()},
    }


def rewards(students: list[Any], replies: list[str], kind: str = "generative", **more: Any) -> list[float | None]:
    reward = ExamReward(students, CHAT, MathAnswers(), GenerateConfig(temperature=0.7), kind=kind)

    async def run() -> list[float | None]:
        return await reward(**columns(replies) | more)

    return anyio.run(run)


right, wrong = (world.solve(world.problem(10, 3).question, method) for method in (world.RIGHT, world.WRONG))


def test_a_rationale_earns_what_its_students_can_do_with_it() -> None:
    assert rewards([scripted("a"), scripted("b")], [right, wrong, "METHOD RIGHT: no end"]) == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("opening", ["<think>", ""])
def test_what_is_thought_neither_answers_nor_teaches(opening: str) -> None:
    thoughts = [f"{opening}{thought}: so \\boxed{{0}}.\n</think>\n\n" for thought in (world.WRONG, world.RIGHT)]
    replies = [thoughts[0] + right, thoughts[1] + wrong, thoughts[1].removesuffix("</think>\n\n")]
    assert rewards([scripted("a"), scripted("b")], replies[:2]) == [1.0, 0.0]
    if opening:
        assert rewards([scripted("a")], replies[2:]) == [0.0]  # nothing but a thought that was cut off


def test_students_without_a_usable_reply_give_no_reward_rather_than_zero() -> None:
    assert rewards([scripted("a", text="")], [right]) == [None]
    assert rewards([scripted("a", text=""), scripted("b")], [right]) == [1.0]


def test_the_likelihood_of_solutions_is_a_reward_for_which_nobody_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LBT_SCRIPTED_CALLS", str(tmp_path / "calls"))  # of calls that write
    [exam, *_] = columns([right])["exam"]
    solved = [{**question, "solution": f"{world.RIGHT}: I compute."} for question in exam]
    found = rewards([scripted("reader")], [right, wrong, "METHOD RIGHT: no end"], "likelihood", exam=[solved] * 3)
    assert found == [pytest.approx(1 / (1 + math.exp(-6 * 0.5))), 0.5, 0.0]
    assert not (tmp_path / "calls").exists()
    with pytest.raises(UsageError, match="needs log-probabilities of prompts"):
        rewards([scripted("a")], [right], "likelihood")


def test_a_right_answer_is_the_second_reward() -> None:
    reward = CorrectnessReward(CHAT, MathAnswers())

    async def run() -> list[float]:
        return await reward(**columns([right, wrong, "no answer at all"]))

    assert anyio.run(run) == [1.0, 0.0, 0.0]


def test_replies_of_students_are_cached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LBT_SCRIPTED_CALLS", str(tmp_path / "calls"))
    student = scripted("a")
    assert rewards([student], [right]) == rewards([student], [right])
    assert len((tmp_path / "calls").read_text().splitlines()) == 3


def write(path: Path, problems: list[Any], **metadata: Any) -> str:
    rows = [{"id": p.id, "question": p.question, "answer": p.answer} for p in problems]
    lines = [json.dumps({**row, "metadata": {**p.metadata, **metadata}}) for row, p in zip(rows, problems, strict=True)]
    path.write_text("\n".join(lines))
    return str(path)


def test_problems_and_exams_from_files(tmp_path: Path) -> None:
    pytest.importorskip("datasets", reason="needs the extra train")
    taught = world.problems(2)
    bank = write(tmp_path / "bank.jsonl", world.bank(taught))
    script = ExamArguments(data=write(tmp_path / "problems.jsonl", taught, split="train"), bank=bank, items=2)
    rows = exam_data(script).to_list()
    assert [row["problem"] for row in rows] == [p.id for p in taught] and len(rows[0]["exam"]) == 2
    assert rows[0]["prompt"][0]["content"].endswith(taught[0].question)
    with pytest.raises(UsageError, match="2 problems, such as 10-3, are not said to be of a split to learn from"):
        exam_data(ExamArguments(data=write(tmp_path / "other.jsonl", taught, split="test"), bank=bank))
    with pytest.raises(UsageError, match="--data"):
        exam_data(ExamArguments())


def test_the_example_of_the_module_runs() -> None:
    """As a reader would paste it."""
    source = str(exam_rewards.__doc__).split("\n\n")[1]
    names = {name: getattr(exam_rewards, name) for name in ("ExamReward", "GenerateConfig")}
    names |= {"get_model": lambda _: scripted("a"), "load_prompt": load_prompt, "MathAnswers": MathAnswers}
    exec(f"async def example():\n{source}\n    return scores", names)
    assert len(anyio.run(names["example"])) == 1
