"""What a child of the sandbox has in its memory: nothing of an earlier job, and of its own job only what it needs.

Markers, random for each run, stand in every part of a job. The memory of the processes is read from outside, whole, as
root reads it through /proc/PID/mem; so these tests need root, on the machine where the processes run.
"""

import os
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Set
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from lbt_sandbox import Case, Checker, Kind, Limits, Problem, Sandbox

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(os.geteuid() != 0, reason="reads other processes' memory, which needs root"),
]
Start = Callable[..., Sandbox]
LINGER = "\nimport time\ntime.sleep(60)\n"
PATIENT = Limits(wall=100, total_wall=100)


OURS = secrets.token_hex(4)
"""In every marker, so that memory without it need not be searched for each of them."""


def marker(name: str) -> str:
    return f"{name}-{OURS}{secrets.token_hex(4)}"


def forms(text: str) -> list[bytes]:
    """The text in the encodings that Python uses, and as digits."""
    return [text.encode(), text.encode("utf-16-le"), text.encode("utf-32-le"), text.encode().hex().encode()]


def guests(but: Set[int] = frozenset()) -> set[int]:
    """Process ids of every process of the sandbox's on this machine, in containers or not."""
    pids = {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()} - but
    return {pid for pid in pids if b"lbt_sandbox.guest" in _read(Path(f"/proc/{pid}/cmdline"))}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def memory(pid: int) -> Iterator[bytes]:
    """Every readable mapping of a process, one by one."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in _read(Path(f"/proc/{pid}/maps")).decode(errors="replace").splitlines():
            addresses, access, *_ = line.split()
            if access.startswith("r") and "[v" not in line:
                start, end = (int(address, 16) for address in addresses.split("-"))
                try:
                    mem.seek(start)
                    yield mem.read(end - start)
                except OSError:  # such as a guard page
                    continue


def holders(marks: Mapping[str, str], others: Set[int]) -> dict[str, set[int]]:
    """For each text the processes of the sandbox in whose memory it stands, in the encodings that Python uses.

    Args:
        marks: The texts.
        others: Processes that were there before.
    """
    needles, any_of_ours = {name: forms(text) for name, text in marks.items()}, forms(OURS)
    found: dict[str, set[int]] = {name: set() for name in marks}
    for pid in guests(but=others):
        try:
            for region in memory(pid):
                if any(form in region for form in any_of_ours):
                    for name in (name for name, needle in needles.items() if any(form in region for form in needle)):
                        found[name].add(pid)
        except (FileNotFoundError, ProcessLookupError):  # it has gone meanwhile
            continue
    return found


def parent(pid: int) -> int:
    status = _read(Path(f"/proc/{pid}/status")).decode()
    return int(next((line.split()[1] for line in status.splitlines() if line.startswith("PPid:")), "0"))


def supervisors() -> set[int]:
    """Those whose children are of the sandbox, too."""
    return {parent(pid) for pid in guests()} & guests()


class Marked:
    """A problem of a kind, and a program, with a marker in each part."""

    def __init__(self, kind: str) -> None:
        names = ("source", "input", "expected", "tests", "checker", "preamble")
        self.marks = {name: marker(name) for name in names}
        self.kind = kind

    @property
    def problem(self) -> Problem:
        mark = self.marks
        if self.kind == "stdio":
            return Problem(
                "p", "", (Case((mark["input"],), expected=mark["expected"]),), kind=Kind.STDIO, limits=PATIENT
            )
        if self.kind == "tests":
            tests = (Case((f"assert f({mark['input']!r}) == {mark['expected']!r}",)),)
            source = f"TESTS = {mark['tests']!r}\n"
            return Problem(
                "p", "f", tests, kind=Kind.ASSERT_CODE, tests_source=source, preamble=f"# {mark['preamble']}"
            )
        checker = Checker("code", source=f"def check(*given): return {mark['checker']!r} == 0")
        cases = (Case((mark["input"],), expected=mark["expected"]),)
        return Problem("p", "f", cases, checker=checker if self.kind == "checker" else Checker(), limits=PATIENT)

    def program(self, extra: str = "") -> str:
        comment = f"NOTE = {self.marks['source']!r}\n"
        if self.kind == "stdio":
            return f"{comment}print(input()){extra}"
        body = "\n    ".join(extra.strip().splitlines())
        return f"{comment}def f(x):\n    {body}\n    return x\n"


KINDS = ["call", "stdio", "tests", "checker"]


@asynccontextmanager
async def grading(sandbox: Sandbox, job: Marked) -> AsyncGenerator[None]:
    """While a program of the job sits in its call."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sandbox.grade, job.problem, job.program(LINGER))
        await anyio.sleep(1)
        yield
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["", "\nimport os\nos._exit(1)\n"])
async def test_nothing_of_a_job_is_in_a_later_child(start: Start, kind: str, ending: str) -> None:
    """Nor in any other process but the supervisor, whom no program can read and who forks nobody."""
    first, later, others = Marked(kind), Marked("call"), guests()
    async with start() as sandbox:
        for _ in range(3):  # more children than are ready at once where they are used up
            await sandbox.grade(first.problem, first.program(ending))
        async with grading(sandbox, later):
            own = {"own source": later.marks["source"]}
            found, trusted = holders({**first.marks, **own}, others), supervisors()
    assert found.pop("own source") - trusted, "the later job's own child was not found"
    assert {name: pids - trusted for name, pids in found.items()} == dict.fromkeys(found, set())


@pytest.mark.parametrize("kind", KINDS)
async def test_a_solution_has_its_program_and_its_inputs_and_nothing_else(start: Start, kind: str) -> None:
    job, others = Marked(kind), guests()
    async with start() as sandbox, grading(sandbox, job):
        found, trusted = holders(job.marks, others), supervisors()
    [solution] = found["source"] - trusted
    assert {name for name, pids in found.items() if solution in pids} <= {"source", "input", "preamble"}
