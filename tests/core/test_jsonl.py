"""Files of JSON objects.

Invariants:
 1. Every object that json writes on a line is read back, whatever its texts hold.
 2. What cannot be read is one line with the file's name, and the number of the line.
"""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lbt_solvers.errors import UsageError
from lbt_solvers.jsonl import read_jsonl

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([{"reply": "one\u2028two\x85three\rfour"}])
@given(st.lists(st.dictionaries(TEXTS, TEXTS)))
def test_what_was_written_is_read(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    path = tmp_path / "rows.jsonl"
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n\n" for row in rows)
    path.write_text(text, encoding="utf-8", newline="\n")
    found = list(read_jsonl(path, "Rows"))
    assert [row for _, row in found] == rows
    assert [where for where, _ in found] == [f"{path}, line {1 + 2 * at}" for at in range(len(rows))]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{not json", "rows.jsonl, line 2: no valid JSON"),
        (b"[1]", "rows.jsonl, line 2: an object with answer"),
        (b'{"id": 1}', "rows.jsonl, line 2: an object with answer was needed; answer missing"),
        (b"\xff", "rows.jsonl: rows in UTF-8"),
    ],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"answer": 1}\n' + line + b"\n")
    with pytest.raises(UsageError, match=message):
        list(read_jsonl(path, "Rows", ["answer"]))


def test_what_is_no_object_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("7\n", encoding="utf-8")
    with pytest.raises(UsageError, match="line 1: a JSON object was needed, found 7"):
        list(read_jsonl(path, "Rows"))
    with pytest.raises(UsageError, match="A table of rows was needed, found nothing at"):
        list(read_jsonl(tmp_path / "gone", "A table of rows"))
