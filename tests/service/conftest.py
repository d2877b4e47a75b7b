"""One running service for the tests of a module; skipped where the process engine cannot contain a program."""

import os
from collections.abc import Generator

import pytest
from lbt_sandbox.guest import landlock

from .running import Running, serving


@pytest.fixture(scope="session", autouse=True)
def process_engine() -> None:
    """Skips where this kernel lacks a layer."""
    if landlock.abi() == 0 or os.uname().machine not in ("x86_64", "aarch64"):
        pytest.skip("this kernel has no Landlock, without which the process engine refuses")


@pytest.fixture(scope="session")
def service() -> Generator[Running]:
    """A service without tokens."""
    with serving() as running:
        yield running
