"""Measures the classroom's models: answers without help, exams after demonstrations, and a quick LbT run.

    python -m lbt_tasks.classroom.evaluate                       # all tables, a few minutes on two CPU cores
    python -m lbt_tasks.classroom.evaluate --problems 20 --models /tmp/classroom

Prints the tables of docs/classroom.md. Problems and exams have numbers that no model was trained on. It uses plain
`transformers`, so it also checks the models without the harness.
"""

import argparse
import itertools
import math
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from lbt_solvers.prompts import Demonstration
from lbt_solvers.selection import select
from lbt_solvers.types import Problem, Rationale, Scored
from lbt_tasks.classroom.curriculum import work_out
from lbt_tasks.classroom.methods import Method
from lbt_tasks.classroom.models import MODELS
from lbt_tasks.classroom.talking import Speaker
from lbt_tasks.classroom.world import PROBLEM_TYPES, UNSEEN_TYPES, kind_of, method_of, numbers_of, problems, variants

NAMES = ("teacher", "student_a", "student_b", "inattentive")
STUDENTS = ("student_a", "student_b")
SEEN_TYPES = tuple(name for name in PROBLEM_TYPES if name not in UNSEEN_TYPES)
RULES_SHOWN = ("maj", "max", "sum")
TEMPERATURE = 0.7
"""The paper's, for teacher and students."""


class Taught(NamedTuple):
    """A teaching problem with the teacher's samples and what they were worth."""

    problem: Problem
    samples: list[Demonstration]
    greedy: Demonstration
    scores: list[float]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m lbt_tasks.classroom.evaluate", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--models", type=Path, default=MODELS, help="folder with one folder per model")
    parser.add_argument("--problems", type=int, default=148, help="problems of each table")
    parser.add_argument("--rationales", type=int, default=16)
    parser.add_argument("--exam", type=int, default=3, help="exam questions per rationale")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if missing := [name for name in NAMES if not (options.models / name / "config.json").is_file()]:
        parser.error(f"{options.models} has no model {', '.join(missing)}; train them with lbt_tasks.classroom.train")
    speakers = {name: Speaker.load(options.models / name) for name in NAMES}
    print_answers(speakers, options.problems, options.seed)
    print_exams(speakers, options.problems, options.seed)
    taught = teach(speakers["teacher"], options.problems, options.rationales, options.seed)
    groups = [STUDENTS, *[(name,) for name in NAMES]]
    examined = [examine(taught, [speakers[name] for name in group], options.exam, options.seed) for group in groups]
    print_header("students", "types", "greedy", "MAJ", "MAX", "SUM", "oracle")
    for group, each in zip(groups, examined, strict=True):
        print_selection(" + ".join(group), each)
    print_worth(examined[0])


def print_answers(speakers: dict[str, Speaker], count: int, seed: int) -> None:
    """Answers without a demonstration."""
    print_header("model", "format", "greedy right", "T=.7: right answer", "right method", "slip", "no method")
    for (name, speaker), fmt in itertools.product(speakers.items(), ("chat", "paper")):
        asked = problems("held_out", count, seed, SEEN_TYPES if name != "teacher" else ())
        requests = [(problem.question, []) for problem in asked]
        greedy = right_share(asked, speaker.solve(requests, fmt))
        sampled = speaker.solve(requests * 4, fmt, TEMPERATURE, seed)
        readings = [method_of(problem, worked.rationale) for problem, worked in zip(asked * 4, sampled, strict=True)]
        followed = [reading for reading in readings if reading]
        cells = (
            greedy,
            right_share(asked * 4, sampled),
            share(reading.method.name == "right" for reading in followed),
            share(reading.slips > 0 for reading in followed),
            1 - len(followed) / len(readings),
        )
        print(row(name, fmt, *cells))


def print_exams(speakers: dict[str, Speaker], count: int, seed: int) -> None:
    """Exam accuracy after a demonstration with the right method, with a slip in it, and with a misconception."""
    print_header("student", "format", "types", "right", "right with a slip", "misconception", "follows it")
    for name, fmt, (group, types) in itertools.product(
        speakers, ("chat", "paper"), (("seen", SEEN_TYPES), ("never seen", UNSEEN_TYPES))
    ):
        taught = problems("held_out", count, seed, types)
        exams = [variants(problem, 1, seed)[0] for problem in taught]
        cells: list[float] = []
        for demonstrate in (show_right, show_slip, show_wrong):
            shown = [demonstrate(problem, seed) for problem in taught]
            requests = [(exam.question, [demo]) for exam, demo in zip(exams, shown, strict=True)]
            answers = speakers[name].solve(requests, fmt, TEMPERATURE, seed)
            cells.append(right_share(exams, answers))
        # The answers of the last round: does a misconception that was shown come back?
        cells.append(fmean(same_method(*each) for each in zip(taught, shown, exams, answers, strict=True)))
        print(row(name, fmt, group, *cells))


def teach(teacher: Speaker, count: int, rationales: int, seed: int) -> list[Taught]:
    """Problems with the teacher's samples and its greedy answer."""
    asked = problems("held_out", count, seed)
    requests = [(problem.question, []) for problem in asked]
    greedy = teacher.solve(requests)
    sampled = teacher.solve([request for request in requests for _ in range(rationales)], "chat", TEMPERATURE, seed)
    groups = [sampled[start : start + rationales] for start in range(0, len(sampled), rationales)]
    return [Taught(*each, []) for each in zip(asked, groups, greedy, strict=True)]


def examine(taught: Sequence[Taught], students: Sequence[Speaker], questions: int, seed: int) -> list[Taught]:
    """The same with LbT scores: mean accuracy of the students, each question once."""
    plan = [
        (row, sample, exam)
        for row, each in enumerate(taught)
        for exam in variants(each.problem, questions, seed)
        for sample in range(len(each.samples))
    ]
    requests = [(exam.question, [taught[row].samples[sample]]) for row, sample, exam in plan]
    earned = [[0.0] * len(each.samples) for each in taught]
    for number, student in enumerate(students):
        answers = student.solve(requests, "chat", TEMPERATURE, seed + number)
        for (at, sample, exam), answer in zip(plan, answers, strict=True):
            earned[at][sample] += (answer.answer == exam.answer) / (questions * len(students))
    return [each._replace(scores=scores) for each, scores in zip(taught, earned, strict=True)]


def print_selection(students: str, taught: Sequence[Taught]) -> None:
    """Accuracy of the selection rules, over all types and over those that no student was taught."""
    for label, never_seen in (("all", (True, False)), ("never seen", (True,))):
        chosen_from = [each for each in taught if (each.problem.metadata["type"] in UNSEEN_TYPES) in never_seen]
        asked = [each.problem for each in chosen_from]
        if not asked:
            continue
        cells = (
            right_share(asked, [each.greedy for each in chosen_from]),
            *[fmean(chosen(each, rule) == each.problem.answer for each in chosen_from) for rule in RULES_SHOWN],
            fmean(any(s.answer == each.problem.answer for s in each.samples) for each in chosen_from),
        )
        print(row(students, label, *cells))


def print_worth(taught: Sequence[Taught]) -> None:
    """What each kind of rationale was worth to the students."""
    kinds: dict[str, list[float]] = {}
    for each in taught:
        for sample, score in zip(each.samples, each.scores, strict=True):
            kinds.setdefault(kind_of_rationale(each.problem, sample), []).append(score)
    print_header("rationale", "share", "mean LbT score")
    total = sum(map(len, kinds.values()))
    for kind, scores in sorted(kinds.items()):
        print(row(kind, len(scores) / total, fmean(scores)))


def chosen(taught: Taught, rule: str) -> str | None:
    """The answer that a rule chooses; answers are equal where their text is."""
    classes = list(dict.fromkeys(sample.answer for sample in taught.samples if sample.answer))
    scored = [
        Scored(Rationale(s.rationale, s.answer or None), classes.index(s.answer) if s.answer else None, (), score)
        for s, score in zip(taught.samples, taught.scores, strict=True)
    ]
    choice = select(scored, rule)
    return classes[choice.answer_class] if choice else None


def kind_of_rationale(problem: Problem, sample: Demonstration) -> str:
    """Ground truth for the report."""
    reading = method_of(problem, sample.rationale)
    if reading is None:
        return "no known method"
    method = "right method" if reading.method.name == "right" else "misconception"
    if reading.slips:
        return f"{method}, slip"
    if method == "misconception":
        return f"{method}, {'right by luck' if sample.answer == problem.answer else 'wrong answer'}"
    return method


def show_right(problem: Problem, seed: int) -> Demonstration:
    """A clean demonstration of the right method."""
    return show(problem, kind_of(problem).right, seed, slip=0.0)


def show_slip(problem: Problem, seed: int) -> Demonstration:
    """A demonstration of the right method with at least one slip."""
    for attempt in itertools.count():
        worked = show(problem, kind_of(problem).right, seed + attempt, slip=0.5)
        if (reading := method_of(problem, worked.rationale)) and reading.slips:
            return worked
    raise AssertionError("unreachable")


def show_wrong(problem: Problem, seed: int) -> Demonstration:
    """A clean demonstration of a misconception."""
    rng = random.Random(f"{seed}:{problem.id}")
    return show(problem, rng.choice(kind_of(problem).wrong)[0], seed, slip=0.0)


def show(problem: Problem, method: Method, seed: int, slip: float) -> Demonstration:
    """The problem worked out by a method."""
    return work_out(problem.question, method, numbers_of(problem), random.Random(f"{seed}:{problem.id}"), slip)


def same_method(taught: Problem, shown: Demonstration, exam: Problem, answer: Demonstration) -> bool:
    """Whether the answer follows the method of the demonstration."""
    first, second = method_of(taught, shown.rationale), method_of(exam, answer.rationale)
    return first is not None and second is not None and first.method == second.method


def right_share(asked: Sequence[Problem], answers: Sequence[Demonstration]) -> float:
    """Share of right answers, in [0, 1]."""
    return fmean(worked.answer == problem.answer for problem, worked in zip(asked, answers, strict=True))


def share(facts: Iterable[bool]) -> float:
    """Share of true ones; not a number where there are none."""
    counted = list(facts)
    return fmean(counted) if counted else math.nan


def print_header(*cells: str) -> None:
    """The head of a markdown table."""
    print("\n" + row(*cells) + "\n|" + "---|" * len(cells))


def row(*cells: str | float) -> str:
    """A line of a markdown table."""
    return "| " + " | ".join(cell if isinstance(cell, str) else f"{cell:.2f}" for cell in cells) + " |"


if __name__ == "__main__":
    main()
