"""Programs on standard input and output behave as under plain Python: what each prints there is what is wanted here.

Every program also runs as `python solution.py` in the test's own process tree, so that the table cannot be wrong.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from lbt_sandbox import Case, Kind, Limits, Problem, ProblemError, Sandbox, Verdict

pytestmark = pytest.mark.anyio

FAST_IO = """
import os, sys
from io import BytesIO, IOBase
class FastIO(IOBase):
    newlines = 0
    def __init__(self, file):
        self._fd = file.fileno()
        self.buffer = BytesIO()
        self.writable = "x" in file.mode or "r" not in file.mode
        self.write = self.buffer.write if self.writable else None
    def readline(self):
        while self.newlines == 0:
            b = os.read(self._fd, max(os.fstat(self._fd).st_size, 8192))
            self.newlines = b.count(b"\\n") + (not b)
            ptr = self.buffer.tell()
            self.buffer.seek(0, 2), self.buffer.write(b), self.buffer.seek(ptr)
        self.newlines -= 1
        return self.buffer.readline()
    def flush(self):
        if self.writable:
            os.write(self._fd, self.buffer.getvalue())
            self.buffer.truncate(0), self.buffer.seek(0)
class IOWrapper(IOBase):
    def __init__(self, file):
        self.buffer = FastIO(file)
        self.flush = self.buffer.flush
        self.writable = self.buffer.writable
        self.write = lambda s: self.buffer.write(s.encode("ascii"))
        self.readline = lambda: self.buffer.readline().decode("ascii")
sys.stdin, sys.stdout = IOWrapper(sys.stdin), IOWrapper(sys.stdout)
input = lambda: sys.stdin.readline().rstrip("\\r\\n")
print(int(input()) + 1)
"""
DEEP = "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\n"
PROGRAMS = {
    "streams' modes and names": "import sys\nprint(sys.stdin.mode, sys.stdout.mode, sys.stdin.name, sys.stdout.name)",
    "fast input and output": FAST_IO,
    "exit handler": "import atexit\natexit.register(lambda: print('bye'))\nprint('hello')",
    "exit handler of a program that ends early": "import atexit, sys\natexit.register(print, 'bye')\nsys.exit()",
    "open file on descriptor 1": "out = open(1, 'w', closefd=False)\nout.write('hi')",
    "finalizer": "class Box:\n    def __del__(self): print('gone')\nbox = Box()",
    "thread with a large stack": "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(2**27)\n"
    + DEEP
    + "t = threading.Thread(target=lambda: print(f(50_000)))\nt.start()\nt.join()",
    "thread that nobody joins": "import threading, time\n"
    "def main():\n    time.sleep(0.1)\n    print(5)\nthreading.Thread(target=main).start()\nprint(4)",
    "pool of threads": "from concurrent.futures import ThreadPoolExecutor\n"
    "with ThreadPoolExecutor(8) as pool:\n    print(sum(pool.map(lambda x: x * x, range(10))))",
    "its own file": "print(open(__file__).read(16))",
    "temporary files": "import os, tempfile\n"
    "with tempfile.TemporaryFile('w+') as f:\n    f.write('abc')\n    f.seek(0)\n    print(f.read())\n"
    "with tempfile.TemporaryDirectory() as d:\n    open(d + '/x', 'w').close()\n    os.rename(d + '/x', d + '/y')\n"
    "    print(os.listdir(d))",
    "file beside the program": "with open('out.txt', 'w') as f:\n    f.write('abc')\nprint(open('out.txt').read())",
    "larger stack": "import resource, sys\nhard = resource.getrlimit(resource.RLIMIT_STACK)[1]\n"
    "resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))\nsys.setrecursionlimit(10**6)\n"
    + DEEP
    + "print(f(100_000))",
    "event loop": "import asyncio\nasync def main():\n    await asyncio.sleep(0.01)\n    print(1)\nasyncio.run(main())",
    "event loop with threads": "import asyncio\n"
    "async def main():\n    print(await asyncio.to_thread(lambda: 7))\nasyncio.run(main())",
    "arguments": "import sys\nprint(len(sys.argv))",
    "main guard": "if __name__ == '__main__':\n    print('main')",
    "bytes": "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())",
    "binary input twice": "import sys\nprint(sys.stdin.readline().strip())\nprint(sys.stdin.read())",
    "standard error is apart": "import sys\nprint('no', file=sys.stderr)\nprint('yes')",
    "queue": "import queue, threading\nq = queue.Queue()\n"
    "threading.Thread(target=q.put, args=(3,)).start()\nprint(q.get())",
    "signal handler": "import signal\nsignal.signal(signal.SIGALRM, lambda *_: print('ring'))\n"
    "signal.setitimer(signal.ITIMER_REAL, 0.05)\nsignal.pause()",
}
GIVEN = "41\nsecond line\n"


def plain_python(program: str, folder: Path) -> str:
    """What the program prints under this very interpreter."""
    file = folder / "solution.py"
    file.write_text(program)
    done = subprocess.run(
        [sys.executable, file], input=GIVEN, capture_output=True, text=True, check=True, cwd=folder, timeout=60
    )
    return done.stdout


def stdio(expected: str, given: str = GIVEN, **options: object) -> Problem:
    return Problem("p", "", (Case((given,), expected=expected),), kind=Kind.STDIO, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PROGRAMS)
async def test_a_program_prints_what_it_prints_under_plain_python(sandbox: Sandbox, name: str, tmp_path: Path) -> None:
    expected = plain_python(PROGRAMS[name], tmp_path)
    report = await sandbox.grade(stdio(expected), PROGRAMS[name])
    assert report.verdict is Verdict.AC, (report, expected)
    assert report.tests[0].exit_status == 0


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("import sys\nsys.exit(3)", 3),
        ("import sys\nsys.exit('no')", 1),
        ("import os\nos._exit(4)", 4),
        ("raise ValueError", 1),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", -15),
    ],
)
async def test_how_a_program_ends_is_reported(sandbox: Sandbox, program: str, status: int) -> None:
    report = await sandbox.grade(stdio(""), program)
    assert (report.verdict, report.tests[0].exit_status) == (Verdict.RTE, status)


async def test_standard_error_and_a_traceback_are_reported(sandbox: Sandbox) -> None:
    program = "import sys\ndef f():\n    return 1 / 0\nprint('so far', file=sys.stderr)\nf()"
    [test] = (await sandbox.grade(stdio(""), program)).tests
    assert test.stderr == "so far\n"
    assert test.failure is not None
    assert test.failure.traceback.splitlines()[0] == "Traceback (most recent call last):"
    assert "return 1 / 0" in test.failure.traceback
    assert test.failure.traceback.splitlines()[-1] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("error", ["ValueError('x' * 10**7)", "type('E' * 10**7, (Exception,), {})('x')"])
async def test_a_long_message_leaves_the_frames_of_the_traceback(sandbox: Sandbox, error: str) -> None:
    report = await sandbox.grade(stdio(""), f"def add():\n    raise {error}\nadd()")
    failure = report.tests[0].failure
    assert failure and "in add" in failure.traceback and len(failure.traceback) <= 4000
    assert failure.traceback.startswith("Traceback (most recent call last):")


async def test_input_files_are_in_the_working_folder_of_every_test(sandbox: Sandbox) -> None:
    files = {"a.txt": b"first", "deep/b.txt": b"second"}
    cases = (Case(("a.txt",), expected="first\n"), Case(("deep/b.txt",), expected="second\n"))
    problem = Problem("p", "", cases, kind=Kind.STDIO, files=files)
    spoil = "name = input()\nprint(open(name).read())\nopen(name, 'w').write('spoilt')"
    assert (await sandbox.grade(problem, spoil)).verdict is Verdict.AC


async def test_a_function_may_have_threads_and_files_where_its_problem_says_so(sandbox: Sandbox) -> None:
    code = "import threading\ndef f(n):\n    t = threading.Thread(target=print)\n    t.start()\n    t.join()\n"
    code += "    return open('data').read() * n"
    cases = (Case((2,), expected="xx"),)
    report = await sandbox.grade(Problem("p", "f", cases, files={"data": b"x"}), code)
    assert report.verdict is Verdict.AC, report
    assert (await sandbox.grade(Problem("p", "f", cases), code)).verdict is Verdict.RTE


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "", "a\0b", "."])
async def test_files_outside_the_folder_are_refused(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(ProblemError, match="file"):
        await sandbox.grade(stdio("", files={name: b""}), "")


async def test_a_deadline_ends_a_submission_however_much_time_its_tests_have(sandbox: Sandbox) -> None:
    cases = tuple(Case((str(number),), expected="") for number in range(20))
    problem = Problem("p", "", cases, kind=Kind.STDIO, limits=Limits(deadline=0.5))
    report = await sandbox.grade(problem, "import time\ntime.sleep(0.2)")
    assert 1 <= report.passed <= 3
    assert {test.verdict for test in report.tests[3:]} == {Verdict.TLE}
    assert report.tests[-1].failure is not None
    assert report.tests[-1].failure.type == "Deadline"


ENDINGS = {
    "exits": "import os\ndef f(n): os._exit(1)",
    "crashes": "import ctypes\ndef f(n): ctypes.string_at(0)",
    "answers too much": "def f(n): return [0] * 3_000",
    "takes all memory": "def f(n): return bytearray(10**10)",
    "is killed by the filter": "import os\ndef f(n): os.fork()",
    "prints too much": "def f(n): print('x' * 3_000)",
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("tests", [200, pytest.param(5_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ENDINGS)
async def test_tests_that_all_end_their_process(sandbox: Sandbox, name: str, tests: int) -> None:
    cases = tuple(Case((number,), expected=0) for number in range(tests))
    problem = Problem("p", "f", cases, limits=Limits(total_cpu=800, total_wall=800, answer=1_000, output=1_000))
    report = await sandbox.grade(problem, ENDINGS[name])
    assert report.total == tests
    assert report.passed == 0
    assert "TotalTimeLimit" not in {test.failure.type for test in report.tests if test.failure}


@pytest.mark.timeout(300)
async def test_a_program_with_hundreds_of_tests(sandbox: Sandbox) -> None:
    cases = tuple(Case((str(number),), expected=f"{number}\n") for number in range(500))
    problem = Problem("p", "", cases, kind=Kind.STDIO, limits=Limits(total_cpu=120, total_wall=250))
    assert (await sandbox.grade(problem, "print(input())")).verdict is Verdict.AC
