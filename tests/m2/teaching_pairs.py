"""Small preference data about classroom problems: the right method against a misconception.

write_pairs(tmp_path / "pairs.jsonl", 16)
"""

import json
import random
from pathlib import Path
from typing import Any

from lbt_solvers.prompts import load_prompt
from lbt_solvers.types import Problem
from lbt_tasks.classroom.arithmetic.methods import Method
from lbt_tasks.classroom.arithmetic.world import kind_of, numbers_of, problems
from tools.classroom.arithmetic.curriculum import work_out


def pairs(count: int, types: tuple[str, ...] = ("posts", "yard")) -> list[dict[str, Any]]:
    """One pair a problem; margins differ."""
    return [_pair(problem, index) for index, problem in enumerate(problems("train", count, 0, types))]


def write_pairs(path: Path, count: int) -> str:
    path.write_text("".join(json.dumps(pair) + "\n" for pair in pairs(count)), encoding="utf-8")
    return str(path)


def _pair(problem: Problem, index: int) -> dict[str, Any]:
    kind = kind_of(problem)
    prompt = [{"role": turn.role, "content": turn.text} for turn in load_prompt("chat").messages(problem.question)]
    chosen, rejected = (_reply(problem, method) for method in (kind.right, kind.wrong[0][0]))
    return {
        "prompt": prompt,
        "chosen": chosen,
        "rejected": rejected,
        "margin": 0.4 + index % 3 / 5,
        "problem": problem.id,
    }


def _reply(problem: Problem, method: Method) -> list[dict[str, str]]:
    worked = work_out(problem.question, method, numbers_of(problem), random.Random(0), 0.0)
    return [{"role": "assistant", "content": load_prompt("chat").worked_solution(worked)}]
