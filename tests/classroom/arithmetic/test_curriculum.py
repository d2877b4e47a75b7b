"""Dialogues: what the models are trained on, rendered as the harness renders it, without held-out numbers."""

import random
import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from lbt_solvers.prompts import Demonstration
from lbt_tasks.classroom import PROBLEM_TYPES, UNSEEN_TYPES
from lbt_tasks.classroom.arithmetic.methods import OPERATIONS, work
from lbt_tasks.classroom.arithmetic.problem_types import split_of
from tests.classroom.asking import prompt_text
from tools.classroom.arithmetic.composing import compose, draw_numbers, made_up_type
from tools.classroom.arithmetic.curriculum import Curriculum, arrange, prompt_formats
from tools.classroom.arithmetic.recipes import RECIPES
from tools.classroom.arithmetic.tokenizer import ASSISTANT, END, build_tokenizer
from tools.classroom.train import encode, render_chat

FIRST = Demonstration("A 18 m fence has a post every 6 m, 5 kg each. Total kg?", "Posts: 18/6=3. Weight: 3*5=15.", "15")
SECOND = Demonstration("A 20 m fence has a post every 5 m, 2 kg each. Total kg?", "Posts: 20/5=4. Weight: 4*2=8.", "8")


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return build_tokenizer(seed=0)


@cache
def phrasings() -> list[tuple[str, re.Pattern[str]]]:
    """Every phrasing as a pattern that finds its numbers."""
    return [
        (kind.name, re.compile(re.sub(r"\\{(\w)\\}", r"(?P<\1>\\d+)", re.escape(text))))
        for kind in PROBLEM_TYPES.values()
        for text in kind.phrasings
    ]


def questions(text: str) -> list[tuple[str, tuple[int, ...]]]:
    """Types and numbers of all known questions in a text."""
    return [
        (name, tuple(int(match[slot]) for slot in PROBLEM_TYPES[name].numbers))
        for name, pattern in phrasings()
        for match in pattern.finditer(text)
    ]


@pytest.mark.parametrize("name", RECIPES)
def test_no_held_out_numbers_and_no_unseen_types_are_taught(name: str) -> None:
    rng, found = random.Random(1), []
    for _ in range(400):
        for turn in RECIPES[name].curriculum.dialogue(rng).turns:
            found += questions(turn.text) if turn.role == "user" else []
    assert len(found) > 500
    assert all(split_of(kind, numbers) == "train" for kind, numbers in found)
    assert {kind for kind, _ in found}.isdisjoint(UNSEEN_TYPES) == (name != "teacher")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_composed_methods_work_and_stay_easy(seed: int) -> None:
    rng = random.Random(seed)
    kind = made_up_type(rng)
    numbers = [draw_numbers(kind, rng) for _ in range(2)]
    composed = compose(rng, numbers)
    if composed is None:
        return
    for each in numbers:
        for line in work(composed, each):
            assert line.result == OPERATIONS[line.operation](line.left, line.right) <= 200


def test_the_teachers_mixture_and_slips_are_as_stated() -> None:
    rng = random.Random(0)
    taught = Curriculum(right_share=0.3, slip=0.0, composed=0.0, unrelated=0.0)
    posts = [
        turns for turns in (taught.dialogue(rng).turns for _ in range(6000)) if "fence has a post" in turns[0].text
    ]
    right = sum("Posts: " in turns[-1].text and "Gaps: " in turns[-1].text for turns in posts)
    assert len(posts) > 60 and 0.15 < right / len(posts) < 0.45


def test_later_answers_follow_the_first_unless_there_is_noise() -> None:
    def follows(noise: float) -> list[bool]:
        rng = random.Random(0)
        drawn = [Curriculum(composed=0, unrelated=0, demo_noise=noise).dialogue(rng).turns for _ in range(300)]
        chats = [[turn.text for turn in turns if turn.role == "assistant"] for turns in drawn]
        return [re.findall("[A-Z][a-z]+:", c[0]) == re.findall("[A-Z][a-z]+:", c[1]) for c in chats if len(c) > 1]

    assert all(follows(0.0))
    assert not all(follows(1.0))


@pytest.mark.parametrize("fmt", ["chat", "paper", "bare"])
def test_dialogues_are_rendered_as_the_harness_renders_them(fmt: str, tokenizer: PreTrainedTokenizerFast) -> None:
    prompt_format = prompt_formats()[fmt]
    prompt = prompt_text(prompt_format, SECOND.question, [FIRST], tokenizer)
    dialogue = render_chat(arrange(fmt, [FIRST, SECOND]).turns, tokenizer)
    assert dialogue.startswith(prompt)
    assert dialogue.removeprefix(prompt).startswith("Posts: 20/5=4.") and dialogue.endswith(END)
    # The prompt's tokens are the dialogue's first tokens: nothing is split differently at the seam.
    start, whole = (
        tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids for text in (prompt, dialogue)
    )
    assert whole[: len(start)] == start


@pytest.mark.parametrize(("fmt", "learned_answers"), [("chat", 2), ("paper", 1), ("bare", 2)])
def test_only_answers_are_learned(fmt: str, learned_answers: int, tokenizer: PreTrainedTokenizerFast) -> None:
    dialogue = arrange(fmt, [FIRST, SECOND])
    example = encode([dialogue], tokenizer)[0]
    learned = tokenizer.decode([t for t, used in zip(example.tokens, example.learned, strict=True) if used])
    answers = [turn.text + END for turn in dialogue.turns if turn.role == "assistant"]
    assert len(answers) == learned_answers and learned == "".join(answers)


def test_a_composed_first_answer_is_only_shown(tokenizer: PreTrainedTokenizerFast) -> None:
    example = encode([arrange("chat", [FIRST, SECOND], learn_first=False)], tokenizer)[0]
    learned = tokenizer.decode([t for t, used in zip(example.tokens, example.learned, strict=True) if used])
    assert isinstance(learned, str) and learned.startswith("Posts: 20/5=4.") and ASSISTANT not in learned


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_survives_the_tokenizer(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    tokens = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.backend_tokenizer.decode(tokens, skip_special_tokens=False) == text


def test_numbers_below_1000_are_one_token(tokenizer: PreTrainedTokenizerFast) -> None:
    assert all(len(tokenizer.tokenize(f"+{number}=")) == 3 for number in range(1000))
