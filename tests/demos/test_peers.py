"""The comparison with DSPy and GEPA: what is counted, and that every method stays within its budget."""

import random

import anyio
import pytest

from benchmarks.demos_peers.__main__ import measured, print_table
from benchmarks.demos_peers.fallacy import Fallacy
from benchmarks.demos_peers.methods import METHODS
from benchmarks.demos_peers.rooms import first_set, optimisation
from benchmarks.demos_peers.scripted import FIRST_SET, reply
from lbt_solvers.demos import Demo, DemoTask, Prediction, Row
from lbt_solvers.demos.optimise import TEACHER
from lbt_solvers.demos.types import Failure
from lbt_tasks.demos.data import DemoData
from lbt_tasks.demos.models import BudgetSpentError

TASK = DemoTask("fallacy", "Is it a faulty generalization?", ("Yes", "No"), "Yes")
WORDS = "cats dogs films people taxes phones towns roads uncles waiters all some never always every one two".split()


def rows(split: str, count: int) -> list[Row]:
    rng = random.Random(split)
    return [
        Row(f"{split}/{at}", f"{split} {at}: {' '.join(rng.choices(WORDS, k=8))}", TASK.labels[at % 2])
        for at in range(count)
    ]


DATA = DemoData(TASK, rows("train", 240), rows("test", 40))


def room(budget: int = 700) -> Fallacy:
    return Fallacy(DATA, 0, budget)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if not method.by_kind])
def test_every_method_stays_within_its_budget_and_fills_the_slot(name: str, capsys) -> None:
    method = METHODS[name]
    if method.package:
        pytest.importorskip(method.package, reason=f"{method.package} is not installed")
    found = measured(room(), method)
    assert found["answers"] <= 700 and found["demonstrations"] == 8 and 0 <= found["test"] <= 1
    assert (found["answers"] > 0) == (name != "first set") and found["read"] > found["answers"]
    assert found == {**measured(room(), method), "seconds": found["seconds"]}
    capsys.readouterr()
    print_table({name: [found, found]})
    assert f"| {name} | {100 * found['test']:.1f} [" in capsys.readouterr().out


def test_answers_of_m3_are_those_of_its_rounds_and_tests_cost_nothing() -> None:
    spent, options = room(10_000), room().options
    world, run = spent.world(), optimisation(spent, spent.students)

    async def one_round():
        return await run.advance(world, await run.begin(world), 1)

    beam, report = anyio.run(one_round)
    evaluated = len(report.candidates) * min(len(spent.train), options.evaluation_budget // len(report.candidates))
    assert spent.account.answers == 2 * options.minibatch + evaluated
    assert spent.account.texts == 1 + 2 * options.reflections
    before = spent.account.answers, spent.account.read
    spent.answers([("test", beam[0], row.text) for row in spent.test])
    assert (spent.account.answers, spent.account.read) == before


def test_nothing_is_answered_beyond_the_budget() -> None:
    poor = room(3)
    demos = first_set(poor)
    with pytest.raises(BudgetSpentError):
        poor.answers([(TEACHER, demos, row.text) for row in poor.train[:4]])
    assert poor.account.answers == 0 and len(poor.answers([(TEACHER, demos, "x")] * 3)) == 3


def test_the_scripted_teacher_does_the_same_in_both_prompts() -> None:
    proposal = pytest.importorskip("gepa.strategies.instruction_proposal", reason="gepa is not installed")
    here, demos = room(), tuple(Demo(text, label) for text, label in FIRST_SET)
    wrong = Row("r", "All [of] ## the {dogs}\nbark.", "Yes")
    mine = reply("teacher", here.world().prompts.rewrite(TASK, demos, [Failure(wrong, Prediction("No"), "a")], "r", 8))
    prompt = proposal.InstructionProposalSignature.prompt_renderer(
        {
            "current_instruction_doc": here.as_text(demos),
            "dataset_with_feedback": [
                {"Text": wrong.text, "Prediction": "No", "Feedback": f"The label is {wrong.label}."}
            ],
            "prompt_template": None,
        }
    )
    theirs = proposal.InstructionProposalSignature.output_extractor(reply("teacher", prompt))["new_instruction"]
    assert here.from_text(mine) == here.from_text(theirs) == (*demos[1:], Demo(wrong.text, "Yes"))


def test_a_search_that_runs_out_of_answers_ends_with_what_it_has() -> None:
    pytest.importorskip("dspy", reason="dspy is not installed")
    poor = room(75)  # the first candidate takes 50, none of the others fits
    assert len(METHODS["DSPy BootstrapFewShotWithRandomSearch"].run(poor)) == 8
    broke = room(30)
    assert METHODS["DSPy BootstrapFewShotWithRandomSearch"].run(broke) == ()
    assert broke.account.refused and broke.account.answers <= 30
