"""The sampler's arithmetic against its definitions and against transformers' own filters."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import TopKLogitsWarper, TopPLogitsWarper

from lbt_solvers.local_models._sampling import (
    OFTEN_ENOUGH,
    RowSampler,
    RowSampling,
    inverse_cdf,
    keep_top_k,
    keep_top_p,
    row_seed,
)

VOCABULARY = 13
CPU = torch.device("cpu")
NO_TOKENS: Any = torch.empty(0, dtype=torch.long)


def random_scores(seed: int, rows: int = 3) -> torch.Tensor:
    return torch.randn(rows, VOCABULARY, generator=torch.Generator().manual_seed(seed)) * 3


def column(values: list[float] | list[int]) -> torch.Tensor:
    return torch.tensor(values)[:, None]


@given(st.integers(0, 10_000), st.lists(st.integers(1, 2 * VOCABULARY), min_size=3, max_size=3))
def test_top_k_keeps_what_transformers_keeps(seed: int, ks: list[int]) -> None:
    scores = random_scores(seed)
    ours = keep_top_k(scores.softmax(-1), column(ks))
    for row, k in enumerate(ks):
        theirs = TopKLogitsWarper(k)(NO_TOKENS, scores[[row]].clone())
        assert torch.equal(ours[row] > 0, torch.isfinite(theirs[0]))


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 0.99), min_size=3, max_size=3))
def test_top_p_keeps_what_transformers_keeps(seed: int, ps: list[float]) -> None:
    scores = random_scores(seed)
    ours = keep_top_p(scores.softmax(-1), column(ps))
    for row, p in enumerate(ps):
        theirs = TopPLogitsWarper(p)(NO_TOKENS, scores[[row]].clone())
        assert torch.equal(ours[row] > 0, torch.isfinite(theirs[0]))


def test_top_p_of_zero_keeps_the_best_token() -> None:
    kept = keep_top_p(torch.tensor([[0.2, 0.5, 0.3]]), column([0.0]))
    assert (kept > 0).tolist() == [[False, True, False]]


def test_top_p_is_a_share_of_what_top_k_left() -> None:
    kept = keep_top_p(torch.tensor([[0.3, 0.1, 0.0, 0.0]]), column([0.7]))
    assert (kept > 0).tolist() == [[True, False, False, False]]


@given(st.integers(0, 10_000), st.sampled_from([VOCABULARY, 1, 7, 256, 257, 768]))
def test_evenly_spread_numbers_draw_every_token_in_proportion(seed: int, vocabulary: int) -> None:
    draws = 2000
    scores = 2 * torch.randn(1, vocabulary, generator=torch.Generator().manual_seed(seed))
    probabilities = scores.softmax(-1)
    numbers = (torch.arange(draws) + 0.5) / draws
    counts = inverse_cdf(probabilities.expand(draws, -1), numbers).bincount(minlength=vocabulary)
    assert (counts - draws * probabilities[0]).abs().max() <= 1.01


@given(
    st.lists(st.sampled_from([0.0, 0.0, 1e-30, 0.1, 1.0]), min_size=4, max_size=4),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([1, 128, 192]),
)
def test_an_impossible_token_is_never_drawn(masses: list[float], number: float, apart: int) -> None:
    probabilities = torch.zeros(1, 4 * apart)
    probabilities[:, ::apart] = torch.tensor([masses])
    if probabilities.sum() > 0:
        drawn = inverse_cdf(probabilities, torch.tensor([number]))
        assert probabilities[0, drawn] > 0


@pytest.mark.parametrize("bad", [[float("nan"), 1.0], [0.0, 0.0]])
def test_scores_that_are_no_distribution_are_an_error(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="not finite"):
        inverse_cdf(torch.tensor([[0.5, 0.5], bad]), torch.tensor([0.5, 0.5]))


def draws(rows: list[RowSampling], scores: torch.Tensor, steps: int) -> list[list[int]]:
    """Tokens of each row over several steps with the same scores."""
    sampler = RowSampler(rows, CPU)
    chosen = [sampler(scores, [min(step, row.steps - 1) for row in rows]) for step in range(steps)]
    return torch.stack(chosen, dim=1).tolist()


ROWS = st.builds(
    RowSampling,
    temperature=st.sampled_from([0.0, 0.3, 0.8, 1.0, 5.0]),
    top_k=st.sampled_from([0, 1, 2, 5, 100]),
    top_p=st.sampled_from([0.1, 0.5, 0.9, 1.0]),
    seed=st.integers(0, 2**63 - 1),
    steps=st.integers(4, 9),
)


@given(st.lists(ROWS, min_size=2, max_size=5), st.integers(0, 10_000))
def test_a_row_draws_the_same_alone_and_in_any_company(rows: list[RowSampling], seed: int) -> None:
    scores = random_scores(seed, len(rows))
    together = draws(rows, scores, steps=4)
    for index, row in enumerate(rows):
        alone = scores[index].argmax().repeat(4).tolist() if row.greedy else draws([row], scores[[index]], steps=4)[0]
        assert together[index] == alone


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 0.99), min_size=2, max_size=2), st.floats(0.01, 3.0))
def test_top_p_of_a_large_vocabulary_keeps_what_transformers_keeps(seed: int, ps: list[float], width: float) -> None:
    scores = torch.randn(2, 3 * OFTEN_ENOUGH, generator=torch.Generator().manual_seed(seed)) * width
    ours = keep_top_p(scores.softmax(-1), column(ps))
    for row, p in enumerate(ps):
        theirs = TopPLogitsWarper(p)(NO_TOKENS, scores[[row]].clone())
        assert abs(int((ours[row] > 0).sum()) - int(torch.isfinite(theirs[0]).sum())) <= 1  # sums are rounded


def test_a_stream_does_not_depend_on_how_long_it_may_get() -> None:
    scores = random_scores(0, 1)
    short, long = (RowSampling(1.0, 0, 1.0, seed=5, steps=steps) for steps in (20, 400))
    assert draws([short], scores, 20) == draws([long], scores, 20)


def test_a_row_seed_depends_on_seed_choice_and_prompt_and_on_nothing_else() -> None:
    seeds = [row_seed(1, 0, [1, 2]), row_seed(2, 0, [1, 2]), row_seed(1, 1, [1, 2]), row_seed(1, 0, [12])]
    assert len(set(seeds)) == 4
    assert row_seed(1, 0, [1, 2]) == seeds[0]
    assert row_seed(None, 0, [1]) != row_seed(None, 0, [1])
