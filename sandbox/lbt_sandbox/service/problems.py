"""The problems that requests name: those of files, by id, and those that came with a request, kept for the next one.

    problems = Problems.load([Path("HumanEval.jsonl.gz")])
    problems.named("HumanEval/0")
    problems.sent({"task_id": "add", "entry_point": "add", "tests": [{"args": [1, 2], "expected": 3}]})

What is worked out for a problem once (`prepared`) lasts as long as the object. A trainer sends the same problem with
every rollout, so that the same row is the same object.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from lbt_sandbox.loaders import DataError, load_problems
from lbt_sandbox.service.refusals import Refused
from lbt_sandbox.service.wire import problem_of_row
from lbt_sandbox.types import MIB, Problem

KEPT_BYTES = 64 * MIB


class Problems:
    """Problems by id, and the last ones that were sent.

    Args:
        named: Of files.
        kept: Bytes of rows whose problems are kept.
    """

    def __init__(self, named: Mapping[str, Problem] | None = None, kept: int = KEPT_BYTES) -> None:
        self._named = dict(named or {})
        self._kept: OrderedDict[bytes, tuple[Problem, int]] = OrderedDict()
        self._size, self._room = 0, kept

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Problems:
        """Those of files that `lbt grade` reads.

        Raises:
            DataError: A file is missing or holds no problem, or two have a task of the same name.
        """
        named: dict[str, Problem] = {}
        for path in paths:
            loaded = load_problems(path).problems
            if both := named.keys() & loaded.keys():
                raise DataError(f"The task {min(both)!r} stands in {path} and in a file before it.")
            named |= loaded
        return cls(named)

    def __len__(self) -> int:
        return len(self._named)

    def named(self, task_id: str | int, field: str = "task_id") -> Problem:
        """The problem of that id; `Refused` where no file has it."""
        found = self._named.get(str(task_id))
        if found is None:
            known = f"among the {len(self)} that are loaded"
            raise Refused(404, f"{field}: there is no problem {str(task_id)[:80]!r} {known}", field)
        return found

    def sent(self, row: Mapping[str, Any]) -> Problem:
        """The problem of a row; `Refused` where it is none."""
        text = to_json(row)
        key = hashlib.sha256(text).digest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        try:
            problem = problem_of_row(row)
        except (DataError, RecursionError) as error:
            raise Refused(422, f"problem: {error or 'nested too deeply'}", "problem") from None
        self._keep(key, problem, len(text))
        return problem

    def _keep(self, key: bytes, problem: Problem, size: int) -> None:
        if size > self._room:
            return
        self._kept[key] = problem, size
        self._size += size
        while self._size > self._room:
            _, (_, gone) = self._kept.popitem(last=False)
            self._size -= gone
