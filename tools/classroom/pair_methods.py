"""Which methods the pairs of classroom data prefer to which: the truth behind the scores.

    python -m tools.classroom.pair_methods correctness.jsonl lbt.jsonl

Pairs that prefer a misconception to the right method teach the wrong thing; those that differ in slips alone teach to
calculate, not to choose a method. Takes the conversational form of `lbt export-preferences`.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lbt_tasks.classroom.arithmetic.world import method_of, problem_by_id

KINDS = ("right over misconception", "same method", "misconception over right", "unread")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.classroom.pair_methods", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("files", nargs="+", type=Path, help="JSONL files of preference pairs")
    options = parser.parse_args(arguments)
    print(f"| pairs | number | {' | '.join(KINDS)} |\n" + "|---" * (2 + len(KINDS)) + "|")
    for file in options.files:
        try:
            counts = Counter(kind_of_pair(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines())
        except (OSError, ValueError, KeyError) as error:
            parser.error(f"{file}: {error}")
        total = counts.total()
        print(f"| {file.stem} | {total} | {' | '.join(f'{100 * counts[kind] / total:.0f} %' for kind in KINDS)} |")


def kind_of_pair(pair: Mapping[str, Any]) -> str:
    """One of `KINDS`, from the steps of both texts."""
    problem = problem_by_id(pair["problem"])
    readings = [method_of(problem, pair[side][0]["content"]) for side in ("chosen", "rejected")]
    names = [reading.method.name for reading in readings if reading is not None]
    if len(names) < 2:
        return KINDS[3]
    return KINDS[1] if names[0] == names[1] else KINDS[0] if names[0] == "right" else KINDS[2]


if __name__ == "__main__":
    main()
