r"""The parent's end of the math-verify process: started when first needed, kept warm, killed when it is too slow.

    >>> MathWorker().compare("x^2-1", "(x-1)(x+1)", seconds=5.0)
    Reply(verdict='equal', reason='')

Safe to call from any thread, one comparison at a time. No signal is used, so the host's alarms stay its own.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
import time
from functools import lru_cache
from typing import IO, Any, NamedTuple

SECONDS_TO_START = 120.0
COMMAND = (sys.executable, "-m", "lbt_solvers.answers._math_worker")


class Reply(NamedTuple):
    """`verdict` is `equal`, `different` or `undecided`; undecided has a reason."""

    verdict: str
    reason: str


class MathWorker:
    """One process that compares expressions, replaced after it was killed or crashed.

    A replacement is started while a comparison is late, so that it is warm when the late one is killed: the next
    comparison does not wait for SymPy to be imported.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._spare: subprocess.Popen[str] | None = None
        self._started = False
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):  # a forked child must not talk through its parent's pipe
            os.register_at_fork(after_in_child=self._forget)

    @property
    def pid(self) -> int | None:
        """Of the process that was asked last, while there is one."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Waits until the first process of this worker is ready, which no comparison's limit counts.

        Raises:
            RuntimeError: the process cannot start, so that nothing could be graded.
        """
        with self._lock:
            if not self._started:
                process = self._ready(time.monotonic() + SECONDS_TO_START)
                if process is None:
                    self.close()
                    raise RuntimeError(_no_start(f"was not ready in {SECONDS_TO_START:g} s"))
                self._process, self._started = process, True

    def compare(self, gold: str, answer: str, seconds: float) -> Reply:
        """The verdict about two keys, within `seconds`. A crash is tried again once, a time-out is not.

        Raises:
            RuntimeError: the process cannot start, so that nothing could be graded.
        """
        self.start()
        with self._lock:
            deadline = time.monotonic() + seconds
            reply = self._attempt(gold, answer, seconds, deadline) or self._attempt(gold, answer, seconds, deadline)
        return reply or Reply("undecided", "the math-verify process died twice on this pair")

    def close(self) -> None:
        """End the process; the next comparison starts another."""
        processes, self._process, self._spare = (self._process, self._spare), None, None
        for process in processes:
            _end(process)

    def _attempt(self, gold: str, answer: str, seconds: float, deadline: float) -> Reply | None:
        """`None` where the process died of itself."""
        process = self._process or self._ready(deadline)
        if process is None:
            return Reply("undecided", f"math-verify was started anew and not ready within {seconds:g} s")
        self._process = process
        left = max(0.0, deadline - time.monotonic())
        late = threading.Timer(left / 2, self._prepare)
        late.daemon = True
        late.start()
        reply, in_time = _ask(process, {"gold": gold, "answer": answer, "limit": left}, left)
        late.cancel()
        late.join()
        if reply is None:
            self._process = None
            _end(process)
            return None if in_time else Reply("undecided", f"no verdict within {seconds:g} s")
        return Reply(reply["verdict"], reply["reason"])

    def _prepare(self) -> None:
        self._spare = self._spare or _spawn()

    def _ready(self, deadline: float) -> subprocess.Popen[str] | None:
        """A process that can be asked; `None` where it is not warm in time, and goes on warming.

        Raises:
            RuntimeError: it ended instead.
        """
        process, self._spare = self._spare or _spawn(), None
        warm, in_time = _ask(process, None, deadline - time.monotonic(), kill=False)
        if warm is not None:
            return process
        if not in_time:
            self._spare = process
            return None
        process.wait()
        _end(process)
        raise RuntimeError(_no_start(f"ended with exit code {process.returncode}"))

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._inherited = self._process, self._spare  # kept: a destructor would warn that it still runs
        self._process = self._spare = None
        self._started = False


_waiting: dict[int, tuple[threading.Thread, list[str]]] = {}
"""By process: who still waits for a line of it that was late."""


@lru_cache(maxsize=1)
def shared_worker() -> MathWorker:
    """The one worker of this interpreter."""
    return MathWorker()


def _spawn() -> subprocess.Popen[str]:
    return subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        bufsize=1,
    )


def _no_start(why: str) -> str:
    return f"The math-verify process {why}. See why with: {' '.join(COMMAND)}"


def _end(process: subprocess.Popen[str] | None) -> None:
    if process:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            _close(pipe)


def _ask(
    process: subprocess.Popen[str], request: dict[str, Any] | None, seconds: float, *, kill: bool = True
) -> tuple[dict[str, Any] | None, bool]:
    """The next line of the process, `None` where it died or is late; and whether it is not late.

    Args:
        process: with pipes.
        request: sent before; `None` to wait for the line with which it says that it is ready.
        seconds: until it is late.
        kill: a late process is killed.
    """
    try:
        if request is not None and process.stdin:
            print(json.dumps(request), file=process.stdin, flush=True)
    except OSError:  # the pipe is broken
        return None, True
    line, in_time = _line(process, seconds)
    if not in_time and kill:
        process.kill()
    return (json.loads(line) if line.endswith("\n") else None), in_time


def _line(process: subprocess.Popen[str], seconds: float) -> tuple[str, bool]:
    """The next line, and whether it came in time; empty where the process ended."""
    if process.stdout is None:
        return "", True
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(_read(process)), daemon=True)
    waiting = _waiting.pop(process.pid, None) or (reader, found)
    if waiting[0] is reader:
        reader.start()
    waiting[0].join(max(0.0, seconds))
    if waiting[0].is_alive():
        _waiting[process.pid] = waiting
        return "", False
    return (waiting[1] or [""])[0], True


def _read(process: subprocess.Popen[str]) -> str:
    try:
        return process.stdout.readline() if process.stdout else ""
    except (OSError, ValueError):  # the pipe was closed meanwhile
        return ""


def _close(pipe: IO[str] | None) -> None:
    try:
        if pipe:
            pipe.close()
    except OSError:  # what was buffered for the dead process
        pass
