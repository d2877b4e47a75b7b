"""Grading through the hosts: Inspect's scorer `code_verdict`, and the metric of the same name for `evaluate`."""

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from lbt_sandbox import Kind, ProblemError
from lbt_sandbox.loaders import parse_problem

import lbt_tasks.metrics
from lbt_solvers.errors import UsageError
from lbt_tasks.code_verdict import code_verdict, program_in
from lbt_tasks.metrics.reference_tests import grade_all, problem_from_tests
from tests.evaluating import evaluate
from tests.sandbox.conftest import need
from tests.service.running import serving

TESTS = [{"args": [1, 2], "expected": 3}, {"args": [2, 2], "expected": 4}]
RIGHT = "```python\ndef add(a, b):\n    return a + b\n```"
HALF = "```python\ndef add(a, b):\n    return a * b\n```"
FUNCTION = "def add(a, b):\n    return a + b\n"


def run(tmp_path: Path, samples: list[Sample], replies: list[str], **options: Any) -> EvalLog:
    outputs = [ModelOutput.from_content("mockllm/model", reply) for reply in replies]
    for output in outputs:
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    task = Task(dataset=samples, scorer=code_verdict(**options))
    model = get_model("mockllm/model", custom_outputs=outputs, memoize=False)
    log = evaluate(task, model=model, log_dir=str(tmp_path), max_samples=1, fail_on_error=False)
    return log


def test_tests_in_the_metadata(engine: str, tmp_path: Path) -> None:
    metadata = {"entry_point": "add", "tests": TESTS, "level": "easy"}
    samples = [Sample(id=name, input="Add.", metadata=metadata) for name in ("right", "half")]
    log = run(tmp_path, samples, [RIGHT, HALF], engine=engine, workers=1)
    assert log.samples is not None
    scores = {sample.id: sample.scores["code_verdict"] for sample in log.samples if sample.scores}
    first, second = scores["right"], scores["half"]
    assert first.value == {"accepted": 1.0, "v_score": 1.0}
    assert second.value == {"accepted": 0.0, "v_score": 0.5}
    assert second.metadata is not None
    assert second.metadata["failed_tests"] == [{"verdict": "WA", "input": "1, 2", "expected": "3", "got": "2"}]
    assert "test 1 of 2: WA" in (second.explanation or "")
    assert log.results is not None
    metrics = {score.name: score.metrics for score in log.results.scores}
    assert (metrics["accepted"]["accuracy"].value, metrics["v_score"]["mean"].value) == (0.5, 0.75)


@pytest.mark.docker
@pytest.mark.timeout(1200)  # the image may have to be built first
def test_programs_that_use_pandas(tmp_path: Path) -> None:
    metadata = {"entry_point": "add", "tests": TESTS}
    program = "```python\nimport pandas\ndef add(a, b):\n    return int(pandas.Series([a, b]).sum())\n```"
    for image, accepted in (("scientific", 1.0), ("default", 0.0)):
        log = run(tmp_path, [Sample(id="x", input="Add.", metadata=metadata)], [program], workers=1, image=image)
        assert log.samples and log.samples[0].scores
        assert log.samples[0].scores["code_verdict"].value["accepted"] == accepted  # type: ignore[index]


def test_a_grading_service_says_the_same(tmp_path: Path) -> None:
    need("process")
    samples = [Sample(id=name, input="Add.", metadata={"entry_point": "add", "tests": TESTS}) for name in "ab"]
    with serving() as service:
        log = run(tmp_path, samples, [RIGHT, HALF], engine=service.url)
    values = {each.id: each.scores["code_verdict"].value for each in log.samples or [] if each.scores}
    assert values == {"a": {"accepted": 1.0, "v_score": 1.0}, "b": {"accepted": 0.0, "v_score": 0.5}}


@pytest.mark.parametrize(
    ("engine", "line"),
    [("dokcer", "Did you mean 'docker'"), ("auto", "No engine"), ("http://a:b@c", "LBT_SERVER_TOKEN")],
)
def test_an_engine_that_is_none_is_refused_at_once(engine: str, line: str) -> None:
    with pytest.raises(UsageError, match=line):
        code_verdict(engine=engine)


def test_problems_in_a_file(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "problems.jsonl"
    path.write_text(json.dumps({"task_id": "add", "entry_point": "add", "tests": TESTS}) + "\n")
    samples = [Sample(id="add", input="Add."), Sample(id="unknown", input="Add.")]
    log = run(tmp_path, samples, [RIGHT, RIGHT], engine=engine, workers=1, problems=str(path))
    assert log.samples is not None
    by_id = {sample.id: sample for sample in log.samples}
    known, unknown = by_id["add"], by_id["unknown"]
    assert known.scores is not None
    assert known.scores["code_verdict"].value == {"accepted": 1.0, "v_score": 1.0}
    assert not unknown.scores  # never a silent 0
    assert unknown.error is not None
    assert "has no problem 'unknown'" in unknown.error.message


def test_replies_become_programs() -> None:
    prompt = 'def add(a, b):\n    """Sum."""\n'
    problem = parse_problem({"task_id": "add", "entry_point": "add", "prompt": prompt, "tests": TESTS})
    assert program_in("    return a + b\n", problem) == prompt + "    return a + b\n"
    assert program_in(RIGHT, problem) == FUNCTION
    stdio = parse_problem({"task_id": "s", "kind": "stdio", "tests": [{"stdin": "", "stdout": "1"}]})
    assert program_in("```python\nprint(1)\n```", stdio) == "print(1)\n"


@pytest.mark.parametrize(
    ("reference", "entry_point", "kind"),
    [
        ("assert add(2, 3) == 5", "add", Kind.CALL),
        ("assert add(2, 3) == 5\nassert add(0, 0) == 0", "add", Kind.CALL),
        ("def check(candidate):\n    assert candidate(2, 3) == 5\n\ncheck(add)", "add", Kind.CALL),
        ("import math\nassert math.sqrt(add(2, 2)) == 2", "add", Kind.ASSERT_CODE),
        ("def check(c):\n    for n in range(3):\n        assert c(n, n) == 2 * n\ncheck(add)", "add", Kind.ASSERT_CODE),
        ("assert len(str(other)) and add(2, 3) == 5", "add", Kind.ASSERT_CODE),
    ],
)
def test_references_of_code_eval(reference: str, entry_point: str, kind: Kind) -> None:
    problem = problem_from_tests(reference, [FUNCTION])
    assert (problem.entry_point, problem.kind) == (entry_point, kind)


@pytest.mark.parametrize("reference", ["assert (", "assert 1 + 1 == 2"])
def test_references_that_test_nothing_are_refused(reference: str) -> None:
    with pytest.raises(ProblemError, match="A reference must"):
        problem_from_tests(reference, [FUNCTION])


def test_candidates_are_graded_task_by_task(engine: str) -> None:
    loop = "def check(c):\n    for n in range(3):\n        assert c(n, n) == 2 * n\ncheck(add)"
    predictions = [[FUNCTION, "def add(a, b): return 5"], [FUNCTION], ["def add(a, b): return a"]]
    references = ["assert add(2, 3) == 5", loop, loop]
    graded = grade_all(predictions, references, timeout=2.0, workers=1, engine=engine)  # type: ignore[arg-type]
    assert [[report.verdict.value for report in reports] for reports in graded] == [["AC", "AC"], ["AC"], ["WA"]]
    with pytest.raises(ValueError, match="2 references, 1 lists"):
        grade_all([[]], references[:2], 1.0, 1)


def test_the_metric_has_the_signature_of_code_eval(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate = pytest.importorskip("evaluate", reason="needs `pip install evaluate`")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    folder = Path(lbt_tasks.metrics.__file__).parent / "code_verdict"
    metric = evaluate.load(str(folder), cache_dir=str(tmp_path))
    rates, results = metric.compute(
        predictions=[["def add(a, b): return a * b", FUNCTION]],
        references=["assert add(2, 3) == 5"],
        k=[1, 2],
        num_workers=1,
        engine=engine,
    )
    assert rates == {"pass@1": 0.5, "pass@2": 1.0}
    assert [row["passed"] for _, row in results[0]] == [False, True]
