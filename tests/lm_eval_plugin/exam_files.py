"""Files of a small exam in the classroom, as the exam tasks of lm-eval take them.

python tests/lm_eval_plugin/exam_files.py FOLDER    # problems.jsonl, bank.jsonl, rationales.jsonl
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lbt_solvers.types import Problem
from lbt_tasks.classroom import problems, variants


def main(folder: Path) -> None:
    taught = problems("held_out", 3, seed=0)
    said = ((problem, answer) for problem in taught for answer in (problem.answer, "1"))
    _write(folder / "problems.jsonl", map(_row, taught))
    _write(folder / "bank.jsonl", (_row(item) for problem in taught for item in variants(problem, 2, seed=0)))
    _write(
        folder / "rationales.jsonl",
        ({"problem": each.id, "rationale": f"It is {answer}.", "answer": answer} for each, answer in said),
    )


def _row(problem: Problem) -> dict[str, Any]:
    metadata = {"variant_of": problem.metadata["variant_of"]}
    return {"id": problem.id, "question": problem.question, "answer": problem.answer, "metadata": metadata}


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
