"""Which rows run together: always the oldest, at most as many as fit, all of them in the end."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.local_models._requests import BatchRow, Prompt, Request, Sampling
from lbt_solvers.local_models._worker import cost, next_batch

SHAPES = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=60)
NOWHERE = object()


def rows_of(shapes: Sequence[tuple[int, int]]) -> list[BatchRow]:
    """Rows that may generate so many tokens after a prompt of so many; no event loop is needed to sort them."""
    return [
        BatchRow(Request(Prompt(()), Sampling(limit), prompt_ids=[0] * length, token=NOWHERE, _done=NOWHERE), 0, limit)  # pyright: ignore
        for limit, length in shapes
    ]


@given(SHAPES, st.integers(1, 20), st.one_of(st.none(), st.integers(80, 120)))
def test_a_batch_holds_the_oldest_row_and_no_more_than_fit(
    shapes: list[tuple[int, int]], size: int, window: int | None
) -> None:
    waiting = rows_of(shapes)
    batch = next_batch(waiting, size, window)
    assert waiting[0] in batch
    assert len(batch) <= size
    assert len(set(batch)) == len(batch) and set(batch) <= set(waiting)


@given(SHAPES, st.integers(1, 20))
def test_all_rows_run_and_in_as_few_batches_as_possible(shapes: list[tuple[int, int]], size: int) -> None:
    waiting = rows_of(shapes)
    batches = 0
    while waiting:
        batch = set(next_batch(waiting, size))
        waiting = [row for row in waiting if row not in batch]
        batches += 1
    assert batches == -(-len(shapes) // size)


@given(SHAPES, st.integers(1, 20))
def test_a_batch_has_no_gap_in_the_order_of_cost(shapes: list[tuple[int, int]], size: int) -> None:
    waiting = rows_of(shapes)
    batch = next_batch(waiting, size)
    inside, outside = {cost(row) for row in batch}, {cost(row) for row in waiting} - {cost(row) for row in batch}
    assert not any(min(inside) < value < max(inside) for value in outside)


@given(SHAPES, st.integers(1, 20), st.integers(80, 120))
def test_rows_that_share_a_window_fit_in_it_together(shapes: list[tuple[int, int]], size: int, window: int) -> None:
    batch = next_batch(rows_of(shapes), size, window)
    longest = max(len(row.request.prompt_ids) for row in batch)
    assert longest + max(row.limit for row in batch) <= window
