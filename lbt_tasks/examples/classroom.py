"""The classroom's backend: examples are worked problems, small shipped models play teacher and students.

    inspect eval lbt_tasks/examples -T task=classroom

A student looks up the worked problem that is most like the question (by words, not numbers) and follows it. The teacher
works out the examples itself, and nobody tells it whether its answers are right. It cannot reflect in words: its
reflection is to see on which kind of problem the students err most, and to work another problem of that kind by
another method than the one shown. The kind of a problem is its `type`, as a heading in a schoolbook would name it.
"""

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lbt_solvers.examples import DataRow, Example, ExampleSet, ExampleTask, Options, Prediction
from lbt_solvers.examples.optimise import Asked, Reasons, Reflection, Rewriting, Written
from lbt_solvers.prompts import Demonstration, PromptFormat, Turn, load_prompt
from lbt_solvers.types import Problem
from lbt_tasks.classroom.arithmetic.problem_types import Split
from lbt_tasks.classroom.arithmetic.world import PROBLEM_TYPES, UNSEEN_TYPES, problems
from lbt_tasks.classroom.local_model import read_completion
from lbt_tasks.classroom.models import CLASSROOM_PROMPT
from lbt_tasks.examples.data import ExampleData
from lbt_tasks.examples.language import WRITER
from lbt_tasks.examples.models import Models

SEEN_TYPES = tuple(name for name in PROBLEM_TYPES if name not in UNSEEN_TYPES)
OTHER_WAYS = 3
"""Solutions that the teacher tries in order to find another method."""
_WORDS_AND_SIGNS = re.compile(r"[^\W\d_]+|[-+*/%()]")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class ClassroomData:
    """The rows of one seed, and the type of every problem."""

    data: ExampleData
    types: tuple[str, ...]
    type_of: Mapping[str, str]
    """By question."""
    pool: Mapping[str, Sequence[str]]
    """By type, the questions that the teacher may demonstrate; none is asked of students or tests."""


def classroom_data(seed: int, types: int, train_rows: int, test_rows: int, pool: int = 16) -> ClassroomData:
    """Problems of some types, other types for every seed; tests have numbers that no model was trained on.

    Raises:
        ValueError: more types than there are, or more rows than the types have.
    """
    if not 1 <= types <= len(SEEN_TYPES):
        raise ValueError(f"type_count: 1 to {len(SEEN_TYPES)} were needed, found {types}.")
    chosen = tuple(random.Random(f"{seed}/types").sample(SEEN_TYPES, types))
    own = problems("train", train_rows + pool * types, seed, chosen)
    train, shown = own[:train_rows], own[train_rows:]
    test = problems(_TEST, test_rows, seed, chosen)
    asked = {problem.question for problem in (*train, *test)}
    by_type = {name: [p.question for p in shown if _type(p) == name and p.question not in asked] for name in chosen}
    task = ExampleTask("classroom", "Solve arithmetic word problems.")
    return ClassroomData(
        ExampleData(task, [_row(problem) for problem in train], [_row(problem) for problem in test]),
        chosen,
        {problem.question: _type(problem) for problem in (*train, *shown, *test)},
        by_type,
    )


_TEST: Split = "held_out"


def _type(problem: Problem) -> str:
    return str(problem.metadata["type"])


def _row(problem: Problem) -> DataRow:
    return DataRow(problem.id, problem.question, problem.answer)


@dataclass(frozen=True)
class ClassroomBackend:
    """Problems out, worked solutions in."""

    models: Models
    data: ClassroomData
    options: Options

    @cached_property
    def _format(self) -> PromptFormat:
        return load_prompt(CLASSROOM_PROMPT)

    async def write(self, key: str) -> Written:
        """The teacher works problems of its own choice, the types in turn."""
        rng = random.Random(f"{self.options.seed}/{key}")
        questions = [rng.choice(self.data.pool[name]) for name in self._turns(rng)]
        worked = await self._work([(f"{key}/{at}", question) for at, question in enumerate(questions)])
        examples = [example for example in worked if example]
        return Written(examples, Counter({"problem without an answer": len(worked) - len(examples)}))

    async def answer(self, asked: Sequence[Asked]) -> list[Prediction]:
        """Each question after the most similar worked problem of its set."""
        replies = await self.models.ask([(each.who, ("answer", self._asked(each))) for each in asked])
        return [
            Prediction(self._read(each.row.text, reply.text).label or None, reply.usable)
            for each, reply in zip(asked, replies, strict=True)
        ]

    async def reflect(self, asked: Sequence[Reflection]) -> list[Reasons]:
        """The kinds of problems that the errors are of, the most frequent first. No model call."""
        return [Reasons(self._kinds_in(each)[: self.options.reasons_per_reflection]) for each in asked]

    async def rewrite(self, asked: Sequence[Rewriting]) -> list[Written]:
        """The set with another way to work the kinds of problems that are named in the reasons."""
        plans = [(each, name) for each in asked for name in self.data.types if _mentions(each.gradient.reasons, name)]
        tries: list[tuple[str, str]] = []
        for each, name in plans:
            question = random.Random(f"{self.options.seed}/{each.key}/{name}").choice(self.data.pool[name])
            tries += [(f"{each.key}/{name}/{at}", question) for at in range(OTHER_WAYS)]
        worked = await self._work(tries)
        sets = {each.key: each.examples for each in asked}
        faults = {each.key: Counter[str]() for each in asked}
        for at, (each, name) in enumerate(plans):
            ways = worked[at * OTHER_WAYS : (at + 1) * OTHER_WAYS]
            shown = [example for example in each.examples if self.data.type_of[example.text] == name]
            known = {_method(example.rationale) for example in shown}
            found = next((example for example in ways if example and _method(example.rationale) not in known), None)
            if found:
                sets[each.key] = self._with(sets[each.key], name, found)
            else:
                faults[each.key]["no other method found"] += 1
        return [Written(sets[each.key], faults[each.key]) for each in asked]

    def _turns(self, rng: random.Random) -> list[str]:
        order = rng.sample(self.data.types, len(self.data.types))
        return [order[at % len(order)] for at in range(self.options.examples)]

    def _asked(self, each: Asked) -> tuple[Turn, ...]:
        example = most_similar(each.examples, each.row.text)
        return tuple(
            self._format.messages(each.row.text, [Demonstration(example.text, example.rationale, example.label)])
        )

    def _kinds_in(self, each: Reflection) -> list[str]:
        kinds = Counter(self.data.type_of[failure.row.text] for failure in each.failures)
        return [
            f"Of {len(each.failures)} wrong answers, {count} are to problems of the kind '{name}'."
            for name, count in kinds.most_common()
        ]

    def _with(self, examples: ExampleSet, name: str, new: Example) -> ExampleSet:
        """The new example in the place of those of its kind, or of the last, where there is none of its kind."""
        places = [at for at, example in enumerate(examples) if self.data.type_of[example.text] == name] or [
            len(examples) - 1
        ]
        return tuple(new if at == places[0] else example for at, example in enumerate(examples))

    async def _work(self, questions: Sequence[tuple[str, str]]) -> list[Example | None]:
        replies = await self.models.ask(
            [(WRITER, (key, tuple(self._format.messages(question)))) for key, question in questions]
        )
        worked = [self._read(question, reply.text) for (_, question), reply in zip(questions, replies, strict=True)]
        return [example if example.label and example.rationale else None for example in worked]

    def _read(self, question: str, text: str) -> Example:
        worked = read_completion(self._format, question, text)
        return Example(question, worked.answer, worked.rationale)


@lru_cache(maxsize=100_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORDS_AND_SIGNS.findall(text.casefold()))


def most_similar(examples: ExampleSet, question: str) -> Example:
    """The example that shares most of its words and signs with the question (Jaccard); the first of equals."""
    words = _words(question)

    def shared(example: Example) -> float:
        others = _words(example.text)
        return len(words & others) / (len(words | others) or 1)

    return max(examples, key=shared)


def _method(rationale: str) -> str:
    return _DIGITS.sub("0", rationale)


def _mentions(reasons: Sequence[str], name: str) -> bool:
    return any(f"'{name}'" in reason for reason in reasons)
