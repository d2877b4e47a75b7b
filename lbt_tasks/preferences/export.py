"""Reads sources, pairs their rationales, writes rows, counts: one pass, one problem in memory at a time.

    tally = export(["logs/train.eval"], "pairs.jsonl", Pairing())
    print(tally.table())

Beside the data, `pairs.jsonl.about.json` says how they were made: options, sources with their hashes, counts.
Problems of an evaluation split are refused, because a teacher that learns from them cannot be measured on them.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

from lbt_solvers.errors import UsageError
from lbt_solvers.preferences import Pair, Pairing, preference_pairs
from lbt_tasks.preferences.forms import FORMS
from lbt_tasks.preferences.sources import TRAINING_SPLITS, Origin, TaughtProblem, read_source
from lbt_tasks.preferences.tally import Tally
from lbt_tasks.preferences.writers import HUB, open_writer


def export(
    sources: Iterable[str],
    out: str,
    pairing: Pairing,
    form: str = "conversational",
    force: bool = False,
    column: str | None = None,
) -> Tally:
    """Writes the preference data of all sources to `out`.

    Args:
        sources: Inspect logs, or JSONL tables of scored rationales.
        out: `*.jsonl`, `*.parquet`, or `hub:owner/name`.
        pairing: How pairs are made.
        form: A key of `FORMS`.
        force: Take problems of any split.
        column: Which scores of a log stand for LbT scores; by default those of the exam that chooses.

    Raises:
        UsageError: sources that cannot be used, or that give no row.
    """
    tally, origins = Tally(), dict[str, Origin]()
    with open_writer(out) as write:
        for taught, pairs in _paired(sources, pairing, force, column):
            origins[taught.origin.sha256] = taught.origin
            tally.add(taught, pairs)
            for row in FORMS[form].rows(taught, pairs, pairing):
                write(row)
                tally.rows += 1
        _insist_on_rows(tally, pairing)
    if not out.startswith(HUB):
        _write_about(Path(out), pairing, form, force, column, list(origins.values()), tally)
    return tally


def about_file(data: str | Path) -> Path:
    """Where an export says how its data were made."""
    return Path(f"{data}.about.json")


def _paired(
    sources: Iterable[str], pairing: Pairing, force: bool, column: str | None
) -> Iterator[tuple[TaughtProblem, list[Pair]]]:
    """Problems with their pairs; at most `max_pairs` a problem, however many sources and epochs it is in."""
    taken: Counter[str] = Counter()
    questions: dict[str, bytes] = {}
    seen: set[bytes] = set()
    for source in sources:
        for taught in read_source(source, column):
            _check_split(taught, source, force)
            _check_question(taught, source, questions)
            pairs = preference_pairs(taught.candidates, pairing, taught.problem)
            new = [pair for pair in pairs if _digest(taught, pair) not in seen]
            kept = new[: pairing.max_pairs - taken[taught.problem]]
            taken[taught.problem] += len(kept)
            seen.update(_digest(taught, pair) for pair in kept)
            yield taught, kept


def _digest(taught: TaughtProblem, pair: Pair) -> bytes:
    better, worse = (taught.candidates[index].text for index in pair[:2])
    return blake2b("\0".join([taught.problem, better, worse]).encode(), digest_size=8).digest()


def _check_split(taught: TaughtProblem, source: str, force: bool) -> None:
    if force or taught.for_training:
        return
    found = f"is of the split '{taught.split}'" if taught.split else "does not say of which split it is"
    raise UsageError(
        f"{source}: problem {taught.problem} {found}. Pairs are made of problems to learn from (split "
        f"{' or '.join(TRAINING_SPLITS)}), so that the others stay fit to measure with. Run the task on those, e.g. "
        "-T split=train, or say so in the samples' metadata (`split`); --any-split takes any problem."
    )


def _check_question(taught: TaughtProblem, source: str, questions: dict[str, bytes]) -> None:
    """One id stands for one question in all sources."""
    asked = blake2b(repr(taught.prompt).encode(), digest_size=8).digest()
    if questions.setdefault(taught.problem, asked) != asked:
        raise UsageError(
            f"{source}: problem {taught.problem} has another prompt than in an earlier source. The sources are of "
            "different problem sets or prompt formats; export them one by one."
        )


def _insist_on_rows(tally: Tally, pairing: Pairing) -> None:
    if tally.rows:
        return
    hint = f" {tally.without_exam} rationales were in no exam." if tally.without_exam else ""
    raise UsageError(
        f"Not one pair in {tally.rationales} rationales of {tally.problems} problems: no two scores are more than "
        f"{pairing.threshold} apart (weight {pairing.weight}).{hint} Lower --threshold, or teach more rationales."
    )


def _write_about(
    out: Path, pairing: Pairing, form: str, force: bool, column: str | None, origins: list[Origin], tally: Tally
) -> None:
    about: dict[str, Any] = {
        "form": form,
        "pairing": asdict(pairing),
        "forced": force,
        **({"column": column} if column else {}),
        "sources": [asdict(origin) for origin in origins],
        "counts": tally.described(),
    }
    about_file(out).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
