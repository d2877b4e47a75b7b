"""Classes of programs that do the same, on outcomes as the sandbox gives them."""

from lbt_sandbox import Case, Checker, Problem, Verdict
from lbt_sandbox.codec import encode
from lbt_sandbox.types import Outcome

from lbt_tasks.code.behaviour import behaviour_classes

TWO = Problem("p", "f", (Case(args=(1,), expected=1), Case(args=(2,), expected=2)))


def did(*answers: object) -> list[Outcome]:
    """Outcomes; a verdict stands for a failure."""
    return [Outcome(a) if isinstance(a, Verdict) else Outcome(None, encode(a)) for a in answers]


def classes(behaviours: dict[str, list[Outcome]], passing: set[str] = frozenset(), problem: Problem = TWO):  # type: ignore[assignment]
    return behaviour_classes(list(behaviours), behaviours, problem, passing)


def test_equal_answers_to_all_inputs_are_one_class() -> None:
    assert classes({"a": did(1, 2, 9), "b": did(1, 2, 9), "c": did(1, 2, 8)}) == [0, 0, 1]


def test_votes_count_programs_and_missing_ones_have_no_class() -> None:
    behaviours = {"a": did(1, 2), "b": did(3, 2)}
    assert behaviour_classes(["b", None, "a", "b", "unrunnable"], behaviours, TWO, ()) == [0, None, 1, 0, None]


def test_failing_on_every_visible_input_is_no_class() -> None:
    broken = did(Verdict.CE, Verdict.CE, Verdict.CE)
    assert classes({"a": broken, "b": did(Verdict.RTE, 2, 3), "c": did(Verdict.RTE, Verdict.RTE, 3)}) == [None, 0, None]


def test_failures_divide_classes_by_their_kind() -> None:
    found = classes({"a": did(1, Verdict.RTE), "b": did(1, Verdict.TLE), "c": did(1, 2), "d": did(1, Verdict.RTE)})
    assert found == [0, 1, 2, 0]


def test_inputs_on_which_a_passing_program_fails_say_nothing() -> None:
    behaviours = {"a": did(1, 2, Verdict.RTE), "b": did(1, 2, 7), "c": did(1, 2, 8)}
    assert classes(behaviours) == [0, 1, 2]
    assert classes(behaviours, {"a", "b"}) == [0, 0, 0]
    visible = {"a": did(1, Verdict.RTE), "b": did(1, 2)}
    assert classes(visible, {"b"}) == [0, 1]


def test_the_checker_decides_what_is_equal() -> None:
    behaviours = {"a": did([1, 2], 0.1), "b": did([2, 1], 0.1)}
    assert classes(behaviours) == [0, 1]
    unordered = Problem("p", "f", TWO.cases, checker=Checker("unordered"))
    assert classes({"a": did([1, 2], []), "b": did([2, 1], [])}, problem=unordered) == [0, 0]
    near = Problem("p", "f", TWO.cases, checker=Checker("float", abs_tol=1e-6))
    assert classes({"a": did(0.1 + 0.2, 1), "b": did(0.3, 1)}, problem=near) == [0, 0]
    any_of = Problem("p", "f", TWO.cases, checker=Checker("any_of"))
    assert classes({"a": did([1, 2], 1), "b": did([1, 2], 1), "c": did(1, 1)}, problem=any_of) == [0, 0, 1]


def test_an_unreadable_answer_equals_only_itself() -> None:
    forged = [Outcome(None, b"{forged"), Outcome(None, b"{forged")]
    assert classes({"a": forged, "b": did(1, 2), "c": forged}) == [0, 1, 0]
