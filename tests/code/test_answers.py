"""Programs as answers on real engines: what they score, which of them are alike, and what a teacher is told."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import anyio
import pytest
from lbt_sandbox import Case, CaseResult, Limits, Problem, Report, Verdict

from lbt_solvers.answers import Grade
from lbt_solvers.errors import UsageError
from lbt_tasks.code.answers import _IN_WORDS, CodeAnswers, failures
from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code.task import as_problem
from lbt_tasks.single_flight import SingleFlight

SUM = CodeProblem.split(
    Problem(
        "sum",
        "Solution().total",
        tuple(Case(args=(numbers,), expected=sum(numbers)) for numbers in ([0, 1, 2], [0, 1, 2, 3], [5], [2, 2, 7])),
        limits=Limits(cpu=0.2, total_cpu=0.5),
    ),
    "Add the numbers.",
    visible=2,
)
ASKED = as_problem(SUM)
HEAD = "class Solution:\n    def total(self, nums):\n        "
RIGHT, LOOP = HEAD + "return sum(nums)", HEAD + "n = 0\n        for x in nums: n += x\n        return n"
GAUSS = HEAD + "return nums[-1] * len(nums) // 2"  # right on both visible tests
ONE_IN_TWO = HEAD + "return 3"
RAISES, BROKEN = HEAD + "return nums[99]", "class Solution"
ENDLESS = HEAD + "while True: pass"


def call(asynchronous: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    return anyio.run(partial(asynchronous, *args))


def test_exams_are_graded_by_visible_tests_or_by_all(each_engine: Any) -> None:
    """GAUSS passes both visible tests of the problem and fails a hidden one; the V-score never knows that."""
    for tests, score in (("visible", 1.0), ("all", 0.0)):
        kind = CodeAnswers([SUM], engine=each_engine, exam_tests=tests)  # type: ignore[arg-type]
        assert [grade.score for grade in call(kind.grade, ASKED, [GAUSS])] == [score]
        assert [check.passed for check in call(kind.check, ASKED, [GAUSS])] == [1.0]
    with pytest.raises(UsageError, match="there are visible, all"):
        CodeAnswers([SUM], exam_tests="hidden")  # type: ignore[arg-type]


def test_v_scores_are_binary_or_fractions(each_engine: Any) -> None:
    programs = [RIGHT, GAUSS, ONE_IN_TWO, RAISES, BROKEN]
    binary = call(CodeAnswers([SUM], engine=each_engine).grade, ASKED, programs)
    assert [grade.score for grade in binary] == [1, 1, 0, 0, 0]
    assert [grade.how for grade in binary] == ["AC", "AC", "WA", "RTE", "CE"]
    fraction = CodeAnswers([SUM], engine=each_engine, v_score="fraction")
    assert [grade.score for grade in call(fraction.grade, ASKED, programs)] == [1, 1, 0.5, 0, 0]


def test_s_scores_are_fractions_of_hidden_tests(engine: Any) -> None:
    grades: list[Grade] = call(CodeAnswers([SUM], engine=engine).hidden_scores, ASKED, [RIGHT, GAUSS, ONE_IN_TWO])
    assert [grade.score for grade in grades] == [1, 0, 0]


def test_classes_are_of_behaviour_beyond_the_visible_tests(each_engine: Any) -> None:
    kind = CodeAnswers([SUM], engine=each_engine)
    programs = [RIGHT, GAUSS, None, LOOP, BROKEN, ENDLESS, RAISES, ONE_IN_TWO, "lone \ud800 surrogate"]
    assert call(kind.classes, programs, ASKED) == [0, 1, None, 0, None, None, None, 2, None]


def test_what_a_teacher_is_told(engine: Any) -> None:
    kind = CodeAnswers([SUM], engine=engine)
    checks = call(kind.check, ASKED, [RIGHT, ONE_IN_TWO, RAISES, BROKEN, ENDLESS, None])
    assert [check.passed for check in checks] == [1, 0.5, 0, 0, 0, 0]
    reports = [check.report for check in checks]
    assert reports[0] == ""
    assert reports[1] == "1 of 2 tests fail.\n\nInput: [0, 1, 2, 3]\nExpected: 6\nGot: 3"
    assert "Got: an error: IndexError: list index out of range (line 3)" in reports[2]
    assert "Got: the program cannot be run: SyntaxError" in reports[3]
    assert "Got: no answer within the time limit" in reports[4]
    assert reports[5] == "There is no program."


def test_equal_programs_are_graded_once(engine: Any) -> None:
    kind = CodeAnswers([SUM], engine=engine)
    grades = call(kind.grade, ASKED, [RIGHT, RIGHT, GAUSS, RIGHT])
    assert [grade.score for grade in grades] == [1, 1, 1, 1]
    assert kind.counts == {"asked": 4, "graded": 2}


def test_a_problem_without_tests_is_named() -> None:
    with pytest.raises(UsageError, match="need the tests of 'other'"):
        call(CodeAnswers([SUM]).grade, replace(ASKED, id="other"), [RIGHT])
    with pytest.raises(UsageError, match="there are binary, fraction"):
        CodeAnswers([SUM], v_score="half")  # type: ignore[arg-type]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_once_shares_work_and_forgets_what_failed(backend: str) -> None:
    async def use() -> None:
        once: SingleFlight[str, int] = SingleFlight()
        works = 0

        async def work() -> int:
            nonlocal works
            works += 1
            await anyio.sleep(0.01)
            if works == 1:
                raise ValueError("the first fails")
            return works

        found: list[int | str] = []

        async def ask() -> None:
            try:
                found.append(await once.get("key", work))
            except ValueError as error:
                found.append(str(error))

        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(ask)
        assert sorted(map(str, found)) == ["2", "2", "2", "the first fails"]
        with anyio.move_on_after(0):
            await once.get("cancelled", work)
        assert await once.get("cancelled", work) == works
        assert (once.worked_out, once.asked) == (2, 6)

    anyio.run(use, backend=backend)


def test_a_verdict_that_has_no_words_yet_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(verdict: Verdict) -> str:
        return failures(Report("p", (CaseResult(verdict, input="f(1)", expected="2"),)))

    assert all(verdict not in told(verdict) for verdict in Verdict if not verdict.answered)
    monkeypatch.delitem(_IN_WORDS, Verdict.OLE)
    assert told(Verdict.OLE).endswith("Got: the verdict OLE")
