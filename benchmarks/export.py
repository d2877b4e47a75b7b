"""Export of a million scored rationales: seconds and memory, from an Inspect log and from a table, against floors.

    python -m benchmarks.export                      # 31,250 problems x 32 rationales of about 400 characters
    python -m benchmarks.export --rationales 100000

The log is written with Inspect's own sample format (its events left out: the reader stops before them); the table is
the JSONL form for scores from elsewhere. Floors in the same run: reading the same bytes and parsing their JSON, and
writing the same rows as JSON with nothing computed. Peak memory is that of a fresh process for each export.
"""

import argparse
import json
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import zipfile_zstd  # type: ignore[import-untyped]
from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSpec, write_eval_log

from lbt_solvers.preferences import Pairing
from lbt_solvers.sittings import Sitting, SittingColumns, nested_rows
from lbt_tasks.preferences.export import export

PER_PROBLEM, STUDENTS, ITEMS, WORDS = 32, ("student_a", "student_b"), 3, 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export")
    parser.add_argument("--rationales", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=2, metavar=("SOURCE", "OUT"), help="export one source and print seconds and MB")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(exported(*options.one)))
        return
    with TemporaryDirectory() as folder:
        problems = options.rationales // PER_PROBLEM
        print(f"{problems * PER_PROBLEM:,} rationales of {problems:,} problems")
        log, table = Path(folder) / "synthetic.eval", Path(folder) / "synthetic.jsonl"
        write_log(log, problems)
        write_table(table, problems)
        for source in (log, table):
            out = Path(folder) / f"pairs-{source.suffix[1:]}.jsonl"
            command = [sys.executable, "-m", "benchmarks.export", "--one", str(source), str(out)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout)
            print(
                f"{source.suffix:7} {source.stat().st_size / 1e6:7.0f} MB  export {found['seconds']:6.1f} s "
                f"({found['cpu']:.1f} s of one core)  "
                f"peak {found['peak_mb']:5.0f} MB  {found['pairs']:,} pairs"
            )
            print(f"        floor: read and parse {parsing(source):6.1f} s; write the same rows {writing(out):6.1f} s")


def exported(source: str, out: str) -> dict[str, Any]:
    start, cpu = time.perf_counter(), time.process_time()
    tally = export([source], out, Pairing())
    return {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "peak_mb": peak_mb(),
        "pairs": tally.pairs,
    }


def peak_mb() -> float:
    """Of this program alone: `getrusage` would count the process that started it, up to its exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def parsing(source: Path) -> float:
    start = time.perf_counter()
    if source.suffix == ".eval":
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                json.loads(archive.read(name))
    else:
        with source.open(encoding="utf-8") as lines:
            for line in lines:
                json.loads(line)
    return time.perf_counter() - start


def writing(rows: Path) -> float:
    with rows.open(encoding="utf-8") as lines:
        parsed = [json.loads(line) for line in lines]
    start = time.perf_counter()
    with rows.with_suffix(".copy").open("w", encoding="utf-8") as file:
        for row in parsed:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return time.perf_counter() - start


def synthetic(problems: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(0)
    words = ["sum", "then", "so", "count", "minus", "times", "posts", "gaps", "total", "half"]
    for number in range(problems):
        texts = [f"{i}: " + " ".join(rng.choices(words, k=WORDS)) for i in range(PER_PROBLEM)]
        right = [rng.random() < 0.5 for _ in range(PER_PROBLEM)]
        scores = [[[[float(rng.random() < 0.5)] for _ in range(ITEMS)] for _ in STUDENTS] for _ in range(PER_PROBLEM)]
        yield {
            "id": f"p{number}",
            "question": f"What is {number} + 1?",
            "texts": texts,
            "right": right,
            "scores": scores,
        }


def write_table(path: Path, problems: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for made in synthetic(problems):
            scores = [sum(item[0] for one in each for item in one) / (ITEMS * len(STUDENTS)) for each in made["scores"]]
            row = {
                "problem": made["id"],
                "split": "train",
                "prompt": [{"role": "user", "content": made["question"]}],
                "rationales": made["texts"],
                "correctness": made["right"],
                "scores": scores,
            }
            file.write(json.dumps(row) + "\n")


def write_log(path: Path, problems: int) -> None:
    spec = EvalSpec(
        created="2026-01-01T00:00:00+00:00",
        task="synthetic",
        model="teacher",
        dataset=EvalDataset(sample_ids=[f"p{number}" for number in range(problems)]),
        config=EvalConfig(),
        task_args={"split": "train"},
    )
    write_eval_log(EvalLog(status="success", eval=spec, samples=[]), str(path))
    with zipfile.ZipFile(path, "a", compression=zipfile_zstd.ZIP_ZSTANDARD) as archive:
        for made in synthetic(problems):
            archive.writestr(f"samples/{made['id']}_epoch_1.json", json.dumps(sample(made)))


def sample(made: dict[str, Any]) -> dict[str, Any]:
    rationales = [{"text": text, "answer": "1", "truncated": False} for text in made["texts"]]
    store = {
        "rationales": rationales,
        "students": list(STUDENTS),
        "plans": [[index] for index in range(PER_PROBLEM)],
        "items": [{"id": str(number), "question": "?", "answer": "1"} for number in range(ITEMS)],
        "sitting_columns": SittingColumns.of(_rows(made)).model_dump(),
        "settings": {"prompt": "chat", "seed": 0, "teacher": "teacher"},
    }
    return {
        "id": made["id"],
        "epoch": 1,
        "input": made["question"],
        "target": "1",
        "scores": {"selection_accuracy": {"value": {}, "metadata": {"correct": made["right"]}}},
        "metadata": {"split": "train"},
        "store": {f"TeachingRecord:{key}": value for key, value in store.items()},
        "events": [],
    }


def _rows(made: dict[str, Any]) -> Iterator[Sitting]:
    for plan, scores in enumerate(made["scores"]):
        yield from nested_rows(plan, scores)


if __name__ == "__main__":
    main()
