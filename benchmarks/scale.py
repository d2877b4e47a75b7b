"""What `lbt scale` costs a call, beside a bare loop of aiohttp that asks as often, scores, and writes Parquet.

    python -m benchmarks.scale [--problems 30] [--rounds 2] [--profile FILE]

A server of 20 ms in a process of its own, 64 calls under way. Both clients run in a process of their own each, on one
core, and the server on another one where there is one. The bare loop makes its requests from the same texts, reads the
answer with one regular expression, compares it as text, and keeps no journal. CPU is that of the client's process.
"""

import argparse
import cProfile
import os
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import anyio

from benchmarks.chat_server import as_row, chat_server, gold, pin, question
from lbt_solvers.tables import Table

RATIONALES, ITEMS, STUDENTS, CONNECTIONS = 32, 3, 2, 64
ANSWER = re.compile(r"ANSWER: (\S+)")


class Took(NamedTuple):
    """What a client took."""

    calls: int
    seconds: float
    cpu: float
    megabytes: float
    """Of memory, at most, with Python and everything that is imported."""


def calls_of(problems: int) -> int:
    """Samples and the greedy one; exams after each rationale and without any."""
    return problems * (RATIONALES + 1 + (RATIONALES + 1) * ITEMS * STUDENTS)


async def bare(url: str, problems: int, out: Path) -> None:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    left = _requests(problems)
    rows: list[dict[str, Any]] = []

    async def worker() -> None:
        for row, turns in left:
            body = {"model": "m", "messages": turns, "temperature": 0.7, "seed": len(rows)}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                reply = await response.json()
            text = reply["choices"][0]["message"]["content"]
            answer = found[1] if (found := ANSWER.search(text)) else None
            rows.append({**row, "answer": answer, "score": float(answer == gold(row["asked"])), "text": text})

    async with session, anyio.create_task_group() as group:
        for _ in range(CONNECTIONS):
            group.start_soon(worker)
    pa: Any = import_module("pyarrow")
    import_module("pyarrow.parquet").write_table(pa.Table.from_pylist(rows), out / "rows.parquet", compression="zstd")


def _requests(problems: int) -> Iterator[tuple[dict[str, Any], list[dict[str, str]]]]:
    for taught in range(problems):
        for rationale in range(RATIONALES + 1):
            yield {"problem": taught, "rationale": rationale, "asked": taught}, [_user(taught)]
        for rationale, item, student in product(range(RATIONALES + 1), range(ITEMS), range(STUDENTS)):
            shown = [_user(taught), {"role": "assistant", "content": question(rationale) + "\n\nANSWER: 12"}]
            row = {"problem": taught, "rationale": rationale, "asked": item, "student": student}
            yield row, [*shown[: 2 if rationale else 0], _user(item)]


def _user(number: int) -> dict[str, str]:
    return {"role": "user", "content": "Solve the problem step by step.\n\n" + question(number)}


def scale(url: str, problems: int, out: Path) -> None:
    from lbt_tasks.scale.arguments import Arguments
    from lbt_tasks.scale.command import run_scale

    (out / "data.jsonl").write_text("\n".join(map(as_row, range(problems))), encoding="utf-8")
    sizes = (f"rationales={RATIONALES}", f"items={ITEMS}", "repetitions=1", "budget=full", "exam=random")
    options = (f"data={out}/data.jsonl", *sizes)
    run_scale(Arguments("lbt_tasks/qa", options, "m", ("a", "b"), (url,), str(out / "run"), connections=CONNECTIONS))


def loop(url: str, problems: int, out: Path) -> None:
    anyio.run(bare, url, problems, out)


def measure(pipe: Any, client: Callable[[str, int, Path], None], url: str, problems: int, profile: str) -> None:
    """In a process of its own, with everything imported and run once."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "first").mkdir()
        client(url, 4, Path(folder, "first"))
        began, cpu = time.perf_counter(), time.process_time()
        if profile:
            cProfile.runctx("client(url, problems, Path(folder))", globals(), locals(), profile)
        else:
            client(url, problems, Path(folder))
        took = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send(Took(calls_of(problems), *took, peak))


def in_process(client: Callable[[str, int, Path], None], url: str, problems: int, profile: str = "") -> Took:
    here, there = (context := get_context("spawn")).Pipe()
    process = context.Process(target=measure, args=(there, client, url, problems, profile))
    process.start()
    there.close()
    try:
        return here.recv()
    finally:
        process.join()


def _row(name: str, took: Took) -> tuple[str, ...]:
    rate, cost = took.calls / took.seconds, 1000 * took.cpu / took.calls
    return name, f"{took.calls:,}", f"{rate:,.0f}", f"{cost:.2f}", f"{took.megabytes:,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--profile", default="", help="File for cProfile's counts of lbt scale, in place of the table.")
    given = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    pin(cores[0])
    with chat_server(cpu=cores[-1]) as url:
        if given.profile:
            print(in_process(scale, url, given.problems, given.profile))
            return
        found = [
            (in_process(loop, url, given.problems), in_process(scale, url, given.problems)) for _ in range(given.rounds)
        ]
    fastest = [min(each, key=lambda took: took.seconds) for each in zip(*found, strict=True)]
    titles = "client", "calls", "calls/s", "CPU ms a call", "peak MB"
    rows = [_row(*each) for each in zip(("asyncio + aiohttp", "lbt scale"), fastest, strict=True)]
    print(Table(titles, rows).markdown())
    print(f"Calls a second of lbt scale: {fastest[0].seconds / fastest[1].seconds:.2f} of the bare loop's.")


if __name__ == "__main__":
    main()
