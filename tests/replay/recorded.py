"""Recorded exams made up on the spot, as the table that logs become."""

import random
from typing import Any

from lbt_tasks.replay.recording import SCHEMA, Table, pa


def recorded(problems: int = 20, rationales: int = 8, students: int = 2, items: int = 3, seed: int = 0) -> Table:
    """Class 0 is right and its rationales teach; some rationales have no answer, some replies are unusable."""
    rng = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for problem in range(problems):
        for index in range(rationales):
            number = rng.choice([None, 0, 0, 1, 1, 1, 2])
            rows.append(
                {
                    "log": "made-up",
                    "problem": f"p{problem}",
                    "family": f"p{problem}",
                    "epoch": 1,
                    "subject": "toy",
                    "level": str(problem % 3),
                    "rationale": index,
                    "answer_class": number,
                    "same_as": index,
                    "correct": float(number == 0),
                    "visible": rng.choice([0.5, 1.0]),
                    "student_names": [f"vllm/org/s{at}" for at in range(students)],
                    "students": students,
                    "items": items,
                    "repetitions": 1,
                    "scores": [result(rng, number) for _ in range(students * items)],
                    "control": [0.0] * students * items,
                    "teacher_tokens": 100.0,
                    "student_tokens": [50.0] * students,
                }
            )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def result(rng: random.Random, number: int | None) -> float | None:
    return None if rng.random() < 0.05 else float(rng.random() < (0.8 if number == 0 else 0.3))
