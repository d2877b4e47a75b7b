"""Inspect logs: found, opened, checked and read a sample at a time. Whatever reads a log reads it here.

    for path in find_logs(["logs/demo"]):
        for sample in open_log(path).samples():
            print(sample.id, sample.record(TeachingRecord).scored())

A sample's events are twenty times as large as its scores and its record, which stand before them. So the JSON of a
sample is read value by value, up to the last one needed: 8 times as fast as parsing it.
"""

import hashlib
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.decoder import JSONDecoder
from json.decoder import scanstring as scan_string  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any, TypeVar, cast

import click
import zipfile_zstd  # type: ignore[import-untyped]  # noqa: F401  (teaches `zipfile` how Inspect compresses)
from inspect_ai.log import EvalLog, EvalResults, list_eval_logs, read_eval_log, read_eval_log_sample_summaries
from inspect_ai.scorer import Score
from inspect_ai.util import Store, StoreModel
from pydantic import ValidationError

from lbt_solvers.errors import UsageError
from lbt_solvers.installation import install_command
from lbt_tasks.attempts import Attempt, furthest
from lbt_tasks.remote_logs import local_path
from lbt_tasks.scale.manifest import is_run

PARTS = "lbt_parts"
"""Metadata of a log that was joined of several: which, for people."""
_NEEDED = ("id", "epoch", "input", "target", "scores", "metadata", "store")
_ERROR = re.compile(r'"error"\s*:\s*\{')
_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = JSONDecoder()

Model = TypeVar("Model", bound=StoreModel)


@dataclass(frozen=True, slots=True)
class LoggedSample:
    """One sample of a log, without its transcript."""

    log: str
    """Path of the log."""
    values: Mapping[str, Any]
    """The sample as Inspect writes it, up to its store; with its error, where it has one."""

    @property
    def id(self) -> str:
        """Of the problem."""
        return str(self.values["id"])

    @property
    def epoch(self) -> int:
        """From 1."""
        return self.values["epoch"]

    @property
    def question(self) -> str:
        """What the models read as the question; in older logs the input's text, or that of its last user message."""
        if recorded := (self.values.get("store") or {}).get("TeachingRecord:question"):
            return str(recorded)
        given: str | Sequence[Mapping[str, Any]] = self.values["input"]
        if isinstance(given, str):
            return given
        content: Any = next(message["content"] for message in reversed(given) if message["role"] == "user")
        return content if isinstance(content, str) else "\n".join(part["text"] for part in content if "text" in part)

    @property
    def target(self) -> str:
        """The gold answer; several of them in one line."""
        given: str | Sequence[str] = self.values["target"]
        return given if isinstance(given, str) else " or ".join(given)

    @property
    def error(self) -> str:
        """Why the sample ended early; empty where it did not."""
        return str((self.values.get("error") or {}).get("message", ""))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Of the problem."""
        return self.values.get("metadata") or {}

    @property
    def subject(self) -> str:
        """Of the problem; empty where it says none."""
        return str(self.metadata.get("subject") or "")

    @property
    def level(self) -> str:
        """Level or difficulty of the problem; empty where it says none."""
        level = self.metadata.get("level", self.metadata.get("difficulty"))
        return "" if level is None else str(level)

    def score(self, scorer: str) -> Score | None:
        """What that scorer, named without its package, made of the sample."""
        found = (score for name, score in (self.values.get("scores") or {}).items() if name.split("/")[-1] == scorer)
        return next((Score.model_validate(score) for score in found), None)

    def record(self, model: type[Model]) -> Model:
        """What a solver left in the sample's store.

        Raises:
            UsageError: something that this version of the project does not write.
        """
        prefix = f"{model.__name__}:"
        found = {name.removeprefix(prefix): value for name, value in (self.values.get("store") or {}).items()}
        try:
            return model.model_validate({**found, "store": Store()})
        except ValidationError as error:
            first = error.errors()[0]
            raise UsageError(
                f"{self.log}, sample {self.id}: no {model.__name__} of this version of lbt-tasks "
                f"({'.'.join(map(str, first['loc']))}: {first['msg']}). Run the task again: replies in Inspect's cache "
                "are not paid twice."
            ) from None

    def correctness(self, rationales: int, *, hidden_tests: bool = True) -> list[float]:
        """Whether each rationale is right, in [0, 1], as the sample's scores have it.

        Args:
            rationales: How many there are.
            hidden_tests: Take the share of hidden tests that a program passes, where programs were graded.

        Raises:
            UsageError: no score says it.
        """
        for key in ("correct", "correctness", *(["s_scores"] if hidden_tests else [])):
            for score in (self.values.get("scores") or {}).values():
                values = (score.get("metadata") or {}).get(key)
                if isinstance(values, list) and len(cast(list[float], values)) == rationales:
                    return [float(value) for value in cast(list[float], values)]
        raise UsageError(
            f"{self.log}, sample {self.id}: no score says which rationales are right. Score the log with: "
            f"inspect score {self.log} --scorer lbt_solvers/selection_accuracy --action append"
        )


@dataclass(frozen=True, slots=True)
class Log:
    """An Inspect log whose header was read."""

    path: str
    header: EvalLog

    @property
    def origin(self) -> str:
        """Where its samples are from, for people: its path, or those of the parts that it joins."""
        return (self.header.eval.metadata or {}).get(PARTS) or self.path

    @property
    def task(self) -> str:
        """The task's name, without its package."""
        return self.header.eval.task.rpartition("/")[2]

    @property
    def models(self) -> dict[str, str]:
        """Models by role; several of one role in one line."""
        roles = self.header.eval.model_roles or {}
        lists = {role: given if isinstance(given, list) else [given] for role, given in roles.items()}
        named = {role: ", ".join(config.model for config in given) for role, given in lists.items()}
        return {"teacher": self.header.eval.model, **named}

    def samples(self, *, by_file: bool = False) -> Iterator[LoggedSample]:
        """The samples that were finished or errored, epoch by epoch, in the order of the data set.

        A sample whose record was not scored has the score that follows from it.

        Args:
            by_file: In the order of their files' names instead.

        Raises:
            UsageError: a sample cannot be read.
        """
        from lbt_tasks.derived_scores import with_score  # which needs this module

        try:
            for values in self._archived(by_file) if zipfile.is_zipfile(self.path) else self._in_one_file():
                yield with_score(LoggedSample(self.path, values))
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise UsageError(f"{self.path} cannot be read to its end: {error}") from None

    def sample_keys(self) -> list[tuple[str, int]]:
        """Id and epoch of each sample that the log holds."""
        if zipfile.is_zipfile(self.path):
            with zipfile.ZipFile(self.path) as archive:
                files = [name for name in archive.namelist() if name.startswith("samples/")]
            # An id may be a path, as MATH's are.
            names = [name.removeprefix("samples/").removesuffix(".json") for name in files]
            return [(id, int(epoch)) for id, _, epoch in (name.rpartition("_epoch_") for name in names)]
        return [(str(values["id"]), values["epoch"]) for values in self._in_one_file()]

    def seconds(self) -> dict[tuple[str, int], float]:
        """Wall seconds of each sample, by its id and epoch."""
        summaries = read_eval_log_sample_summaries(self.path)
        return {(str(summary.id), summary.epoch): summary.total_time or 0.0 for summary in summaries}

    def limits(self) -> Counter[str]:
        """How many samples a limit ended, by its kind."""
        return Counter(each.limit for each in read_eval_log_sample_summaries(self.path) if each.limit)

    def _archived(self, by_file: bool) -> Iterator[Mapping[str, Any]]:
        with zipfile.ZipFile(self.path) as archive:
            names = sorted(name for name in archive.namelist() if name.startswith("samples/"))
            # In the archive they stand as they were finished, which differs from run to run.
            if not by_file:
                ids = self.header.eval.dataset.sample_ids or []
                epochs = range(1, (self.header.eval.config.epochs or 1) + 1)
                there = set(names)
                wanted = [f"samples/{id}_epoch_{epoch}.json" for id in ids for epoch in epochs]
                names = [name for name in wanted if name in there]
            for name in names:
                text = archive.read(name).decode()
                # Most samples have no error, and the search for it would read them to the end.
                yield top_level_values(text, [*_NEEDED, "error"] if _ERROR.search(text) else _NEEDED)

    def _in_one_file(self) -> Iterator[Mapping[str, Any]]:
        """Inspect's other format."""
        yield from json.loads(Path(self.path).read_text(encoding="utf-8")).get("samples") or []


def find_logs(paths: Sequence[str]) -> list[str]:
    """Log files among the paths; a folder stands for every log in it, an address for a copy of what lies there.

    A folder of `lbt scale` stands for a log of what is finished there.
    A run counts once: of copies of one log, and of attempts at one run, the one that got furthest is taken, as
    `lbt_tasks.attempts` says. What is passed over is named on standard error.

    Raises:
        UsageError: a path without a log.
    """
    found: list[str] = []
    for path in (_log_of_run(path) if is_run(path) else local_path(path) for path in paths):
        if not Path(path).exists():
            raise UsageError(f"An Inspect log or a folder of logs was needed, found nothing at {path}.")
        logs = [Path(info.name.removeprefix("file://")) for info in list_eval_logs(path)] if Path(path).is_dir() else []
        if Path(path).is_dir() and not logs:
            raise UsageError(f"No Inspect log in {path}. Run an evaluation with --log-dir {path} first.")
        found += _with_samples(sorted(map(str, logs))) or [path]
    attempts = {path: _attempt(path) for path in dict.fromkeys(found)}
    kept = furthest({path: attempt for path, attempt in attempts.items() if attempt})
    for path, better in kept.items():
        if path != better:
            passed_over(path, f"{better} is the same run")
    return [path for path in attempts if kept.get(path, path) == path]


def _log_of_run(path: str) -> str:
    try:
        from lbt_tasks.scale.as_log import logged  # which needs this module
    except ImportError:
        raise UsageError(
            f"{path} is a run of lbt scale, whose tables need pyarrow: {install_command('scale')}."
        ) from None
    return logged(path)


def _with_samples(logs: Sequence[str]) -> list[str]:
    """Those of a folder that hold a sample; all where none does, so that their reader says what is wrong with them."""
    attempts = {path: _attempt(path) for path in logs}
    kept = [path for path, attempt in attempts.items() if attempt and attempt.samples]
    for path in logs if kept else ():
        if path not in kept:
            passed_over(path, "it holds no sample" if attempts[path] else "it cannot be read as a log")
    return kept or list(logs)


def passed_over(path: str, why: str) -> None:
    """Says on standard error that a log is left out; once, however often a command looks into its folder."""
    command = click.get_current_context(silent=True)
    named: set[str] = command.meta.setdefault(passed_over.__qualname__, set[str]()) if command else set()
    if path not in named:
        print(f"{path} is passed over: {why}.", file=sys.stderr)
    named.add(path)


def _attempt(path: str) -> Attempt | None:
    """What the header says; `None` of what cannot be read, of which its reader says why."""
    try:
        log = open_log(path)
        samples = frozenset(log.sample_keys())
    except (UsageError, OSError, ValueError, zipfile.BadZipFile):
        return None
    about = log.header.eval
    models = (about.model, about.model_roles, about.model_args, about.model_generate_config)
    asked = (about.task, about.task_args, *models, about.config.limit, about.config.sample_id, about.config.epochs)
    scores = len((log.header.results or EvalResults()).scores)
    return Attempt(about.eval_id, about.task_id, repr(asked), log.header.status == "success", samples, scores)


def open_log(path: str) -> Log:
    """Reads the header of a log.

    Raises:
        UsageError: no Inspect log.
    """
    try:
        return Log(path, read_eval_log(path, header_only=True))
    except Exception as error:
        raise UsageError(f"{path} cannot be read as an Inspect log: {error}") from None


def sha256_of(path: str) -> str:
    """Of a file's bytes, as hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
