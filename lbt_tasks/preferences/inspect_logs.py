"""Scored rationales of Inspect logs, a sample at a time.

for taught in read_log("logs/train.eval"):
    print(taught.problem, len(taught.candidates))
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_solvers.near_match import no_such
from lbt_solvers.preferences import Candidate
from lbt_solvers.prompts import PromptFormat, Turn, load_prompt, recorded_prompt
from lbt_solvers.record import SampledRationale, TeachingRecord, insist_on_full_exam
from lbt_solvers.scoring import lbt_score_or_none
from lbt_solvers.selectors import as_shares
from lbt_solvers.solvers import completion_text
from lbt_tasks.logs import Log, LoggedSample, open_log, sha256_of
from lbt_tasks.preferences.sources import Origin, TaughtProblem
from lbt_tasks.selectors.columns import Prices, columns_of


def read_log(path: str, column: str | None = None) -> Iterator[TaughtProblem]:
    """The problems of an Inspect log whose exams were sat; samples that errored are left out.

    Args:
        path: The log.
        column: Which scores stand for LbT scores, see `lbt_tasks.selectors.columns`; by default those of the exam that
            chooses.

    Raises:
        UsageError: no Inspect log, or one without scored exams or that column.
    """
    log, digest, found = open_log(path), sha256_of(path), 0
    for sample in log.samples(by_file=True):
        if not sample.error:
            found += 1
            yield _taught_problem(sample, log, digest, column)
    if not found:
        raise UsageError(f"{path} has no sample to make pairs of; status of the run: {log.header.status}.")


def _taught_problem(sample: LoggedSample, log: Log, digest: str, column: str | None) -> TaughtProblem:
    record = sample.record(TeachingRecord)
    if not record.rationales or not record.plans:
        raise UsageError(
            f"{log.path}, sample {sample.id}: no exams. Pairs need a log in which students sat exams: "
            "run a task with the solver lbt_solvers/learn_by_teaching."
        )
    insist_on_full_exam(record.budget, log.path, "preference pairs")
    settings, header = record.settings, log.header.eval
    prompt = _format(settings["prompt"], log.path)
    return TaughtProblem(
        problem=sample.id,
        prompt=tuple(prompt.messages(sample.question, turns=_turns(record, f"{log.path}, sample {sample.id}"))),
        rationales=tuple(_candidates(sample, record, prompt, _scores(sample, record, column))),
        origin=Origin(
            log=Path(log.path).name,
            sha256=digest,
            task=header.task,
            teacher=settings.get("teacher", header.model),
            students=tuple(record.students),
            seed=settings.get("seed"),
        ),
        split=str(sample.metadata.get("split") or (header.task_args or {}).get("split") or ""),
        prefill=prompt.prefill,
    )


def _turns(record: TeachingRecord, where: str) -> list[Turn]:
    """The messages in which the question was asked.

    Raises:
        UsageError: they have more than text, which rows for training have not.
    """
    if any(turn.attachments for turn in record.asked):
        raise UsageError(f"{where}: its question has an image or something else that is no text; pairs are of text.")
    return [Turn(turn.role, turn.text) for turn in record.asked]


def _format(described: str | Mapping[str, Any], path: str) -> PromptFormat:
    try:
        return _named(described) if isinstance(described, str) else recorded_prompt(described)
    except ValueError as error:
        raise UsageError(f"{path} was made with a prompt format that is not here any more. {error}") from None


_named = functools.cache(load_prompt)


def _scores(sample: LoggedSample, record: TeachingRecord, column: str | None) -> Sequence[float | None]:
    """In [0, 1], one a rationale."""
    if column is None:
        return [lbt_score_or_none(scored.results) for scored in record.scored()]
    columns = columns_of(sample.id, record, Prices())
    if column not in columns:
        raise UsageError(f"{sample.log}, sample {sample.id}: {no_such('column', column, sorted(columns))}")
    return as_shares(columns[column].scores)


def _candidates(
    sample: LoggedSample, record: TeachingRecord, prompt: PromptFormat, scores: Sequence[float | None]
) -> Iterator[Candidate]:
    rationales = record.rationales
    for rationale, right, score in zip(rationales, _correctness(sample, rationales), scores, strict=True):
        text = completion_text(prompt, rationale.text, rationale.answer)
        if isnan(right):  # whoever grades gave no grade
            continue
        yield Candidate(text, right, score)


def _correctness(sample: LoggedSample, rationales: Sequence[SampledRationale]) -> Sequence[float]:
    """One value a rationale: the visible tests that a program passes, else what a scorer found.

    A program's V-score comes first (paper, section 3.2), because hidden tests are to measure with.
    """
    visible = [rationale.visible for rationale in rationales if rationale.visible is not None]
    return visible if len(visible) == len(rationales) else sample.correctness(len(rationales), hidden_tests=False)
