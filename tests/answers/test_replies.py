"""Replies as real models write them, and what their answers are: the table `replies.yaml`, kind by kind.

python -m pytest tests/answers/test_replies.py -k thinking
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lbt_solvers.answers import MathAnswers, extract

TABLE: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "replies.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def answers() -> Iterator[MathAnswers]:
    yield MathAnswers(seconds=30.0)


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{kind}: {row['text']:.40}") for kind, rows in TABLE.items() for row in rows]
)
def test_the_answer_of_a_reply(answers: MathAnswers, row: dict[str, Any]):
    found = extract(row["text"]).answer
    if row["gold"] is None:
        assert found is None
        return
    assert found is not None
    assert answers.equal(row["gold"], found).equal, found
    for other in row.get("without", ()):
        assert not answers.equal(other, found).equal, found
