"""What a file of replies says: the answer of each, how it was found, and whether it is the gold answer.

    lbt answers replies.jsonl --out answers.jsonl

A row `{"id": ..., "text": ..., "gold": ...}` becomes `{"id": ..., "answer": ..., "by": ..., "equal": ...}`: a model's
format can be checked before a run is paid for. `gold`, `question` and `truncated` may be missing; `equal` is null then,
and where the comparison was not decided.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anyio

from lbt_solvers.answers import UNDECIDED, AnswerKind
from lbt_solvers.answers.kinds import AUTO, kind_of_golds, named_kind
from lbt_solvers.errors import UsageError
from lbt_solvers.jsonl import read_jsonl
from lbt_solvers.types import Problem


@dataclass(frozen=True, slots=True)
class ReadReply:
    """A row of the result."""

    id: str
    answer: str | None
    by: str
    """The rule that found the answer: `\\\\boxed`, `ANSWER:`, `last line`, ..., or `none`."""
    equal: bool | None
    """Whether it is the gold answer; `None` where there is none, or nobody could tell."""


def read_file(path: str, answers: str, options: Mapping[str, Any]) -> tuple[str, list[ReadReply]]:
    """The kind of answers, and a result for every row, in their order.

    Raises:
        UsageError: no such file, or a row without a text.
        ValueError: no kind of that name, or options that it does not have.
    """
    rows = list(_rows(path))
    golds = [str(row["gold"]) for row in rows if row.get("gold") is not None]
    name = kind_of_golds(golds) if answers == AUTO and not options else "math" if answers == AUTO else answers
    kind = named_kind(name, options)
    return name, anyio.run(_read, rows, kind)


def summary(name: str, found: Sequence[ReadReply]) -> list[str]:
    """Lines for a reader: how many replies have an answer, by which rule, and how many are right."""
    by = Counter(each.by for each in found)
    answered = sum(each.answer is not None for each in found)
    graded = [each for each in found if each.equal is not None]
    rules = ", ".join(f"{rule} {count}" for rule, count in by.most_common() if rule != "none")
    lines = [f"{answered} of {len(found)} replies have an answer, read as {name}" + (f": {rules}." if rules else ".")]
    if graded:
        lines.append(f"{sum(bool(each.equal) for each in graded)} of {len(graded)} are the gold answer.")
    return lines


def write(path: str, found: Iterable[ReadReply]) -> None:
    """One JSON object a line."""
    lines = [json.dumps(asdict(each), ensure_ascii=False) for each in found]
    Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


async def _read(rows: Sequence[Mapping[str, Any]], kind: AnswerKind) -> list[ReadReply]:
    return [await _read_one(row, kind) for row in rows]


async def _read_one(row: Mapping[str, Any], kind: AnswerKind) -> ReadReply:
    gold = row.get("gold")
    metadata = {"choices": row["choices"]} if "choices" in row else {}
    problem = Problem(row["id"], str(row.get("question", "")), "" if gold is None else str(gold), metadata)
    found = kind.extract(row["text"], truncated=bool(row.get("truncated")), problem=problem)
    equal: bool | None = None if gold is None else False
    if gold is not None and found.answer is not None:
        [grade] = await kind.grade(problem, [found.answer])
        equal = None if grade.how == UNDECIDED else grade.score == 1
    return ReadReply(row["id"], found.answer, found.marker, equal)


def _rows(path: str) -> Iterator[dict[str, Any]]:
    for number, (where, row) in enumerate(read_jsonl(path, "A JSONL file of replies (id, text, gold)", ("text",)), 1):
        if not isinstance(row["text"], str):
            raise UsageError(f"{where}: a text was needed, found {str(row['text'])[:40]}.")
        yield {**row, "id": str(row.get("id", number))}
