"""Problems of LeetCodeDataset (newfacade), with the columns of v0.1.0 and of v0.3.1.

    >>> leetcode_problem(row).entry_point
    'Solution().twoSum'

The `prompt` column holds imports and, later, `ListNode` and `TreeNode`: it runs before every solution. A completion
that is no whole program continues the starter code.
"""

from typing import Any

from lbt_sandbox.loaders.jsonl import BadRow, task_id_of, text
from lbt_sandbox.loaders.tests_as_code import fields_of_check
from lbt_sandbox.types import Problem

_KEPT = ("question_id", "difficulty", "tags", "estimated_date")


def leetcode_problem(row: dict[str, Any]) -> Problem:
    """The problem of one row; raises `BadRow` where a column is missing or no Python."""
    entry_point, preamble = text(row, "entry_point"), text(row, "prompt")
    if not all(part.isidentifier() for part in entry_point.replace("()", "").split(".")):
        raise BadRow(f"the column 'entry_point' must be like 'Solution().name', found {entry_point!r}")
    details = {**_dict(row.get("meta")), **row}
    return Problem(
        task_id=task_id_of(row),
        entry_point=entry_point,
        prompt=text(row, "starter_code", default=""),
        preamble=preamble,
        reference=text(row, "completion"),
        metadata={name: details[name] for name in _KEPT if name in details},
        **fields_of_check(text(row, "test"), entry_point),
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
