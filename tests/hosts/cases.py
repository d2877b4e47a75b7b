"""What every task that is tried is asked and how its model replies; `CASES` by the name of inspect_evals.

    CASES["boolq"].reply(SUMS[0], "... Compute 10 plus twice 3.", right=True)     # "Yes"

A reply ends as the task asks. By default that is the letter of the option with the value, where the text shows options,
else the value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.hosts.sums import Sum

Reply = Callable[[Sum, str, bool], str]


def value(question: Sum, right: bool) -> str:
    """What somebody computes."""
    return str(question.right if right else question.wrong)


def letter(question: Sum, text: str, right: bool) -> str:
    """Of the option with the value, in the last question of a text; the value where there are no options."""
    last = text[text.rfind("Compute") :]
    found = re.findall(rf"\(?\b([A-Za-z])[).:] {value(question, right)}\b", last)
    return found[-1] if found else value(question, right)


def _by_letter(question: Sum, text: str, right: bool) -> str:
    return f"I compute with care.\n\nANSWER: {letter(question, text, right)}"


def form(template: str, of: Callable[[Sum, str, bool], str] = letter) -> Reply:
    """A reply of that form."""
    return lambda question, text, right: template.format(of(question, text, right))


def _value(question: Sum, text: str, right: bool) -> str:
    return value(question, right)


def _yes_or_no(question: Sum, text: str, right: bool) -> str:
    return "Yes" if question.holds == right else "No"


def _true_or_false(question: Sum, text: str, right: bool) -> str:
    return "TRUE" if question.holds == right else "FALSE"


def _yes_no_option(question: Sum, text: str, right: bool) -> str:
    return f"ANSWER: {'A' if question.holds == right else 'B'}"


def _function(question: Sum, text: str, right: bool) -> str:
    return f"```python\ndef f():\n    return {value(question, right)}\n```"


def _steps(question: Sum, text: str, right: bool) -> str:
    found = int(value(question, right))
    return f"[{found}, {found + 6}]"


def _json(question: Sum, text: str, right: bool) -> str:
    return f'{{"a": "{value(question, right)}", "b": "yes"}}'


@dataclass(frozen=True)
class Case:
    """One task.

    Attributes:
        args: The task's arguments.
        options: Those of the wrapper, such as `grade`.
        reply: What a model says to a question in a text, rightly or wrongly.
        gold: The gold answer of exam questions for the way with `--solver`.
        local: Its programs run on this machine.
        solver: `None`, or why the task is not tried with `--solver`.
    """

    args: Mapping[str, Any] = field(default_factory=dict[str, Any])
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    reply: Reply = _by_letter
    gold: Callable[[Sum], str] = lambda question: str(question.right)
    local: bool = False
    solver: str | None = None


YES_NO = Case(reply=form("{}", _yes_or_no), gold=lambda question: "Yes" if question.holds else "No")
BARE = Case(reply=form("{}", _value))
TAGS = form("[ANSWER]{}[/ANSWER]")

CASES: dict[str, Case] = {
    **{
        f"agie_{name}": Case()
        for name in "aqua_rat logiqa_en lsat_ar lsat_lr lsat_rc math sat_en sat_en_without_passage sat_math".split()
    },
    **{name: Case(reply=form("So it is\n\n{}", _value)) for name in ("aime2024", "aime2025", "aime2026")},
    "arc_challenge": Case(),
    "arc_easy": Case(),
    "bbeh": Case(reply=form("The answer is: {}", _value)),
    "bbeh_mini": Case(reply=form("The answer is: {}", _value)),
    "bbh": Case(args={"subset_name": "date_understanding"}),
    "bbq": Case(args={"subsets": "Age"}),
    "boolq": YES_NO,
    "chembench": Case(args={"task_name": "organic_chemistry"}, reply=TAGS),
    "commonsense_qa": Case(),
    **{f"cybermetric_{size}": Case() for size in (80, 500, 2000, 10000)},
    "docvqa": Case(reply=form("ANSWER: {}", _value)),
    "drop": Case(reply=form("I compute.\nAnswer: {}", _value)),
    "gpqa_diamond": Case(),
    "gsm8k": Case(args={"fewshot": 2}),
    "hellaswag": Case(),
    "humaneval": Case(reply=_function, local=True),
    **{
        f"infinite_bench_{name}": BARE
        for name in "kv_retrieval longdialogue_qa_eng math_find number_string passkey".split()
    },
    **{f"infinite_bench_{name}": Case() for name in ("code_debug", "longbook_choice_eng")},
    "infinite_bench_code_run": Case(reply=form("The return value is: {}", _value)),
    "infinite_bench_math_calc": Case(reply=_steps, gold=lambda question: _steps(question, "", right=True)),
    **{
        f"lab_bench_{name}": Case()
        for name in "cloning_scenarios dbqa figqa litqa protocolqa seqqa suppqa tableqa".split()
    },
    "lingoly_too": Case(reply=_json),
    "macbench": Case(args={"task_name": "chirality"}, reply=TAGS),
    "math": Case(),
    "mathvista": Case(),
    "mbpp": Case(reply=_function, local=True),
    "medqa": Case(),
    "mgsm": Case(args={"languages": ["en"]}, reply=form("Double and add.\n\nAnswer: {}", _value)),
    "mmiu": Case(),
    "mmlu_0_shot": Case(),
    "mmlu_5_shot": Case(),
    "mmlu_pro": Case(args={"fewshot": 2}),
    "mmmu_multiple_choice": Case(args={"subjects": "Math"}),
    "mmmu_open": Case(args={"subjects": "Math"}, reply=form("{}", _value)),
    "musr": Case(),
    "onet_m6": Case(),
    "paws": YES_NO,
    "piqa": Case(),
    "pre_flight": Case(),
    "pubmedqa": Case(reply=_yes_no_option, gold=lambda question: "A" if question.holds else "B"),
    "race_h": Case(),
    **{
        f"sad_{name}": Case(reply=form("{}"))
        for name in "facts_human_defaults facts_llms influence stages_full stages_oversight".split()
    },
    **{f"sec_qa_{name}": Case() for name in ("v1", "v1_5_shot", "v2", "v2_5_shot")},
    "sevenllm_mcq_en": Case(),
    "sevenllm_mcq_zh": Case(),
    "squad": BARE,
    "stereoset": Case(),
    "truthfulqa": Case(),
    "vstar_bench_attribute_recognition": Case(),
    "vstar_bench_spatial_relationship_reasoning": Case(),
    "winogrande": Case(args={"fewshot": 2}),
    "wmdp_bio": Case(),
    "wmdp_chem": Case(),
    "wmdp_cyber": Case(),
    "worldsense": Case(reply=form("{}", _true_or_false), gold=lambda question: "TRUE" if question.holds else "FALSE"),
}
