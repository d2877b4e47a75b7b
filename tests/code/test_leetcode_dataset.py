"""Real problems with real hidden tests: a teacher that replays reference solutions and corrupted ones.

Skipped, visibly, where the data set or an engine is missing. Of four samples two are the reference, one returns
nothing, and one knows the visible tests by heart, so that nothing visible tells it from the reference. Students write
the reference after a demonstration of it, and a program that returns nothing after any other.
"""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval
from inspect_ai.model import ChatMessage, GenerateConfig, get_model, modelapi

from lbt_tasks.code.data import load_code_problems
from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code.task import code
from tests.synthetic.running import reasons, record, values
from tests.synthetic.world import Scripted

FILE = "code/LeetCodeDataset-v0.3.1-test-half.jsonl.gz"
TAUGHT = [
    "find-the-power-of-k-size-subarrays-i",
    "minimum-positive-sum-subarray",
    "maximum-subarray-with-equal-products",
]
KNOWN: dict[str, CodeProblem] = {}
"""Problems by their starter code, which stands in every question."""


def empty(problem: CodeProblem) -> str:
    return f"{problem.starter_code}\n        return None"


def learned_by_heart(problem: CodeProblem) -> str:
    name = problem.visible.entry_point.split(".")[-1]
    answers = {repr((case.args, sorted(case.kwargs.items()))): case.expected for case in problem.visible.cases}
    key = "repr((args, sorted(kwargs.items())))"
    return f"class Solution:\n    def {name}(self, *args, **kwargs):\n        return {answers!r}.get({key})"


@modelapi(name="replay")
class Replay(Scripted):
    """Writes the reference or another program for the last question."""

    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        problem = next(known for starter, known in KNOWN.items() if starter in input[-1].text)
        shown = [message.text for message in input if message.role == "assistant"]
        if shown:
            right = "As it should be" in shown[-1]
        else:
            right = bool(config.temperature) and choice % 2 == 1
        wrong = learned_by_heart if choice == 2 and not shown else empty
        program = problem.reference if right else wrong(problem)
        return f"{'As it should be.' if right else 'Something else.'}\n\n```python\n{program}\n```"


@pytest.fixture(scope="module")
def data(shared_data: Path) -> str:
    if not (shared_data / FILE).is_file():
        pytest.skip(f"needs {shared_data / FILE}")
    KNOWN.update({problem.starter_code: problem for problem in load_code_problems(shared_data / FILE)})
    return str(shared_data / FILE)


def replay(name: str) -> Any:
    return get_model(f"replay/{name}", memoize=False)


def test_references_pass_and_corrupted_ones_are_ranked_below(data: str, each_engine: str, tmp_path: Path) -> None:
    task = code(data=data, exam="tag", items=3, rationales=4, engine=each_engine)  # type: ignore[arg-type]
    log = eval(
        task,
        model=replay("teacher"),
        model_roles={"student": [replay("student")]},
        sample_id=TAUGHT,
        display="none",
        log_dir=str(tmp_path),
    )[0]
    assert log.status == "success", reasons(log)
    got = values(log)
    assert {got[f"s_{rule}"] for rule in ("max", "max_v1", "sum", "oracle")} == {1}
    assert got["s_mean"] < 0.9 and got["v_mean"] == 0.75 and got["s_greedy"] < 0.5
    for sample in log.samples or []:
        assert sample.scores
        found = sample.scores["code_accuracy"].metadata
        assert found is not None
        assert found["s_scores"][1] == found["s_scores"][3] == 1 and max(found["s_scores"][0::2]) < 1
        assert found["v_scores"] == [0, 1, 1, 1]
        assert found["lbt_scores"] == [0, 1, 0, 1]
    tags = {problem.id: set(problem.metadata["tags"]) for problem in KNOWN.values()}
    for index, sample in enumerate(log.samples or []):
        stored = record(log, index)
        assert stored["classes"] == [0, 1, 2, 1]
        asked = [item["id"] for item in stored["items"]]
        assert len(asked) == 3 and sample.id not in asked
        assert all(tags[name] & tags[str(sample.id)] for name in asked)
