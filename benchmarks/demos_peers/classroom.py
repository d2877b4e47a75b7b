"""The classroom as a room: shipped models follow the worked problem that is most like the question.

    room = Classroom(load_speakers(), seed=0, budget=600)

Every row has a kind (the problem type, as a heading in a schoolbook would name it), which every method may know.
Nothing goes through Inspect: the models answer in this process, in batches.
"""

import json
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import anyio

from benchmarks.demos_peers.rooms import Account, Question, Room, paid
from lbt_solvers.demos import Demo, DemoSet, Options, Prediction
from lbt_solvers.demos.optimise import TEACHER, Asked, Rewriting
from lbt_solvers.demos.steps import Gradient
from lbt_solvers.demos.types import Failure
from lbt_solvers.prompts import Demonstration, load_prompt
from lbt_tasks.classroom.models import classroom_model_path
from lbt_tasks.classroom.talking import Speaker, read_completion
from lbt_tasks.demos.classroom import ClassroomWorld, classroom_data, most_similar
from lbt_tasks.demos.models import TEST, Models

DEMOS, TYPES, TRAIN_ROWS, TEST_ROWS = 8, 8, 64, 64


class Solved(NamedTuple):
    """A worked answer and what it cost."""

    demo: Demo
    read: int
    written: int


Key = tuple[str, str, Demo | None, int]


def load_speakers() -> dict[str, Speaker]:
    """The shipped models by role."""
    names = ("teacher", "student_a", "student_b")
    return {name: Speaker.load(classroom_model_path(name)) for name in names}


class Classroom(Room):
    """Worked problems of eight kinds; a set has one of each, or what a method makes of it."""

    validation = 32
    labelled = 0
    attempts = 3

    def __init__(self, speakers: dict[str, Speaker], seed: int, budget: int) -> None:
        self.speakers, self.seed, self.account = speakers, seed, Account(budget)
        self.room = classroom_data(seed, TYPES, TRAIN_ROWS, TEST_ROWS)
        data = self.room.data
        self.task, self.train, self.test, self.kinds = data.task, data.train, data.test, self.room.type_of
        self.options = Options(
            beam_size=2, demos=DEMOS, minibatch=16, reflections=4, evaluation_budget=96, measure="accuracy", seed=seed
        )
        self.proposal = self.rewritten
        self._format, self._known, self._proposals = load_prompt("chat"), dict[Key, Solved](), 0

    def answers(self, asked: Sequence[Question], attempt: int = 0) -> list[Demo]:
        """Worked answers; equal requests are computed once, but count each time."""
        self.account.pay(paid(asked))
        keys: list[Key] = [
            (TEACHER if who == TEST else who, text, most_similar(demos, text) if demos else None, attempt)
            for who, demos, text in asked
        ]
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        for who in dict.fromkeys(key[0] for key in new):
            mine = [key for key in new if key[0] == who]
            temperature, seed = (1.0, zlib.crc32(f"{mine[0][1]}/{attempt}".encode())) if attempt else (0.0, 0)
            self._known.update(zip(mine, self._solve(mine, temperature, seed), strict=True))
        for (who, _, _), key in zip(asked, keys, strict=True):
            if who != TEST:
                self.account.tokens(self._known[key].read, self._known[key].written)
        return [self._known[key].demo for key in keys]

    def works(self, questions: Sequence[tuple[str, str]]) -> list[Demo | None]:
        """The teacher's own solutions, sampled at temperature 1."""
        if not questions:
            return []
        keys: list[Key] = [(TEACHER, text, None, 0) for _, text in questions]
        solved = self._solve(keys, 1.0, zlib.crc32(questions[0][0].encode()))
        self.account.texts += len(solved)
        for each in solved:
            self.account.tokens(each.read, each.written)
        return [each.demo if each.demo.label else None for each in solved]

    def world(self) -> "ClassWorld":
        """The classroom's world without Inspect."""
        return ClassWorld(Models("peers", {}), self.room, self.options, self)

    def as_text(self, demos: DemoSet) -> str:
        """As JSON."""
        return json.dumps([[demo.text, demo.label, demo.rationale] for demo in demos])

    def from_text(self, text: str) -> DemoSet:
        """From JSON."""
        return tuple(Demo(*each) for each in json.loads(text))

    def rewritten(self, demos: DemoSet, failures: Sequence[Failure]) -> DemoSet:
        """M3's rewriting: the kind that fails most is worked in another way."""
        self._proposals += 1
        kind, _ = Counter(self.kinds[each.row.text] for each in failures).most_common(1)[0]
        gradient = Gradient((f"The kind '{kind}' fails.",), tuple(failures))
        request = Rewriting(f"gepa/{self._proposals}", demos, gradient)
        [written] = anyio.run(self.world().rewrite, [request])
        return tuple(written.demos)

    def _solve(self, keys: Sequence[Key], temperature: float, seed: int) -> list[Solved]:
        speaker = self.speakers[keys[0][0].removeprefix("student: ")]
        requests = [
            (text, [Demonstration(demo.text, demo.rationale, demo.label)] if demo else []) for _, text, demo, _ in keys
        ]
        texts = speaker.reply(requests, self._format, temperature, seed)
        prompts = [speaker.prompt(request, self._format) for request in requests]
        solved: list[Solved] = []
        for (_, question, _, _), prompt, text in zip(keys, prompts, texts, strict=True):
            worked = read_completion(self._format, question, text)
            read, written = (len(speaker.tokenizer.tokenize(each)) for each in (prompt, text))
            solved.append(Solved(Demo(question, worked.answer, worked.rationale), read, written))
        return solved


@dataclass(frozen=True)
class ClassWorld(ClassroomWorld):
    """The classroom's world without Inspect."""

    people: Classroom

    async def answer(self, asked: Sequence[Asked]) -> list[Prediction]:
        """In batches."""
        said = self.people.answers([(each.who, each.demos, each.row.text) for each in asked])
        return [Prediction(each.label or None) for each in said]

    async def _work(self, questions: Sequence[tuple[str, str]]) -> list[Demo | None]:
        return self.people.works(questions)
