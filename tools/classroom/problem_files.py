"""Writes classroom problems and their exam questions to JSONL files, for scripts that read problems from files.

    python -m tools.classroom.problem_files --out world --problems 100 --types lucky

`problems.jsonl` has the problems, `bank.jsonl` functional variants of each (metadata `variant_of`), both with
solutions: of the problems for teachers that see them (GRPO's `--reward rlt`).
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from lbt_solvers.types import Problem
from lbt_tasks.classroom.arithmetic.world import problems, right_solution, variants


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.classroom.problem_files", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for problems.jsonl and bank.jsonl")
    parser.add_argument("--problems", type=int, default=100)
    parser.add_argument("--items", type=int, default=3, help="exam questions a problem")
    parser.add_argument("--types", nargs="*", default=[], help="types or groups of types; all by default")
    parser.add_argument("--split", choices=["train", "held_out"], default="train")
    parser.add_argument("--luck", type=float, help="share of problems in which a misconception is right by luck")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        taught = problems(options.split, options.problems, options.seed, options.types, options.luck)
        bank = [variant for problem in taught for variant in variants(problem, options.items, options.seed)]
    except ValueError as error:
        parser.error(str(error))
    options.out.mkdir(parents=True, exist_ok=True)
    solved = [replace(each, metadata={**each.metadata, "solution": right_solution(each)}) for each in taught]
    _write(options.out / "problems.jsonl", solved)
    _write(options.out / "bank.jsonl", bank)
    print(f"{options.out}: {len(taught)} problems, {len(bank)} exam questions")


def _write(path: Path, rows: Iterable[Problem]) -> None:
    lines = [
        json.dumps({"id": p.id, "question": p.question, "answer": p.answer, "metadata": dict(p.metadata)}) for p in rows
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
