"""Images: the scientific one, one of the user's own, other versions of Python; and what is refused in one line.

Images are built on a real Docker Engine. Debian's base images may have to be fetched: where one cannot be had, its test
is skipped, visibly.
"""

import os
import re
import sys
import uuid
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lbt_sandbox import Case, Problem, Sandbox, SandboxError, Verdict, image
from lbt_sandbox.engines import connect, with_daemon
from lbt_sandbox.image import recipe
from lbt_sandbox.image.recipes import PINNED

from .conftest import ADD, need

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1200)]  # an image may have to be built first

LIBRARIES = """
import numpy, pandas, scipy.stats, sympy, sortedcontainers

def add(a, b):
    x = sympy.Symbol("x")
    frame = pandas.DataFrame({"x": [a, b]})
    square = numpy.random.rand(500, 500)
    assert (square @ square).shape == (500, 500)
    assert abs(scipy.stats.norm.cdf(0) - 0.5) < 1e-12
    assert sympy.integrate(2 * x, (x, 0, 1)) == 1
    return int(frame["x"].sum())
"""
VERSION = Problem("version", "version", (Case(expected="3.11"),))
SAY_VERSION = "import sys\ndef version(): return '.'.join(map(str, sys.version_info[:2]))"
DRAW = Problem("draw", "draw", (Case(expected=None), Case(expected=None)))
DRAW_BY_NUMPY = "import numpy\ndef draw(): return int(numpy.random.randint(1 << 62))"


@cache
def cannot_have(base: str) -> str:
    """Why a base image cannot be had here; empty where it can."""
    client = connect()
    try:
        if not client.images(name=base):
            client.pull(base)
            client.inspect_image(base)
        return ""
    except Exception as error:  # whatever the registry says
        return f"{base} cannot be fetched: {error}"
    finally:
        client.close()


def need_base(base: str) -> None:
    need("docker")
    if reason := cannot_have(base):
        pytest.skip(reason)


@pytest.mark.docker
@pytest.mark.parametrize("python", ["3.11", "3.13"])
async def test_the_scientific_image_has_its_libraries(python: str) -> None:
    need_base(recipe(python=python).base)
    async with Sandbox(workers=1, image="scientific", python=python) as sandbox:
        report = await sandbox.grade(ADD, LIBRARIES)
        assert report.verdict is Verdict.AC, report.message
        assert report.tests[0].cpu < ADD.limits.cpu / 2, "the libraries are imported before the program's time begins"
        report = await sandbox.grade(VERSION, SAY_VERSION)
        assert (report.verdict is Verdict.AC) == (python == "3.11")


@pytest.mark.docker
async def test_draws_of_numpy_are_the_same_for_every_submission() -> None:
    need_base(recipe().base)
    drawn: list[list[str]] = []
    for _ in range(2):
        async with Sandbox(workers=1, image="scientific") as sandbox:
            for _ in range(2):
                report = await sandbox.grade(DRAW, DRAW_BY_NUMPY)
                drawn.append([test.got for test in report.tests])
    assert int(drawn[0][0]) != int(drawn[0][1])
    assert all(again == drawn[0] for again in drawn), "a verdict on a program that draws can be repeated"


@pytest.mark.docker
@pytest.mark.parametrize("python", ["3.11", "3.13"])
async def test_the_python_version_is_chosen(python: str) -> None:
    need_base(recipe(python=python).base)
    problem = Problem("version", "version", (Case(expected=python),))
    async with Sandbox(workers=1, python=python) as sandbox:
        report = await sandbox.grade(problem, SAY_VERSION)
        assert report.verdict is Verdict.AC, report.message


def interpreters() -> list[str]:
    """Other interpreters of this machine that the grader can use, the newest of each version."""
    folders = [
        Path("/usr/bin"),
        *Path.home().glob(".pyenv/versions/*/bin"),
        *Path.home().glob(".local/share/uv/python/*/bin"),
    ]
    found = {path.name: str(path) for folder in folders for path in folder.glob("python3.*") if path.is_file()}
    usable = {name: path for name, path in found.items() if re.fullmatch(r"python3\.1[1-9]", name)}
    return [path for name, path in sorted(usable.items()) if name != f"python3.{sys.version_info.minor}"]


@pytest.mark.parametrize("python", interpreters() or [pytest.param("", marks=pytest.mark.skip("no other interpreter"))])
async def test_the_process_engine_takes_an_interpreter(python: str) -> None:
    need("process")
    version = Path(python).name.removeprefix("python")
    async with Sandbox("process", workers=1, python=python) as sandbox:
        report = await sandbox.grade(Problem("version", "version", (Case(expected=version),)), SAY_VERSION)
        assert report.verdict is Verdict.AC, report.message
        assert (await sandbox.grade(ADD, "def add(a, b): return a - b")).verdict is Verdict.WA


@pytest.fixture
def own_image() -> Generator[Any]:
    """Makes images of the user's own: `own_image(LINES)` gives a name, always the same one, for a new image."""
    name = f"lbt-own-{uuid.uuid4().hex[:8]}:v1"
    base = recipe().base
    need_base(base)

    def make(lines: str) -> str:
        import io

        client = connect()
        try:
            text = f"FROM {with_daemon(lambda daemon: image.ensure(daemon, recipe()))}\nUSER root\n{lines}"
            for event in client.build(fileobj=io.BytesIO(text.encode()), tag=name, rm=True, decode=True):
                assert "error" not in event, event
            return name
        finally:
            client.close()

    yield make
    client = connect()
    try:
        client.remove_image(name, force=True)
    finally:
        client.close()


LIBRARY = 'RUN mkdir -p /opt/mine && printf "def answer(): return {}\\\\n" > /usr/lib/python3/dist-packages/mine.py\n'
MINE = Problem("mine", "mine", (Case(expected=1),))
USE_MINE = "import mine as library\ndef mine(): return library.answer()"


@pytest.mark.docker
async def test_an_image_of_ones_own_keeps_its_libraries_and_every_layer(own_image: Any) -> None:
    name = own_image(LIBRARY.format(1) + 'ENTRYPOINT ["/bin/false"]\nHEALTHCHECK CMD true\nWORKDIR /opt/mine\n')
    async with Sandbox(workers=1, image=name) as sandbox:
        report = await sandbox.grade(MINE, USE_MINE)
        assert report.verdict is Verdict.AC, report.message
        for code in ("open('/opt/mine/x', 'w')", "import os; os.fork()", "import socket; socket.socket()"):
            report = await sandbox.grade(MINE, f"def mine():\n    {code}\n    return 1")
            assert report.verdict in (Verdict.SV, Verdict.RTE), report
    own_image(LIBRARY.format(2))  # under the same name
    async with Sandbox(workers=1, image=name) as sandbox:
        report = await sandbox.grade(MINE, USE_MINE)
        assert (report.verdict, report.tests[0].got) == (Verdict.WA, "2")


@pytest.mark.docker
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("VOLUME /data\n", "declares /data as volumes"),
        ("RUN rm /usr/bin/python3\n", "python3"),
    ],
)
async def test_an_image_that_cannot_be_used_is_refused(own_image: Any, lines: str, said: str) -> None:
    name = own_image(lines)
    with pytest.raises(SandboxError, match=said):
        async with Sandbox(workers=1, image=name):
            pass


@pytest.mark.docker
async def test_an_image_that_is_not_there_is_named() -> None:
    with pytest.raises(
        SandboxError, match=r"there is no image lbt-nowhere:v1 on this engine, and it cannot be fetched"
    ):
        async with Sandbox(workers=1, image="lbt-nowhere:v1"):
            pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"python": "3.10"}, "from 3.11 on"),
        ({"python": "2.7"}, "from 3.11 on"),
        ({"python": "/usr/bin/python3"}, "from 3.11 on"),
        ({"image": "mine:1", "python": "3.12"}, "has its own Python"),
        ({"image": "a b\nRUN true"}, "name of an image"),
        ({"engine": "process", "image": "scientific"}, "the process engine has no image 'scientific'"),
        ({"engine": "process", "python": "3.13"}, "path of an interpreter"),
        ({"engine": "process", "python": "/nowhere/python"}, "there is none at '/nowhere/python'"),
    ],
)
def test_wrong_options_are_one_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SandboxError, match=said) as caught:
        Sandbox(**options)
    assert "\n" not in str(caught.value)


def test_an_interpreter_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "python3.6"
    old.write_text("#!/bin/sh\necho 3.6.15 >&2\nexit 1\n")
    os.chmod(old, 0o755)
    with pytest.raises(SandboxError, match=r"needs Python 3.11 or later, but .*python3.6 is 3.6.15"):
        Sandbox("process", python=str(old))


def test_each_choice_has_an_image_of_its_own() -> None:
    recipes = [
        recipe(name, python) for name in ("default", "scientific") for python in ("3.11", "3.12", "3.13", "3.14")
    ]
    tags = {image.tag(each) for each in recipes}
    assert len(tags) == len(recipes)
    assert image.tag(recipe("mine"), "sha256:1") != image.tag(recipe("mine"), "sha256:2")
    assert recipe() == recipe("default", "3.11")
    assert [recipe(python=python).base for python in ("3.11", "3.12", "3.13")] == [
        "debian:bookworm-slim", "python:3.12-slim", "debian:trixie-slim"
    ]  # fmt: skip
    assert all(pin in recipe("scientific", "3.12").dockerfile for pin in PINNED)
