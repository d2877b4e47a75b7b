"""Rows by the data set or address that a task loads: `HUB` has makers of one row, `FILES` of a whole file.

HUB["openai/gsm8k"](SUMS[0], None)
FILES["gpqa_diamond.csv"]("https://...")
"""

import bz2
import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import yaml

from tests.hosts.media import PNG
from tests.hosts.rows_answers import ANSWERS
from tests.hosts.rows_choice import CHOICE
from tests.hosts.sums import SUMS, Sum

HUB = {**CHOICE, **ANSWERS}
EXAMPLES = {
    ("DigitalLearningGmbH/MATH-lighteval", "train"),
    ("EleutherAI/drop", "train"),
    ("TIGER-Lab/MMLU-Pro", "validation"),
    ("allenai/winogrande", "train"),
    ("cais/mmlu", "dev"),
    ("google-research-datasets/mbpp", "prompt"),
    ("openai/gsm8k", "train"),
    ("zefang-liu/secqa", "dev"),
}
"""Splits that tasks take their examples from."""


def _lines(rows: list[Any]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _csv(rows: list[list[Any]], **form: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, **form).writerows(rows)
    return text.getvalue().encode()


def _agieval(_: str) -> bytes:
    return _lines([_agieval_row(s) for s in SUMS])


def _agieval_row(s: Sum) -> dict[str, Any]:
    options = [f"({letter}){option}" for letter, option in zip("ABCD", s.options(), strict=True)]
    row = {"passage": None, "question": s.question, "options": options, "label": s.letter()}
    return {**row, "answer": None, "other": None}


def _agieval_math(_: str) -> bytes:
    return _lines([{**_agieval_row(s), "options": None, "label": None, "answer": str(s.right)} for s in SUMS])


def _cybermetric(_: str) -> bytes:
    questions = [
        {"question": s.question, "answers": dict(zip("ABCD", s.options(), strict=True)), "solution": s.letter()}
        for s in SUMS
    ]
    return json.dumps({"questions": questions}).encode()


def _gpqa(_: str) -> bytes:
    names = ["Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"]
    head = ["Record ID", "Question", *names, "High-level domain", "Subdomain"]
    body = [[f"g{s.a}", s.question, s.right, s.wrong, 1000, 2000, "Physics", "Genetics"] for s in SUMS]
    return _csv([head, *body])


def _mgsm(_: str) -> bytes:
    return _csv([[s.question, s.right] for s in SUMS], dialect="excel-tab")


def _mmiu(_: str) -> bytes:
    return _zip({"a.png": PNG})


def _personality(_: str) -> bytes:
    meta = {"trait": "Openness", "reverse": False}
    rows = [{"input": s.question, "choices": s.options(5), "target": list("ABCDE"), "metadata": meta} for s in SUMS]
    return json.dumps(rows).encode()


def _sad(url: str) -> bytes:
    """A zip with a list of batches and one batch."""
    task = next(task for task in _SAD if task in url)
    samples = [
        {"id": f"m{s.a}", "body": s.question, "choices_right": [str(s.right)], "choices_wrong": [str(s.wrong), "1000"]}
        for s in SUMS
    ]
    files = {f"pile/{_SAD[task]}.yaml": {"batches": ["one"]}, "batch/one.yaml": {"samples": samples}}
    return _zip({name: yaml.safe_dump(held).encode() for name, held in files.items()})


_SAD = {
    "facts/human_defaults/": "facts_human_defaults",
    "facts/llms/": "facts_llms",
    "influence/": "influence",
    "stages/oversight/": "oversight",
    "stages/full/": "stages",
}


def _zip(held: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return made.getvalue()


def _sevenllm(_: str) -> bytes:
    return _lines([_sevenllm_row(s, said) for s in SUMS for said in ("", "请回答。")])


def _sevenllm_row(s: Sum, said: str) -> dict[str, Any]:
    instruction = {"question": f"{said}{s.question}", "choice": dict(zip("ABCD", s.options(), strict=True))}
    fixed = {"input": "", "category": "sums", "thought": ""}
    return {"id": f"{s.a}{said}", "instruction": instruction, "output": s.letter(), **fixed}


def _worldsense(_: str) -> bytes:
    rows = [
        {
            "text": f"{s.question} Is it {s.right if s.holds else s.wrong}? Respond TRUE or FALSE.",
            "expectedresp": ["TRUE", "FALSE"],
            "goldresp_obfusc": "Emmanuel" if s.holds else "Megi",
            "Key": s.a,
            "tuple_ID": s.a // 2,
            "problemname": "Infer.trivial",
            "problemsize": 3,
        }
        for s in SUMS
    ]
    return bz2.compress(_lines(rows))


FILES: dict[str, Callable[[str], bytes]] = {
    "AGIEval": lambda url: (_agieval_math if url.endswith("/math.jsonl") else _agieval)(url),
    "CyberMetric": _cybermetric,
    "FanqingM/MMIU": _mmiu,
    "gpqa_diamond.csv": _gpqa,
    "mgsm_": _mgsm,
    "personality": _personality,
    "LRudL/sad": _sad,
    "SEVENLLM": _sevenllm,
    "worldsense": _worldsense,
}
