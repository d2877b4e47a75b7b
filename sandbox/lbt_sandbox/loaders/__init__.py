"""Reads problems and solutions from JSONL, gzipped or not; a broken line is named, the rest is still usable.

    >>> loaded = load_problems("HumanEval.jsonl.gz")
    >>> loaded.problems["HumanEval/0"].entry_point, loaded.broken
    ('has_close_elements', ())

Formats: `humaneval`, `mbpp`, `evalplus` (HumanEval+ and MBPP+ in its own files), `mbppplus` (MBPP+ on the hub),
`leetcode-dataset` (the columns of v0.1.0 and of v0.3.1) and `lbt`, this package's own (see `loaders.own`). Without a
name, the columns of the first good line decide.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import Any, NamedTuple

from lbt_sandbox.loaders.evalplus import evalplus_problem, mbppplus_problem
from lbt_sandbox.loaders.humaneval import humaneval_problem
from lbt_sandbox.loaders.jsonl import BadRow, BrokenLine, DataError, read_rows, task_id_of
from lbt_sandbox.loaders.leetcode import leetcode_problem
from lbt_sandbox.loaders.mbpp import mbpp_problem
from lbt_sandbox.loaders.own import COLUMNS, own_problem
from lbt_sandbox.types import Kind, Problem

__all__ = [
    "BrokenLine",
    "DataError",
    "LoadedProblems",
    "LoadedSolutions",
    "Solution",
    "load_problems",
    "load_solutions",
]

_FORMATS: Mapping[str, Callable[[dict[str, Any]], Problem]] = {
    "lbt": own_problem,
    "humaneval": humaneval_problem,
    "mbpp": mbpp_problem,
    "evalplus": evalplus_problem,
    "mbppplus": mbppplus_problem,
    "leetcode-dataset": leetcode_problem,
}
_COLUMNS: Mapping[str, frozenset[str]] = {
    "lbt": frozenset({"tests"}),
    "evalplus": frozenset({"base_input", "plus_input", "canonical_solution", "entry_point"}),
    "mbppplus": frozenset({"test", "test_list", "code"}),
    "mbpp": frozenset({"test_list"}),
    "leetcode-dataset": frozenset({"test", "completion", "entry_point"}),
    "humaneval": frozenset({"test", "prompt", "entry_point"}),
}


class LoadedProblems(NamedTuple):
    """The problems of a file by id, in the file's order, and the lines that are none."""

    problems: dict[str, Problem]
    broken: tuple[BrokenLine, ...]


class Solution(NamedTuple):
    """One submission: a completion for a task, and the line it stood on."""

    line: int
    task_id: str
    completion: str


class LoadedSolutions(NamedTuple):
    """The submissions of a file in its order, and the lines that are none."""

    solutions: list[Solution]
    broken: tuple[BrokenLine, ...]


def load_problems(path: str | PathLike[str], format_name: str | None = None) -> LoadedProblems:
    """The problems of a JSONL file.

    Args:
        path: A `.jsonl` file, or one compressed by gzip, whatever its name.
        format_name: One of those; None to tell by the columns.

    Raises:
        DataError: There is no such file or format, or no line of the file is a problem.
    """
    if format_name is not None and format_name not in _FORMATS:
        near = difflib.get_close_matches(format_name, _FORMATS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise DataError(f"There is no format '{format_name}'; the formats are {', '.join(_FORMATS)}.{hint}")
    loaded = _gather(path, format_name)
    if not loaded.problems:
        first = f" The first: line {loaded.broken[0].line}: {loaded.broken[0].reason}" if loaded.broken else ""
        raise DataError(f"{path} holds no problem that can be graded ({len(loaded.broken)} broken lines).{first}")
    return loaded


def parse_problem(row: Mapping[str, Any], format_name: str | None = None) -> Problem:
    """The problem of a row that is read already, such as the metadata of a sample; further columns are ignored.

    Raises:
        DataError: The row is no problem that can be graded.
    """
    try:
        name = format_name or format_of(row)
        columns = {key: value for key, value in row.items() if name != "lbt" or key in COLUMNS}
        return _checked(_FORMATS[name](columns))
    except BadRow as error:
        raise DataError(f"No problem that can be graded: {error}.") from None


def load_solutions(path: str | PathLike[str]) -> LoadedSolutions:
    """The submissions `{"task_id": ..., "completion": ...}` of a JSONL file; a task may have several.

    Raises:
        DataError: There is no such file, or no line of it is a submission.
    """
    solutions: list[Solution] = []
    broken: list[BrokenLine] = []
    for row in read_rows(path):
        if isinstance(row, BrokenLine):
            broken.append(row)
        elif reason := _not_a_solution(row.data):
            broken.append(BrokenLine(row.line, reason))
        else:
            solutions.append(Solution(row.line, task_id_of(row.data), row.data["completion"]))
    if not solutions:
        first = f" The first: line {broken[0].line}: {broken[0].reason}" if broken else " It is empty."
        raise DataError(f"{path} holds no solution.{first}")
    return LoadedSolutions(solutions, tuple(broken))


def _gather(path: str | PathLike[str], format_name: str | None) -> LoadedProblems:
    problems: dict[str, Problem] = {}
    lines: dict[str, int] = {}
    broken: list[BrokenLine] = []
    for row in read_rows(path):
        if isinstance(row, BrokenLine):
            broken.append(row)
            continue
        try:
            format_name = format_name or format_of(row.data)
            problem = _checked(_FORMATS[format_name](row.data))
            if problem.task_id in problems:
                raise BadRow(f"the task_id '{problem.task_id}' stands on line {lines[problem.task_id]} already")
        except BadRow as error:
            broken.append(BrokenLine(row.line, str(error)))
        else:
            problems[problem.task_id], lines[problem.task_id] = problem, row.line
    return LoadedProblems(problems, tuple(broken))


def format_of(row: Mapping[str, Any]) -> str:
    """The name of the format whose columns the row has; raises `BadRow` where there is none."""
    for name, columns in _COLUMNS.items():
        if columns <= row.keys():
            return name
    raise BadRow(f"no known format has the columns {sorted(row)[:10]}; the formats are {', '.join(_FORMATS)}")


def _checked(problem: Problem) -> Problem:
    if not problem.cases:
        raise BadRow(f"the problem '{problem.task_id}' has no tests")
    if not problem.entry_point and problem.kind is not Kind.STDIO:
        raise BadRow(f"the problem '{problem.task_id}' has no entry_point")
    for name in ("task_id", "entry_point", "prompt", "preamble", "tests_source"):
        if reason := _not_text(getattr(problem, name)):
            raise BadRow(f"the {name} {reason}")
    return problem


def _not_a_solution(row: dict[str, Any]) -> str:
    if missing := [name for name in ("task_id", "completion") if name not in row]:
        return f"a solution needs task_id and completion; {' and '.join(missing)} is missing"
    if isinstance(row["task_id"], bool) or not isinstance(row["task_id"], int | str):
        return f"the task_id must be text or a whole number, found {type(row['task_id']).__name__}"
    if not isinstance(row["completion"], str):
        return f"the completion must be text, found {type(row['completion']).__name__}"
    return ""


def _not_text(text: str) -> str:
    if "\0" in text:
        return f"has a NUL byte at character {text.index(chr(0))}"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"has a lone surrogate at character {error.start}, which is no text"
    return ""


def describe_broken(path: str | PathLike[str], broken: Iterable[BrokenLine]) -> list[str]:
    """One line of text for each broken line."""
    return [f"{path}, line {line.line}: {line.reason}" for line in broken]
