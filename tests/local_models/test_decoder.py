"""The decoder against a model's plain forward pass: whoever joins and leaves, scores are those of a row by itself."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import MambaConfig, MambaForCausalLM

from lbt_solvers.local_models._decoder import DecodedRow, Decoder, passes
from lbt_solvers.local_models._prefixes import key_of
from lbt_solvers.local_models._requests import LocalModelError

PROMPTS = st.lists(st.integers(0, 200), min_size=1, max_size=40)


@torch.inference_mode()
def plain(model: Any, tokens: list[int]) -> torch.Tensor:
    return model(input_ids=torch.tensor([tokens])).logits[0, -1]


@torch.inference_mode()
def check(model: Any, decoder: Decoder[DecodedRow]) -> None:
    """One step: every row's scores are its own; then each takes its best token."""
    scores = decoder.scores()
    for row, found in zip(decoder.rows, scores, strict=True):
        torch.testing.assert_close(found, plain(model, [*row.prompt, *row.tokens]), rtol=1e-3, atol=1e-3)
    decoder.append(scores.argmax(-1).tolist())


@settings(max_examples=15, deadline=None)
@given(st.lists(PROMPTS, min_size=1, max_size=4), st.lists(PROMPTS, min_size=1, max_size=4), st.integers(0, 3))
def test_rows_that_come_and_go_have_the_scores_of_rows_by_themselves(
    model: Any, first: list[list[int]], second: list[list[int]], leaving: int
) -> None:
    decoder: Decoder[DecodedRow] = Decoder(model)
    with torch.inference_mode():
        decoder.join([DecodedRow(prompt) for prompt in first])
        for _ in range(3):
            check(model, decoder)
        decoder.leave(leaving % len(first))
        decoder.join([DecodedRow(prompt) for prompt in second])
        for _ in range(3):
            check(model, decoder)


@settings(max_examples=10, deadline=None)
@given(PROMPTS, st.lists(PROMPTS, min_size=2, max_size=5))
def test_shared_beginnings_change_no_scores(model: Any, beginning: list[int], ends: list[list[int]]) -> None:
    beginning = (beginning * 20)[:20]
    decoder: Decoder[DecodedRow] = Decoder(model)
    prompts = [beginning + end for end in ends]
    with torch.inference_mode():
        decoder.join([DecodedRow(prompt) for prompt in prompts[1:]], {key_of(prompts[0])})
        check(model, decoder)
        decoder.join([DecodedRow(prompts[0]), DecodedRow(beginning)])
        check(model, decoder)


def test_a_shared_beginning_is_read_once(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    real = model.forward

    def counting(*, input_ids: torch.Tensor, **given: Any) -> Any:
        read.append(input_ids.numel())
        return real(input_ids=input_ids, **given)

    decoder: Decoder[DecodedRow] = Decoder(model)
    monkeypatch.setattr(model, "forward", counting)
    beginning = list(range(30))
    with torch.inference_mode():
        decoder.join([DecodedRow([*beginning, end, 9]) for end in range(100, 103)], {key_of([*beginning, 50, 7])})
        assert sum(read) == 30 + 3
        read.clear()
        decoder.join([DecodedRow([*beginning, 50, 7])])
        assert sum(read) == 1
        read.clear()
        decoder.join([DecodedRow([*range(60, 90)])] * 4)  # the choices of one request
        assert sum(read) == 29


def test_many_steps_outgrow_the_first_memory(model: Any) -> None:
    if getattr(model.config, "n_positions", 1000) < 300:
        pytest.skip("this model's context is shorter")
    decoder: Decoder[DecodedRow] = Decoder(model)
    with torch.inference_mode():
        decoder.join([DecodedRow([1, 2, 3])])
        for step in range(150):
            check(model, decoder)
            if step in (60, 100):
                decoder.join([DecodedRow([4] * step)])


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 200))
def test_passes_hold_every_row_once_and_few_tokens(lengths: list[int], tokens: int) -> None:
    groups = passes(lengths, tokens)
    assert sorted(place for group in groups for place in group) == list(range(len(lengths)))
    assert all(len(group) == 1 or len(group) * max(lengths[at] for at in group) <= tokens for group in groups)


def test_a_model_that_keeps_something_else_is_refused() -> None:
    model = MambaForCausalLM(MambaConfig(vocab_size=32, hidden_size=16, num_hidden_layers=1, state_size=4))
    with pytest.raises(LocalModelError, match="needs a model whose layers keep keys and values; MambaForCausalLM"):
        Decoder(model)
