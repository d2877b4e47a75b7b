"""The model card of a trained teacher: base model and revision, data with the logs' hashes, scores, settings, counts.

write_card(folder, Trained(...))
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lbt_tasks.logs import sha256_of
from lbt_tasks.preferences.export import about_file

_SHOWN = ("beta", "loss_type", "loss_weights", "learning_rate", "num_train_epochs", "seed")


@dataclass(frozen=True, slots=True)
class Trained:
    """What a card tells."""

    base: str
    revision: str
    method: str
    """`dpo` or `grpo`."""
    data: Sequence[str]
    settings: Mapping[str, Any]
    """All of them, as JSON."""
    facts: Mapping[str, Any]
    """Counts and results, by what they are called."""


def write_card(folder: Path, trained: Trained) -> None:
    """Writes `README.md` into the model's folder."""
    head = {
        "library_name": "transformers",
        "base_model": trained.base,
        "tags": ["learning-by-teaching", "trl", trained.method],
    }
    parts = [
        f"---\n{yaml.safe_dump(head, sort_keys=False)}---",
        f"# {folder.name}",
        f"`{trained.base}` (revision `{trained.revision}`), trained with TRL's {trained.method.upper()} on scores of "
        "Learning by Teaching (Ning et al., 2024, method M2): rationales that teach students well are preferred.",
        "## Data",
        *[_data(source) for source in trained.data],
        "## Training",
        "\n".join(f"- {name}: {value}" for name, value in {**_settings(trained.settings), **trained.facts}.items()),
        f"All settings:\n\n```json\n{json.dumps(trained.settings, indent=1, sort_keys=True, default=str)}\n```",
    ]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    training = settings.get("training", {})
    return {name: training[name] for name in _SHOWN if name in training}


def _data(source: str) -> str:
    if not Path(source).is_file():
        return f"- `{source}`"
    lines = [f"- `{Path(source).name}`, sha256 `{sha256_of(source)}`"]
    if about_file(source).is_file():
        about = json.loads(about_file(source).read_text(encoding="utf-8"))
        pairing, counts = about["pairing"], about["counts"]
        lines += [
            f"  - score = {pairing['weight']:g} x correctness + {1 - pairing['weight']:g} x LbT; margin above "
            f"{pairing['threshold']:g}, at most {pairing['max_pairs']} pairs a problem ({pairing['choose']}, seed "
            f"{pairing['seed']})",
            f"  - {counts['rows']:,} rows, {counts['rationales']:,} rationales, {counts['problems']:,} problems",
            *["  - problems of evaluation splits were let in (--any-split)"] * about["forced"],
        ]
        lines += [
            f"  - log `{origin['log']}`, sha256 `{origin['sha256']}`: task {origin['task']}, teacher "
            f"{origin['teacher']}, students {', '.join(origin['students'])}, seed {origin['seed']}"
            for origin in about["sources"]
        ]
    return "\n".join(lines)
