"""Real problems with real hidden tests: a teacher that replays reference solutions and corrupted ones.

Skipped, visibly, where the data set or an engine is missing.
"""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval

from lbt_tasks.code.data import load_code_problems
from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code.task import code
from tests.synthetic.replay import know, replay
from tests.synthetic.running import reasons, record, values

FILE = "code/LeetCodeDataset-v0.3.1-test-half.jsonl.gz"
TAUGHT = [
    "find-the-power-of-k-size-subarrays-i",
    "minimum-positive-sum-subarray",
    "maximum-subarray-with-equal-products",
]


@pytest.fixture(scope="module")
def problems(shared_data: Path) -> dict[str, CodeProblem]:
    if not (shared_data / FILE).is_file():
        pytest.skip(f"needs {shared_data / FILE}")
    loaded = load_code_problems(shared_data / FILE)
    know(loaded)
    return {problem.id: problem for problem in loaded}


def test_references_pass_and_corrupted_ones_are_ranked_below(
    problems: dict[str, CodeProblem], shared_data: Path, each_engine: Any, tmp_path: Path
) -> None:
    task = code(data=str(shared_data / FILE), exam="tag", items=3, rationales=4, engine=each_engine)
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
    for index, sample in enumerate(log.samples or []):
        assert sample.scores
        found = sample.scores["code_accuracy"].metadata
        assert found is not None
        assert found["s_scores"][1] == found["s_scores"][3] == 1 and max(found["s_scores"][0::2]) < 1
        assert (found["v_scores"], found["lbt_scores"]) == ([0, 1, 1, 1], [0, 1, 0, 1])
        stored = record(log, index)
        assert stored["classes"] == [0, 1, 2, 1]
        asked = [item["id"] for item in stored["items"]]
        assert len(asked) == 3 and sample.id not in asked
        tags = set(problems[str(sample.id)].metadata["tags"])
        assert all(tags & set(problems[name].metadata["tags"]) for name in asked)
