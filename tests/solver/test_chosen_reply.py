"""The chosen reply reaches the task's own scorer as the teacher wrote it, in whatever form the task asked for."""

import pytest
from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import pattern

from lbt_solvers.exams import random_items
from lbt_solvers.solvers import learn_by_teaching
from tests.synthetic import world
from tests.synthetic.running import scripted


@pytest.mark.parametrize(
    ("reply", "form"),
    [
        ("Yes", r"\A(Yes|No)\Z"),
        ("I look. The answer is: Yes", r"The answer is: (Yes|No)\Z"),
        ("[ANSWER]Yes[/ANSWER]\nSurely.", r"\A\[ANSWER\](Yes|No)\[/ANSWER\]\nSurely\.\Z"),
        ("I look.\n\nANSWER: Yes", r"\AI look\.\n\nANSWER: (Yes|No)\Z"),
    ],
)
@pytest.mark.parametrize("show_thinking", [False, True])
def test_as_it_was_written(reply: str, form: str, show_thinking: bool, run) -> None:
    exam = random_items(world.bank(world.problems(2)), items=1)
    solver = learn_by_teaching(exam, rationales=2, show_thinking=show_thinking)
    samples = MemoryDataset([Sample(input="Is it so?", target="Yes")])
    task = Task(dataset=samples, solver=solver, scorer=pattern(form))
    log = run(task, teacher=scripted("teacher", text=reply, thinks="Let me see."), students=("a",))
    assert log.status == "success", log.error
    assert log.results and log.results.scores[0].metrics["accuracy"].value == 1
