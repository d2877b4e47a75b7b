"""Dialogues and tokenizer: no held-out constants, answers follow, code survives exactly."""

import random
import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from lbt_tasks.classroom.arithmetic.problem_types import split_of
from lbt_tasks.classroom.models import CLASSROOM_PAPER_CODE
from lbt_tasks.classroom.programs import PROBLEM_TYPES, UNSEEN_TYPES, kind_of, problems, variants
from lbt_tasks.classroom.programs.problem_types import HELD_OUT_SHARE
from lbt_tasks.code.task import as_problem
from tests.classroom.asking import prompt_text
from tools.classroom.arithmetic.curriculum import lay_out
from tools.classroom.arithmetic.tokenizer import END
from tools.classroom.programs.curriculum import (
    FORMAT_SHARES,
    LAYOUT_SHARES,
    LAYOUTS,
    CodeCurriculum,
    code_formats,
    question_text,
    with_slip,
    work_out,
)
from tools.classroom.programs.recipes import RECIPES
from tools.classroom.programs.tokenizer import build_code_tokenizer
from tools.classroom.train import encode, render_chat


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return build_code_tokenizer(seed=0, dialogues=300)


@cache
def phrasings() -> list[tuple[str, re.Pattern[str]]]:
    """Every phrasing as a pattern that finds its constants."""

    def pattern(text: str) -> re.Pattern[str]:
        found = re.escape(text)
        for slot in "ab":
            found = found.replace(rf"\{{{slot}\}}", rf"(?P<{slot}>\d+)", 1).replace(rf"\{{{slot}\}}", rf"(?P={slot})")
        return re.compile(found)

    return [(kind.name, pattern(text)) for kind in PROBLEM_TYPES.values() for text in kind.phrasings]


@pytest.mark.parametrize("name", RECIPES)
def test_no_held_out_constants_and_no_unseen_types_are_taught(name: str) -> None:
    rng = random.Random(1)
    asked = [
        turn.text for _ in range(400) for turn in RECIPES[name].curriculum.dialogue(rng).turns if turn.role == "user"
    ]
    found = [
        (kind, tuple(int(match[slot]) for slot in PROBLEM_TYPES[kind].constants))
        for text in asked
        for kind, pattern in phrasings()
        for match in pattern.finditer(text)
    ]
    assert len(found) > 500
    assert all(split_of(kind, constants, HELD_OUT_SHARE) == "train" for kind, constants in found)
    assert {kind for kind, _ in found}.isdisjoint(UNSEEN_TYPES) == (name != "coder")


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_later_answers_follow_the_first_unless_there_is_noise(noise: float) -> None:
    rng, follows = random.Random(0), list[bool]()
    curriculum = CodeCurriculum(slip=0.0, unrelated=0.0, demo_noise=noise)
    while len(follows) < 100:
        answers = [re.sub(r"\d+", "", turn.text) for turn in curriculum.dialogue(rng).turns if turn.role == "assistant"]
        if "RATIONALE" not in answers[0] and len(answers) > 1:
            follows.append(answers[0] == answers[1])
    assert all(follows) == (noise == 0.0)


@pytest.mark.parametrize("layout", LAYOUT_SHARES)
@pytest.mark.parametrize("fmt", FORMAT_SHARES)
def test_dialogues_begin_as_the_harness_asks(fmt: str, layout: str, tokenizer: PreTrainedTokenizerFast) -> None:
    taught = problems("train", 1, 0, ["multiples"])[0]
    exam = variants(taught, 1, 0)[0]
    demo, worked = (work_out(each, kind_of(each).right, layout=layout) for each in (taught, exam))
    prompt_format = code_formats()[fmt]
    prompt = prompt_text(prompt_format, worked.question, [demo], tokenizer)
    dialogue = render_chat(lay_out(prompt_format, [demo, worked]).turns, tokenizer)
    assert dialogue.startswith(prompt) and exam.starter_code in prompt
    assert dialogue.removeprefix(prompt).startswith("Range: n is in it.") and dialogue.endswith(END)
    start, whole = (
        tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids for text in (prompt, dialogue)
    )
    assert whole[: len(start)] == start


def test_what_the_format_itself_shows_is_not_learned(tokenizer: PreTrainedTokenizerFast) -> None:
    problem = problems("train", 1, 0)[0]
    worked = work_out(problem, kind_of(problem).right)
    example = encode([lay_out(code_formats()["paper_code"], [worked])], tokenizer)[0]
    learned = tokenizer.decode([t for t, used in zip(example.tokens, example.learned, strict=True) if used])
    assert learned == code_formats()["paper_code"].worked_solution(worked) + END


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_survives_the_tokenizer(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    tokens = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.backend_tokenizer.decode(tokens, skip_special_tokens=False) == text


def test_programs_survive_with_their_indentation(tokenizer: PreTrainedTokenizerFast) -> None:
    for problem in problems("held_out", 24, 0):
        for used in kind_of(problem).methods:
            text = work_out(problem, used).answer + "\n\n\tif x:\n\t\treturn  1\n"
            tokens = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids
            assert tokenizer.decode(tokens) == text


def test_a_slip_changes_a_number_or_leaves_out_a_bracket_or_a_colon() -> None:
    rng, typing_slips = random.Random(0), 0
    for problem in problems("held_out", 96, 0):
        kind, start = kind_of(problem), len(problem.starter_code)
        program = work_out(problem, kind.right).answer
        slipped = with_slip(program, start, rng)
        assert slipped != program and abs(len(slipped) - len(program)) <= 1
        without_numbers = [re.sub(r"\d+", "", text) for text in (slipped, program)]
        typing_slips += without_numbers[0] != without_numbers[1]
        assert slipped[: start - 1] == program[: start - 1]
    assert 5 < typing_slips < 60


@pytest.mark.parametrize(("fmt", "prompt"), [("code", "code"), ("paper_code", CLASSROOM_PAPER_CODE)])
def test_a_question_is_laid_out_as_the_task_does_it(fmt: str, prompt: str) -> None:
    problem = problems("held_out", 1, 0)[0]
    assert set(LAYOUTS) == {"code", "paper_code"}
    assert question_text(problem, fmt) == as_problem(problem, prompt).question
