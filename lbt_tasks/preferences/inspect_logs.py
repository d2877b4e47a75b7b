"""Reads scored rationales out of Inspect logs, a sample at a time and no further into it than needed.

    for taught in read_log("logs/train.eval"):
        print(taught.problem, len(taught.candidates))

A sample's events are twenty times as large as its scores and its record, which stand before them. So the JSON of a
sample is read value by value, up to the last one needed: 8 times as fast as parsing it.
"""

import functools
import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from json.decoder import JSONDecoder
from json.decoder import scanstring as scan_string  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any, cast

import zipfile_zstd  # type: ignore[import-untyped]  # noqa: F401  (teaches `zipfile` how Inspect compresses)
from inspect_ai.log import EvalLog, read_eval_log

from lbt_solvers.errors import UsageError
from lbt_solvers.learn_by_teaching import completion_text
from lbt_solvers.preferences import Candidate
from lbt_solvers.prompts import PromptFormat, load_prompt, recorded_prompt
from lbt_solvers.record import TeachingRecord, insist_on_full_exam
from lbt_solvers.scoring import lbt_score
from lbt_solvers.types import ExamResult
from lbt_tasks.preferences.sources import Origin, Taught, sha256_of

_NEEDED = ("id", "input", "scores", "metadata", "store")
_ERROR = re.compile(r'"error"\s*:\s*\{')
_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder()
_PREFIX = f"{TeachingRecord.__name__}:"


def read_log(path: str) -> Iterator[Taught]:
    """The problems of an Inspect log whose exams were sat; samples that errored are left out.

    Raises:
        UsageError: no Inspect log, or one without scored exams.
    """
    try:
        header = read_eval_log(path, header_only=True)
    except Exception as error:
        raise UsageError(f"{path} cannot be read as an Inspect log: {error}") from None
    digest = sha256_of(path)
    found = 0
    for sample in _samples(path):
        if not sample.get("error"):
            found += 1
            yield _taught(sample, header, path, digest)
    if not found:
        raise UsageError(f"{path} has no sample to make pairs of; status of the run: {header.status}.")


def top_level_values(text: str, wanted: Collection[str]) -> dict[str, Any]:
    """The values of some keys of a JSON object; what stands after the last of them is not parsed."""
    found: dict[str, Any] = {}
    at = _after_blank(text, text.index("{") + 1)
    while text[at] == '"' and len(found) < len(wanted):
        key, at = cast(tuple[str, int], scan_string(text, at + 1, True))
        value, at = _DECODER.raw_decode(text, _after_blank(text, text.index(":", at) + 1))
        if key in wanted:
            found[key] = value
        at = _after_blank(text, at)
        if text[at] == ",":
            at = _after_blank(text, at + 1)
    return found


def _after_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _samples(path: str) -> Iterator[Mapping[str, Any]]:
    if not zipfile.is_zipfile(path):  # Inspect's other format is one JSON file
        yield from json.loads(Path(path).read_text(encoding="utf-8")).get("samples") or []
        return
    with zipfile.ZipFile(path) as archive:
        # By name: in the archive they stand as they were finished, which differs from run to run.
        for name in sorted(name for name in archive.namelist() if name.startswith("samples/")):
            text = archive.read(name).decode()
            # Most samples have no error, and the search for it would read them to the end.
            yield top_level_values(text, [*_NEEDED, "error"] if _ERROR.search(text) else _NEEDED)


def _taught(sample: Mapping[str, Any], header: EvalLog, path: str, digest: str) -> Taught:
    record = {key.removeprefix(_PREFIX): value for key, value in (sample.get("store") or {}).items()}
    if not record.get("rationales") or not record.get("plans"):
        raise UsageError(
            f"{path}, sample {sample['id']}: no exams. Pairs need a log in which students sat exams: "
            "run a task with the solver lbt_solvers/learn_by_teaching."
        )
    insist_on_full_exam(record.get("budget"), path, "preference pairs")
    settings = record["settings"]
    prompt = _format(settings["prompt"], path)
    metadata = sample.get("metadata") or {}
    return Taught(
        problem=str(sample["id"]),
        prompt=tuple(prompt.messages(_question(sample["input"]))),
        rationales=tuple(_candidates(sample, record, prompt, path)),
        origin=Origin(
            log=Path(path).name,
            sha256=digest,
            task=header.eval.task,
            teacher=settings.get("teacher", header.eval.model),
            students=tuple(record["students"]),
            seed=settings.get("seed"),
        ),
        split=str(metadata.get("split") or (header.eval.task_args or {}).get("split") or ""),
        prefill=prompt.prefill,
    )


def _question(given: str | Sequence[Mapping[str, Any]]) -> str:
    """What the solver takes for the question: the text, or that of the last user message."""
    if isinstance(given, str):
        return given
    content: Any = next(message["content"] for message in reversed(given) if message["role"] == "user")
    return content if isinstance(content, str) else "\n".join(part["text"] for part in content if "text" in part)


def _format(described: str | Mapping[str, Any], path: str) -> PromptFormat:
    try:
        return _named(described) if isinstance(described, str) else recorded_prompt(described)
    except ValueError as error:
        raise UsageError(f"{path} was made with a prompt format that is not here any more. {error}") from None


_named = functools.cache(load_prompt)


def _candidates(
    sample: Mapping[str, Any], record: Mapping[str, Any], prompt: PromptFormat, path: str
) -> Iterator[Candidate]:
    rationales: Sequence[Mapping[str, Any]] = record["rationales"]
    correctness = _correctness(sample, rationales, path)
    results: list[list[ExamResult]] = [[] for _ in rationales]
    for plan, by_student in zip(record["plans"], record["scores"], strict=True):
        if plan:
            results[plan[-1]] += map(ExamResult, record["students"], by_student)
    for rationale, right, sat in zip(rationales, correctness, results, strict=True):
        text = completion_text(prompt, rationale["text"], rationale["answer"])
        yield Candidate(text, float(right), _lbt(sat))


def _lbt(sat: Sequence[ExamResult]) -> float | None:
    try:
        return lbt_score(sat)
    except ValueError:  # nobody sat, or gave a usable reply
        return None


def _correctness(
    sample: Mapping[str, Any], rationales: Sequence[Mapping[str, Any]], path: str
) -> Sequence[float | bool]:
    """One value a rationale: the visible tests that a program passes, else what a scorer found.

    A program's V-score comes first (paper, section 3.2), because hidden tests are to measure with.
    """
    visible = [share for rationale in rationales if (share := rationale.get("visible")) is not None]
    if len(visible) == len(rationales):
        return visible
    known = [score.get("metadata") or {} for score in (sample.get("scores") or {}).values()]
    for key in ("correctness", "correct"):
        for metadata in known:
            if isinstance(values := metadata.get(key), list) and len(values) == len(rationales):
                return values
    raise UsageError(
        f"{path}, sample {sample['id']}: no score says which rationales are right. Score the log with: "
        f"inspect score {path} --scorer lbt_solvers/selection_accuracy --action append"
    )
