"""Many calls side by side: their order, their bound, and the first error."""

import anyio
import pytest

from lbt_solvers.concurrency import AT_ONCE, in_order


@pytest.mark.parametrize("at_once", [None, 1, 3, 50])
def test_results_are_in_order_and_no_more_run_than_the_context_allows(at_once: int | None) -> None:
    running: set[int] = set()
    most = 0

    async def call(number: int) -> int:
        nonlocal most
        running.add(number)
        most = max(most, len(running))
        await anyio.sleep(0.001 * (20 - number))
        running.remove(number)
        return number

    async def run() -> list[int]:
        AT_ONCE.set(at_once)
        return await in_order([lambda number=number: call(number) for number in range(20)])

    assert anyio.run(run) == list(range(20))
    assert most == min(at_once or 20, 20)


@pytest.mark.parametrize("at_once", [None, 2])
def test_the_first_error_ends_all(at_once: int | None) -> None:
    begun: list[int] = []

    async def call(number: int) -> None:
        begun.append(number)
        await anyio.sleep(0.001)
        if number == 1:
            raise ValueError("one")
        await anyio.sleep(60)

    async def run() -> None:
        AT_ONCE.set(at_once)
        await in_order([lambda number=number: call(number) for number in range(4)])

    with pytest.raises(ValueError, match="one"):
        anyio.run(run)
    assert begun == list(range(at_once or 4))
