"""From LeetCode's raw problems to the rows of our own format.

    >>> prepared = prepare(read_raw([Path("raw.jsonl")]))
    >>> len(prepared.rows), prepared.dropped.most_common(1)
    (31, [('it is a class to design', 4)])

The examples in the statement become tests; the last is hidden and cut out of the statement, because a problem needs a
hidden test here. The official score of a program comes from `lbt submit leetcode`.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from lbt_sandbox.loaders import DataError, parse_problem
from pydantic import ValidationError

from lbt_tasks.code.examples import Example, examples_in, without_examples
from lbt_tasks.code.leetcode.raw import Question, RawProblems, Signature, StudyPlan, what_is_wrong
from lbt_tasks.code.leetcode.statement import statement_text

PREAMBLE = """\
import collections, functools, heapq, itertools, math, operator, random, re, string
from bisect import *
from collections import *
from functools import *
from heapq import *
from itertools import *
from math import *
from operator import *
from typing import *


class ListNode:
    def __init__(self, val=0, next=None):
        self.val, self.next = val, next


class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val, self.left, self.right = val, left, right
"""
"""What LeetCode has imported and defined before a program runs."""

_SCALARS = ("integer", "long", "double", "float", "string", "character", "boolean")
_NODES = {"ListNode": "list_node", "TreeNode": "tree_node"}
_SEVERAL_ANSWERS = re.compile(
    r"return any\b|any (?:one )?of them|any valid (?:answer|solution)|(?:multiple|more than one|several) "
    r"(?:valid |possible |optimal )?(?:answers|solutions)",
    re.IGNORECASE,
)
_ANY_ORDER = re.compile(r"\b(?:return|answer|output|solution)\b[^.]*\bin any order", re.IGNORECASE)
_FLOAT = {"name": "float", "rel_tol": 1e-5, "abs_tol": 1e-5}
_FEWEST_EXAMPLES = 2


class Unfit(Exception):  # noqa: N818 - a reason to leave a problem out, not a failure
    """A problem that cannot be used here, with the reason."""


class Prepared(NamedTuple):
    """Rows of our own format, and what was left out."""

    rows: list[dict[str, Any]]
    dropped: Counter[str]


def prepare(raw: RawProblems) -> Prepared:
    """Every problem that can be graded by its examples."""
    plans = plan_names(raw.plans)
    rows: list[dict[str, Any]] = []
    dropped = Counter(raw.broken)
    for question in raw.questions:
        try:
            rows.append(problem_row(question, plans.get(question.title_slug, [])))
        except Unfit as reason:
            dropped[str(reason)] += 1
    return Prepared(rows, dropped)


def plan_names(plans: Sequence[StudyPlan]) -> dict[str, list[str]]:
    """The study plans of every problem: each plan, and each of its sections as `plan / section`."""
    names: dict[str, list[str]] = defaultdict(list)
    for plan in plans:
        for group in plan.plan_sub_groups:
            for question in group.questions:
                known = names[question.title_slug]
                known += [name for name in (plan.name, f"{plan.name} / {group.name}") if name not in known]
    return dict(names)


def problem_row(question: Question, study_plans: Sequence[str] = ()) -> dict[str, Any]:
    """A problem as a row of our own format.

    Raises:
        Unfit: it cannot be graded by its examples.
    """
    statement = _statement(question)
    signature, starter = _signature(question), _starter(question)
    tests = _tests(examples_in(statement), [param.name for param in signature.params])
    row = {
        "task_id": question.title_slug,
        "entry_point": f"Solution().{signature.name}",
        "prompt": starter,
        "preamble": PREAMBLE,
        "checker": _checker(statement, signature),
        "converters": _converters(signature),
        "tests": tests,
    }
    question_text = _without_last_example(statement, row)
    return row | {"metadata": _metadata(question, question_text, len(tests) - 1, study_plans)}


def _statement(question: Question) -> str:
    if question.content is None:
        raise Unfit("it is for subscribers only" if question.is_paid_only else "it has no statement")
    statement = statement_text(question.content)
    if _SEVERAL_ANSWERS.search(statement):
        raise Unfit("several answers are right")
    return statement


def _signature(question: Question) -> Signature:
    """The function that a program defines; filters what is none, or what no plain data go into and come out of."""
    try:
        signature = Signature.model_validate(json.loads(question.meta_data))
    except ValidationError as error:
        raise Unfit(f"its metaData has another form: {what_is_wrong(error)}") from None
    except ValueError:
        raise Unfit("its metaData is no JSON") from None
    if signature.classname or signature.systemdesign:
        raise Unfit("it is a class to design")
    if signature.manual:
        raise Unfit("it needs a driver of LeetCode's own")
    if not signature.name or signature.returned is None:
        raise Unfit("it is no function in Python (a database, a shell script, another language)")
    if signature.returned.type == "void":
        raise Unfit("it returns nothing (void) and changes its input")
    for variable in (*signature.params, signature.returned):
        if _base(variable.type) not in (*_SCALARS, *_NODES):
            raise Unfit(f"its type {variable.type} is no plain data")
    return signature


def _starter(question: Question) -> str:
    for snippet in question.code_snippets or ():
        if snippet.lang_slug == "python3":
            return snippet.code
    raise Unfit("it has no starter code in Python 3")


def _tests(examples: Sequence[Example], names: Sequence[str]) -> list[dict[str, Any]]:
    read = [(example, values) for example in examples if (values := _values(example, names)) is not None]
    tests = [
        {"kwargs": dict(zip(names, values, strict=True)), "expected": example.expected} for example, values in read
    ]
    if len(tests) < _FEWEST_EXAMPLES:
        raise Unfit(f"fewer than {_FEWEST_EXAMPLES} of its examples are plain data")
    return tests


def _values(example: Example, names: Sequence[str]) -> list[Any] | None:
    """The arguments in the signature's order, or None where the example has others."""
    if example.call is None:
        return None
    args, kwargs = example.call
    if kwargs.keys() == set(names) and not args:
        return [kwargs[name] for name in names]
    return list(args) if len(args) == len(names) and not kwargs else None


def _base(type_name: str) -> str:
    """The type inside lists: `integer` for `integer[][]` and for `list<list<integer>>`."""
    return type_name.replace("list<", "").replace(">", "").replace("[]", "").strip()


def _checker(statement: str, signature: Signature) -> dict[str, Any] | str:
    returned = signature.returned.type if signature.returned else ""
    if _base(returned) in ("double", "float"):
        return _FLOAT
    is_list = _base(returned) != returned
    return "unordered" if is_list and _ANY_ORDER.search(statement) else "exact"


def _converters(signature: Signature) -> dict[str, str]:
    """For node objects; a list of them where the type is a list."""
    types = {param.name: param.type for param in signature.params}
    if signature.returned is not None:
        types["return"] = signature.returned.type
    return {
        name: _NODES[base] + ("" if base == type_name else "_list")
        for name, type_name in types.items()
        if (base := _base(type_name)) in _NODES
    }


def _without_last_example(statement: str, row: dict[str, Any]) -> str:
    try:
        problem = parse_problem(row, "lbt")
    except DataError as error:
        raise Unfit(str(error)) from None
    return without_examples(statement, problem, [len(problem.cases) - 1])


def _metadata(question: Question, text: str, visible: int, study_plans: Sequence[str]) -> dict[str, Any]:
    return {
        "question": text,
        "visible": visible,
        "title": question.title,
        "tags": [tag.name for tag in question.topic_tags],
        "difficulty": question.difficulty,
        "study_plans": list(study_plans),
        "question_id": int(question.question_frontend_id) if question.question_frontend_id.isdigit() else None,
    }
