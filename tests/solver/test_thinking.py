"""A model that thinks: the same answer and the same demonstration on every route, and readers of what has no answer."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from inspect_ai.model import ChatCompletionChoice, ChatMessageAssistant, ContentReasoning, ContentText

from lbt_solvers.answers import MathAnswers
from lbt_solvers.answers.thinking import shown
from lbt_solvers.generation import _reply
from lbt_solvers.local_models._provider import content_of
from lbt_tasks.cli import main
from tests.synthetic.running import record, scripted, toy_task

THOUGHT, SAID = "Trying gives \\boxed{31}, but skips a case.", "There are two kinds.\n\nANSWER: 16"
FORMS = {"tags": f"<think>{THOUGHT}</think>\n\n{SAID}", "only the closing tag": f"{THOUGHT}\n</think>\n\n{SAID}"}
DEMONSTRATION = ("There are two kinds.", "16")


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_every_route_has_the_same_answer_and_demonstration(text: str) -> None:
    """GRPO and lm-eval extract the text itself; Inspect's models and local ones report the thought apart."""
    blocks: list[Any] = [ContentReasoning(reasoning=THOUGHT), ContentText(text=SAID)]
    for content in (text, blocks, content_of(text)):
        choice = ChatCompletionChoice(message=ChatMessageAssistant(content=content), stop_reason="stop")
        reply = _reply(choice, 0, 0, 0)
        found = MathAnswers().extract(reply.text)
        assert (found.rationale, found.answer, reply.thinking) == (*DEMONSTRATION, THOUGHT)
    found = MathAnswers().extract(text)
    assert (found.rationale, found.answer, found.thinking) == (*DEMONSTRATION, THOUGHT)


def test_students_are_shown_thoughts_only_where_that_is_asked_for() -> None:
    assert shown("So.", "Hm.", show_thinking=False) == "So."
    assert shown("So.", "Hm.", show_thinking=True) == "Hm.\n\nSo."


@pytest.mark.parametrize("show", [False, True])
def test_what_is_thought_neither_answers_nor_votes(run, show: bool) -> None:
    log = run(toy_task(1, show_thinking=show), teacher=scripted("teacher", text=FORMS["tags"]))
    [*rationales] = record(log)["rationales"]
    assert {each["answer"] for each in rationales} == {"16"}
    assert all((THOUGHT in each["text"]) == show for each in rationales)


def test_a_thought_that_was_cut_off_has_no_answer(run) -> None:
    cut = scripted("teacher", text=f"<think>{THOUGHT}", stop_reason="max_tokens")
    log = run(toy_task(1), teacher=cut)
    assert "8 of 8 rationales without an answer" in record(log)["notes"]
    assert "8 of 8 rationales with nothing but thoughts" in record(log)["notes"]


@pytest.mark.parametrize("teacher", ["all", "some"])
def test_readers_read_logs_in_which_rationales_have_no_answer(run, tmp_path: Path, teacher: str) -> None:
    silent = scripted("teacher", text="I wonder how anybody could ever tell that:")
    log = run(toy_task(2, budget="full"), teacher=silent if teacher == "all" else scripted("vague_teacher"))
    path = log.location.removeprefix("file://")
    for arguments in (
        ["report", path],
        ["report", path, "--json"],
        ["report", path, "--html", str(tmp_path / "r.html")],
    ):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output + str(result.exception)
    for arguments in (["replay", path], ["export-preferences", path, "--out", str(tmp_path / "p")]):
        result = CliRunner().invoke(main, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception


def test_effort_and_budget_are_each_role_s_own_and_thoughts_are_counted_apart(run) -> None:
    teacher, student = scripted("teacher", thinks="Let me see."), scripted("student", thinks="Hm.")
    given = {
        "teacher_config": {"reasoning_effort": "high", "reasoning_tokens": 2048},
        "student_config": {"reasoning_effort": "low"},
    }
    log = run(toy_task(1, greedy=False, control=False, **given), teacher=teacher, students=(student,))
    asked: dict[str, set[Any]] = {}
    for event in log.samples[0].events:
        if event.event == "model":
            config = event.config
            asked.setdefault(event.model, set()).add((config.reasoning_effort, config.reasoning_tokens))
    assert asked == {"scripted/teacher": {("high", 2048)}, "scripted/student": {("low", None)}}
    usage = record(log)["usage"]
    assert usage["teacher"]["reasoning_tokens"] == 8 * 3
    (of_students,) = (used for role, used in usage.items() if role.startswith("student"))
    assert of_students["reasoning_tokens"] * 6 == of_students["output_tokens"]  # one of six a reply
    said = CliRunner().invoke(main, ["report", log.location.removeprefix("file://")]).output
    assert "written, of them 24 thought" in said
