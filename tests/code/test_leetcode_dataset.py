"""Real problems with real hidden tests: a teacher that replays reference solutions and corrupted ones.

Skipped, visibly, where the data set or an engine is missing.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from lbt_tasks.code.data import load_code_problems
from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code.task import code
from tests.evaluating import evaluate
from tests.synthetic.replay import know, replay
from tests.synthetic.running import reasons, record, values

FILE = "code/LeetCodeDataset-v0.3.1-test-half.jsonl.gz"
TAUGHT = [
    "find-the-power-of-k-size-subarrays-i",
    "minimum-positive-sum-subarray",
    "maximum-subarray-with-equal-products",
]


@pytest.fixture(scope="module")
def file(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The problems taught and others to examine with; the whole file takes seconds to read."""
    if not (shared_data / FILE).is_file():
        pytest.skip(f"needs {shared_data / FILE}")
    with gzip.open(shared_data / FILE, "rt", encoding="utf-8") as lines:
        kept = [line for at, line in enumerate(lines) if at < 30 or json.loads(line)["task_id"] in TAUGHT]
    path = tmp_path_factory.mktemp("leetcode") / "problems.jsonl"
    path.write_text("".join(kept), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def problems(file: str) -> dict[str, CodeProblem]:
    loaded = load_code_problems(file)
    know(loaded)
    return {problem.id: problem for problem in loaded}


def test_references_pass_and_corrupted_ones_are_ranked_below(
    problems: dict[str, CodeProblem], file: str, each_engine: Any, tmp_path: Path
) -> None:
    task = code(data=file, exam="tag", items=3, rationales=4, engine=each_engine)
    log = evaluate(
        task,
        model=replay("teacher"),
        model_roles={"student": [replay("student")]},
        sample_id=TAUGHT,
        log_dir=str(tmp_path),
    )
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
