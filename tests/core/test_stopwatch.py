"""The time that was spent on grades alone, by a clock of the test's own.

Invariants, for any order of beginnings and ends:
 1. waited <= graded <= the time from the first beginning to the last end.
 2. A parent of one child counts the same as the child.
"""

from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.stopwatch import Stopwatch


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_only_grading_without_generation_is_waiting() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.generating():
        clock.now += 1
        with watch.grading():
            clock.now += 2
    clock.now += 4
    with watch.grading(), watch.grading():
        clock.now += 8
    assert (watch.waited, watch.graded) == (8, 10)


def test_a_run_waits_only_where_all_its_samples_do() -> None:
    clock = Clock()
    run = Stopwatch(clock=clock)
    one, two = Stopwatch(run, clock), Stopwatch(run, clock)
    with one.grading():
        clock.now += 1
        with two.generating():
            clock.now += 2
    assert (one.waited, two.waited, run.waited) == (3, 0, 1)


def test_an_error_ends_what_was_under_way() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    try:
        with watch.grading():
            clock.now += 1
            raise RuntimeError
    except RuntimeError:
        clock.now += 5
    with watch.generating():
        clock.now += 1
    assert (watch.waited, watch.graded) == (1, 1)


@given(st.lists(st.tuples(st.sampled_from("gm "), st.integers(0, 3), st.integers(0, 5)), max_size=12))
def test_bounds(steps: list[tuple[str, int, int]]) -> None:
    clock = Clock()
    run = Stopwatch(clock=clock)
    watch = Stopwatch(run, clock)
    open_ones: list[ExitStack] = []
    for what, closed, seconds in steps:
        for _ in range(min(closed, len(open_ones))):
            open_ones.pop(0).close()
        if what != " ":
            open_ones.append(ExitStack())
            open_ones[-1].enter_context(watch.grading() if what == "g" else watch.generating())
        clock.now += seconds
    for each in open_ones:
        each.close()
    assert 0 <= watch.waited <= watch.graded <= clock.now
    assert (run.waited, run.graded) == (watch.waited, watch.graded)
