"""`lbt grade` leaves out problems whose tests accept everything, and says which."""

import json
from pathlib import Path

from click.testing import CliRunner
from lbt_sandbox.cli import grade

from .test_self_check import ADD, REFUSED


def test_lbt_grade_leaves_them_out_by_name(engine: str, tmp_path: Path) -> None:
    bad = {**REFUSED["returns True"], "task_id": "bad"}
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in (ADD, bad)))
    solutions = [
        ("add", "def add(a, b): return a + b"),
        ("bad", "def f(x): return True"),
        ("add", "def add(a, b): return 1"),
    ]
    rows = [json.dumps({"task_id": task, "completion": code}) + "\n" for task, code in solutions]
    (tmp_path / "s.jsonl").write_text("".join(rows))
    for option, verdicts, code in (("--self-check", ["AC", None, "WA"], 1), ("--no-self-check", ["AC", "AC", "WA"], 0)):
        out = tmp_path / f"r{option}.jsonl"
        arguments = [f"--problems={tmp_path}/p.jsonl", f"--solutions={tmp_path}/s.jsonl", f"--out={out}"]
        done = CliRunner().invoke(grade, [*arguments, f"--engine={engine}", "--workers=1", option])
        assert isinstance(done.exception, SystemExit | None), repr(done.exception)
        assert done.exit_code == code, done.output
        graded = [json.loads(line) for line in out.read_text().splitlines()]
        assert [row["verdict"] for row in graded] == verdicts
        assert (option == "--no-self-check") or "also accept a solution that returns True" in graded[1]["message"]
