"""Rows of a table in whatever form people have one: JSONL, JSON, CSV, TSV, Parquet, or a data set on the hub.

    for where, row in read_rows("mine.csv"):
        print(where, row["question"])           # mine.csv, line 2

Text files may be gzipped and begin with a byte order mark; a CSV's cells may be divided by commas, semicolons or tabs.
An empty cell of a CSV, and a null of any form, is `None`.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from io import StringIO
from math import isnan
from pathlib import Path
from typing import Any, cast

from lbt_solvers.errors import UsageError
from lbt_solvers.hub import HUB, hub_rows
from lbt_solvers.installation import install_command
from lbt_solvers.jsonl import opened, read_jsonl

PlacedRow = tuple[str, Mapping[str, Any]]
"""Where a row stands, for messages, and its cells by column."""
_DELIMITERS = ",;\t"


def read_rows(path: str | Path) -> Iterator[PlacedRow]:
    """The rows of a file or of `hub:OWNER/NAME[/CONFIG][@REVISION][:SPLIT]`, each with its place.

    Raises:
        UsageError: no such file, another form, or a row that cannot be read; says where.
    """
    address = str(path)
    if address.startswith(HUB):
        return ((f"{address}, row {number}", row) for number, row in hub_rows(address))
    endings = [each.lower() for each in Path(path).suffixes]
    form = endings[-2] if endings[-1:] == [".gz"] and len(endings) > 1 else endings[-1] if endings else ""
    if not Path(path).is_file():
        raise UsageError(f"A file of questions was needed ({_FORMS}), found {_instead(path)}.")
    if form in (".csv", ".tsv"):
        return _csv_rows(path)
    if form in (".parquet", ".pq"):
        return _parquet_rows(path)
    if form == ".json":
        return _json_rows(path)
    if form == ".xlsx":
        raise UsageError(f"{path}: a workbook cannot be read; save it as CSV.")
    return cast(Iterator[PlacedRow], read_jsonl(path, f"A file of questions ({_FORMS})"))


_FORMS = ".jsonl, .json, .csv, .tsv, .parquet, or hub:OWNER/NAME"


def _instead(path: str | Path) -> str:
    return f"a folder at {path}" if Path(path).is_dir() else f"nothing at {path}"


def text_of(path: str | Path) -> str:
    """The text of a file in UTF-8, gzipped or not.

    Raises:
        UsageError: it is in another encoding.
    """
    try:
        with opened(path) as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: text in UTF-8 was needed ({error.reason}). Save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}.") from None


def _csv_rows(path: str | Path) -> Iterator[PlacedRow]:
    text = text_of(path)
    header = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row:
                raise UsageError(f"{where}: more cells than the header has columns. Quote texts that hold a comma.")
            yield where, {str(name).strip(): cell if cell and cell.strip() else None for name, cell in row.items()}
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: no valid CSV ({error}).") from None


def _json_rows(path: str | Path) -> Iterator[PlacedRow]:
    try:
        found: Any = json.loads(text_of(path))
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}: no valid JSON ({error.msg}, line {error.lineno}). Is it JSONL?") from None
    if not isinstance(found, list):
        raise UsageError(f"{path}: a list of objects was needed, found {type(found).__name__}.")
    for number, row in enumerate(cast(list[Any], found), 1):
        if not isinstance(row, Mapping):
            raise UsageError(f"{path}, item {number}: an object was needed, found {json.dumps(row)[:40]}.")
        yield f"{path}, item {number}", cast(Mapping[str, Any], row)


def _parquet_rows(path: str | Path) -> Iterator[PlacedRow]:
    try:
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError:
        raise UsageError(f"{path} needs pyarrow: {install_command('report')}.") from None
    try:
        rows: Iterable[Mapping[str, Any]] = parquet.read_table(str(path)).to_pylist()
    except (OSError, ValueError) as error:  # pyarrow's own errors are of these
        raise UsageError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from None
    for number, row in enumerate(rows, 1):
        yield f"{path}, row {number}", {name: _known(cell) for name, cell in row.items()}


def _known(cell: Any) -> Any:
    return None if isinstance(cell, float) and isnan(cell) else cell
