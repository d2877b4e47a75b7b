"""The optimisation itself: a first set, then rounds in which students err, the teacher reflects, rewrites and chooses.

    run = Optimisation(Options(), train, SetRules(8, ("Yes", "No")), task, students=("student",))
    beam = await run.begin(backend)
    beam, report = await run.advance(backend, beam, number=1)

All model calls go through a `ModelBackend`; there is no other I/O. Each round depends on the seed, its number and the
answers alone, so a run that is repeated with the same answers ends with the same beam.
Source: paper, section 5 and appendix A.3, on ProTeGi (Pryzant et al. 2023).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from lbt_solvers.examples.evaluators import SetScore, evaluate
from lbt_solvers.examples.metrics import measure
from lbt_solvers.examples.options import Options
from lbt_solvers.examples.steps import Gradient, check_rows, drawn_set, groups, minibatch, mixed, random_of
from lbt_solvers.examples.types import (
    DataRow,
    Example,
    ExampleSet,
    ExampleTask,
    Failure,
    NotEnoughDataError,
    Prediction,
)
from lbt_solvers.examples.validation import SetRules

TEACHER = "teacher"
"""The name of the model that evaluates sets, and that writes them."""


class Asked(NamedTuple):
    """A row to be labelled by somebody who sees the set."""

    who: str
    examples: ExampleSet
    row: DataRow


class Reflection(NamedTuple):
    """Errors to be explained; `key` names the request within the run."""

    key: str
    examples: ExampleSet
    failures: tuple[Failure, ...]


class Rewriting(NamedTuple):
    """A set to be rewritten because of errors and their reasons."""

    key: str
    examples: ExampleSet
    gradient: Gradient


class Written(NamedTuple):
    """The examples that the teacher wrote, not yet checked, and what could not be read."""

    examples: Sequence[Example]
    faults: Counter[str]


class Reasons(NamedTuple):
    """The reasons that the teacher gave, and how many were too short to be any."""

    reasons: Sequence[str]
    dropped: int = 0


class ModelBackend(Protocol):
    """Where the answers come from. Results stand in the order of the requests."""

    async def write(self, key: str) -> Written:
        """The teacher writes a first set."""
        ...

    async def answer(self, asked: Sequence[Asked]) -> list[Prediction]:
        """Teacher or students label rows."""
        ...

    async def reflect(self, asked: Sequence[Reflection]) -> list[Reasons]:
        """The teacher explains errors."""
        ...

    async def rewrite(self, asked: Sequence[Rewriting]) -> list[Written]:
        """The teacher writes better sets."""
        ...


class CandidateSet(NamedTuple):
    """A set, where it comes from and how it did."""

    examples: ExampleSet
    parent: int | None = None
    """Place in the beam of the set that it was written from; `None` for sets of the beam itself."""
    gradient: Gradient = Gradient((), ())
    score: SetScore | None = None
    """How it did on training rows; `None` where it was not evaluated."""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class RoundReport:
    """What happened in a round."""

    number: int
    candidates: tuple[CandidateSet, ...]
    """The beam that the round began with, then the new sets."""
    errors: Counter[str]
    """Wrong answers of each student on the minibatch, over the sets of the beam."""
    answered: int
    """Answers of each student on the minibatch, over the sets of the beam."""
    faults: Counter[str]


@dataclass(frozen=True, slots=True)
class Optimisation:
    """One run: its options, its rows and who its students are."""

    options: Options
    train: Sequence[DataRow]
    rules: SetRules
    task: ExampleTask
    students: Sequence[str]
    """Names that the backend knows; the teacher's own name where it reflects on its own errors."""
    faults: Counter[str] = field(default_factory=Counter[str])
    """What was wrong with first sets."""

    async def begin(self, backend: ModelBackend) -> list[ExampleSet]:
        """The first beam: one set, written by the teacher or drawn from the training rows.

        Raises:
            NotEnoughDataError: too few rows, or no usable set in `write_attempts` attempts.
        """
        check_rows(self.train, self.task.labels)
        if self.options.init == "train":
            rng = random_of(self.options.seed, "first set")
            return [drawn_set(self.train, self.options.examples, self.task.labels, rng)]
        for attempt in range(self.options.write_attempts):
            written = await backend.write(f"write/{attempt}")
            checked = self.rules.check(written.examples)
            self.faults.update(written.faults + checked.faults)
            if checked.examples:
                return [checked.examples]
        found = ", ".join(f"{fault} ({count})" for fault, count in sorted(self.faults.items()))
        raise NotEnoughDataError(
            f"The teacher wrote no usable set of {self.options.examples} examples in {self.options.write_attempts} "
            f"attempts: {found}. Take another teacher, or init=train."
        )

    async def advance(
        self, backend: ModelBackend, beam: Sequence[ExampleSet], number: int
    ) -> tuple[list[ExampleSet], RoundReport]:
        """One round: the new beam, best first, and what happened."""
        rows = minibatch(self.train, self.options.minibatch, random_of(self.options.seed, number, "minibatch"))
        failures, answered, faults = await self._students_errors(backend, beam, rows)
        gradients = await self._gradients(backend, beam, failures, number, faults)
        new = await self._rewritten(backend, beam, gradients, number, faults)
        candidates = [*(CandidateSet(examples) for examples in beam), *new]
        if new:
            candidates = await self._evaluated(backend, candidates, number)
        else:
            faults["round without a new set"] += 1
            candidates = [each._replace(kept=True) for each in candidates]
        kept = [each for each in candidates if each.kept]
        ranked = sorted(kept, key=lambda each: each.score or (), reverse=True)  # stable: of equal ones the older
        errors = Counter({student: sum(len(each[at]) for each in failures) for at, student in enumerate(self.students)})
        report = RoundReport(number, tuple(candidates), errors, answered, faults)
        return [each.examples for each in ranked], report

    async def _students_errors(
        self, backend: ModelBackend, beam: Sequence[ExampleSet], rows: Sequence[DataRow]
    ) -> tuple[list[list[list[Failure]]], int, Counter[str]]:
        """Failures `[set][student]`, answers of a student, and replies that were none."""
        asked = [Asked(student, examples, row) for examples in beam for student in self.students for row in rows]
        replies = await backend.answer(asked)
        pairs = iter(zip(asked, replies, strict=True))
        failures: list[list[list[Failure]]] = []
        for _ in beam:
            by_student = [[next(pairs) for _ in rows] for _ in self.students]
            failures.append(
                [
                    [
                        Failure(ask.row, reply, ask.who)
                        for ask, reply in each
                        if reply.usable and not reply.is_right(ask.row)
                    ]
                    for each in by_student
                ]
            )
        unread = {
            "student's reply without a label": sum(reply.usable and reply.label is None for reply in replies),
            "student's reply that is empty or refused": sum(not reply.usable for reply in replies),
        }
        return failures, len(rows) * len(beam), Counter({name: count for name, count in unread.items() if count})

    async def _gradients(
        self,
        backend: ModelBackend,
        beam: Sequence[ExampleSet],
        failures: Sequence[Sequence[Sequence[Failure]]],
        number: int,
        faults: Counter[str],
    ) -> list[list[Gradient]]:
        """Reasons for groups of errors, by set of the beam."""
        options, asked = self.options, list[tuple[int, Reflection]]()
        for at, (examples, by_student) in enumerate(zip(beam, failures, strict=True)):
            pools = by_student if options.errors == "per_student" else [[each for pool in by_student for each in pool]]
            rng = random_of(options.seed, number, "groups", at)
            found = groups(pools, options.reflections, options.errors_per_reflection, rng)
            faults["set without errors to reflect on"] += not found
            asked += [
                (at, Reflection(f"{number}/{at}/reflect/{index}", examples, group)) for index, group in enumerate(found)
            ]
        gradients: list[list[Gradient]] = [[] for _ in beam]
        for (at, request), reflection in zip(asked, await backend.reflect([each for _, each in asked]), strict=True):
            faults["reason dropped: too short"] += reflection.dropped
            faults["reflection without a reason"] += not reflection.reasons
            gradients[at] += [Gradient((reason,), request.failures) for reason in reflection.reasons]
        return [
            mixed(each, options.mix, options.errors_per_reflection, random_of(options.seed, number, "mix", at))
            for at, each in enumerate(gradients)
        ]

    async def _rewritten(
        self,
        backend: ModelBackend,
        beam: Sequence[ExampleSet],
        gradients: Sequence[Sequence[Gradient]],
        number: int,
        faults: Counter[str],
    ) -> list[CandidateSet]:
        """New sets that passed the check, without copies, at most `new_sets` of each set of the beam."""
        times = range(self.options.rewrites_per_reason)
        asked = [
            (at, Rewriting(f"{number}/{at}/rewrite/{index}.{time}", beam[at], gradient))
            for at, each in enumerate(gradients)
            for index, gradient in enumerate(each)
            for time in times
        ]
        fit: list[list[CandidateSet]] = [[] for _ in beam]
        known = set(beam)
        for (at, request), written in zip(asked, await backend.rewrite([each for _, each in asked]), strict=True):
            checked = self.rules.check(written.examples)
            faults.update(written.faults + checked.faults)
            if checked.examples in known:
                faults["set that was there before"] += 1
            elif checked.examples:
                known.add(checked.examples)
                fit[at].append(CandidateSet(checked.examples, at, request.gradient))
        rngs = [random_of(self.options.seed, number, "new sets", at) for at in range(len(beam))]
        return [
            each for found, rng in zip(fit, rngs, strict=True) for each in _at_most(self.options.new_sets, found, rng)
        ]

    async def _evaluated(
        self, backend: ModelBackend, candidates: Sequence[CandidateSet], number: int
    ) -> list[CandidateSet]:
        """All of them with their scores; the best are kept."""
        rng, train = random_of(self.options.seed, number, "evaluation"), self.train

        def value(outcomes: Sequence[Any]) -> float:
            golds, replies = [row.label for row, _ in outcomes], [reply for _, reply in outcomes]
            return measure(golds, replies, self.task, self.options.measure)

        evaluation = evaluate(self.options, len(candidates), len(train), rng, value)
        try:
            pulls = next(evaluation)
            while True:
                asked = [Asked(TEACHER, candidates[pull.candidate].examples, train[pull.row]) for pull in pulls]
                replies = await backend.answer(asked)
                pulls = evaluation.send([(ask.row, reply) for ask, reply in zip(asked, replies, strict=True)])
        except StopIteration as ended:
            scores: list[SetScore] = ended.value
        best = sorted(range(len(candidates)), key=lambda index: scores[index], reverse=True)[: self.options.beam_size]
        return [each._replace(score=scores[index], kept=index in best) for index, each in enumerate(candidates)]


def _at_most(count: int, found: list[CandidateSet], rng: Any) -> list[CandidateSet]:
    kept = sorted(rng.sample(range(len(found)), min(count, len(found))))
    return [found[index] for index in kept]


__all__ = [
    "TEACHER",
    "Asked",
    "CandidateSet",
    "Optimisation",
    "Reasons",
    "Reflection",
    "RoundReport",
    "Rewriting",
    "ModelBackend",
    "Written",
]
