"""The tasks that are tried, with rows in their own schemas and what a model replies.

CASES["triviaqa"].reply(SUMS[0], right=True)     # "16"
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.hosts.rows_answers import ANSWERS
from tests.hosts.rows_choice import CHOICE
from tests.hosts.sums import Sum

Row = dict[str, Any]


def _value(question: Sum, right: bool) -> str:
    return str(question.right if right else question.wrong)


@dataclass(frozen=True)
class Case:
    """One task or group.

    Attributes:
        form: A reply of a model, with the value.
        asks: Arguments of `--model lbt` for questions and gold answers; without `answer` exams ask a bank.
        shots: Examples in the run with a chat template.
    """

    form: str = "{}"
    asks: Mapping[str, str] = field(default_factory=dict[str, str])
    shots: int = 2

    def reply(self, question: Sum, right: bool) -> str:
        """What a model says."""
        return self.form.format(_value(question, right))


_SOLUTION = Case("Double and add.\n#### {}", {"answer": "answer"})
_THOUGHT = Case("Double and add. The answer is {}.", {"answer": "answer"})

CASES: dict[str, Case] = {
    "aime": Case("So it is $\\boxed{{{}}}$.", {"answer": "Answer", "question": "Question"}),
    "aime24": Case("So it is $\\boxed{{{}}}$.", {"answer": "Answer", "question": "Problem"}),
    "aime25": Case("So it is $\\boxed{{{}}}$.", {"answer": "answer"}),
    "asdiv_cot_llama": Case("The final answer is {}", shots=0),
    "drop": Case("{}"),
    "gsm8k": _SOLUTION,
    "gsm8k_cot": _THOUGHT,
    "gsm8k_cot_zeroshot": _THOUGHT,
    "mgsm_direct_en": Case("{}", {"answer": "answer_number"}),
    "nq_open": Case("{}"),
    "triviaqa": Case("{}"),
    **{
        name: Case()
        for name in (
            "ai2_arc",
            "boolq",
            "commonsense_qa",
            "hellaswag",
            "mmlu_abstract_algebra",
            "openbookqa",
            "piqa",
            "sciq",
            "swag",
            "winogrande",
            "wmdp",
        )
    },
}


def _hellaswag(s: Sum, name: Any) -> Row:
    parts = {"ctx_a": s.question, "ctx_b": "it is", "activity_label": "Sums"}
    return {**CHOICE["Rowan/hellaswag"](s, name), **parts}


def _aime(s: Sum, name: Any) -> Row:
    return {"Question": s.question, "Answer": str(s.right)}


def _asdiv(s: Sum, name: Any) -> Row:
    return {"body": "Sums.", "question": s.question, "answer": f"{s.right} (apples)"}


def _mgsm(s: Sum, name: Any) -> Row:
    return {"question": s.question, "answer": None, "answer_number": s.right, "equation_solution": None}


def _nq(s: Sum, name: Any) -> Row:
    return {"question": s.question, "answer": [str(s.right), f"about {s.right}"]}


def _trivia(s: Sum, name: Any) -> Row:
    return {"question": s.question, "answer": {"aliases": [str(s.right), f"no {s.right}"], "value": str(s.right)}}


def _boolq(s: Sum, name: Any) -> Row:
    return {"passage": "Sums.", "question": s.question, "label": int(s.holds), "idx": s.a}


def _openbookqa(s: Sum, name: Any) -> Row:
    choices = {"label": list("ABCD"), "text": s.options()}
    return {"question_stem": s.question, "choices": choices, "answerKey": s.letter()}


def _sciq(s: Sum, name: Any) -> Row:
    others = {"distractor1": str(s.wrong), "distractor2": "1000", "distractor3": "2000"}
    return {"support": "Sums.", "question": s.question, "correct_answer": str(s.right), **others}


def _swag(s: Sum, name: Any) -> Row:
    endings = {f"ending{at}": option for at, option in enumerate(s.options())}
    return {"startphrase": s.question, "label": s.place(), **endings}


ROWS: dict[str, Callable[[Sum, Any], Row]] = {
    **CHOICE,
    **ANSWERS,
    "EleutherAI/asdiv": _asdiv,
    "Rowan/hellaswag": _hellaswag,
    "allenai/openbookqa": _openbookqa,
    "allenai/sciq": _sciq,
    "allenai/swag": _swag,
    "aps/super_glue": _boolq,
    "baber/piqa": CHOICE["ybisk/piqa"],
    "gneubig/aime-1983-2024": _aime,
    "google-research-datasets/nq_open": _nq,
    "juletxara/mgsm": _mgsm,
    "mandarjoshi/trivia_qa": _trivia,
}
