"""lm-eval leaves the event loop of its API models open."""

from collections.abc import Iterator

import pytest

from tests.leaks import collected


@pytest.fixture(autouse=True)
def theirs() -> Iterator[None]:
    with collected():
        yield
