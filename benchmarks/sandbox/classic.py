"""The classic harness shape: a fresh process per program with the asserts inside, no isolation, all or nothing.

    passed, seconds = run_classic(rows, workers=2)

A program is prompt + solution + tests + a call of `check`. Two forms of the shape are measured. `managed` is what
openai/human-eval and Hugging Face's code_eval do: a `multiprocessing.Manager` per program carries the result, the
program runs in a temporary directory with its output swallowed and a timer set. `lean` is the least such a harness can
be: a fork, an exec of the text, one word through a pipe.
"""

import contextlib
import io
import multiprocessing
import os
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.managers import ListProxy
from typing import Any

TIMEOUT_SECONDS = 120
_fork = multiprocessing.get_context("fork")


def program(row: dict[str, Any]) -> str:
    """What the classic harness executes for a row of HumanEval or LeetCodeDataset."""
    solution = row.get("canonical_solution") or "\n" + row["completion"]
    return f"{row['prompt']}{solution}\n{row['test']}\ncheck({row['entry_point']})"


def _verdict(source: str) -> str:
    try:
        exec(source, {})
        return "passed"
    except BaseException as error:
        return f"failed: {type(error).__name__}"


def _execute_managed(source: str, result: "ListProxy[str]") -> None:
    home = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        signal.setitimer(signal.ITIMER_REAL, TIMEOUT_SECONDS)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            verdict = _verdict(source)
        signal.setitimer(signal.ITIMER_REAL, 0)
        result.append(verdict)
        os.chdir(home)


def managed(source: str) -> bool:
    """One program as human-eval runs it."""
    with _fork.Manager() as manager:
        result: ListProxy[str] = manager.list()
        process = _fork.Process(target=_execute_managed, args=(source, result))
        process.start()
        process.join(TIMEOUT_SECONDS + 1)
        if process.is_alive():
            process.kill()
        return list(result) == ["passed"]


def _execute_lean(source: str, answer: Connection) -> None:
    answer.send(_verdict(source))


def lean(source: str) -> bool:
    """One program with the least a harness can do."""
    receive, send = _fork.Pipe(duplex=False)
    process = _fork.Process(target=_execute_lean, args=(source, send))
    process.start()
    send.close()
    passed = receive.poll(TIMEOUT_SECONDS) and receive.recv() == "passed"
    process.kill()
    process.join()
    process.close()
    receive.close()
    return passed


FORMS = {"managed": managed, "lean": lean}


def run_classic(rows: list[dict[str, Any]], workers: int, form: str = "managed") -> tuple[int, float]:
    """How many programs passed, and the seconds it took."""
    programs = [program(row) for row in rows]
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        passed = sum(pool.map(FORMS[form], programs))
    return passed, time.perf_counter() - started
