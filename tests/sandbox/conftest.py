"""Sandboxes for the tests: a real Docker Engine where one answers, the hardened process engine where the kernel allows.

Tests of an engine take the fixture `sandbox`, which runs each test on both; its Docker half carries the marker
`docker` and is skipped, visibly, where no engine answers. Other versions of Python:

    LBT_TEST_PYTHON=3.13 pytest tests/sandbox -m docker                      # an image with that version
    LBT_TEST_PYTHON=/usr/bin/python3.12 pytest tests/sandbox -k process      # that interpreter
"""

import os
from collections.abc import AsyncGenerator, Callable
from functools import cache

import pytest
from lbt_sandbox import Case, Problem, Sandbox, SandboxUnavailable
from lbt_sandbox.engines import connect
from lbt_sandbox.guest import landlock

ENGINES = [pytest.param("docker", marks=pytest.mark.docker), "process"]
PYTHON = os.environ.get("LBT_TEST_PYTHON")
ADD = Problem("add", "add", (Case(args=(1, 2), expected=3), Case(args=(3, 4), expected=7)))


@cache
def no_docker() -> str:
    """Why no Docker Engine can be used; empty where one answers."""
    try:
        connect().close()
        return ""
    except SandboxUnavailable as error:
        return str(error)


def need(engine: str) -> None:
    """Skip the running test where its engine cannot run; with LBT_REQUIRE_DOCKER set, a missing Docker fails it."""
    if engine == "docker" and no_docker():
        (pytest.fail if os.environ.get("LBT_REQUIRE_DOCKER") else pytest.skip)(no_docker())
    if engine == "process" and (landlock.abi() == 0 or os.uname().machine not in ("x86_64", "aarch64")):
        pytest.skip("this kernel has no Landlock, without which the process engine refuses")


@pytest.fixture(autouse=True)
def docker_answers(request: pytest.FixtureRequest) -> None:
    """Skip tests marked `docker` where no engine answers."""
    if request.node.get_closest_marker("docker"):
        need("docker")


@pytest.fixture(params=ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine that can run here."""
    need(request.param)
    return request.param


@pytest.fixture(scope="module", params=["asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """One event loop per module, so that its sandbox can be shared."""
    return request.param


@pytest.fixture(scope="module")
async def sandbox(engine: str, anyio_backend: str) -> AsyncGenerator[Sandbox]:
    """A running sandbox, shared by the tests of a module."""
    async with Sandbox(engine=engine, workers=1, python=PYTHON) as running:  # type: ignore[arg-type]
        yield running


@pytest.fixture
def start(engine: str) -> Callable[..., Sandbox]:
    """Makes a sandbox of the engine at hand that a test may break."""
    return lambda **options: Sandbox(engine=engine, **{"workers": 1, "python": PYTHON, **options})  # type: ignore[arg-type]
