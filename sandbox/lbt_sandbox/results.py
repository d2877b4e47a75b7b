"""The result file of `lbt-sandbox grade`: one line for each submission, in the order of the submissions, resumable.

    with ResultFile.open(Path("r.jsonl"), key="...") as results:
        for report in reports[results.done:]:
            results.append(result_row(report))
        results.finish()

While a run goes on its lines stand in `r.jsonl.part`, and what they belong to in `r.jsonl.part.key`. A run that was
killed leaves whole lines and perhaps a part of one, which is cut off when the run is started again. Lines with the
verdict IE, where the grader itself failed, keep a file from being finished; a later run replaces them.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from lbt_sandbox.texts import visible
from lbt_sandbox.types import CaseResult, Report, SandboxError, Verdict

FAILED = "IE"
"""Internal error: stands in a row in the place of a verdict."""


class ResultFileError(SandboxError):
    """The file exists already, belongs to another run, or cannot be written."""


def result_row(report: Report, timings: bool = False) -> dict[str, Any]:
    """What is written of a report: the verdict of every test, and details of those that were not accepted.

    Args:
        report: The verdict on a submission.
        timings: Add times (seconds) and memory (bytes), which differ from run to run.
    """
    row: dict[str, Any] = {
        "task_id": report.task_id,
        "verdict": report.verdict.value,
        "passed": report.passed,
        "total": report.total,
        "tests": [_test_row(test, timings) for test in report.tests],
    }
    return row | {"message": report.message} if report.message else row


def row_without_verdict(task_id: str, verdict: str | None, reason: str) -> dict[str, Any]:
    """A row for a submission that nothing can be said about: no verdict, or `FAILED`, and why."""
    return {"task_id": task_id, "verdict": verdict, "passed": 0, "total": 0, "tests": [], "message": visible(reason)}


def _test_row(test: CaseResult, timings: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"verdict": test.verdict.value}
    if test.verdict is not Verdict.AC:
        if test.failure is not None:
            row["error"] = {"type": test.failure.type, "message": test.failure.message, "line": test.failure.line}
            row["error"] |= {"traceback": test.failure.traceback} if test.failure.traceback else {}
        row |= {
            name: text for name in ("input", "expected", "got", "stdout", "stderr") if (text := getattr(test, name))
        }
        row |= {} if test.exit_status is None else {"exit_status": test.exit_status}
    if timings:
        row |= {"cpu": round(test.cpu, 6), "wall": round(test.wall, 6), "memory": test.memory}
    return row


class ResultFile:
    """A result file in the making; see the module for how it resumes."""

    def __init__(self, path: Path, file: BinaryIO, failed: Sequence[bool]) -> None:
        self._path = path
        self._file = file
        self.done = len(failed)
        """Submissions whose lines were there already."""
        self.failed = [number for number, is_failed in enumerate(failed) if is_failed]
        """Those of them, counted from 0, on which the grader failed."""
        self._better: dict[int, bytes] = {}

    @classmethod
    def open(cls, path: Path, key: str) -> Self:
        """Begin the file, or go on with it.

        Args:
            path: Where the finished file shall be.
            key: Stands for everything that the lines depend on; a file begun with another key is refused.

        Raises:
            ResultFileError: The file is there already, is being written, belongs to other input, or cannot be made.
        """
        if path.exists():
            raise ResultFileError(f"{path} exists already: remove it, or name another file with --out.")
        part = _part(path)
        try:
            file = part.open("r+b" if part.exists() else "w+b")
        except OSError as error:
            raise ResultFileError(f"Cannot write {part}: {error.strerror or error}.") from None
        try:
            return cls(path, file, _go_on(path, file, key))
        except BaseException:
            file.close()
            raise

    def append(self, row: dict[str, Any]) -> None:
        """Add one line; it is in the file when this returns."""
        self._file.write(_line(row))
        self._file.flush()

    def replace(self, number: int, row: dict[str, Any]) -> None:
        """Put another row in the place of one of `failed`; it is in the file when this is left or finished."""
        self._better[number] = _line(row)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every line so far."""
        self._put_in_place()
        with _part(self._path).open("rb") as lines:
            for line in lines:
                yield json.loads(line)

    def finish(self) -> None:
        """Give the file its name; until then it can be resumed."""
        self._put_in_place()
        os.fsync(self._file.fileno())
        os.replace(_part(self._path), self._path)
        _key_file(self._path).unlink(missing_ok=True)

    def _put_in_place(self) -> None:
        """Write the file again with the rows that replace others; a kill in between leaves the old one."""
        if not self._better:
            return
        file = _part(self._path).with_name(self._path.name + ".part.new").open("w+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        with _part(self._path).open("rb") as lines:
            file.writelines(self._better.get(number, line) for number, line in enumerate(lines))
        file.flush()
        os.fsync(file.fileno())
        os.replace(file.name, _part(self._path))
        self._file.close()
        self._file, self._better = file, {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._put_in_place()
        self._file.close()


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row).encode() + b"\n"


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _key_file(path: Path) -> Path:
    return path.with_name(path.name + ".part.key")


def _go_on(path: Path, file: BinaryIO, key: str) -> list[bool]:
    """For every line that is there, whether the grader failed on it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ResultFileError(f"{_part(path)} is being written by another run.") from None
    key_file = _key_file(path)
    failed = _cut_to_whole_lines(file)
    if failed and (not key_file.exists() or key_file.read_text(encoding="utf-8") != key):
        raise ResultFileError(
            f"{_part(path)} was begun with other problems, solutions or options: remove it, or name another --out."
        )
    key_file.write_text(key, encoding="utf-8")
    return failed


def _cut_to_whole_lines(file: BinaryIO) -> list[bool]:
    """For every whole line, whether the grader failed on it; what follows is cut off, and writing goes on there."""
    failed: list[bool] = []
    end = 0
    for line in file:
        if not line.endswith(b"\n"):
            break
        failed.append(b'"IE"' in line and json.loads(line)["verdict"] == FAILED)
        end += len(line)
    file.truncate(end)
    file.seek(end)
    return failed
