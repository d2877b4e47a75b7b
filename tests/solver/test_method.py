"""The method on the toy world, where the truth is known.

Invariants:
 1. The vote follows the misconception, every LbT rule follows the rationale that teaches.
 2. A student is graded on exam questions only, with the demonstration it was given.
 3. What was asked for is what was called: calls = rationales + greedy + plans x students x items (+ control).
"""

from dataclasses import replace

import anyio
import pytest
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import chain

from lbt_solvers.exams import variants
from lbt_solvers.prompts import load_prompt
from lbt_solvers.solvers import examine, select_answer, teach
from tests.evaluating import evaluate
from tests.synthetic import world
from tests.synthetic.running import record, scores, scripted, toy_task, values


def test_teaching_beats_the_vote_where_the_majority_is_wrong(run) -> None:
    got = values(run())
    assert (got["greedy"], got["maj"], got["control"]) == (0, 0, 0)
    assert (got["max"], got["sum"], got["avg"], got["oracle"]) == (1, 1, 1, 1)


def test_scores_are_those_of_the_method_that_was_taught(run) -> None:
    log = run()
    stored = record(log)
    assert stored["plans"] == [[index] for index in range(8)]
    found = scores(log)
    for index, rationale in enumerate(stored["rationales"]):
        expected = float(rationale["text"].startswith(world.RIGHT))
        assert {score for student in found[index] for item in student for score in item} == {expected}
    assert stored["students"] == ["scripted/a", "scripted/b"]
    assert [item["id"] for item in stored["items"]] == [item.id for item in world.variants_of(world.problems(1)[0])]


@pytest.mark.parametrize("ignores_n", [False, True])
def test_calls_are_counted_and_topped_up(run, ignores_n: bool) -> None:
    log = run(toy_task(1, rationales=5, budget="full"), teacher=scripted("teacher", ignores_n=ignores_n))
    stored = record(log)
    assert len(stored["rationales"]) == 5
    # five samples in one call or in five, and the greedy one; 5 plans and the control x 3 items, n honoured
    assert stored["usage"]["teacher"]["calls"] == (5 if ignores_n else 1) + 1
    assert stored["usage"]["student: scripted/a"]["calls"] == (5 + 1) * 3


def test_choices_per_call_bounds_a_request(run) -> None:
    stored = record(run(toy_task(1, rationales=7, choices_per_call=3)))
    assert len(stored["rationales"]) == 7
    assert stored["usage"]["teacher"]["calls"] == 3 + 1


def test_the_same_seed_gives_the_same_record(run) -> None:
    first, second, other = (record(run(toy_task(2, seed=seed, cache=False)), 1) for seed in (1, 1, 2))
    assert first == second
    assert first["rationales"] != other["rationales"]


def test_students_default_to_the_teacher(run) -> None:
    stored = record(run(toy_task(1), students=()))
    assert stored["students"] == ["scripted/teacher"]


def test_one_model_twice_is_two_students(run) -> None:
    stored = record(run(toy_task(1), students=("a", "a")))
    assert stored["students"] == ["scripted/a", "scripted/a#2"]


def test_the_teacher_role_goes_before_the_main_model(run) -> None:
    log = run(toy_task(1), teacher=scripted("main"), model_roles={"teacher": scripted("teacher")})
    assert record(log)["settings"]["teacher"] == "scripted/teacher"
    assert values(log)["sum"] == 1


def test_sampling_parameters_later_wins(run) -> None:
    warm = get_model("scripted/teacher", memoize=False, config=GenerateConfig(temperature=1.3, top_p=0.5))
    stored = record(run(toy_task(1, teacher_config={"top_p": 0.9}, student_config={"max_tokens": 7}), teacher=warm))
    assert stored["settings"]["teacher_config"] == {"temperature": 1.3, "top_p": 0.9}
    assert stored["settings"]["student_config"]["scripted/a"] == {"temperature": 0.7, "max_tokens": 7}


def test_explicit_plans_and_no_control(run) -> None:
    log = run(toy_task(1, plans=[[1, 0], [2]], control=False, greedy=False))
    assert record(log)["plans"] == [[1, 0], [2]] and record(log)["greedy"] is None
    assert list(scores(log)) == [0, 1]


def test_no_demo_is_the_control_alone(run) -> None:
    log = run(toy_task(1, plans="no demo"))
    stored = record(log)
    assert stored["plans"] == [] and list(scores(log)) == [None] and len(scores(log)[None]) == 2
    assert values(log)["sum"] == values(log)["maj"]


def test_stages_can_stand_alone_and_other_scorers_grade_the_choice(tmp_path) -> None:
    problems = world.problems(2)
    task = Task(
        [Sample(id=p.id, input=p.question, target=p.answer) for p in problems],
        solver=chain(
            teach(rationales=8, greedy=False),
            examine(variants(world.bank(problems), items=1, repetitions=1)),
            select_answer("max"),
        ),
        scorer=match(),
    )
    log = evaluate(task, model=scripted("teacher"), log_dir=str(tmp_path))
    assert log.status == "success" and log.samples and log.results
    assert log.results.scores[0].metrics["accuracy"].value == 1
    assert log.samples[0].output.completion.startswith(world.RIGHT)
    assert log.samples[0].output.completion.endswith(f"ANSWER: {problems[0].answer}")


def test_epochs_sample_afresh(run) -> None:
    log = run(toy_task(4), epochs=2)
    first, second = ([record(log, sample)["rationales"] for sample in half] for half in (range(4), range(4, 8)))
    assert first != second


def test_prefill_goes_to_providers_that_continue_it_and_to_others_where_the_format_says_so() -> None:
    from lbt_solvers.generation import Caller

    for always, roles in ((False, ["system", "user"]), (True, ["system", "user", "assistant"])):
        paper = replace(load_prompt("paper"), prefill_always=always)
        caller = Caller(scripted("teacher"), "teacher", GenerateConfig(), paper, "p")
        assert [message.role for message in anyio.run(caller._messages, paper.messages("Q"))] == roles


def test_the_gold_answer_is_in_no_prompt(run) -> None:
    log = read_eval_log(run(toy_task(3)).location, resolve_attachments="full")
    for sample in log.samples or []:
        questions = [event.input for event in sample.events if event.event == "model"]
        asked_of_teacher = [
            messages for messages in questions if len(messages) == 1 and str(sample.input) in messages[0].text
        ]
        assert asked_of_teacher
        assert not any(f"ANSWER: {sample.target}" in message.text for message in sum(asked_of_teacher, []))


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_both_async_backends(tmp_path, backend: str) -> None:
    import anyio
    from inspect_ai import eval_async

    async def evaluate():
        return await eval_async(toy_task(2), model=scripted("teacher"), log_dir=str(tmp_path), log_realtime=False)

    assert values(anyio.run(evaluate, backend=backend)[0])["sum"] == 1
