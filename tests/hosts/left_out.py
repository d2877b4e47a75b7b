"""Why tasks of inspect_evals are not tried: a reason for each, from its own listing where that says enough.

reasons()["swe_bench"]        # "an agent in a sandbox"
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import yaml

_JUDGE = "a judge grades it"
_TALK = "two models converse, turn by turn"
_REASONS = {
    "abstention_bench": _JUDGE,
    "air_bench": _JUDGE,
    "ape_eval": _TALK,
    "bold": "classifiers that it downloads grade it",
    "coconot": _JUDGE,
    "cyse3_visual_prompt_injection": _JUDGE,
    "fortress_adversarial": _JUDGE,
    "fortress_benign": _JUDGE,
    "frontierscience": _JUDGE,
    "hle": _JUDGE,
    "instrumentaleval": _JUDGE,
    "lingoly": "asks every question twice, with and without its context, and its metric is their difference",
    "livebench": "needs the package livebench, from its repository",
    "make_me_pay": _TALK,
    "makemesay": _TALK,
    "mask": _JUDGE,
    "moru": _JUDGE,
    "niah": "counts tokens by a table that it downloads",
    "novelty_bench": "classifiers that it downloads grade it",
    "persistbench_beneficial_memory": _JUDGE,
    "persistbench_cross_domain": _JUDGE,
    "persistbench_sycophancy": _JUDGE,
    "personality_BFI": "no answer is right or wrong",
    "personality_TRAIT": "no answer is right or wrong",
    "simpleqa": _JUDGE,
    "simpleqa_verified": _JUDGE,
    "sosbench": _JUDGE,
    "strong_reject": _JUDGE,
    "sycophancy": "asks its model again after every reply",
    "uccb": _JUDGE,
    "vqa_rad": "knows its questions and images by heart, and refuses others",
    "writingbench": _JUDGE,
    "xstest": _JUDGE,
    "zerobench": "its metric is of five epochs of every question",
    "zerobench_subquestions": "its metric is of five epochs of every question",
}


def reasons() -> dict[str, str]:
    """By name, for every task of the package; empty where there is none."""
    return {task["name"]: _reason(task["name"], listed) for listed in _listings() for task in listed["tasks"]}


def _listings() -> Iterator[dict[str, Any]]:
    for folder in sorted(files("inspect_evals").iterdir(), key=lambda each: each.name):
        listing = folder / "eval.yaml"
        if listing.is_file():
            yield yaml.safe_load(listing.read_text())


def _reason(name: str, listed: dict[str, Any]) -> str:
    if name in _REASONS:
        return _REASONS[name]
    sandboxed = (listed.get("metadata") or {}).get("sandbox") or []
    if "solver" in sandboxed:
        return "an agent in a sandbox"
    if "Agent" in (listed.get("tags") or []):
        return "an agent with tools"
    if "scorer" in sandboxed:
        return "its programs run in a container with packages of its own"
    extra = listed.get("dependency")
    return f"needs the extra `{extra}` of inspect_evals" if extra else ""
