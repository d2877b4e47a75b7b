"""The whole optimisation on scripted readers: determinism, calls, and what goes wrong, each counted."""

from collections import Counter
from dataclasses import replace
from functools import partial

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbt_solvers.examples import DataRow, Example, ExampleTask, NotEnoughDataError, Optimisation, Options, SetRules
from lbt_solvers.examples.optimise import TEACHER, RoundReport, Written
from lbt_solvers.examples.options import EVALUATORS, options_of
from lbt_solvers.examples.steps import Gradient, drawn_set, groups, mixed, random_of
from lbt_solvers.examples.types import Failure, Prediction
from tests.examples.world import KEYWORDS, PlainWorld

TASK = ExampleTask("toy", "Is it a generalization?", ("Yes", "No"), "Yes")
TRAIN = [
    DataRow(f"{word}/{at}", f"{word} of the dogs, number {at}", "Yes" if word in KEYWORDS else "No")
    for at in range(6)
    for word in (*KEYWORDS[:4], "some", "few", "one", "two")
]
OPTIONS = Options(rounds=3, beam_size=2, minibatch=12, reflections=3, evaluation_budget=160)
STUDENTS = ("student: a", "student: b")


async def optimise(
    world, options: Options, train=TRAIN, students=STUDENTS
) -> tuple[list, list[RoundReport], Optimisation]:
    run = Optimisation(options, train, SetRules(options.examples, TASK.labels, options.accept_short), TASK, students)
    beam, reports = await run.begin(world), []
    for number in range(1, options.rounds + 1):
        beam, report = await run.advance(world, beam, number)
        reports.append(report)
    return beam, reports, run


def run(world, options: Options = OPTIONS, **given):
    return anyio.run(partial(optimise, world, options, **given))


@given(
    seed=st.integers(0, 3), evaluator=st.sampled_from(EVALUATORS), mix=st.integers(1, 3),
    errors=st.sampled_from(["pooled", "per_student"]), init=st.sampled_from(["written", "train"]),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_the_same_seed_gives_the_same_beam(seed, evaluator, mix, errors, init) -> None:
    options = replace(OPTIONS, rounds=2, seed=seed, evaluator=evaluator, mix=mix, errors=errors, init=init)
    first, second = PlainWorld(TASK, options), PlainWorld(TASK, options)
    assert run(first, options)[:2] == run(second, options)[:2]
    assert first.asked == second.asked and first.paid == second.paid


def test_reflection_on_errors_finds_the_keywords() -> None:
    beam, reports, _ = run(PlainWorld(TASK, OPTIONS))
    values = [max(each.score.value for each in report.candidates if each.score) for report in reports]
    assert values == sorted(values) and values[-1] == 1.0
    assert {word for word in KEYWORDS[:4] if any(word in example.text.lower() for example in beam[0])} == set(
        KEYWORDS[:4]
    )


def test_every_request_is_the_one_that_the_options_say() -> None:
    world = PlainWorld(TASK, OPTIONS)
    _, reports, _ = run(world)
    beams = [1, *[sum(each.kept for each in report.candidates) for report in reports]]
    for student in STUDENTS:
        assert world.asked[student] == sum(beams[:-1]) * OPTIONS.minibatch
    evaluated = [report for report in reports if report.candidates[0].score]
    sizes = [len(report.candidates) for report in evaluated]
    assert world.asked[TEACHER] == sum(size * min(len(TRAIN), OPTIONS.evaluation_budget // size) for size in sizes)
    assert world.asked["teacher: reflection"] % 2 == 0  # as many rewritings as reasons


def test_a_perfect_student_leaves_nothing_to_reflect_on() -> None:
    class Perfect(PlainWorld):
        async def answer(self, asked):
            return [Prediction(each.row.label) for each in asked]

    beam, reports, _ = run(Perfect(TASK, OPTIONS))
    assert len(beam) == 1 and [report.faults["set without errors to reflect on"] for report in reports] == [1, 1, 1]
    assert all(report.faults["round without a new set"] == 1 for report in reports)


class Stubborn(PlainWorld):
    """A teacher that ignores the format when it rewrites."""

    async def rewrite(self, asked):
        return [Written([], Counter({"no list of examples": 1})) for _ in asked]


def test_a_teacher_that_ignores_the_format_is_counted_and_the_beam_stays() -> None:
    beam, reports, _ = run(Stubborn(TASK, OPTIONS))
    assert len(beam) == 1
    assert all(report.faults["no list of examples"] == OPTIONS.reflections for report in reports)


def test_a_student_without_a_label_is_wrong_and_one_without_a_reply_is_left_out() -> None:
    class Silent(PlainWorld):
        async def answer(self, asked):
            return [Prediction(None, usable=each.who != "student: b") for each in asked]

    _, reports, _ = run(Silent(TASK, OPTIONS))
    first = reports[0]
    assert first.errors == {"student: a": 12, "student: b": 0}
    assert (
        first.faults["student's reply without a label"]
        == first.faults["student's reply that is empty or refused"]
        == 12
    )


def test_a_first_set_that_cannot_be_used_ends_the_run_and_says_why() -> None:
    class Mute(PlainWorld):
        async def write(self, key):
            return Written([], Counter({"no list of examples": 1}))

    with pytest.raises(
        NotEnoughDataError, match=r"no usable set of 8 examples in 3 attempts: no list of examples \(3\)"
    ):
        run(Mute(TASK, OPTIONS))


@pytest.mark.parametrize(
    ("train", "message"),
    [([], "found none"), (TRAIN[:2], "only 'Yes'"), ([TRAIN[0], TRAIN[4]], "there are 2 training rows")],
)
def test_too_few_rows(train, message) -> None:
    with pytest.raises(NotEnoughDataError, match=message):
        run(PlainWorld(TASK, OPTIONS), replace(OPTIONS, init="train"), train=train)


def test_drawn_sets_are_balanced() -> None:
    for seed in range(5):
        labels = Counter(example.label for example in drawn_set(TRAIN, 5, ("Yes", "No"), random_of(seed)))
        assert sorted(labels.values()) == [2, 3]
    with pytest.raises(NotEnoughDataError, match="label 'No'"):
        drawn_set([row for row in TRAIN if row.label == "Yes"] + TRAIN[4:5], 6, ("Yes", "No"), random_of(0))


FAILURES = [Failure(row, Prediction("No"), "s") for row in TRAIN[:6]]


def test_groups_take_turns_among_students() -> None:
    found = groups([FAILURES[:2], [], FAILURES[2:]], 4, 3, random_of(0))
    assert [len(group) for group in found] == [2, 3, 2, 3]
    assert set(found[0]) <= set(FAILURES[:2]) and set(found[1]) <= set(FAILURES[2:])
    assert groups([[], []], 4, 3, random_of(0)) == []


@given(count=st.integers(0, 5), mix=st.integers(1, 4), seed=st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_mixing_keeps_the_number_and_pools(count, mix, seed) -> None:
    gradients = [Gradient((f"reason {at}",), tuple(FAILURES[at : at + 2])) for at in range(count)]
    found = mixed(gradients, mix, 4, random_of(seed))
    assert len(found) == count
    if 1 < mix <= count:
        assert all(len(set(each.reasons)) == mix and 1 <= len(each.failures) <= 4 for each in found)


@pytest.mark.parametrize(
    ("given_options", "message"),
    [
        ({"round": 3}, "Did you mean 'rounds'?"),
        ({"evaluator": "ucbe"}, "Did you mean 'ucb_e'?"),
        ({"beam_size": 0}, "beam_size: at least 1"),
        ({"evaluation_budget": 5}, "at least one answer for each of up to 36 sets"),
    ],
)
def test_mistaken_options_are_named(given_options, message) -> None:
    with pytest.raises(ValueError) as error:
        options_of(given_options)
    assert message in str(error.value)


def test_the_papers_defaults() -> None:
    options = Options()
    assert (options.rounds, options.beam_size, options.examples, options.minibatch) == (5, 4, 8, 64)
    assert options.beam_size * options.new_sets_of_one == 32 and options.measure == "f1"
    assert Example("a", "b").rationale == ""
