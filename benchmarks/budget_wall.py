"""Wall time of a live budgeted run against the full exam, at equal concurrency.

    python -m benchmarks.budget_wall

8 problems x 16 rationales x 2 students x 3 items on fake models that answer after 500 ms, 32 connections each, 8
problems at a time. Two of five rationales are right; after those, students are right in nine of ten sittings, after
others in one. Nothing is cached; the order alternates. A budget must not serialise the run: it is done before the full
exam is, or the exit code is 1.
"""

import os
import tempfile
import time
from typing import Any

import anyio
from inspect_ai import eval
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, ModelUsage, get_model, modelapi

from lbt_solvers.exams import variants
from lbt_solvers.types import Problem
from lbt_tasks._task import lbt_task

PROBLEMS, RATIONALES, ITEMS, ROUNDS, DELAY = 8, 16, 3, 2, 0.5
BUDGETS = ("full", "lossless", "thompson")


@modelapi(name="budgetfake")
class Fake(ModelAPI):
    """One teacher and two students, deterministic by seed."""

    def max_connections(self) -> int:
        return 32

    async def generate(
        self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: GenerateConfig
    ) -> ModelOutput:
        await anyio.sleep(DELAY)
        seed = config.seed or 0
        shown = [message.text for message in input if message.role == "assistant"]
        if not shown:
            answer = (1, 1, 2, 2, 3)[seed % 5] if "taught" in input[-1].text else 0
        else:
            answer = int(seed % 10 < 9) if "way 1" in shown[-1] else int(seed % 10 < 1)
        output = ModelOutput.from_content(self.model_name, f"I go way {answer}, number {seed}.\n\nANSWER: {answer}")
        output.usage = ModelUsage(input_tokens=50, output_tokens=10, total_tokens=60)
        return output


def run(budget: str, folder: str) -> tuple[float, int]:
    problems = [Problem(f"p{i}", f"The taught question {i}.", "1") for i in range(PROBLEMS)]
    bank = [
        Problem(f"{p.id}-{i}", f"Exam {i} of {p.id}.", "1", {"variant_of": p.id})
        for p in problems
        for i in range(ITEMS)
    ]
    exam = variants(bank, items=ITEMS, repetitions=1)
    options: dict[str, Any] = {"rationales": RATIONALES, "budget": budget, "cache": False, "choices_per_call": 1}
    task = lbt_task(problems, exam, name="wall", **options)
    students = [get_model(f"budgetfake/{name}", memoize=False) for name in "ab"]
    model = get_model("budgetfake/teacher", memoize=False)
    start = time.perf_counter()
    [log] = eval(task, model=model, model_roles={"student": students}, log_dir=folder, display="none", max_samples=8)
    seconds = time.perf_counter() - start
    assert log.status == "success" and log.samples, log.error
    usage = [used for sample in log.samples for used in sample.store["TeachingRecord:usage"].items()]
    return seconds, sum(used["calls"] for role, used in usage if role.startswith("student"))


def main() -> None:
    times: dict[str, list[float]] = {budget: [] for budget in BUDGETS}
    calls: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INSPECT_CACHE_DIR"] = folder
        run("full", folder)  # imports and first use
        for _ in range(ROUNDS):
            for budget in BUDGETS:
                seconds, calls[budget] = run(budget, folder)
                times[budget].append(seconds)
    full = min(times["full"])
    for budget in BUDGETS:
        best = min(times[budget])
        print(
            f"{budget:20} {best:6.1f} s   {100 * best / full:4.0f} % of the full exam's time   {calls[budget]:6,} calls"
        )
    if slow := [budget for budget in BUDGETS[1:] if min(times[budget]) > full]:
        raise SystemExit(f"slower than the full exam: {', '.join(slow)}")


if __name__ == "__main__":
    main()
