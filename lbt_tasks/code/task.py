"""Programming problems as an Inspect task: the teacher's programs are graded by how students do on similar problems.

    inspect eval lbt_tasks/code
    inspect eval lbt_tasks/code -T data=problems.jsonl -T exam=tag -T rationales=8 --model openai/gpt-4o-mini

Without `data` it runs on the code classroom: small real models that ship with the package write real programs, and the
effect is built into that little world. Programs run in the sandbox of `lbt grade`. Source: paper, section 3.2 and
appendix B.1 (M1 for code).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from inspect_ai import Task, task
from inspect_ai.model import GenerateConfig
from inspect_ai.solver import Generate, Solver, TaskState, solver

from lbt_solvers.bank import sized
from lbt_solvers.errors import usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exams import check_exam_options, make_exam_maker
from lbt_solvers.record import GradingTime
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.types import Problem
from lbt_solvers.vocabulary import RATIONALES
from lbt_tasks._task import ShippedModels, check_options, lbt_task, viewer_of
from lbt_tasks.classroom.models import CLASSROOM_PAPER_CODE
from lbt_tasks.code.answers import CodeAnswers, ExamTests, VScore
from lbt_tasks.code.data import load_code_problems
from lbt_tasks.code.problems import VISIBLE_BY_DEFAULT, CodeProblem
from lbt_tasks.code.scorer import code_accuracy
from lbt_tasks.code_columns import rows
from lbt_tasks.shared_sandbox import AUTO

SHIPPED = ShippedModels(
    "hf-batch/classroom/coder",
    ("hf-batch/classroom/coder_student_a", "hf-batch/classroom/coder_student_b"),
    GenerateConfig(max_tokens=128),  # the longest classroom program has about 80 tokens
)

EXAMS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "tag": ("metadata", {"where": {"tags": "shares"}}),
    "difficulty": ("metadata", {"where": {"difficulty": "="}}),
    "study_plan": ("metadata", {"where": {"study_plans": "shares"}}),
}
"""Exams of code by name: an exam maker and its options. Every other name is that of the exam maker itself."""


@task
def code(
    data: str | None = None,
    format: str | None = None,
    visible: int = VISIBLE_BY_DEFAULT,
    exam: str | None = None,
    items: int | None = None,
    repetitions: int = 1,
    bank: str | None = None,
    exam_options: dict[str, Any] | None = None,
    problems: int = 96,
    rationales: int = RATIONALES,
    rule: str = "max",
    v_score: VScore = "binary",
    exam_tests: ExamTests | None = None,
    prompt: str = "code",
    debug_rounds: int = 0,
    debug: Literal["before", "after"] = "before",
    engine: str = AUTO,
    workers: int | None = None,
    unsafe: bool = False,
    types: str | list[str] | None = None,
    world_seed: int = 0,
    **options: Any,
) -> Task:
    """Teach programming problems; examine with similar ones, whose visible tests grade the students' programs.

    Args:
        data: File with the problems, or `hub:OWNER/NAME`; see docs/code-data.md. Without it: the code classroom.
        format: Format of `data` and `bank`; by default told by the columns.
        visible: Tests of a problem that are shown where the data do not say which.
        exam: `tag` (problems that share a tag), `difficulty`, `study_plan`, `similar` (by question), `fixed`, `random`,
            or `metadata` with `exam_options`. In the classroom also `variants`, the default there; else `tag`.
        items: Exam problems of a taught one; by default 3 in the classroom and those of the exam maker else.
        repetitions: Sittings of each exam problem by each student.
        bank: File with exam problems, where they are not those of `data`.
        exam_options: Further options of the exam maker, such as `{where: {tags: Two Pointers}}`.
        problems: Classroom problems to teach.
        rationales: Teacher samples per problem; the paper takes 8.
        rule: Which program answers: `max` (the paper's), `max_v1`, `maj`, `sum`, `avg`. All are scored side by side.
        exam_tests: What grades an exam answer: the `visible` tests of the exam problem (the paper's; the default with
            `data`), or `all` of its tests (the default in the classroom, whose exam problems are never taught).
        v_score: Score of an exam answer: `binary` (all visible tests, the paper's) or their `fraction`.
        prompt: `code`, `paper_code` (the paper's), or a YAML file with a prompt format. The shipped coders know `code`
            and `lbt_tasks.classroom/paper_code`.
        debug_rounds: Rounds in which the teacher sees its failed visible tests and rewrites its programs.
        debug: `before` or `after` the exams.
        engine: Where programs run: `docker`, `process`, `auto` (the first of them that can), or a grading service's
            address, such as `http://grader:8080`; a token for it stands in LBT_SERVER_TOKEN.
        workers: Programs at a time; by default the CPUs.
        unsafe: Let the process engine run although the kernel lacks a layer.
        types: Classroom problem types to draw from; all by default.
        world_seed: Seed of the classroom's problems and exams (`seed` is that of the models' sampling).
        **options: Further options of `lbt_solvers/learn_by_teaching`.
    """
    check_options(code, options)
    with usage_errors():
        sizes = sized(exam_options, items, repetitions)
        if data is None:
            taught, asked = _classroom(problems, items or 3, world_seed, types)
            maker = _exam(exam or "variants", asked, {**sizes, "items": items or 3}, prompt)
        else:
            taught = load_code_problems(data, format, visible)
            asked = load_code_problems(bank, format, visible) if bank else taught
            maker = _exam(exam or "tag", asked, sizes, prompt)
    answers = CodeAnswers(
        [*taught, *asked],
        v_score=v_score,
        exam_tests=exam_tests or ("visible" if data else "all"),
        engine=engine,
        workers=workers,
        unsafe=unsafe,
    )
    teaching = {"rationales": rationales, "rule": rule, "prompt": prompt, "debug_rounds": debug_rounds, "debug": debug}
    made = lbt_task(
        [as_problem(problem, prompt) for problem in taught],
        maker,
        name="code",
        answers=answers,
        scorer=code_accuracy(answers),
        setup=sandbox_ready(answers),
        viewer=viewer_of(code_accuracy.__name__, [f"s_{row}" for row in rows()]),
        headline="s_{rule}",
        **{"student_temperature": 0.0, **teaching, **options},
    )
    return made if data else SHIPPED.play(made)


def as_problem(problem: CodeProblem, prompt: str = "code") -> Problem:
    """What prompts, exam makers and Inspect know of a programming problem: no test, and no reference.

    The paper's prompt asks for the starter code by name; any other shows it below the statement.
    """
    question, starter = problem.question, problem.starter_code
    if starter and prompt == "paper_code":
        question = f'Write a python code \n"""{starter}"""\n to solve the following problem: \n\n{question} \n'
    elif starter and prompt == CLASSROOM_PAPER_CODE:
        question = f'Write Python code for "{starter}" to solve the following problem:\n\n{question}'
    elif starter:
        question = f"{question}\n\n{starter}"
    return Problem(problem.id, question, answer="", metadata=dict(problem.metadata))


@solver
def sandbox_ready(answers: CodeAnswers) -> Solver:
    """Waits until programs can be run, so that nobody pays for a model's answers that could not be graded."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        watch = Stopwatch(parent=RUN)
        with watch.grading():
            await answers.ready()
        state.store_as(GradingTime).add(watch)
        return state

    return solve


def _exam(exam: str, asked: Sequence[CodeProblem], options: Mapping[str, Any], prompt: str) -> ExamMaker:
    name, preset = EXAMS.get(exam, (exam, {}))
    given = {**preset, **{option: value for option, value in options.items() if value is not None}}
    check_exam_options(name, given)
    if name == "label_free":
        raise ValueError(
            "exam=label_free is for answers, not for programs: a variant that a teacher wrote has no tests."
        )
    bank = [as_problem(problem, prompt) for problem in asked]
    keys = {key for problem in bank for key in problem.metadata}
    if missing := [key for key in preset.get("where", {}) if key not in keys]:
        raise ValueError(
            f"exam={exam} needs problems with metadata '{missing[0]}', and none has it (they have {sorted(keys)}): "
            "take another exam, such as similar, or data that have it."
        )
    return make_exam_maker(name, bank, **given)


def _classroom(
    count: int, items: int, seed: int, types: str | list[str] | None
) -> tuple[list[CodeProblem], list[CodeProblem]]:
    """The taught problems of the code classroom and the variants that its exams ask."""
    from lbt_tasks.classroom.programs import world

    names = [types] if isinstance(types, str) else types or []
    taught = world.problems("held_out", count, seed, names)
    return taught, [variant for problem in taught for variant in world.variants(problem, items, seed)]
