"""The world: references pass, misconceptions fail hidden tests and often pass the visible ones, nothing leaks."""

from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lbt_sandbox.code_extraction import defines

from lbt_tasks.classroom.programs import PROBLEM_TYPES, constants_of, kind_of, method_of, problems, variants
from lbt_tasks.classroom.programs.problem_types import Method, constants_pool, run_method
from lbt_tasks.classroom.programs.world import HIDDEN, SEPARATING, VISIBLE, CodeProblem
from tools.classroom.programs.curriculum import work_out

TYPES = list(PROBLEM_TYPES)


def held_out(name: str) -> list[CodeProblem]:
    pool = constants_pool(PROBLEM_TYPES[name], "held_out")
    return problems("held_out", min(12, len(pool)), 0, [name])


def passed(problem: CodeProblem, used: Method, hidden: bool) -> list[bool]:
    """Which tests the method's program passes; the world's own programs run here."""
    kind, constants = kind_of(problem), constants_of(problem)
    cases = problem.hidden.cases if hidden else problem.visible.cases
    return [run_method(kind, used, constants, case.args) == case.expected for case in cases]


@pytest.mark.parametrize("name", TYPES)
def test_the_right_program_agrees_with_the_reference_and_the_wrong_ones_do_not(name: str) -> None:
    for problem in held_out(name):
        kind = kind_of(problem)
        assert (len(problem.visible.cases), len(problem.hidden.cases)) == (VISIBLE, HIDDEN)
        assert all(passed(problem, kind.right, hidden=False) + passed(problem, kind.right, hidden=True))
        for wrong, _ in kind.wrong:
            assert passed(problem, wrong, hidden=True).count(False) >= SEPARATING
        assert kind.methods[0].name == "right" and problem.reference == kind.program(kind.right, constants_of(problem))


@pytest.mark.parametrize("name", TYPES)
def test_every_type_can_make_tests_for_all_its_constants(name: str) -> None:
    kind = PROBLEM_TYPES[name]
    for split in ("train", "held_out"):
        pool = constants_pool(kind, split)
        assert len(pool) >= 4
        for problem in problems(split, min(60, len(pool)), 1, [name]):
            inputs = [repr(case.args) for case in problem.visible.cases + problem.hidden.cases]
            assert len(set(inputs)) == len(inputs)


def test_a_misconception_often_passes_the_visible_tests_and_not_always() -> None:
    fooled = [
        any(all(passed(problem, wrong, hidden=False)) for wrong, _ in kind_of(problem).wrong)
        for name in TYPES
        for problem in held_out(name)
    ]
    assert 0.55 < fmean(fooled) < 0.8


@pytest.mark.parametrize("name", TYPES)
def test_every_program_compiles_and_defines_the_entry_point(name: str) -> None:
    problem = held_out(name)[0]
    kind, constants = kind_of(problem), constants_of(problem)
    for used in kind.methods:
        program = kind.program(used, constants)
        compile(program, name, "exec")
        assert defines(program, kind.entry_point) and 3 <= len(program.splitlines()) <= 6
        assert "{a}" not in program + kind.rationale(used, constants)
    assert len({kind.rationale(used, constants) for used in kind.methods}) == len(kind.methods)


def test_the_question_shows_the_visible_tests_only() -> None:
    for problem in (each for name in TYPES for each in held_out(name)):
        examples = problem.question.splitlines()[1:]
        assert len(examples) == VISIBLE
        for line, case in zip(examples, problem.visible.cases, strict=True):
            values = [f'"{v}"' if isinstance(v, str) else str(v) for v in (*case.args, case.expected)]
            assert all(value in line for value in values)
        shown = [case.args for case in problem.visible.cases]
        assert all(case.args not in shown for case in problem.hidden.cases)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TYPES), st.integers(0, 1000))
def test_methods_are_read_back(name: str, seed: int) -> None:
    problem = problems("held_out", 1, seed, [name])[0]
    for used in kind_of(problem).methods:
        worked = work_out(problem, used)
        reading = method_of(problem, f"{worked.rationale}\n\n```python\n{worked.answer}\n```")
        assert reading == (used.name, used.name, False)


@pytest.mark.parametrize("text", ["", "I do not know.", "```python\nclass Solution:\n    pass\n```"])
def test_other_replies_follow_no_method(text: str) -> None:
    assert method_of(problems("held_out", 1, 0)[0], text) == (None, None, False)


def test_problems_are_spread_and_do_not_depend_on_the_seed_of_the_draw() -> None:
    drawn = problems("held_out", 48, seed=0)
    assert sorted(kind_of(each).name for each in drawn) == sorted(TYPES * 2)
    assert len({each.id for each in drawn}) == 48
    again = {each.id: each for seed in range(20) for each in problems("held_out", 48, seed)}
    for problem in drawn:
        assert again[problem.id].question == problem.question
        assert again[problem.id].hidden.cases == problem.hidden.cases


def test_variants_have_other_constants_of_the_same_type_and_split() -> None:
    for problem in problems("held_out", 24, seed=3):
        exam = variants(problem, 3, seed=0)
        constants = [each.metadata["constants"] for each in (problem, *exam)]
        assert len(set(constants)) == 4
        assert {each.metadata["type"] for each in exam} == {problem.metadata["type"]}
        assert {each.metadata["split"] for each in exam} == {"held_out"}
        assert {each.metadata["variant_of"] for each in exam} == {problem.id}


def test_impossible_wishes_are_refused() -> None:
    with pytest.raises(ValueError, match="known are multiples"):
        problems("held_out", 1, 0, ["no such type"])
    with pytest.raises(ValueError, match="the split held_out of these types has"):
        problems("held_out", 1000, 0, ["shift"])
    with pytest.raises(ValueError, match="there are"):
        variants(problems("held_out", 1, 0, ["shift"])[0], 1000, 0)
