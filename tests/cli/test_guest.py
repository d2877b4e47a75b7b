"""Everything that a stranger's task may bring at once, by real commands, with a kill in the middle.

Invariants:
 1. Teaching finds what the vote does not, by the judge's grades, where an image and several targets are asked about.
 2. A run that was killed and retried has the table and the costs of an undisturbed one.
 3. Thoughts are counted apart, and effort is the teacher's alone.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import list_eval_logs, read_eval_log

from tests.synthetic.running import record

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(600)
def test_real_commands(tmp_path: Path) -> None:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        [str(REPOSITORY / "tests/cli/guest.sh"), str(tmp_path)],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    check(tmp_path)


def check(folder: Path) -> None:
    """What the script left there."""
    whole, retried = (json.loads((folder / f"{name}.json").read_text())[0] for name in ("whole", "retried"))
    assert whole["sum"]["accuracy"] == whole["max"]["accuracy"] == 1
    assert whole["maj"]["accuracy"] == 0
    for name in ("problems", "maj", "max", "sum", "avg", "oracle", "cost"):
        assert retried[name] == whole[name]

    log = read_eval_log(list_eval_logs(str(folder / "retried"))[0], resolve_attachments="full")
    assert log.status == "success" and log.samples and log.results
    assert len(log.samples) == 6 and log.eval.config.epochs_reducer == ["max"]
    assert {score.name for score in log.results.scores} >= {"sum", "includes", "model_graded_qa"}
    asked = [event for event in log.samples[0].events if event.event == "model" and event.role != "grader"]
    assert {event.model for event in asked} == {"first/teacher", "first/a", "second/b"}
    assert {event.config.reasoning_effort for event in asked if event.model == "first/teacher"} == {"high"}
    assert {event.config.reasoning_effort for event in asked if event.model != "first/teacher"} == {None}
    assert all(_is_shown(event.input) for event in asked)
    usage = record(log)["usage"]
    assert usage["teacher"]["reasoning_tokens"] > 0
    assert not any(used["reasoning_tokens"] for role, used in usage.items() if role != "teacher")


def _is_shown(messages: Any) -> bool:
    """One system message, and an image with every question."""
    asked = [message.content for message in messages if message.role == "user"]
    images = [any(part.type == "image" for part in content) for content in asked]
    return [message.role for message in messages].count("system") == 1 and all(images)
