"""Problems, jobs, outcomes and reports on the wire: what arrives is what was sent."""

import json
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lbt_sandbox import Case, CaseResult, Checker, Failure, Kind, Limits, Problem, ProblemError, Report, Verdict
from lbt_sandbox.loaders import DataError
from lbt_sandbox.service import wire
from lbt_sandbox.types import Job, Outcome
from pydantic_core import from_json, to_json

TEXT = st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.binary(max_size=9)
    | st.decimals(allow_nan=False) | st.text("\ud800a", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.frozensets(st.integers(), max_size=3)
    | st.dictionaries(st.integers() | TEXT, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
CASES = st.builds(
    Case,
    st.lists(VALUES, max_size=3).map(tuple),
    st.dictionaries(st.text("ab", min_size=1, max_size=3), VALUES),
    VALUES,
    TEXT,
)
AMOUNTS = st.floats(0.001, 100)
LIMITS = st.builds(Limits, cpu=AMOUNTS, wall=AMOUNTS, memory=st.integers(1, 10**10), deadline=st.none() | AMOUNTS)
PROBLEMS = st.builds(
    Problem,
    TEXT,
    TEXT,
    st.lists(CASES, min_size=1, max_size=3).map(tuple),
    kind=st.sampled_from([Kind.CALL, Kind.IN_PLACE]),
    preamble=TEXT,
    checker=st.sampled_from([Checker(), Checker("float", rel_tol=0.5), Checker("code", source="def check(*a): ...")]),
    limits=LIMITS,
    in_place=st.integers(0, 2) | st.just("name"),
    converters=st.dictionaries(st.sampled_from(["0", "return"]), st.sampled_from(["none", "list_node"])),
    reference=st.none() | TEXT,
    threads=st.booleans(),
    files=st.dictionaries(st.text("ab", min_size=1), st.binary(max_size=9)),
)


def over_the_wire(row: Any) -> Any:
    return from_json(to_json(row))


@settings(max_examples=15)
@given(PROBLEMS)
def test_a_problem_arrives_as_it_is(problem: Problem) -> None:
    arrived = wire.problem_of_row(over_the_wire(wire.problem_row(problem)))
    for field in fields(Problem):
        assert getattr(arrived, field.name) == getattr(problem, field.name), field.name


@given(st.lists(st.binary(max_size=20), max_size=3), LIMITS, TEXT, st.sampled_from([*Kind, "compare"]))
def test_a_job_arrives_as_it_is(inputs: list[bytes], limits: Limits, source: str, kind: Any) -> None:
    job = Job(source, "f", kind, tuple(inputs), limits, files={"a": b"\xff"}, options={"x": 1})
    assert wire.job_of(over_the_wire(wire.job_row(job))) == job


def test_outcomes_and_reports_arrive_as_they_are() -> None:
    failure = Failure("ValueError", "no", 3, "Traceback")
    for outcome in (
        Outcome(None, b"\xff1", stdout="a"),
        Outcome(Verdict.RTE, failure=failure, exit_status=-9, cpu=0.1),
    ):
        assert wire.outcome_of(over_the_wire(wire.outcome_row(outcome))) == outcome
    tests = (
        CaseResult(Verdict.AC, cpu=0.5),
        CaseResult(Verdict.RTE, failure, "out", "err", 1, input="1", expected="2"),
    )
    report = Report("a", tests, "test 2 of 2")
    assert wire.report_of(over_the_wire(wire.report_row(report))) == report


def test_a_value_that_does_not_travel_is_named() -> None:
    with pytest.raises(ProblemError, match="object"):
        wire.problem_row(Problem("a", "f", (Case((object(),)),)))


def test_rows_of_files_are_problems_too() -> None:
    row = {"task_id": "add", "entry_point": "add", "tests": [{"args": [1], "expected": 2}]}
    assert wire.problem_of_row(row).cases == (Case(args=(1,), expected=2),)


GOOD = wire.problem_row(Problem("a", "f", (Case((1,), expected=Decimal(1)),)))


@pytest.mark.parametrize(
    "change",
    [
        {"cases": 1}, {"cases": [[]]}, {"cases": [["[1]", "[1]", "1", ""]]}, {"kind": "x"}, {"limits": {"cpu": -1}},
        {"limits": {"cpu": True}}, {"limits": {"colour": 1}}, {"files": {"a": "%"}}, {"task_id": 3},
        {"checker": {"x": 1}},
        {"cases": [["[", "{}", "1", ""]]},
    ],
)  # fmt: skip
def test_what_is_no_problem_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="No problem"):
        wire.problem_of_row(GOOD | change)


NONSENSE = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.none()) | st.just({}) | st.just([["1"] * 4])


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from([*GOOD, "tests"]), NONSENSE, max_size=2))
def test_nothing_else_than_a_refusal_comes_of_nonsense(change: dict[str, Any]) -> None:
    try:
        wire.problem_of_row(json.loads(json.dumps(GOOD | change)))
    except DataError:
        pass
