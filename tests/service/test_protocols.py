"""Every route against a running service: right and wrong programs, in the shapes that its clients read."""

import json
from typing import Any

import pytest

from .running import ADD, BAD, GOOD, Running
from .wrappers import verl_program

INCREASE = "def f(x):\n    return x + 1\n"


def run_code(service: Running, code: str, **fields: Any) -> dict[str, Any]:
    status, reply = service.post("/run_code", {"code": code, "language": "python", **fields})
    assert status == 200
    return reply


def test_grade_gives_the_row_of_the_command(service: Running) -> None:
    status, row = service.post("/v1/grade", {"problem": ADD, "program": GOOD})
    assert (status, row["verdict"], row["passed"], row["total"]) == (200, "AC", 2, 2)
    assert row["timings"].keys() == {"wait", "run"}
    assert row["tests"][0].keys() == {"verdict", "cpu", "wall", "memory"}
    _, row = service.post("/v1/grade", {"problem": ADD, "completion": f"Sure:\n```python\n{BAD}\n```", "extract": True})
    assert (row["verdict"], row["tests"][0]["got"], row["tests"][0]["expected"]) == ("WA", "-1", "3")


def test_a_batch_keeps_its_order_and_answers_every_line(service: Running) -> None:
    lines = [
        {"problem": ADD, "program": GOOD},
        {"task_id": "add", "program": "import time\ntime.sleep(0.3)\n" + GOOD},
        {"task_id": "none", "program": GOOD},
        {"task_id": "add", "program": BAD},
        {"program": GOOD},
        {"task_id": "add"},
    ]
    body = b"\n".join(json.dumps(line).encode() for line in lines) + b"\nnot json\n\n"
    status, reply, headers = service.send("/v1/grade/batch", body)
    rows = [json.loads(line) for line in reply.splitlines()]
    assert (status, headers["content-type"]) == (200, "application/x-ndjson")
    assert [row["verdict"] for row in rows] == ["AC", "AC", None, "WA", None, None, None]
    assert [row["message"].split(":")[0] for row in rows[4:]] == [
        "problem",
        "program",
        "a JSON object in UTF-8 was needed",
    ]


def test_run_tells_how_a_program_ended(service: Running) -> None:
    program = "import sys\nprint(input(), open('a/b').read())\nprint('e', file=sys.stderr)\nsys.exit(4)"
    status, reply = service.post("/v1/run", {"program": program, "stdin": "hi", "files": {"a/b": "aGk="}})
    assert status == 200
    assert (reply["verdict"], reply["exit_code"], reply["stdout"], reply["stderr"]) == ("RTE", 4, "hi hi\n", "e\n")
    _, reply = service.post("/v1/run", {"program": "while True: pass", "limits": {"seconds": 0.2}})
    assert (reply["verdict"], reply["exit_code"], reply["signal"]) == ("TLE", None, "SIGKILL")


def test_the_golden_shape_of_run_code(service: Running) -> None:
    reply = run_code(service, "print(input())", stdin="hi")
    reply["run_result"]["execution_time"], reply["executor_pod_name"] = 0.5, "pod"
    assert reply == {
        "status": "Success",
        "message": "",
        "compile_result": None,
        "run_result": {
            "status": "Finished", "execution_time": 0.5, "return_code": 0, "stdout": "hi\n", "stderr": "",
        },
        "executor_pod_name": "pod",
        "files": {},
    }  # fmt: skip


def test_run_code_says_how_a_program_failed(service: Running) -> None:
    reply = run_code(service, "1 / 0")
    assert (reply["status"], reply["run_result"]["return_code"]) == ("Failed", 1)
    assert reply["run_result"]["stderr"].splitlines()[-1] == "ZeroDivisionError: division by zero"
    reply = run_code(service, "x = (")
    assert reply["compile_result"] is None
    assert "SyntaxError" in reply["run_result"]["stderr"]
    reply = run_code(service, "while True: pass", run_timeout=0.2)
    assert reply["run_result"] | {"execution_time": 0} == {
        "status": "TimeLimitExceeded", "execution_time": 0, "return_code": None, "stdout": "", "stderr": "",
    }  # fmt: skip


@pytest.mark.parametrize("leaving", ["import sys; sys.exit(0)", "import os; os._exit(0)", "raise SystemExit"])
@pytest.mark.parametrize("test", ["assert f(1) == 2", "assert f(1) > 1"])
def test_who_leaves_early_passes_no_assert(service: Running, leaving: str, test: str) -> None:
    """The form that verl sends; as a program of its own it ends with 0 and would pass."""
    assert run_code(service, f"{INCREASE}\n\n{test}")["status"] == "Success"
    for solution in (f"{leaving}\n{INCREASE}", f"{INCREASE}{leaving}", f"def f(x):\n    {leaving}"):
        reply = run_code(service, f"{solution}\n\n{test}")
        assert (reply["status"], reply["message"]) == ("Failed", "graded as data: asserts")
    assert run_code(service, f"{leaving}\n")["message"] == ""


@pytest.mark.parametrize(
    ("solution", "stdin", "stdout"),
    [
        (INCREASE, "3", "4\n"),
        ("def f(x):\n    print('seen')\n    return [x, None, (1.5, True)]", '"a"', 'seen\n["a", null, [1.5, true]]\n'),
        ("class Solution:\n    def f(self, a, b):\n        return {a: b}", "1\n2", '{"1": 2}\n'),
        ("def f(x):\n    return {x}", "1", "{1}\n"),
    ],
)
def test_verl_s_wrapper_prints_what_it_would(service: Running, solution: str, stdin: str, stdout: str) -> None:
    wrapped = verl_program(solution, "f")
    reply = run_code(service, wrapped, stdin=stdin)
    as_it_is = run_code(service, f"{wrapped}\n#", stdin=stdin)  # not the exact form
    assert reply["run_result"]["stdout"] == as_it_is["run_result"]["stdout"] == stdout
    assert as_it_is["message"] == ""
    assert reply["message"] == ("" if "{x}" in solution else "graded as data: verl function")


def submit(service: Running, completion: str, **extra: bool) -> dict[str, Any]:
    tests = [{"input": {"stdin": each}, "output": {"stdout": out}} for each, out in (("1", "YES 1.0"), ("2", "Yes 2"))]
    config = {"dataset_type": "CommonOJDataset", "language": "python", "provided_data": {"test": tests}, "extra": extra}
    config |= dict.fromkeys(
        ("locale", "is_fewshot", "compile_timeout", "run_timeout", "custom_extract_logic")
    )  # the SDK's
    status, reply = service.post("/submit", {"dataset": "d", "id": 7, "completion": completion, "config": config})
    assert status == 200
    return reply


def test_submit_compares_apart_from_the_program(service: Running) -> None:
    reply = submit(service, "```python\nx = float(input())\nprint('yes', x)\n```")
    assert (reply["id"], reply["accepted"], len(reply["tests"])) == (7, True, 2)
    assert reply["extracted_code"] == "x = float(input())\nprint('yes', x)\n"
    assert reply["tests"][0].keys() == {"passed", "exec_info", "test_info"}
    wrong = "```python\nprint('no')\n```"
    assert [test["passed"] for test in submit(service, wrong)["tests"]] == [False]
    assert [test["passed"] for test in submit(service, wrong, run_all_cases=True)["tests"]] == [False, False]
    assert not submit(service, "```python\nimport sys; sys.exit(0)\n```")["accepted"]


def test_open_instruct_has_a_result_for_each_test(service: Running) -> None:
    tests = ["assert f(1) == 2", "assert f(1) == 3", "assert f(f(1)) == 3", "assert no(", "assert f"]
    status, reply = service.post("/test_program", {"program": INCREASE, "tests": tests, "max_execution_time": 1.0})
    assert status == 200
    assert reply["results"] == [1, 0, 1, 0, 1]
    assert [each == -1.0 for each in reply["runtimes"]] == [False, True, False, True, False]
    _, reply = service.post("/test_program", {"program": "import sys; sys.exit(0)", "tests": tests})
    assert reply["results"] == [0] * 5
    pairs = [{"input": "a", "output": "a"}, {"input": "a", "output": "b"}]
    _, reply = service.post("/test_program_stdio", {"program": "print(input())", "tests": pairs})
    assert reply["results"] == [1, 0]


def test_piston_runs_files_with_arguments(service: Running) -> None:
    files = [{"content": "import sys, m\nprint(m.x, sys.argv[1:], input())"}, {"name": "m.py", "content": "x = 1"}]
    body = {"language": "py", "version": "3.x", "files": files, "args": ["a"], "stdin": "in"}
    status, reply = service.post("/api/v2/execute", body)
    assert (status, reply["language"], reply["run"]["stdout"]) == (200, "python", "1 ['a'] in\n")
    assert reply["run"].keys() >= {"stdout", "stderr", "output", "code", "signal", "message", "status", "cpu_time"}
    assert reply["compile"]["code"] == 0
    (runtime,) = json.loads(service.get("/api/v2/runtimes")[1])
    assert (runtime["language"], runtime["version"]) == ("python", reply["version"])


def test_code_judge_judges_and_runs(service: Running) -> None:
    one = {"type": "python", "solution": "print(input())", "input": "a", "expected_output": "a"}
    status, reply = service.post("/judge", one)
    assert (status, reply["success"], reply["run_success"], reply["reason"]) == (200, True, True, "")
    _, reply = service.post("/judge", one | {"expected_output": "b"})
    assert (reply["success"], reply["run_success"], reply["stdout"]) == (False, True, "a\n")
    batch = [one, one | {"sub_id": "mine", "solution": "1 / 0"}]
    _, reply = service.post("/judge/long-batch", {"type": "batch", "submissions": batch})
    assert [each["success"] for each in reply["results"]] == [True, False]
    assert reply["results"][1]["sub_id"] == "mine"
    _, reply = service.post("/run/batch", {"type": "batch", "submissions": batch})
    assert [each["run_success"] for each in reply["results"]] == [True, False]


def test_rewards_of_both_forms(service: Running) -> None:
    half = "```python\ndef add(a, b): return 3\n```"
    fenced = f"```python\n{GOOD}\n```"
    assert service.post("/remote_rm", {"prompt": "p", "response": fenced, "label": ADD}) == (200, 1.0)
    assert service.post("/remote_rm", {"prompt": "p", "response": half, "label": json.dumps(ADD)}) == (200, 0.0)
    assert service.post("/remote_rm/fraction", {"prompt": "p", "response": half, "label": ADD}) == (200, 0.5)
    body = {"query": [f"Say {fenced}", f"Say {half}"], "prompts": ["Say ", "Say "], "labels": [ADD, json.dumps(ADD)]}
    assert service.post("/remote_rm", body) == (200, {"rewards": [1.0, 0.0]})


def test_operators_see_health_and_counts_and_no_code(service: Running) -> None:
    _, _, headers = service.send("/v1/run", b'{"program": "print(271828)"}', {"X-Request-ID": "mine-1"})
    assert headers["x-request-id"] == "mine-1"
    line = service.line("mine-1")
    assert line.keys() >= {"time", "route", "tenant", "status", "seconds", "wait", "run", "verdicts"}
    assert "271828" not in str(line)
    assert service.get("/health")[0] == service.get("/ready")[0] == 200
    text = service.get("/metrics")[1]
    assert 'lbt_requests_total{route="/v1/run",status="200"}' in text
    assert "lbt_queue_waiting 0" in text
    assert 'lbt_wait_seconds_bucket{le="+Inf"}' in text
