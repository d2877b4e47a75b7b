"""Which rows join: always the oldest, with those whose prompts begin like its own, never more than fit."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.local_models._requests import BatchRow, Prompt, Request, Sampling
from lbt_solvers.local_models._worker import JOIN_SHARE, rows_to_join

PROMPTS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1, max_size=60)
NOWHERE = object()


def rows_of(prompts: Sequence[list[int]]) -> list[BatchRow]:
    """Rows with these prompts; no event loop is needed to choose among them."""
    return [
        BatchRow(Request(Prompt(()), Sampling(9), prompt_ids=ids, token=NOWHERE, _done=NOWHERE), 0, 9)  # pyright: ignore
        for ids in prompts
    ]


@given(PROMPTS, st.integers(1, 20), st.integers(0, 20))
def test_the_oldest_is_among_those_that_join_and_no_more_than_fit(
    prompts: list[list[int]], size: int, running: int
) -> None:
    waiting = rows_of(prompts)
    joining = rows_to_join(waiting, running, size)
    assert len(set(joining)) == len(joining) <= max(0, size - running)
    assert set(joining) <= set(waiting)
    assert not joining or waiting[0] in joining


@given(PROMPTS, st.integers(1, 20))
def test_an_idle_batch_takes_all_that_fit(prompts: list[list[int]], size: int) -> None:
    assert len(rows_to_join(rows_of(prompts), 0, size)) == min(size, len(prompts))


@given(PROMPTS, st.integers(8, 80), st.integers(1, 80))
def test_a_busy_batch_waits_for_an_eighth_of_its_places_unless_all_fit(
    prompts: list[list[int]], size: int, running: int
) -> None:
    joining, free = rows_to_join(rows_of(prompts), running, size), size - running
    assert bool(joining) == (free > 0 and (free >= len(prompts) or free * JOIN_SHARE >= size))


@given(PROMPTS, st.integers(1, 20))
def test_those_that_join_are_neighbours_in_the_order_of_their_prompts(prompts: list[list[int]], size: int) -> None:
    waiting = rows_of(prompts)
    joining = rows_to_join(waiting, 0, size)
    inside = {tuple(row.request.prompt_ids) for row in joining}
    outside = {tuple(row.request.prompt_ids) for row in waiting} - inside
    assert not any(min(inside) < prompt < max(inside) for prompt in outside)


def test_nothing_waits() -> None:
    assert rows_to_join([], 0, 8) == []
