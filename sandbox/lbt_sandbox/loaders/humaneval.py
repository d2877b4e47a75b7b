"""Problems of HumanEval's file: prompt, canonical_solution, test, entry_point.

    >>> humaneval_problem(row).reference == row["prompt"] + row["canonical_solution"]
    True

What stands before the entry point in the prompt (imports, and in three problems a helper function) runs before the
solution, so that a completion that is a whole program finds it, and before the tests, which use it too.
"""

import re
from typing import Any

from lbt_sandbox.loaders.jsonl import BadRow, task_id_of, text
from lbt_sandbox.loaders.tests_as_code import ANSWER_TO_CODE, fields_of_check
from lbt_sandbox.types import Kind, Limits, Problem


def humaneval_problem(row: dict[str, Any]) -> Problem:
    """The problem of one row; raises `BadRow` where a column is missing or no Python."""
    prompt, entry_point = text(row, "prompt"), text(row, "entry_point")
    if not entry_point.isidentifier():
        raise BadRow(f"the column 'entry_point' must be a name, found {entry_point!r}")
    start = re.search(rf"^(?:async )?def {entry_point}\b", prompt, re.MULTILINE)
    preamble = prompt[: start.start()] if start else ""
    fields = fields_of_check(text(row, "test"), entry_point)
    limits = Limits(answer=ANSWER_TO_CODE) if fields["kind"] is Kind.ASSERT_CODE else Limits()
    return Problem(
        task_id=task_id_of(row),
        entry_point=entry_point,
        prompt=prompt,
        preamble=preamble,
        reference=prompt + row["canonical_solution"] if "canonical_solution" in row else None,
        limits=limits,
        **fields,
    )
