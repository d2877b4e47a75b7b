"""A few tasks of `make hosts` and `make lm-eval-hosts`, tried as the commands do, and that none is forgotten."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts.cases import CASES
from tests.hosts.left_out import reasons
from tests.hosts.pages import put

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("module", "needs", "tasks"),
    [("tests.hosts", "inspect_evals", ["boolq", "chembench"]), ("tests.lm_eval_hosts", "lm_eval", ["gsm8k"])],
)
def test_tasks_are_left_as_they_are(module: str, needs: str, tasks: list[str]) -> None:
    pytest.importorskip(needs)
    command = [sys.executable, "-m", module, *tasks]  # the rows are in place before the package is imported
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(tasks)} of {len(tasks)}" in done.stdout


def test_every_task_is_tried_or_left_out_with_its_reason() -> None:
    pytest.importorskip("inspect_evals")
    known = reasons()
    assert set(CASES) <= set(known) and len(CASES) >= 60
    assert not [name for name, reason in known.items() if not reason and name not in CASES]


def test_a_page_without_marks_is_told_so(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("No list.")
    with pytest.raises(ValueError, match="were needed, found neither"):
        put(page, ["a list"])
    page.write_text("<!-- hosts -->old<!-- /hosts -->")
    put(page, ["new"])
    assert page.read_text() == "<!-- hosts -->\nnew\n<!-- /hosts -->"
