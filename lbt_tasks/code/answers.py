"""Programs as answers: graded by their visible tests, put into classes by what they do, reported by hidden tests.

    kind = CodeAnswers(problems)
    learn_by_teaching(exam=..., answers=kind)                   # sees visible tests alone
    await kind.hidden_scores(problem, programs)                 # the S-score, for scorers

The tests stand in this object and nowhere else: no prompt, no sample's metadata, no record holds one. All programs run
in the sandbox that `lbt grade` uses. Each pair of problem and program is graded once in a run, however often students
write it, and nothing is graded here that the sandbox could not grade: its own failure is an error, never a score.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Any, Literal, get_args

from lbt_sandbox import CaseResult, Kind, Limits, Report, SandboxUnavailable, Verdict
from lbt_sandbox.types import Job, Outcome, encode_inputs
from lbt_sandbox.types import Problem as SandboxProblem

from lbt_solvers.answers import Check, Extracted, Grade
from lbt_solvers.checks import one_of
from lbt_solvers.concurrency import in_order
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.types import Problem
from lbt_tasks.code.behaviour import behaviour_classes
from lbt_tasks.code.generated_inputs import generated_cases
from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code.programs import read_reply
from lbt_tasks.shared_sandbox import AUTO, SharedSandbox, check_engine, running_sandbox
from lbt_tasks.single_flight import SingleFlight

VScore = Literal["binary", "fraction"]
ExamTests = Literal["visible", "all"]
GENERATED_INPUTS = 10
SHOWN_FAILURES = 3
"""Failed tests that a teacher is shown; the first ones say most."""
_MUTABLE_KINDS = (Kind.CALL, Kind.IN_PLACE)
_Key = tuple[str, str, bytes]


class CodeAnswers:
    """What solvers and scorers need to know about programs; an `AnswerKind`.

    Args:
        problems: Everything that is taught or asked in an exam, with different ids.
        v_score: The score of an exam answer: `binary` (1 where all visible tests pass, the paper's), or the `fraction`
            of visible tests that pass.
        exam_tests: The tests that grade an exam answer: the `visible` ones (the paper's), or `all` of them.
            The taught problem's tests are no part of it.
        engine: `docker`, `process`, `auto` (the first of them that can run here), or a grading service's address.
        workers: Programs at a time; by default the CPUs.
        unsafe: Let the process engine run although the kernel lacks a layer.
        generated_inputs: Inputs beyond the visible ones on which programs are told apart.
    """

    equals_share_grades = False  # programs that behave alike on visible and generated inputs may differ on hidden ones

    def __init__(
        self,
        problems: Iterable[CodeProblem],
        *,
        v_score: VScore = "binary",
        exam_tests: ExamTests = "visible",
        engine: str = AUTO,
        workers: int | None = None,
        unsafe: bool = False,
        generated_inputs: int = GENERATED_INPUTS,
    ) -> None:
        with usage_errors():
            one_of("v_score", v_score, get_args(VScore))
            one_of("exam_tests", exam_tests, get_args(ExamTests))
            check_engine(engine)
        self.problems: dict[str, CodeProblem] = {}
        for problem in problems:
            self.problems.setdefault(problem.id, problem)
        self.v_score: VScore = v_score
        self.exam_tests: ExamTests = exam_tests
        self._engine = partial(running_sandbox, engine, workers, unsafe)
        self._sandbox: SingleFlight[None, SharedSandbox] = SingleFlight()
        self._generated = generated_inputs
        self._grades: SingleFlight[_Key, Grade] = SingleFlight()
        self._reports: SingleFlight[_Key, Check] = SingleFlight()
        self._inputs: dict[str, tuple[bytes, ...]] = {}
        self._whole: dict[str, SandboxProblem] = {}

    def __repr__(self) -> str:  # Inspect writes a solver's arguments into the log
        return f"CodeAnswers({len(self.problems)} problems, v_score={self.v_score}, exam_tests={self.exam_tests})"

    @property
    def counts(self) -> dict[str, int]:
        """Grades asked for, and programs that had to be run for them."""
        return {"asked": self._grades.asked, "graded": self._grades.worked_out}

    async def ready(self) -> None:
        """Returns when the sandbox runs.

        Raises:
            UsageError: no engine can run here; says what helps.
        """
        try:
            await self._running()
        except SandboxUnavailable as error:
            raise UsageError(f"Programs need a sandbox, and none can run. {error}") from None

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The reasoning and the program of a completion, see `programs`."""
        return read_reply(completion, self._problem(problem))

    async def grade(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """The scores of programs for an exam question, by the tests that `exam_tests` names."""
        asked = self._problem(problem)

        async def grade(program: str) -> Grade:
            report = await self._report(asked, self.exam_tests, program)
            score = report.v_score if self.v_score == "fraction" else float(report.verdict is Verdict.AC)
            return Grade(score, report.verdict.value, report.message)

        return await self._each(self._grades, asked, "exam", answers, grade)

    async def check(self, problem: Problem, answers: Sequence[str | None]) -> list[Check | None]:
        """The visible tests that programs for the taught problem pass, and those that they fail."""
        taught = self._problem(problem)

        async def check(program: str) -> Check:
            report = await self._report(taught, "visible", program)
            return Check(report.v_score, failures(report))

        programs = [answer for answer in answers if answer is not None]
        checks = iter(await self._each(self._reports, taught, "visible", programs, check))
        return [Check(0.0, "There is no program.") if answer is None else next(checks) for answer in answers]

    async def hidden_scores(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """The S-scores of programs, the fraction of hidden tests passed. Only a scorer may ask."""
        asked = self._problem(problem)

        async def grade(program: str) -> Grade:
            report = await self._report(asked, "hidden", program)
            return Grade(report.v_score, report.verdict.value, report.message)

        return await self._each(self._grades, asked, "hidden", answers, grade)

    async def classes(self, answers: Sequence[str | None], problem: Problem | None = None) -> list[int | None]:
        """Classes of programs that do the same on visible and generated inputs, see `behaviour`."""
        asked = self._problem(problem)
        programs = list(dict.fromkeys(answer for answer in answers if answer is not None))
        runnable = [program for program in programs if _runnable(program, asked.visible.limits)]
        sandbox = await self._running()
        outcomes = await in_order([partial(self._run, sandbox, asked, program) for program in runnable])
        checks = await self.check(Problem(asked.id, "", ""), runnable)
        passing = {program for program, check in zip(runnable, checks, strict=True) if check and check.passed == 1}
        return behaviour_classes(answers, dict(zip(runnable, outcomes, strict=True)), asked.visible, passing)

    async def _running(self) -> SharedSandbox:
        return await self._sandbox.get(None, self._engine)

    def _problem(self, problem: Problem | None) -> CodeProblem:
        known = self.problems.get(problem.id) if problem else None
        if known is None:
            name = problem.id if problem else "no problem"
            raise UsageError(f"Code answers need the tests of '{name}', found those of {len(self.problems)} others.")
        return known

    async def _each(
        self,
        once: SingleFlight[_Key, Any],
        asked: CodeProblem,
        tests: str,
        programs: Sequence[str],
        work: Callable[[str], Any],
    ) -> list[Any]:
        def get(program: str) -> Awaitable[Any]:
            digest = blake2b(program.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            return once.get((asked.id, tests, digest), partial(work, program))

        return await in_order([partial(get, program) for program in programs])

    async def _report(self, asked: CodeProblem, tests: Literal["visible", "hidden", "all"], program: str) -> Report:
        sandbox = await self._running()
        chosen = {"visible": asked.visible, "hidden": asked.hidden}.get(tests) or self._all_tests(asked)
        return await sandbox.grade(chosen, program)

    def _all_tests(self, asked: CodeProblem) -> SandboxProblem:
        """Visible and hidden tests together: one object a problem, for which the sandbox keeps what it derives."""
        if asked.id not in self._whole:
            self._whole[asked.id] = replace(asked.visible, cases=(*asked.visible.cases, *asked.hidden.cases))
        return self._whole[asked.id]

    async def _run(self, sandbox: SharedSandbox, asked: CodeProblem, program: str) -> list[Outcome]:
        job = Job.of(asked.visible, program, self._job_inputs(asked))
        return await sandbox.run(replace(job, limits=_short(asked.visible.limits)))

    def _job_inputs(self, asked: CodeProblem) -> tuple[bytes, ...]:
        """Visible and generated inputs as they travel."""
        if asked.id not in self._inputs:
            shown = asked.visible
            more = generated_cases(shown.cases, self._generated, asked.id) if shown.kind in _MUTABLE_KINDS else []
            self._inputs[asked.id] = tuple(encode_inputs(shown.kind, case) for case in (*shown.cases, *more))
        return self._inputs[asked.id]


def failures(report: Report) -> str:
    """The failed tests as a teacher reads them; empty where none failed."""
    failed = [test for test in report.tests if test.verdict is not Verdict.AC]
    if not failed:
        return ""
    texts = [_failure(test) for test in failed[:SHOWN_FAILURES]]
    return "\n\n".join([f"{len(failed)} of {report.total} tests fail.", *texts])


def _failure(test: CaseResult) -> str:
    why = f"{test.failure.type}: {test.failure.message}" if test.failure else ""
    line = f" (line {test.failure.line})" if test.failure and test.failure.line else ""
    ended = _IN_WORDS.get(test.verdict, f"the verdict {test.verdict}")
    got = test.got if test.verdict.answered else f"{ended}{': ' if why else ''}{why}{line}"
    return f"Input: {test.input}\nExpected: {test.expected}\nGot: {got}"


_IN_WORDS = {
    Verdict.RTE: "an error",
    Verdict.TLE: "no answer within the time limit",
    Verdict.MLE: "no answer within the memory limit",
    Verdict.OLE: "too much output",
    Verdict.CE: "the program cannot be run",
    Verdict.SV: "a forbidden operation",
}


def _runnable(program: str, limits: Limits) -> bool:
    try:
        return len(program.encode()) <= limits.source
    except UnicodeEncodeError:
        return False


def _short(limits: Limits) -> Limits:
    """Less time than a test has: inputs are small, and a program that never ends shall not hold up a sample."""
    return replace(limits, cpu=min(limits.cpu, 1.0), wall=min(limits.wall, 4.0), total_cpu=min(limits.total_cpu, 4.0))
