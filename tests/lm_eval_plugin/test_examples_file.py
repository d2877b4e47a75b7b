"""The few-shot file of `lbt examples` is a task that lm-eval runs: the set is shown as it is, rows are the user's."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from lbt_solvers.examples import ExampleTask
from lbt_solvers.examples.parsing import read_label
from lbt_tasks.examples.export import lm_eval_task
from lbt_tasks.examples.record import ExampleItem
from tests.lm_eval_plugin.world import ScriptedLM

from lm_eval import simple_evaluate  # isort: skip
from lm_eval.tasks import TaskManager  # isort: skip

LABELLED = [
    ExampleItem(text="All {{cats}} ] {% sleep %}.", label="Yes"),
    ExampleItem(text="One: 'cat'\n# Why", label="No"),
]
WORKED = [
    ExampleItem(text="2 and 3?", rationale="Sum: 2+3=5.", label="5"),
    ExampleItem(text="1?", rationale="So.", label="1"),
]


class Parrot(ScriptedLM):
    """Says the same to everything."""

    def __init__(self, says: str) -> None:
        super().__init__()
        self.says = says

    def generate_until(self, requests: Any) -> list[str]:
        self.asked += [str(request.args[0]) for request in requests]
        return [self.says] * len(requests)


def evaluate(
    folder: Path, task: ExampleTask, items: list[ExampleItem], model: Parrot, targets: list[str]
) -> dict[str, Any]:
    (folder / "fewshot.yaml").write_text(lm_eval_task(task, items))
    rows = [{"text": f"Is {{{{it}}}} {at}?", "target": target} for at, target in enumerate(targets)]
    (folder / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    manager = TaskManager(include_path=str(folder), include_defaults=False)
    name = f"{task.name}_optimised_examples"
    run = cast(Any, simple_evaluate)(model=model, tasks=[name], task_manager=manager, bootstrap_iters=0)
    return run["results"][name]


def test_labelled_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = Parrot(" yes")
    found = evaluate(tmp_path, ExampleTask("own", "Is {it} so?", ("Yes", "No")), LABELLED, model, ["Yes", "No", "Yes"])
    shown = "Text: All {{cats}} ] {% sleep %}.\nLabel: Yes\n\nText: One: 'cat'\n# Why\nLabel: No\n\n"
    before = f"Is {{it}} so?\nAnswer with the label alone: Yes, No.\n\n{shown}"
    assert model.asked[:1] == [f"{before}Text: Is {{{{it}}}} 0?\nLabel:"] and len(model.asked) == 3
    assert found["exact_match,label"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(("reply", "share"), [("**Label:** YES, since", 1), ("Yesterday", 0), ("maybe yes", 0)])
def test_replies_are_read_as_in_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reply: str, share: int) -> None:
    monkeypatch.chdir(tmp_path)
    found = evaluate(tmp_path, ExampleTask("own", "So?", ("No", "Yes")), LABELLED, Parrot(reply), ["Yes"])
    assert found["exact_match,label"] == share == (read_label(reply, ("No", "Yes")) == "Yes")


def test_worked_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = Parrot("Sum: 4+3=7. 7")
    found = evaluate(tmp_path, ExampleTask("sums", "Solve."), WORKED, model, ["7", "4"])
    assert model.asked[0].startswith("Solve.\n\nQuestion: 2 and 3?\nAnswer: Sum: 2+3=5. 5\n\nQuestion: 1?\n")
    assert found["exact_match,last word"] == 0.5
