"""The nouns of code grading: what a problem is, what may enter the untrusted process, what comes back.

    >>> problem = Problem(task_id="add", entry_point="add", cases=(Case(args=(1, 2), expected=3),))
    >>> Job.of(problem, "def add(a, b): return a + b").inputs
    (b'[[1,2],{"d":[]}]',)

A `Problem` is trusted and holds expected values. A `Job` is all that the process with the solution ever sees: its
type has no place for an expected value or a checker.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from lbt_sandbox import codec
from lbt_sandbox.compare import Checker

MIB = 1 << 20
FILES_BYTES, FILE_NAME_BYTES = 12 * MIB, 1000
"""Most bytes of a problem's files in all, and of the name of one."""


class Verdict(StrEnum):
    """What a test or a submission came to. The grader's own failure is no verdict but an `InternalError`."""

    AC = "AC"
    """Accepted."""
    WA = "WA"
    """Wrong answer."""
    RTE = "RTE"
    """Runtime error: an exception, or the process ended before it answered."""
    TLE = "TLE"
    """Time limit exceeded, CPU or wall."""
    MLE = "MLE"
    """Memory limit exceeded."""
    OLE = "OLE"
    """Output limit exceeded: standard output, or the answer itself."""
    CE = "CE"
    """Compile error: no Python program, or one that does not define the entry point."""
    SV = "SV"
    """Security violation: a forbidden system call, or a broken protocol."""

    @property
    def answered(self) -> bool:
        """Whether the program came to an answer, right or not; the others say what ended it."""
        return self in (Verdict.AC, Verdict.WA)


class Kind(StrEnum):
    """How a test calls the solution. The comment of each says what `Case.args` and `Case.expected` hold."""

    CALL = "call"
    """`entry_point` is a function (`add`) or a method (`Solution().add`); args, kwargs and the value returned."""
    IN_PLACE = "in_place"
    """As CALL, but the answer is the argument named by `Problem.in_place` as it stands after the call."""
    DESIGN = "design"
    """`entry_point` is a class; `args` is (["LRUCache", "put", …], [[2], [1, 1], …]), the answer a list with the
    value of every operation, None for the constructor."""
    ASSERT_CODE = "assert_code"
    """Tests run in a second sandboxed process, with `candidate` and the entry point's name bound to a proxy of the
    solution, and are accepted when they raise nothing. Either every `args` is (code,), run one after another in one
    namespace after `Problem.tests_source`; or (text, number): `tests_source` is a test program, and the number that of
    a test in `guest.segments.read(tests_source).tests`. `expected` is not used."""
    STDIO = "stdio"
    """The solution runs as `__main__`, once per test; `args` is (stdin,), the answer all of its stdout as a str."""


Converter = Literal["list_node", "tree_node", "graph_node", "list_node_list", "tree_node_list", "none"]
"""Between data and LeetCode's node objects; applied inside the untrusted process. `*_list`: a list of them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes a solution may use. `cpu`, `wall` and `output` are per test, the `total_*` per submission."""

    cpu: float = 5.0
    wall: float = 10.0
    total_cpu: float = 30.0
    total_wall: float = 120.0
    memory: int = 512 * MIB
    """Address space beyond that of the idle interpreter, bytes."""
    output: int = 1 * MIB
    """Captured standard output per test, bytes; more is OLE."""
    answer: int = 4 * MIB
    """An encoded answer, bytes; more is OLE."""
    total_answer: int = 64 * MIB
    """All encoded answers of a submission, bytes; tests after that are OLE. This limit, `answer` and `output` are
    raised where the expected values need more."""
    source: int = 1 * MIB
    """A program, bytes; more is CE."""
    deadline: float | None = None
    """Seconds from the submission's start in the sandbox, after which its remaining tests are TLE, however little CPU
    the machine gave it. `wall` and `total_wall` leave out time in which the machine had no CPU for the program."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test, whatever the kind; see `Kind` for what `args` and `expected` hold."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    expected: Any = None
    name: str = ""


_BY_KIND = Checker()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Problem:
    """A task with its tests. Compared and hashed by identity, so that what is derived from it can be kept."""

    task_id: str
    entry_point: str
    cases: tuple[Case, ...]
    kind: Kind = Kind.CALL
    prompt: str = ""
    """What a completion continues. The engine does not look at it."""
    preamble: str = ""
    """Code that runs before every solution in the same module: imports, `ListNode`, helpers."""
    checker: Checker = _BY_KIND
    """By default "exact", and "lines" for STDIO."""
    limits: Limits = Limits()
    in_place: int | str = 0
    """For IN_PLACE: the position or the name of the argument that is the answer."""
    converters: Mapping[str, Converter] = field(default_factory=dict[str, Converter])
    """Argument name, position as a string ("0") or "return" to converter. Where nothing is named, the type hints
    of the entry point decide; "none" leaves a value alone."""
    tests_source: str = ""
    """For ASSERT_CODE: definitions that the cases' code uses (`def check(candidate): …`)."""
    reference: str | None = None
    """A solution that is known to be right; sets time limits."""
    threads: bool = False
    """Let the solution start threads and event loops, and write files in a folder of its own, as STDIO's may always."""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Files in the solution's working folder, by relative path; implies `threads`."""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        if self.checker is _BY_KIND and self.kind is Kind.STDIO:
            object.__setattr__(self, "checker", Checker("lines"))


@dataclass(frozen=True, slots=True)
class Job:
    """What enters the untrusted process: code and inputs, never an expected value.

    `tests` is the exception that needs a second process: for ASSERT_CODE, source and cases of the tests, which
    the process with the solution does not see.
    """

    source: str
    entry_point: str
    kind: Kind | Literal["compare"]
    """"compare" for a process that compares answers and never holds a solution (`guest.comparing`)."""
    inputs: tuple[bytes, ...]
    """One per test, encoded: [args, kwargs] for calls, the stdin or the test's code else."""
    limits: Limits
    preamble: str = ""
    in_place: int | str = 0
    converters: Mapping[str, Converter] = field(default_factory=dict[str, Converter])
    tests_source: str = ""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a process that compares is told besides."""
    threads: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    @property
    def is_wide(self) -> bool:
        """Whether the solution may have threads and files of its own."""
        return self.threads or bool(self.files) or self.kind is Kind.STDIO

    @classmethod
    def of(cls, problem: Problem, program: str, inputs: tuple[bytes, ...] | None = None) -> Job:
        """The job of a program for a problem.

        Args:
            problem: Where inputs, entry point and limits come from.
            program: A whole program. `problem.preamble` runs before it in the same module, so that the line of an
                error is a line of the program.
            inputs: The encoded inputs, where they are known already.
        """
        return cls(
            source=program,
            entry_point=problem.entry_point,
            kind=problem.kind,
            inputs=inputs if inputs is not None else tuple(encode_inputs(problem.kind, c) for c in problem.cases),
            limits=problem.limits,
            preamble=problem.preamble,
            in_place=problem.in_place,
            converters=problem.converters,
            tests_source=problem.tests_source,
            threads=problem.threads,
            files=checked_files(problem),
        )


def checked_files(problem: Problem) -> Mapping[str, bytes]:
    """The problem's files; `ProblemError` where a name leads out of the folder, or they are too large for it."""
    for name in problem.files:
        parts = name.split("/")
        if "\0" in name or any(part in ("", ".", "..") for part in parts) or len(name.encode()) > FILE_NAME_BYTES:
            raise ProblemError(f"problem {problem.task_id!r} has a file {name!r}; a relative path was needed")
    if (size := sum(map(len, problem.files.values()))) > FILES_BYTES:
        raise ProblemError(f"problem {problem.task_id!r} has files of {size} bytes, more than {FILES_BYTES}")
    return problem.files


def encode_inputs(kind: Kind, case: Case) -> bytes:
    """The bytes of one test's inputs as they travel; raises `codec.CodecError` where they cannot."""
    if kind is Kind.ASSERT_CODE:
        text, *number = case.args
        return json.dumps(number[0] if number else str(text)).encode()
    if kind is Kind.STDIO:
        return str(case.args[0]).encode("utf-8", "surrogatepass")
    return codec.encode([list(case.args), dict(case.kwargs)])


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer: the exception's type and message, and its line in the solution's source."""

    type: str
    message: str = ""
    line: int | None = None
    traceback: str = ""
    """As Python prints it, without the frames of the sandbox itself; at most 4,000 characters."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the engine says about one test before anything is compared."""

    verdict: Verdict | None
    """None when the solution answered; the trusted side then decides between AC and WA."""
    answer: bytes = b""
    """The encoded answer; a claim of the untrusted process. STDIO: the raw stdout."""
    failure: Failure | None = None
    stdout: str = ""
    stderr: str = ""
    exit_status: int | None = None
    cpu: float = 0.0
    wall: float = 0.0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One test's verdict, with what a person needs to understand it. Texts are cut at a bounded length."""

    verdict: Verdict
    failure: Failure | None = None
    stdout: str = ""
    stderr: str = ""
    """The end of what it wrote to standard error."""
    exit_status: int | None = None
    """Of a process that ended: its status, or -N where signal N ended it; None where it lived on or was stopped."""
    cpu: float = 0.0
    """CPU seconds."""
    wall: float = 0.0
    """Wall seconds."""
    memory: int = 0
    """Peak resident memory of the process up to the end of this test, bytes."""
    input: str = ""
    expected: str = ""
    got: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on a submission: AC when every test is, else that of the first test that is not."""

    task_id: str
    tests: tuple[CaseResult, ...]
    message: str = ""
    """One line for a person, such as the compile error; empty when accepted."""

    @property
    def verdict(self) -> Verdict:
        """AC when every test is accepted, else the verdict of the first that is not."""
        return next((test.verdict for test in self.tests if test.verdict is not Verdict.AC), Verdict.AC)

    @property
    def passed(self) -> int:
        """Accepted tests."""
        return sum(test.verdict is Verdict.AC for test in self.tests)

    @property
    def total(self) -> int:
        """All tests."""
        return len(self.tests)

    @property
    def v_score(self) -> float:
        """The fraction of tests passed, in [0, 1]."""
        return self.passed / self.total


class SandboxError(Exception):
    """Base of what this package raises; the message is for a person."""


class SandboxUnavailable(SandboxError):  # noqa: N818 - a state, not a mistake
    """No engine can run: the daemon does not answer, or the kernel lacks a layer. Says what helps."""


class ProblemError(SandboxError):
    """A problem that cannot be graded: no tests, inputs that cannot be encoded, a checker that fails."""


class InternalError(SandboxError):
    """The grader's own fault (IE): never a verdict, never scored; raised after one retry on a fresh container."""
