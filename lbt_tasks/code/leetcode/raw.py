"""What LeetCode's GraphQL gives for a problem and for a study plan, as far as it is used here.

    >>> read_raw([Path("raw.jsonl")]).questions[0].title_slug
    'two-sum'

A raw file is JSON or JSONL, gzipped or not. Each object is a `question`, or an answer that holds one
(`{"data": {"question": {...}}}`), or one that holds a study plan (`studyPlanV2Detail`).
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lbt_sandbox.loaders.jsonl import BrokenLine, read_rows
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel


class _Raw(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class Tag(_Raw):
    """A topic."""

    name: str


class Snippet(_Raw):
    """The starter code in one language."""

    lang_slug: str
    code: str


class Question(_Raw):
    """A problem."""

    question_id: str
    """The number that submissions name; not the public one."""
    question_frontend_id: str
    """The number that people know."""
    title: str
    title_slug: str
    content: str | None
    """The statement as HTML; None without the subscription that it needs."""
    difficulty: str
    is_paid_only: bool
    topic_tags: list[Tag]
    code_snippets: list[Snippet] | None
    meta_data: str
    """The signature, as JSON in a text."""


class Variable(_Raw):
    """A parameter, or what is returned."""

    name: str = ""
    type: str


class Signature(_Raw):
    """`metaData`: that of a class has a class name and no return type; that of a database problem has neither."""

    name: str = ""
    params: list[Variable] = []
    returned: Variable | None = Field(default=None, alias="return")
    classname: str | None = None
    systemdesign: bool = False
    manual: bool = False
    """Read and written by a driver of LeetCode's own, such as one that ties a list into a ring."""


class PlannedQuestion(_Raw):
    """A problem in a study plan."""

    title_slug: str


class PlanGroup(_Raw):
    """A section of a study plan."""

    name: str
    questions: list[PlannedQuestion]


class StudyPlan(_Raw):
    """A study plan."""

    slug: str
    name: str
    plan_sub_groups: list[PlanGroup]

    def slugs(self) -> list[str]:
        """Its problems, in its order."""
        return [question.title_slug for group in self.plan_sub_groups for question in group.questions]


class RawProblems(NamedTuple):
    """What raw files hold."""

    questions: list[Question]
    plans: list[StudyPlan]
    broken: list[str]
    """Why an object is neither."""


def read_raw(paths: Sequence[Path]) -> RawProblems:
    """Everything in the files; a problem that stands twice counts once.

    Raises:
        DataError: a file cannot be read.
    """
    questions: dict[str, Question] = {}
    plans: list[StudyPlan] = []
    broken: list[str] = []
    for row in (row for path in paths for row in _objects(path)):
        if isinstance(row, BrokenLine):
            broken.append(f"no JSON object ({row.reason})")
            continue
        held = row.get("data", row)
        try:
            if "studyPlanV2Detail" in held:
                plans.append(StudyPlan.model_validate(held["studyPlanV2Detail"]))
            else:
                question = Question.model_validate(held.get("question", held))
                questions[question.title_slug] = question
        except ValidationError as error:
            broken.append(f"no problem as LeetCode gives it: {what_is_wrong(error)}")
    return RawProblems(list(questions.values()), plans, broken)


def what_is_wrong(error: ValidationError) -> str:
    """The columns that are missing or of another type, on one line."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'it'} {'is missing' if each['type'] == 'missing' else each['msg']}"
        for each in error.errors(include_url=False, include_input=False)
    )


def _objects(path: Path) -> Iterator[dict[str, Any] | BrokenLine]:
    rows = list(read_rows(path))
    if all(isinstance(row, BrokenLine) for row in rows) and (whole := _whole_file(path)):
        yield from whole
        return
    yield from (row if isinstance(row, BrokenLine) else row.data for row in rows)


def _whole_file(path: Path) -> list[dict[str, Any]]:
    """The objects of a file that is one JSON document; empty where it is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return []
    items = document if isinstance(document, list) else [document]
    return [item for item in items if isinstance(item, dict)]
