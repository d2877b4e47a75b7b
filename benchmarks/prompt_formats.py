"""Which prompt and which token limit suit a model: greedy answers to GSM8K by prompt format.

    python -m benchmarks.prompt_formats --model Qwen/Qwen2.5-Coder-0.5B-Instruct --data FOLDER
    python -m benchmarks.prompt_formats --model ./my-model --data FOLDER --prompts boxed,chat --problems 64

FOLDER holds GSM8K's `test.jsonl`. A row a format: right answers with their interval, replies without an answer, replies
that the limit cut, tokens of a reply, and how many replies would have fitted into fewer tokens.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import anyio
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    get_model,
)

import lbt_solvers.local_models  # noqa: F401  # pyright: ignore[reportUnusedImport]  (registers the provider)
from lbt_solvers.answers import MathAnswers
from lbt_solvers.prompts import load_prompt
from lbt_solvers.statistics import share_interval
from lbt_solvers.tables import Table, percent
from lbt_solvers.types import Problem
from lbt_tasks.data import load_gsm8k

ROLES = {"user": ChatMessageUser, "assistant": ChatMessageAssistant, "system": ChatMessageSystem}
FEWER = (128, 192, 256)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--prompts", default="chat,boxed,boxed_brief")
    parser.add_argument("--problems", type=int, default=32)
    parser.add_argument("--max-tokens", type=int, default=400)
    options = parser.parse_args()
    problems = list(load_gsm8k("test", str(options.data)))[: options.problems]
    model = get_model(f"hf-batch/{options.model}")
    titles = ("prompt", "right %", "no answer", "cut", "tokens", *(f"up to {count}" for count in FEWER))
    print(f"{options.model}: {len(problems)} problems, greedy, at most {options.max_tokens} tokens\n", flush=True)
    rows: list[list[str]] = []
    for name in options.prompts.split(","):
        rows.append(anyio.run(_row, model, name, problems, options.max_tokens))
        print(f"  {name}: {rows[-1][1]} % right", flush=True)
    print(f"\n{Table(titles, rows).markdown()}")


async def _row(model: Model, name: str, problems: Sequence[Problem], limit: int) -> list[str]:
    prompt, kind = load_prompt(name), MathAnswers()
    outputs: dict[str, ModelOutput] = {}

    async def ask(problem: Problem) -> None:
        turns = prompt.messages(problem.question, demonstrations=[])
        messages: list[ChatMessage] = [ROLES[turn.role](content=turn.text) for turn in turns]
        outputs[problem.id] = await model.generate(
            messages, config=GenerateConfig(temperature=0.0, max_tokens=limit, max_connections=len(problems))
        )

    async with anyio.create_task_group() as group:
        for problem in problems:
            group.start_soon(ask, problem)
    replies = [outputs[problem.id] for problem in problems]
    cut = [reply.stop_reason == "max_tokens" for reply in replies]
    answers = [kind.extract(reply.completion, truncated).answer for reply, truncated in zip(replies, cut, strict=True)]
    grades = [
        (await kind.grade(problem, [answer]))[0].score if answer else 0.0
        for problem, answer in zip(problems, answers, strict=True)
    ]
    tokens = [reply.usage.output_tokens if reply.usage else 0 for reply in replies]
    fitting = [str(sum(count < fewer for count in tokens)) for fewer in FEWER]
    right = percent(share_interval(grades))
    return [name, right, str(answers.count(None)), str(sum(cut)), f"{fmean(tokens):.0f}", *fitting]


if __name__ == "__main__":
    main()
