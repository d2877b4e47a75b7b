"""Measures the code classroom's models: programs without help, exams after demonstrations, and a quick LbT run.

    python -m lbt_tasks.code_classroom.evaluate                       # all tables, graded in Docker
    python -m lbt_tasks.code_classroom.evaluate --problems 24 --engine process --models /tmp/coders

Prints the tables of docs/code-classroom.md. Problems and exams have constants that no model was trained on. Programs
are graded by `lbt_sandbox`; models run under plain `transformers`, without the harness.
"""

import argparse
import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from lbt_solvers.prompts import Demonstration
from lbt_tasks.classroom.evaluate import print_header, row, share
from lbt_tasks.classroom.models import MODELS
from lbt_tasks.classroom.talking import Speaker
from lbt_tasks.code.problems import CodeProblem
from lbt_tasks.code.programs import read_reply
from lbt_tasks.code_classroom.grading import Grader, Marks
from lbt_tasks.code_classroom.lessons import LAYOUTS, code_formats, question_text, work_out
from lbt_tasks.code_classroom.selecting import RULES_SHOWN, Sample, chosen_score
from lbt_tasks.code_classroom.world import PROBLEM_TYPES, UNSEEN_TYPES, kind_of, method_of, problems, variants

TEACHER, STUDENTS = "coder", ("coder_student_a", "coder_student_b")
NAMES = (TEACHER, *STUDENTS)
SEEN_TYPES = tuple(name for name in PROBLEM_TYPES if name not in UNSEEN_TYPES)
TEMPERATURE = 0.7
"""The teacher's, as in the arithmetic classroom; students are greedy, as in the paper's exams of programs."""
LONGEST_REPLY = 128
"""Tokens; the domain's longest reply has fewer than 110."""


class Answer(NamedTuple):
    """A model's reply to a problem, with what its program is worth."""

    problem: CodeProblem
    text: str
    shown: Demonstration
    """The reply as it would be shown to a student."""
    marks: Marks


class ExamScore(NamedTuple):
    """LbT score of a sample in [0, 1]: the paper's, and one that knows the hidden tests of the exam problems, too."""

    visible_tests: float
    all_tests: float


class Classroom(NamedTuple):
    """The models and the grader."""

    speakers: dict[str, Speaker]
    grader: Grader

    def ask(
        self,
        name: str,
        asked: Sequence[CodeProblem],
        demos: Sequence[Sequence[Demonstration]],
        fmt: str = "code",
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Answer]:
        """One graded reply to each problem after its demonstrations."""
        requests = [(question_text(p, fmt), tuple(shown)) for p, shown in zip(asked, demos, strict=True)]
        # A greedy model says the same again: equal requests are asked once.
        distinct = requests if temperature else list(dict.fromkeys(requests))
        replies = self.speakers[name].reply(distinct, code_formats()[fmt], temperature, seed, LONGEST_REPLY)
        said = dict(zip(distinct, replies, strict=True))
        texts = replies if temperature else [said[each] for each in requests]
        found = [read_reply(text, problem) for problem, text in zip(asked, texts, strict=True)]
        marks = self.grader.grade([(p, each.answer or "") for p, each in zip(asked, found, strict=True)])
        shown = [
            Demonstration(r[0], each.rationale, each.answer or "") for r, each in zip(requests, found, strict=True)
        ]
        return [Answer(*each) for each in zip(asked, texts, shown, marks, strict=True)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m lbt_tasks.code_classroom.evaluate", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--models", type=Path, default=MODELS, help="folder with one folder per model")
    parser.add_argument("--problems", type=int, default=48, help="problems of each table")
    parser.add_argument("--rationales", type=int, default=8)
    parser.add_argument("--exam", type=int, default=3, help="exam problems per rationale")
    parser.add_argument("--engine", choices=["docker", "process"], default="docker")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if missing := [name for name in NAMES if not (options.models / name / "config.json").is_file()]:
        parser.error(f"{options.models} has no model {', '.join(missing)}; train them: lbt_tasks.code_classroom.train")
    room = Classroom({name: Speaker.load(options.models / name) for name in NAMES}, Grader(options.engine))
    print_answers(room, options.problems, options.seed)
    print_types(room, options.seed)
    print_exams(room, options.problems, options.seed)
    print_learning(room, options.problems, options.rationales, options.exam, options.seed)


def print_answers(room: Classroom, count: int, seed: int) -> None:
    """Programs without a demonstration."""
    print_header("model", "format", "greedy S", "T=.7: S", "V", "runs", "right method", "slip", "no method")
    for name, fmt in itertools.product(NAMES, code_formats()):
        asked = problems("held_out", count, seed, SEEN_TYPES if name != TEACHER else ())
        greedy = room.ask(name, asked, [[]] * count, fmt)
        sampled = room.ask(name, asked * 2, [[]] * count * 2, fmt, TEMPERATURE, seed)
        readings = [method_of(each.problem, each.text) for each in sampled]
        cells = (
            fmean(each.marks.hidden == 1 for each in greedy),
            fmean(each.marks.hidden == 1 for each in sampled),
            fmean(each.marks.visible == 1 for each in sampled),
            fmean(each.marks.runs for each in sampled),
            share(reading.program == "right" for reading in readings if reading.program),
            share(reading.slip for reading in readings if reading.program),
            fmean(reading.program is None for reading in readings),
        )
        print(row(name, fmt, *cells))


def print_types(room: Classroom, seed: int) -> None:
    """The teacher's methods by type."""
    print_header("type", "taught right", "T=.7: right method", "wrong", "right leads", "V of wrong programs")
    for name, kind in PROBLEM_TYPES.items():
        asked = problems("held_out", 4, seed, [name]) * 4
        answers = room.ask(TEACHER, asked, [[]] * len(asked), "code", TEMPERATURE, seed)
        used = [method_of(each.problem, each.text).program for each in answers]
        wrong = [each.marks.visible == 1 for each, program in zip(answers, used, strict=True) if program != "right"]
        most = max(set(used), key=used.count)
        right = used.count("right") / len(used)
        print(row(name, kind.right_share, right, 1 - right, "yes" if most == "right" else "no", share(wrong)))


def print_exams(room: Classroom, count: int, seed: int) -> None:
    """Exam scores after a demonstration of the right method, the same with a slip, and a misconception."""
    print_header("student", "format", "types", "right", "right with a slip", "misconception", "follows it")
    for name, fmt, (group, types) in itertools.product(
        NAMES, code_formats(), (("seen", SEEN_TYPES), ("never seen", UNSEEN_TYPES))
    ):
        taught = problems("held_out", min(count, 24) if group == "never seen" else count, seed, types)
        exams = [variants(problem, 1, seed)[0] for problem in taught]
        cells: list[float] = []
        for slip, right in ((0.0, True), (1.0, True), (0.0, False)):
            demos = [[show(problem, right, slip, seed, fmt)] for problem in taught]
            answers = room.ask(name, exams, demos, fmt)
            cells.append(fmean(each.marks.hidden == 1 for each in answers))
        shown = [method_of(problem, demo[0].rationale).rationale for problem, demo in zip(taught, demos, strict=True)]
        cells.append(fmean(method_of(a.problem, a.text).program == s for a, s in zip(answers, shown, strict=True)))
        print(row(name, fmt, group, *cells))


def print_learning(room: Classroom, count: int, rationales: int, items: int, seed: int) -> None:
    """Learning by Teaching: what each selection rule makes of the teacher's samples."""
    asked = [problem for problem in problems("held_out", count, seed) for _ in range(rationales)]
    samples = room.ask(TEACHER, asked, [[]] * len(asked), "code", TEMPERATURE, seed)
    classes = room.grader.behaviours([(each.problem, each.shown.answer) for each in samples])
    sat = {name: examine(room, samples, name, items, seed) for name in NAMES}
    groups = (STUDENTS, *[(name,) for name in NAMES])
    earned = [[average(scores) for scores in zip(*[sat[name] for name in group], strict=True)] for group in groups]
    unseen = [each.metadata["type"] in UNSEEN_TYPES for each in asked[::rationales]]
    print_header("students", "exams graded by", "types", "first", *RULES_SHOWN, "oracle")
    for (group, scores), graded in itertools.product(zip(groups, earned, strict=True), ExamScore._fields):
        scored = [Sample(a.marks, c, getattr(s, graded)) for a, c, s in zip(samples, classes, scores, strict=True)]
        rows = [scored[at : at + rationales] for at in range(0, len(scored), rationales)]
        for label, kept in (("all", rows), ("never seen", list(itertools.compress(rows, unseen)))):
            if kept:
                print(row(" + ".join(group), graded.replace("_", " "), label, *_selection(kept)))
    print_worth(list(zip(samples, earned[0], strict=True)))


def _selection(rows: Sequence[Sequence[Sample]]) -> Iterator[float]:
    yield fmean(row[0].marks.hidden == 1 for row in rows)
    for rule in RULES_SHOWN:
        yield fmean(chosen_score(row, rule) for row in rows)
    yield fmean(any(each.marks.hidden == 1 for each in row) for row in rows)


def examine(room: Classroom, samples: Sequence[Answer], name: str, items: int, seed: int) -> list[ExamScore]:
    """One student's score after each sample: mean over the exam problems."""
    exams = [exam for each in samples for exam in variants(each.problem, items, seed)]
    demos = [[each.shown] for each in samples for _ in range(items)]
    marks = [answer.marks for answer in room.ask(name, exams, demos)]
    scores = [ExamScore(float(m.visible == 1), float(m.visible == 1 == m.hidden)) for m in marks]
    return [average(scores[at : at + items]) for at in range(0, len(scores), items)]


def average(scores: Sequence[ExamScore]) -> ExamScore:
    """The mean of several scores."""
    return ExamScore(*[fmean(values) for values in zip(*scores, strict=True)])


def print_worth(worth: Sequence[tuple[Answer, ExamScore]]) -> None:
    """What each kind of rationale earned."""
    kinds: dict[str, list[ExamScore]] = {}
    for answer, score in worth:
        reading = method_of(answer.problem, answer.text)
        name = "no known method" if reading.program is None else "right method"
        if reading.program not in (None, "right"):
            name = "misconception"
        name += (", slip" if reading.slip else "") + (", V = 1" if answer.marks.visible == 1 else ", V < 1")
        kinds.setdefault(name, []).append(score)
    print_header("rationale and program", "share", "mean LbT score, visible tests", "all tests")
    for name, scores in sorted(kinds.items()):
        means = [fmean(values) for values in zip(*scores, strict=True)]
        print(row(name, len(scores) / len(worth), *means))


def show(problem: CodeProblem, right: bool, slip: float, seed: int, fmt: str = "code") -> Demonstration:
    """The problem worked out by the right method or by a misconception."""
    rng = random.Random(f"{seed}:{problem.id}")
    kind = kind_of(problem)
    used = kind.right if right else rng.choice(kind.wrong)[0]
    return work_out(problem, used, rng, slip, LAYOUTS[fmt])


if __name__ == "__main__":
    main()
