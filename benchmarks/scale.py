"""What `lbt scale` costs a call, beside a bare loop of aiohttp that asks as often, scores, and writes Parquet.

    python -m benchmarks.scale [--problems 30] [--rounds 2] [--only NAME] [--profile FILE]

A server of 20 ms in a process of its own, 64 calls under way. Each client runs in a process of its own, on one core,
and the server on another one where there is one. The bare loop makes its requests from the same texts, reads the answer
with one regular expression, compares it as text, and keeps no journal. `the same work` is that loop with the package's
prompts, answers and grades, and a journal of replies: what is left to `lbt scale` are names, seeds, counts, retries,
records and choices. CPU is that of the client's process.
"""

import argparse
import cProfile
import json
import os
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import anyio

from benchmarks.chat_server import as_row, chat_server, gold, pin, question
from lbt_solvers.answers import MathAnswers
from lbt_solvers.exam_forms import grade_replies
from lbt_solvers.prompts import Demonstration, load_prompt
from lbt_solvers.tables import Table
from lbt_solvers.types import Problem, Reply

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


class Loop:
    """What the bare loop does with a reply."""

    def request(self, turns: Sequence[dict[str, str]]) -> Any:
        return turns

    async def row(self, asked: int, reply: bytes) -> dict[str, Any]:
        text = json.loads(reply)["choices"][0]["message"]["content"]
        answer = found[1] if (found := ANSWER.search(text)) else None
        return {"answer": answer, "score": float(answer == gold(asked)), "text": text}


class SameWork(Loop):
    """The package's prompts, answers and grades, and a journal."""

    def __init__(self, out: Path) -> None:
        self.prompt, self.answers = load_prompt("chat"), MathAnswers()
        self.journal = (out / "journal").open("ab", buffering=0)

    def request(self, turns: Sequence[dict[str, str]]) -> Any:
        shown = [Demonstration("", turns[1]["content"], "12")] if len(turns) > 1 else []
        messages = self.prompt.messages(turns[-1]["content"], shown)
        return [{"role": turn.role, "content": turn.text} for turn in messages]

    async def row(self, asked: int, reply: bytes) -> dict[str, Any]:
        self.journal.write(reply.replace(b"\n", b" ") + b"\n")
        given = Reply(json.loads(reply)["choices"][0]["message"]["content"], "stop", 330)
        graded = await grade_replies(Problem(str(asked), "", gold(asked)), [given], self.answers)
        return {"answer": graded[0].answer, "score": graded[0].score, "text": given.text}


async def bare(url: str, problems: int, out: Path, work: Loop) -> None:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    left = _requests(problems)
    rows: list[dict[str, Any]] = []

    async def worker() -> None:
        for row, turns in left:
            body = {"model": "m", "messages": work.request(turns), "temperature": 0.7, "seed": len(rows)}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                reply = await response.read()
            rows.append({**row, **await work.row(row["asked"], reply)})

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
    anyio.run(bare, url, problems, out, Loop())


def same_work(url: str, problems: int, out: Path) -> None:
    anyio.run(bare, url, problems, out, SameWork(out))


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
    parser.add_argument("--only", default="", help="The clients whose names contain this.")
    parser.add_argument("--profile", default="", help="File for cProfile's counts of lbt scale, in place of the table.")
    given = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    pin(cores[0])
    with chat_server(cpu=cores[-1]) as url:
        if given.profile:
            print(in_process(scale, url, given.problems, given.profile))
            return
        clients = {"asyncio + aiohttp": loop, "the same work": same_work, "lbt scale": scale}
        clients = {name: client for name, client in clients.items() if given.only in name}
        found = [[in_process(client, url, given.problems) for client in clients.values()] for _ in range(given.rounds)]
    fastest = [min(each, key=lambda took: took.seconds) for each in zip(*found, strict=True)]
    titles = "client", "calls", "calls/s", "CPU ms a call", "peak MB"
    print(Table(titles, [_row(*each) for each in zip(clients, fastest, strict=True)]).markdown())
    if given.only:
        return
    shares = [took.seconds / fastest[-1].seconds for took in fastest]
    print(f"Calls a second of lbt scale: {shares[0]:.2f} of the bare loop's, {shares[1]:.2f} of the same work's.")


if __name__ == "__main__":
    main()
