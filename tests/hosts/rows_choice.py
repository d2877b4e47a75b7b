"""Rows of multiple-choice data sets of the hub, in each one's own schema: one of a sum, or a list.

CHOICE["cais/mmlu"](SUMS[0], None)["choices"]
"""

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from tests.hosts.media import JPEG, PNG, URI, png_image
from tests.hosts.sums import Sum

Row = dict[str, Any]


def _arc(s: Sum, _: Any) -> Row:
    labels = ["A", "B", "C", "D"]
    choices = {"label": labels, "text": s.options()}
    return {"id": f"q{s.a}", "question": s.question, "choices": choices, "answerKey": s.letter()}


def _mmlu(s: Sum, _: Any) -> Row:
    return {"question": s.question, "choices": s.options(), "answer": s.place(), "subject": "algebra"}


def _mmlu_pro(s: Sum, _: Any) -> Row:
    return {
        "question_id": s.a,
        "question": s.question,
        "options": s.options(),
        "answer": s.letter(),
        "cot_content": f"A: Double and add. The answer is ({s.letter()}).",
        "category": "Math",
    }


def _bbq(s: Sum, _: Any) -> Row:
    one, two, three = s.options(3)
    fixed = {"question_polarity": "neg", "context_condition": "ambig", "answer_info": {}, "additional_metadata": {}}
    named = {"ans0": one, "ans1": two, "ans2": three, "label": s.place(3), "example_id": s.number}
    return {"context": "Sums.", "question": s.question, "category": "Age", "question_index": "1", **fixed, **named}


def _chembench(s: Sum, name: Any) -> Row:
    numbers = {option: float(option == str(s.right)) for option in s.options()}
    example = {"input": s.question, "target": None, "target_scores": json.dumps(numbers)}
    return {"uuid": f"u{s.a}", "examples": [example], "preferred_score": "multiple_choice_grade"}


def _macbench(s: Sum, _: Any) -> Row:
    pictures = {"image": {"entry1": {"value": URI}}}
    scores = {option: float(option == str(s.right)) for option in s.options()}
    example = {"input": f"{s.question} {{type1}}{{entry1}}", "qentries_modality": pictures, "target_scores": scores}
    return {"uuid": f"u{s.a}", "examples": [str(example)], "relative_tolerance": None}


def _commonsense(s: Sum, _: Any) -> Row:
    choices = {"label": ["A", "B", "C", "D", "E"], "text": s.options(5)}
    given = {"id": f"q{s.a}", "question": s.question, "question_concept": "sum"}
    return {**given, "choices": choices, "answerKey": "ABCDE"[s.place(5)]}


def _lab_bench(s: Sum, _: Any) -> Row:
    others = [option for option in s.options() if option != str(s.right)]
    fixed = {"paper-title": "Sums", "source": "doi", "protocol": "Add.", "figure": {"bytes": JPEG, "path": "f.jpg"}}
    tables = [{"bytes": PNG, "path": "t.png"}]
    return {"id": f"q{s.a}", "question": s.question, "ideal": str(s.right), "distractors": others, "tables": tables} | (
        fixed
    )


def _mathvista(s: Sum, _: Any) -> Row:
    has_options = s.number % 2 == 0
    return {
        "pid": str(s.a),
        "question": s.question,
        "query": s.question,
        "image": f"images/{s.a}.jpg",
        "decoded_image": {"bytes": PNG, "path": None},
        "choices": s.options() if has_options else None,
        "answer": str(s.right),
        "question_type": "multi_choice" if has_options else "free_form",
        "answer_type": "text" if has_options else "integer",
        "precision": None if has_options else 1.0,
        "metadata": {"grade": "high school"},
    }


def _mmiu(s: Sum, _: Any) -> Row:
    options = "\n".join(f"{letter}: {option}" for letter, option in zip("ABCD", s.options(), strict=True))
    given = {"question": s.question, "options": options, "output": s.letter()}
    return {**given, "task": "forensic_detection_blink", "input_image_path": ["Low-level-semantic/a.png"]}


def _mmmu(s: Sum, _: Any) -> list[Row]:
    pictures = {f"image_{number}": png_image() if number == 1 else None for number in range(1, 8)}
    fixed = {"subfield": "Algebra", "explanation": "", "img_type": "['Plots']", "topic_difficulty": "Easy"}
    closed = {"question_type": "multiple-choice", "options": str(s.options()), "answer": s.letter()}
    free = {"question_type": "open", "options": "[]", "answer": str(s.right)}
    return [
        {"id": f"validation_Math_{100 * at + s.a}", "question": s.question, **kind, **fixed, **pictures}
        for at, kind in enumerate((closed, free))
    ]


def _onet(s: Sum, _: Any) -> Row:
    numbered = "\n".join(f"{number}. {option}" for number, option in enumerate(s.options(), 1))
    answered = {"isAnswerable": True, "isMultipleChoice": True, "isSingleChoiceSolution": True}
    row = {"instruction": s.question, "input": numbered, "result": f"{s.place() + 1}.", "year": "2021"}
    return {**row, '"no"': str(s.a), **answered}


@cache
def _pubmed_ids() -> list[str]:
    return list(json.loads((files("inspect_evals") / "pubmedqa/data/test_ground_truth.json").read_text()))


def _pubmedqa(s: Sum, _: Any) -> Row:
    context = {"contexts": [f"Is it {s.right}?" if s.holds else f"Is it {s.wrong}?"]}
    decided = {"final_decision": "yes" if s.holds else "no", "long_answer": ""}
    return {"pubid": _pubmed_ids()[s.number], "question": s.question, "context": context, **decided}


def _stereoset(s: Sum, _: Any) -> Row:
    labels = [2, 2, 2]
    labels[s.place(3)] = 1
    sentences = {"sentence": s.options(3), "gold_label": labels}
    return {"id": f"s{s.a}", "context": s.question, "bias_type": "gender", "target": "sum", "sentences": sentences}


def _truthfulqa(s: Sum, _: Any) -> Row:
    targets = {"choices": s.options(), "labels": [int(option == str(s.right)) for option in s.options()]}
    return {"question": s.question, "mc1_targets": targets, "mc2_targets": targets}


def _vstar(s: Sum, _: Any) -> list[Row]:
    options = "\n".join(f"({letter}) {option}" for letter, option in zip("ABCD", s.options(), strict=True))
    text = f"{s.question}\n{options}\nAnswer with the option's letter from the given choices directly."
    given = {"text": text, "image": "image.png", "label": s.letter()}
    categories = enumerate(("direct_attributes", "relative_position"))
    return [{**given, "category": category, "question_id": 100 * at + s.a} for at, category in categories]


def _winogrande(s: Sum, _: Any) -> Row:
    one, two = s.options(2)
    return {"sentence": f"{s.question} It is _.", "option1": one, "option2": two, "answer": str(s.place(2) + 1)}


def _bbh(s: Sum, name: Any) -> Row:
    if name == "few_shot_prompts":
        return {"dataset_name": "date_understanding", "answer_only_prompt": "Q: 1+1? A: 2"}
    return {"question": s.question, "choices": {"label": list("ABCD"), "text": s.options()}, "target": s.letter()}


def _trait(s: Sum, name: Any) -> Row:
    one, two, three, four = s.options()
    high = {"response_high1": one, "response_high2": two, "response_low1": three, "response_low2": four}
    return {"question": f"{s.question} ({name})", "personality": "Openness", **high}


def _medqa(s: Sum, _: Any) -> Row:
    return {"id": str(s.a), "question": s.question, "choices": s.options(), "answer": [str(s.right)]}


def _hellaswag(s: Sum, _: Any) -> Row:
    return {"ctx": s.question, "source_id": f"w{s.a}", "label": str(s.place()), "endings": s.options()}


def _musr(s: Sum, _: Any) -> Row:
    return {
        "narrative": "A tale.",
        "question": s.question,
        "choices": str(s.options()),
        "answer_index": s.place(),
        "answer_choice": str(s.right),
    }


def _piqa(s: Sum, _: Any) -> Row:
    one, two = s.options(2)
    return {"goal": s.question, "sol1": one, "sol2": two, "label": s.place(2)}


def _pre_flight(s: Sum, _: Any) -> Row:
    return {"id": f"p{s.a}", "input": s.question, "choices": s.options(), "target": s.letter()}


def _race(s: Sum, _: Any) -> Row:
    return {"article": "A text.", "question": s.question, "answer": s.letter(), "options": s.options()}


def _secqa(s: Sum, _: Any) -> Row:
    return {"Question": s.question, **dict(zip("ABCD", s.options(), strict=True)), "Answer": s.letter()}


def _wmdp(s: Sum, _: Any) -> Row:
    return {"question": s.question, "choices": s.options(), "answer": s.place()}


CHOICE: dict[str, Callable[[Sum, Any], Any]] = {
    "AI4Math/MathVista": _mathvista,
    "AirsideLabs/pre-flight-06": _pre_flight,
    "FanqingM/MMIU-Benchmark": _mmiu,
    "Joschka/big_bench_hard": _bbh,
    "MMMU/MMMU": _mmmu,
    "McGill-NLP/stereoset": _stereoset,
    "Rowan/hellaswag": _hellaswag,
    "TAUR-Lab/MuSR": _musr,
    "TIGER-Lab/MMLU-Pro": _mmlu_pro,
    "allenai/ai2_arc": _arc,
    "allenai/winogrande": _winogrande,
    "bigbio/med_qa": _medqa,
    "cais/mmlu": _mmlu,
    "cais/wmdp": _wmdp,
    "craigwu/vstar_bench": _vstar,
    "ehovy/race": _race,
    "futurehouse/lab-bench": _lab_bench,
    "heegyu/bbq": _bbq,
    "jablonkagroup/ChemBench": _chembench,
    "jablonkagroup/MaCBench": _macbench,
    "matichon/thai-onet-m6-exam": _onet,
    "mirlab/TRAIT": _trait,
    "qiaojin/PubMedQA": _pubmedqa,
    "tau/commonsense_qa": _commonsense,
    "truthfulqa/truthful_qa": _truthfulqa,
    "ybisk/piqa": _piqa,
    "zefang-liu/secqa": _secqa,
}
