"""One number by every way that tells it: how likely a shipped student finds worked solutions after demonstrations.

    python -m tests.vllm.log_likelihoods                                # hf-batch, a plain forward pass, lm-eval's hf
    python -m tests.vllm.log_likelihoods http://localhost:8102/v1       # and vLLM; part of make vllm-smoke

Totals over a reply's tokens differ by at most 1e-3, or the command fails; `test_log_likelihoods.py` asks the same.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import anyio

from lbt_solvers.concurrency import in_order
from lbt_solvers.exam_kinds.likelihood import solution_of
from lbt_solvers.generation import Caller
from lbt_solvers.local_models import model_path
from lbt_solvers.prompts import Demonstration, PromptFormat, Turn, load_prompt
from lbt_solvers.types import Problem
from lbt_tasks.classroom.arithmetic.world import problems, variants
from lbt_tasks.classroom.models import CLASSROOM_PROMPT

STUDENT = "classroom/student_a"
CLOSE = 1e-3
Case = tuple[list[Turn], str]
"""What the student was asked, and the reply of which the likelihood is wanted."""


def cases(count: int = 6) -> list[Case]:
    """Solutions of exam questions, every other one after a demonstration."""
    prompt = load_prompt(CLASSROOM_PROMPT)
    alike = [variants(problem, 2, 0) for problem in problems("held_out", count, seed=0)]
    return [_case(prompt, *pair, shown=bool(at % 2)) for at, pair in enumerate(alike)]


def _case(prompt: PromptFormat, taught: Problem, item: Problem, shown: bool) -> Case:
    demo, solution = (Demonstration(each.question, solution_of(each), each.answer) for each in (taught, item))
    return prompt.messages(item.question, [demo] if shown else []), prompt.worked_solution(solution)


def by_inspect(asked: Sequence[Case], model: str, base_url: str | None = None) -> list[float]:
    """As an exam asks: by `hf-batch/NAME` or a server of vLLM."""
    from inspect_ai.model import GenerateConfig, get_model

    async def ask() -> list[float]:
        student = get_model(model, base_url=base_url, memoize=False)
        caller = Caller(student, "student", GenerateConfig(), load_prompt(CLASSROOM_PROMPT), "equality")
        calls = [partial(caller.log_likelihood, turns, said, f"{at}") for at, (turns, said) in enumerate(asked)]
        return [each.total for each in await in_order(calls)]

    return anyio.run(ask)


def _texts(tokenizer: Any, case: Case) -> tuple[str, str]:
    """The prompt as the template writes it, and the reply."""
    messages = [{"role": turn.role, "content": turn.text} for turn in case[0]]
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True), case[1]


def by_forward(asked: Sequence[Case], folder: str) -> list[float]:
    """One pass of transformers' model each, one sequence at a time."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found: list[float] = []
    for case in asked:
        prompt, said = _texts(tokenizer, case)
        begun, ids = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (prompt, prompt + said))
        assert ids[: len(begun)] == begun, "the reply's first token is one of the prompt's"
        with torch.inference_mode():
            scores = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0].float(), -1)
        found.append(sum(float(scores[at - 1, ids[at]]) for at in range(len(begun), len(ids))))
    return found


def by_lm_eval(asked: Sequence[Case], folder: str) -> list[float]:
    """The log-likelihoods of lm-eval's `hf`."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    harness: Any = HFLM
    model: Any = harness(pretrained=folder, device="cpu", dtype="float32", batch_size=2)
    pairs = [_texts(model.tokenizer, case) for case in asked]
    requests = [Instance("loglikelihood", {}, pair, at) for at, pair in enumerate(pairs)]
    return [total for total, _ in model.loglikelihood(requests)]


def every_way(asked: Sequence[Case], url: str | None = None) -> dict[str, list[float]]:
    """Totals by the way in which they were told; vLLM's where a server has the student."""
    folder = model_path(STUDENT)
    found = {
        "hf-batch": by_inspect(asked, f"hf-batch/{STUDENT}"),
        "forward": by_forward(asked, folder),
        "lm-eval hf": by_lm_eval(asked, folder),
    }
    return {**found, "vllm": by_inspect(asked, f"vllm/{STUDENT}", url)} if url else found


def furthest(found: Mapping[str, Sequence[float]]) -> float:
    """The largest distance of a total from that of the plain pass."""
    return max(
        abs(one - other) for totals in found.values() for one, other in zip(totals, found["forward"], strict=True)
    )


def main(arguments: Sequence[str]) -> int:
    """Prints a line a way; 1 where they differ."""
    found = every_way(cases(), *arguments[:1])
    for name, totals in found.items():
        print(f"{name:>10}: " + "  ".join(f"{total:9.4f}" for total in totals))
    apart = furthest(found)
    print(f"log-likelihoods of {len(cases())} replies by {len(found)} ways: at most {apart:.1e} apart")
    if "vllm" not in found:
        print("vLLM was not asked: give the address of a server that has the student.")
    return int(apart > CLOSE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
