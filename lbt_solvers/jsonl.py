"""Files of JSON objects, one a line; what is wrong with a line is said with its number.

for where, row in read_jsonl("problems.jsonl", "A JSONL file of problems", ("id", "question")):
    print(where, row["id"])
"""

import gzip
import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

from lbt_solvers.errors import UsageError


def read_jsonl(path: str | Path, what: str, columns: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file, each with its place (`x.jsonl, line 3`); empty lines are left out.

    Args:
        path: The file.
        what: What was needed, for who gave another path.
        columns: What every object has.

    Raises:
        UsageError: no such file, no text, or a line that is no such object.
    """
    if not Path(path).is_file():
        raise UsageError(f"{what} was needed, found nothing at {path}.")
    # Texts in a line may hold other separators of lines than the line feed.
    with opened(path) as lines:
        try:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield f"{path}, line {number}", _object(line, columns, f"{path}, line {number}")
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}: {what[0].lower()}{what[1:]} in UTF-8 was needed ({error.reason}).") from None
        except OSError as error:  # a broken archive
            raise UsageError(f"{path} cannot be read: {error}.") from None


def opened(path: str | Path) -> TextIO:
    """A text file in UTF-8, gzipped or not, with its line ends as they are."""
    if str(path).endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="\n")
    return Path(path).open(encoding="utf-8-sig", newline="\n")


@contextmanager
def fields_of(where: str, form: str) -> Generator[None]:
    """Around what takes a row apart: one of another form is a line for the user.

    Raises:
        UsageError: says where, and what was needed.
    """
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError):
        raise UsageError(f"{where}: {form} was needed.") from None


def _object(line: str, columns: Sequence[str], where: str) -> dict[str, Any]:
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(f"{where}: no valid JSON ({error.msg}).") from None
    if missing := [name for name in columns if not isinstance(row, dict) or name not in row]:
        raise UsageError(f"{where}: an object with {', '.join(columns)} was needed; {', '.join(missing)} missing.")
    if not isinstance(row, dict):
        raise UsageError(f"{where}: a JSON object was needed, found {line.strip()[:40]}.")
    return cast(dict[str, Any], row)
