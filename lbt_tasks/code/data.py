"""Programming problems from a file or from the hub, each with its tests split into visible and hidden ones.

    >>> loaded = read_code_problems("LeetCodeDataset-v0.3.1-test.jsonl.gz")
    >>> loaded.problems[0].visible.cases, loaded.dropped_counts

Formats: LeetCodeDataset (the columns of v0.1.0 and of v0.3.1), HumanEval, MBPP, and our own JSONL, which is the
sandbox's (`lbt grade` reads it too) with the statement and what exams choose by in its `metadata`; see
docs/code-data.md. From the hub: `hub:newfacade/LeetCodeDataset`, with `@revision` and `:split` where they matter.

Visible are the tests that the data name, else those whose examples stand in the statement, else the first ones. At
least one test stays hidden, and no hidden test stands in the statement: its example is cut out, and a problem where
that cannot be done is dropped.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import starmap
from logging import getLogger
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from lbt_sandbox import Problem, SandboxError
from lbt_sandbox.code_extraction import entry_name
from lbt_sandbox.loaders import format_of, parse_problem
from lbt_sandbox.loaders.jsonl import BadRow, BrokenLine, NumberedRow, read_rows
from lbt_sandbox.loaders.own import COLUMNS

from lbt_solvers.checks import at_least
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.hub import HUB, hub_rows
from lbt_tasks.code.examples import shown_tests, without_examples
from lbt_tasks.code.problems import VISIBLE_BY_DEFAULT, CodeProblem

_log = getLogger(__name__)

SAMPLES = Path(__file__).with_name("samples.jsonl")
"""Eight problems of our own, in our own format."""
_STARTER = re.compile(r"\n*(?:Please complete the following python code precisely:|### Format:).*", re.DOTALL)
_SHOWN_REASONS = 3
_METADATA = ("tags", "difficulty", "study_plans", "question_id", "type", "title", "estimated_date")
_MISSPELT = {"Meidum": "Medium"}  # in LeetCodeDataset v0.1.0


class Dropped(NamedTuple):
    """A row that is no problem here, and why."""

    row: int
    """Its line in a file, its number from 1 on the hub."""
    reason: str


class LoadedCodeProblems(NamedTuple):
    """The problems in the order of the data, and what was left out."""

    problems: list[CodeProblem]
    dropped: tuple[Dropped, ...]

    @property
    def dropped_counts(self) -> Counter[str]:
        """Dropped rows by reason."""
        return Counter(row.reason for row in self.dropped)

    def summary(self) -> str:
        """The commonest reasons with their counts, on one line."""
        counts = self.dropped_counts.most_common(_SHOWN_REASONS + 1)
        reasons = [f"{count} x {reason}" for reason, count in counts[:_SHOWN_REASONS]]
        return "; ".join([*reasons, "and others"][: len(counts)])


def load_code_problems(
    path: str | PathLike[str], format: str | None = None, visible: int = VISIBLE_BY_DEFAULT
) -> list[CodeProblem]:
    """The problems of `read_code_problems`, whose arguments these are; what was left out is logged as a warning."""
    loaded = read_code_problems(path, format, visible)
    if loaded.dropped:
        _log.warning("%s: left out %d rows: %s.", path, len(loaded.dropped), loaded.summary())
    return loaded.problems


def read_code_problems(
    path: str | PathLike[str], format: str | None = None, visible: int = VISIBLE_BY_DEFAULT
) -> LoadedCodeProblems:
    """Problems with visible and hidden tests, and the rows that are none.

    Args:
        path: A JSONL file, gzipped or not, or `hub:OWNER/NAME[@REVISION][:SPLIT]` (split `test` without one).
        format: `leetcode-dataset`, `humaneval`, `mbpp`, `evalplus`, `mbppplus` or `lbt`; None to tell by the columns.
        visible: Tests that are shown where neither the data nor the statement say which.

    Raises:
        UsageError: There is no such file, data set or format, or it holds no problem that can be used.
    """
    with usage_errors():
        at_least(1, visible=visible)
    if format is not None and format not in _READ:
        raise UsageError(f"There is no format '{format}'; the formats are {', '.join(_READ)}.")
    rows: Iterable[NumberedRow | BrokenLine] = (
        starmap(NumberedRow, hub_rows(str(path))) if str(path).startswith(HUB) else read_rows(path)
    )
    try:
        loaded = _gather(rows, format, visible)
    except SandboxError as error:
        raise UsageError(str(error)) from None
    if not loaded.problems:
        raise UsageError(f"{path} holds no problem that can be used: {loaded.summary() or 'it is empty'}.")
    return loaded


def _gather(rows: Iterable[NumberedRow | BrokenLine], format: str | None, visible: int) -> LoadedCodeProblems:
    problems: dict[str, CodeProblem] = {}
    dropped: list[Dropped] = []
    for row in rows:
        try:
            if isinstance(row, BrokenLine):
                raise BadRow(row.reason)
            problem = code_problem(row.data, format, visible)
            if problem.id in problems:
                raise BadRow("its id stands before")
            problems[problem.id] = problem
        except BadRow as error:
            dropped.append(Dropped(row.line, str(error)))
    return LoadedCodeProblems(list(problems.values()), tuple(dropped))


def code_problem(row: Mapping[str, Any], format: str | None = None, visible: int = VISIBLE_BY_DEFAULT) -> CodeProblem:
    """The problem of one row.

    Raises:
        BadRow: it is none; a short reason.
    """
    name = format or format_of(row)
    if name == "lbt" and (unknown := sorted(row.keys() - set(COLUMNS))):
        raise BadRow(f"unknown columns {', '.join(unknown)} (what exams choose by stands in metadata)")
    problem = _sandbox_problem(row, name)
    about = {**_meta(row.get("metadata")), **problem.metadata}
    statement, starter = _READ[name](row, problem)
    if not statement:
        raise BadRow("it has no statement")
    shown = _shown(about.get("visible"), _given_away(problem, statement, starter), len(problem.cases), visible)
    hidden = [at for at in range(len(problem.cases)) if at not in shown]
    question = without_examples(statement, problem, hidden)
    if set(_given_away(problem, question, starter)) & set(hidden):
        raise BadRow("a hidden test stands in the statement")
    return CodeProblem(
        id=problem.task_id,
        question=question.strip(),
        visible=replace(problem, cases=tuple(problem.cases[at] for at in shown)),
        hidden=replace(problem, cases=tuple(problem.cases[at] for at in hidden)),
        starter_code=starter.rstrip(),
        reference=problem.reference,
        metadata=_metadata(about),
    )


def _given_away(problem: Problem, *texts: str) -> list[int]:
    """Positions of the tests that stand in what a model reads."""
    return sorted({at for text in texts for at in shown_tests(text, problem)})


def _shown(named: Any, given_away: list[int], count: int, visible: int) -> list[int]:
    """Positions of the visible tests; at least one test is left."""
    if count < 2:
        raise BadRow("it has fewer than 2 tests, so that none could be hidden")
    if named is not None:
        return _named(named, count)
    return (given_away or list(range(min(visible, count))))[: count - 1]


def _named(visible: Any, count: int) -> list[int]:
    """The split that the data say: how many of the first tests, or which, counted from 0."""
    places: Any = visible
    if isinstance(visible, int) and not isinstance(visible, bool):
        places = list(range(min(visible, count)))
    known = isinstance(places, list) and all(type(at) is int and 0 <= at < count for at in places)
    if not known or not 0 < len(set(places)) < count:
        raise BadRow("metadata.visible is no number or list of tests that leaves one hidden")
    return sorted(set(places))


def _sandbox_problem(row: Mapping[str, Any], name: str) -> Problem:
    try:
        return parse_problem(row, name)
    except SandboxError as error:
        raise BadRow(str(error).removeprefix("No problem that can be graded: ").rstrip(".")) from None


def _metadata(about: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: about[name] for name in _METADATA if about.get(name) is not None}
    for name in ("tags", "study_plans"):
        if name in kept:
            kept[name] = [str(each) for each in kept[name]]
    if "difficulty" in kept:
        kept["difficulty"] = _MISSPELT.get(kept["difficulty"], kept["difficulty"])
    return kept


def _of_leetcode(row: Mapping[str, Any], problem: Problem) -> tuple[str, str]:
    """Version 0.1.0 keeps the whole statement under `question_title`; its `query` has lost the examples."""
    meta = _meta(row.get("meta"))
    whole = row.get("problem_description") or meta.get("question_title")
    statement = str(whole or _STARTER.sub("", str(row.get("query") or "")).split("### Question:\n")[-1])
    return statement.replace("\xa0", " "), str(row.get("starter_code") or meta.get("lang_code") or "")


def _of_humaneval(row: Mapping[str, Any], problem: Problem) -> tuple[str, str]:
    return problem.prompt, ""


def _of_mbpp(row: Mapping[str, Any], problem: Problem) -> tuple[str, str]:
    """The file says the name in its tests alone, so the reference's first line is the starter code."""
    return str(problem.metadata["description"]), _signature(problem)


def _of_evalplus(row: Mapping[str, Any], problem: Problem) -> tuple[str, str]:
    """HumanEval+ has the prompt of HumanEval; MBPP+ a description, as MBPP."""
    return _of_humaneval(row, problem) if problem.prompt else _of_mbpp(row, problem)


def _of_own(row: Mapping[str, Any], problem: Problem) -> tuple[str, str]:
    question = problem.metadata.get("question")
    return (str(question), problem.prompt) if question else (problem.prompt, "")


def _signature(problem: Problem) -> str:
    tree = ast.parse(problem.reference or "")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == entry_name(problem.entry_point):
            return f"def {node.name}({ast.unparse(node.args)}):"
    return f"def {problem.entry_point}(*args):"


def _meta(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


_READ: Mapping[str, Callable[[Mapping[str, Any], Problem], tuple[str, str]]] = {
    "leetcode-dataset": _of_leetcode,
    "humaneval": _of_humaneval,
    "mbpp": _of_mbpp,
    "mbppplus": _of_mbpp,
    "evalplus": _of_evalplus,
    "lbt": _of_own,
}
"""The statement and the starter code of a row, by its format."""
