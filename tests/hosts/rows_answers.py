"""Rows of data sets whose questions have no options, in each one's own schema.

ANSWERS["openai/gsm8k"](SUMS[0], None)["answer"]
"""

from collections.abc import Callable
from typing import Any

from tests.hosts.media import PNG
from tests.hosts.sums import Sum

Row = dict[str, Any]


def _gsm8k(s: Sum, _: Any) -> Row:
    return {"question": s.question, "answer": f"Double and add.\n#### {s.right}"}


def _math(s: Sum, _: Any) -> Row:
    solution = f"It is $\\boxed{{{s.right}}}$."
    return {"problem": s.question, "solution": solution, "level": "Level 1", "type": "Algebra"}


def _aime(s: Sum, _: Any) -> Row:
    row = {"id": f"a{s.a}", "problem": s.question, "answer": str(s.right)}
    return {**row, "ID": f"a{s.a}", "Problem": s.question, "Answer": s.right, "Solution": "Double and add."}


def _bbeh(s: Sum, _: Any) -> Row:
    return {"task": f"task {s.number % 2}", "input": s.question, "target": str(s.right), "mini": 1}


def _boolq(s: Sum, _: Any) -> Row:
    return {"passage": "Sums.", "question": s.question, "answer": s.holds}


def _docvqa(s: Sum, _: Any) -> Row:
    image = {"path": f"{s.a}.png", "bytes": PNG}
    answers = [str(s.right), f"{s.right}.0"]
    return {"image": image, "question": s.question, "answers": answers, "questionId": str(s.a), "docId": s.a}


def _drop(s: Sum, _: Any) -> Row:
    date = {"day": "", "month": "", "year": ""}
    answer = {"number": str(s.right), "date": date, "spans": []}
    also = {"number": [str(s.right), ""], "date": [date, date], "spans": [[], [f"{s.right} in all"]]}
    return {
        "passage": "Sums.",
        "question": s.question,
        "query_id": f"q{s.a}",
        "answer": answer,
        "validated_answers": also,
    }


def _humaneval(s: Sum, _: Any) -> Row:
    return {
        "task_id": f"HumanEval/{s.a}",
        "prompt": f'def f():\n    """{s.question}"""\n',
        "canonical_solution": f"    return {s.right}\n",
        "test": f"def check(candidate):\n    assert candidate() == {s.right}\n",
        "entry_point": "f",
    }


def _mbpp(s: Sum, _: Any) -> Row:
    tests = [f"assert f() == {s.right}", "assert isinstance(f(), int)"]
    row = {"task_id": s.a, "prompt": f"Write f. {s.question}", "text": "Write f.", "test_list": tests}
    return {**row, "test_imports": [], "code": "", "source_file": ""}


LARGEST = "You should answer with only one number, no other words. The largest number of the list is: "


def _infinite(s: Sum, name: Any) -> Row:
    """`name` is the mapping from the task to its file."""
    (task,) = name if isinstance(name, dict) else ("",)
    given: dict[str, str] = {"math_find": LARGEST, "code_run": f"Return func_1({s.a}). {s.question}"}
    answers = [str(s.right), str(s.right + 6)] if task == "math_calc" else [str(s.right)]
    return {
        "id": s.a,
        "context": s.question if task == "math_find" else "Much text.",
        "input": given.get(task, s.question),
        "answer": answers,
        "options": s.options() if task in ("code_debug", "longbook_choice_eng") else [],
    }


def _lingoly_too(s: Sum, _: Any) -> Row:
    completion = str({"a": [str(s.right)], "b": ["yes"]})
    numbers = {"question_n": f"n{s.a}", "obfuscated_question_n": f"o{s.a}", "overall_question_n": s.a}
    return {"prompt": s.question, "completion": completion, "obfuscated": str(s.number % 2 == 0), **numbers}


def _paws(s: Sum, _: Any) -> Row:
    return {"id": s.a, "sentence1": s.question, "sentence2": "Sums.", "label": int(s.holds)}


def _squad(s: Sum, _: Any) -> Row:
    answers = {"text": [str(s.right), f"{s.right} apples"], "answer_start": [0, 0]}
    return {"id": f"s{s.a}", "context": "Sums.", "question": s.question, "answers": answers}


ANSWERS: dict[str, Callable[[Sum, Any], Row]] = {
    "BBEH/bbeh": _bbeh,
    "DigitalLearningGmbH/MATH-lighteval": _math,
    "EleutherAI/drop": _drop,
    "Maxwell-Jia/AIME_2024": _aime,
    "google-research-datasets/mbpp": _mbpp,
    "google-research-datasets/paws": _paws,
    "google/boolq": _boolq,
    "jkhouja/LingOly-TOO": _lingoly_too,
    "lmms-lab-encoder/DocVQA": _docvqa,
    "math-ai/aime25": _aime,
    "math-ai/aime26": _aime,
    "openai/gsm8k": _gsm8k,
    "openai/openai_humaneval": _humaneval,
    "rajpurkar/squad_v2": _squad,
    "xinrongzhang2022/InfiniteBench": _infinite,
}
