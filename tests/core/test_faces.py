"""What other code may rely on: the names that each package lists, and the pages that import no others.

1. The list is sorted, every name of it is there and documented.
2. No name hides a module.
3. Python on a page imports from faces alone, and that of docs/exams.md runs.
4. The face of the method loads no harness.
"""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FACES = ("lbt_solvers", "lbt_solvers.examples", "lbt_tasks", "lbt_tasks.data", "lbt_sandbox", "lbt_sandbox.rewards")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "sandbox/README.md", *sorted(ROOT.glob("docs/**/*.md"))]


def blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("face", FACES)
def test_1_a_face_is_sorted_there_and_documented(face: str) -> None:
    package = importlib.import_module(face)
    assert package.__all__ == sorted(package.__all__, key=lambda name: (not name[0].isupper(), name))
    found = {name: getattr(package, name) for name in package.__all__}
    assert set(found) <= set(dir(package))
    assert not [name for name, each in found.items() if not inspect.getdoc(each)]


@pytest.mark.parametrize("root", ["lbt_solvers", "lbt_tasks", "lbt_sandbox"])
def test_2_no_name_hides_a_module(root: str) -> None:
    package = importlib.import_module(root)
    for name in package.__all__:
        getattr(package, name)
    below = [found.name for found in pkgutil.walk_packages(package.__path__, f"{root}.") if found.ispkg]
    for each in [package, *map(importlib.import_module, below)]:
        for module in pkgutil.iter_modules(each.__path__):
            hidden = vars(each).get(module.name)
            assert hidden is None or isinstance(hidden, ModuleType), f"{each.__name__}.{module.name}"


def test_an_unknown_name_is_refused() -> None:
    for face in ("lbt_solvers", "lbt_tasks"):
        with pytest.raises(AttributeError, match="no_such_name"):
            _ = importlib.import_module(face).no_such_name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_3_python_on_a_page_imports_from_faces(page: Path) -> None:
    for module, names in re.findall(r"^from (lbt_\S+) import (.+)$", "\n".join(blocks(page)), re.MULTILINE):
        assert module in FACES
        assert {name.strip() for name in names.split(",")} <= set(importlib.import_module(module).__all__)


def test_3_the_page_on_exams_runs() -> None:
    first, own = blocks(ROOT / "docs/exams.md")
    names: dict[str, Any] = {}
    exec(first, names)
    assert (names["exam"].items[0].id, names["exam"].sittings) == ("q1", 3)
    exec(own, names)
    exam = names["exam_without_models"](names["maker"], names["Problem"]("p", "?", "1"))
    assert exam.sittings == 2


def test_4_the_face_of_the_method_loads_no_harness() -> None:
    code = (
        "import sys, lbt_solvers, lbt_tasks; print([m for m in ('inspect_ai', 'torch', 'lm_eval') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
