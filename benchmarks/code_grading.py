"""What a run of Learning by Teaching for code waits for its grades, on the code classroom's real models.

    python -m benchmarks.code_grading
    python -m benchmarks.code_grading --problems 24 --engine process

Waiting is time in which a grade was awaited and no model call was under way anywhere in the run: what faster grading
would have saved. The start of the sandbox and the grading by hidden tests after the exams are in it; the target is at
most 5 % of the run's wall time. Replies are not read from a cache. Where models compute on the same CPUs, grading also
slows them down, which this does not count.
"""

import argparse
import os
import tempfile
import time

from inspect_ai import eval

from lbt_solvers.stopwatch import RUN
from lbt_tasks.code.task import code


def run(problems: int, rationales: int, engine: str) -> tuple[dict[str, int], float]:
    """Grades asked for and programs run for them, and the run's wall seconds."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INSPECT_CACHE_DIR"] = f"{folder}/cache"
        task = code(problems=problems, rationales=rationales, engine=engine, cache=False)  # type: ignore[arg-type]
        start = time.perf_counter()
        log = eval(task, display="none", log_dir=folder, max_samples=16)[0]
        wall = time.perf_counter() - start
        if log.status != "success":
            raise SystemExit(f"the benchmark's run failed: {log.error.message if log.error else log.status}")
        scores = [sample.scores["code_accuracy"] for sample in log.samples or [] if sample.scores]
        counts = [score.metadata["grading"] for score in scores if score.metadata]
    return {name: max(count[name] for count in counts) for name in ("asked", "graded")}, wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=16)
    parser.add_argument("--rationales", type=int, default=8)
    parser.add_argument("--engine", choices=["auto", "docker", "process"], default="auto")
    options = parser.parse_args()
    counts, wall = run(options.problems, options.rationales, options.engine)
    what = f"{options.problems} problems x {options.rationales} rationales, engine {options.engine}"
    print(f"{what}, {os.cpu_count()} CPUs")
    print(f"wall time of the run                  {wall:8.1f} s")
    print(f"grades under way, beside generation   {RUN.graded - RUN.waited:8.1f} s")
    print(f"waiting for grades alone              {RUN.waited:8.1f} s  {100 * RUN.waited / wall:5.1f} %  (target: 5 %)")
    print(f"programs run / grades asked for       {counts['graded']:8,} / {counts['asked']:,}")


if __name__ == "__main__":
    main()
