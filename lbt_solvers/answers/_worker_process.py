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
from functools import lru_cache
from typing import IO, Any, NamedTuple

SECONDS_TO_START = 120.0
COMMAND = (sys.executable, "-m", "lbt_solvers.answers._math_worker")


class Reply(NamedTuple):
    """`verdict` is `equal`, `different` or `undecided`; undecided has a reason."""

    verdict: str
    reason: str


class MathWorker:
    """One process that compares expressions, restarted after it was killed or crashed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):  # a forked child must not talk through its parent's pipe
            os.register_at_fork(after_in_child=self._forget)

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process else None

    def compare(self, gold: str, answer: str, seconds: float) -> Reply:
        """The verdict about two keys. A crash is tried again once, a time-out is not.

        Raises:
            RuntimeError: the process cannot start, so that nothing could be graded.
        """
        with self._lock:
            reply = self._attempt(gold, answer, seconds) or self._attempt(gold, answer, seconds)
        return reply or Reply("undecided", "the math-verify process died twice on this pair")

    def close(self) -> None:
        """End the process; the next comparison starts another."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                _close(pipe)

    def _attempt(self, gold: str, answer: str, seconds: float) -> Reply | None:
        """`None` where the process died of itself."""
        process = self._process or self._start()
        reply, in_time = _ask(process, {"gold": gold, "answer": answer, "limit": seconds}, seconds)
        if reply is None:
            self.close()
            return None if in_time else Reply("undecided", f"no verdict within {seconds:g} s")
        return Reply(reply["verdict"], reply["reason"])

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._process = process
        ready, in_time = _ask(process, None, SECONDS_TO_START)
        if ready is None:
            self.close()
            why = (
                f"ended with exit code {process.returncode}" if in_time else f"was not ready in {SECONDS_TO_START:g} s"
            )
            raise RuntimeError(f"The math-verify process {why}. See why with: {' '.join(COMMAND)}")
        return process

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._inherited, self._process = self._process, None  # kept: its destructor would warn that it still runs


@lru_cache(maxsize=1)
def shared_worker() -> MathWorker:
    """The one worker of this interpreter."""
    return MathWorker()


def _ask(
    process: subprocess.Popen[str], request: dict[str, Any] | None, seconds: float
) -> tuple[dict[str, Any] | None, bool]:
    """The next line of the process, `None` where it died; and whether it was not killed for taking too long."""
    late = threading.Event()

    def give_up() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        if request is not None and process.stdin:
            print(json.dumps(request), file=process.stdin, flush=True)
        line = process.stdout.readline() if process.stdout else ""
    except OSError:  # the pipe is broken
        line = ""
    finally:
        timer.cancel()
    return (json.loads(line) if line.endswith("\n") else None), not late.is_set()


def _close(pipe: IO[str] | None) -> None:
    try:
        if pipe:
            pipe.close()
    except OSError:  # what was buffered for the dead process
        pass
