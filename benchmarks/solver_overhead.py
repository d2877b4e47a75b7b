"""What the solver costs per model call, against a bare loop of Inspect's own `generate` calls.

    python -m benchmarks.solver_overhead

Both run inside one Inspect sample on the same fake model that answers after 10 ms, 2,000 student calls each, the same
messages, in alternation, several rounds; the ratio is that of the fastest rounds. `cached` rows write every reply to
Inspect's cache, as the solver does by default, so that a killed run repeats nothing; there both sides do.
"""

import os
import tempfile
import time
from typing import Any

import anyio
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    CachePolicy,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    get_model,
    modelapi,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from lbt_solvers.concurrency import in_order
from lbt_solvers.exams import variants
from lbt_solvers.solvers import examine, teach
from lbt_solvers.types import Problem

RATIONALES, ITEMS, ROUNDS = 100, 20, 3
CALLS = RATIONALES * ITEMS
QUESTION = "A farm has {n} hens and twice as many ducks. How many animals are there?"


@modelapi(name="fake10ms")
class Fake(ModelAPI):
    """Answers after 10 ms; a thousand connections, so that Inspect's own work is the limit."""

    def max_connections(self) -> int:
        return 1000

    async def generate(
        self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: GenerateConfig
    ) -> ModelOutput:
        await anyio.sleep(0.010)
        text = f"Twice as many ducks.\n\nANSWER: {(config.seed or 0) % 7}"
        output = ModelOutput.from_content(self.model_name, text)
        output.usage = ModelUsage(input_tokens=50, output_tokens=10, total_tokens=60)
        return output


@solver
def bare_loop(cache: bool) -> Solver:
    """The same calls without the method: no extraction, no grading, no record."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        model = get_model()

        async def call(rationale: int, item: int) -> None:
            shown = f"Twice as many ducks.\n\nANSWER: {rationale % 7}"
            messages: list[ChatMessage] = [
                ChatMessageUser(content=QUESTION.format(n=0)),
                ChatMessageAssistant(content=shown),
                ChatMessageUser(content=QUESTION.format(n=item)),
            ]
            policy = CachePolicy(expiry=None, scopes={"i": f"{rationale}/{item}"}) if cache else False
            await model.generate(messages, config=GenerateConfig(temperature=0.7, seed=rationale), cache=policy)

        start = time.perf_counter()
        await in_order([lambda r=r, i=i: call(r, i) for r in range(RATIONALES) for i in range(ITEMS)])
        TIMES.append(time.perf_counter() - start)
        return state

    return solve


@solver
def timed_exam(cache: bool) -> Solver:
    """The examine stage alone, timed: 2,000 sittings with everything that the solver does around them."""
    bank = [Problem(f"v{n}", QUESTION.format(n=n + 1), str(3 * n), {"variant_of": "taught"}) for n in range(ITEMS)]
    stage = examine(variants(bank, items=ITEMS, repetitions=1), control=False, cache=cache)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        start = time.perf_counter()
        state = await stage(state, generate)
        TIMES.append(time.perf_counter() - start)
        return state

    return solve


TIMES: list[float] = []


def run(solvers: list[Solver]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INSPECT_CACHE_DIR"] = f"{folder}/cache"
        task = Task([Sample(id="taught", input=QUESTION.format(n=0), target="0")], solver=solvers)
        log = eval(task, model="fake10ms/model", display="none", log_dir=folder)[0]
    if log.status != "success":
        raise SystemExit(f"the benchmark's run failed: {log.error.message if log.error else log.status}")
    return TIMES.pop()


def main() -> None:
    print(f"{CALLS} calls in one sample, a model that answers after 10 ms, best of {ROUNDS} rounds")
    print(f"{'':10} {'bare loop':>12} {'solver':>12}   ratio")
    for cache in (False, True):
        bare, ours = [], []
        for _ in range(ROUNDS):
            bare.append(run([bare_loop(cache)]))
            ours.append(run([teach(RATIONALES, greedy=False, cache=False), timed_exam(cache)]))
        each = [1000 * min(times) / CALLS for times in (bare, ours)]
        label = "cached" if cache else "uncached"
        print(f"{label:10} {each[0]:9.2f} ms {each[1]:9.2f} ms   {each[1] / each[0]:.2f} x")


if __name__ == "__main__":
    main()
