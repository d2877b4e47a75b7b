"""Connections of the hosted API's client stay open until they are collected."""

from collections.abc import Iterator

import pytest

from tests.leaks import collected


@pytest.fixture(autouse=True)
def theirs() -> Iterator[None]:
    with collected():
        yield
