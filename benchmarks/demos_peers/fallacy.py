"""Fallacy with scripted readers as a room: real texts, M3's prompts for all methods, GEPA's own prompt for GEPA.

    room = Fallacy(fallacy("/data/m3"), seed=0, budget=2000)

Training rows are a random part with equally many of both labels, so that the share of right answers, which DSPy and
GEPA can add up row by row, does not favour a reader that always says No. Test rows are the real ones, measured by F1.
Tokens are words here.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.demos_peers.rooms import Account, Question, Room, paid
from benchmarks.demos_peers.scripted import as_list, reply
from lbt_solvers.demos import Demo, DemoSet, Options, Row, SetRules
from lbt_solvers.demos.parsing import read_demos, read_label
from lbt_solvers.demos.prompts import load_demo_prompts
from lbt_solvers.generation import Reply
from lbt_tasks.demos.data import DemoData
from lbt_tasks.demos.language import REFLECTING, WRITER, LanguageWorld
from lbt_tasks.demos.models import TEST, Ask, Models

DEMOS, ROWS_OF_A_LABEL = 8, 100


class Fallacy(Room):
    """Texts to be labelled after a set of labelled texts."""

    validation = 50
    labelled = DEMOS
    attempts = 1

    def __init__(self, data: DemoData, seed: int, budget: int) -> None:
        self.seed, self.account, self.task, self.test = seed, Account(budget), data.task, data.test
        self.train = balanced(data.train, data.task.labels, seed)
        self.options = Options(
            beam_size=2, demos=DEMOS, minibatch=24, reflections=4, evaluation_budget=240, measure="accuracy", seed=seed
        )
        self._prompts, self._rules = load_demo_prompts("paper"), SetRules(DEMOS, data.task.labels)
        self.reflect = self.write

    def answers(self, asked: Sequence[Question], attempt: int = 0) -> list[Demo]:
        """The texts with the labels that the readers give them; none where a reply has none."""
        self.account.pay(paid(asked))
        replies = [self.say(who, self._prompts.answer(self.task, demos, text)) for who, demos, text in asked]
        return [
            Demo(text, read_label(said, self.task.labels) or "")
            for (_, _, text), said in zip(asked, replies, strict=True)
        ]

    def say(self, who: str, prompt: str) -> str:
        """A reply, on the account."""
        said = reply(who, prompt)
        if who != TEST:
            self.account.tokens(len(prompt.split()), len(said.split()))
        return said

    def write(self, prompt: str) -> str:
        """A text of the teacher's, on the account."""
        self.account.texts += 1
        return self.say("teacher", prompt)

    def world(self) -> LanguageWorld:
        """M3's own world of language models, on replies from here."""
        return LanguageWorld(Scripts("peers", {}, room=self), self.task, self._prompts, self.options)

    def as_text(self, demos: DemoSet) -> str:
        """As the JSON list that M3 asks its teacher for."""
        return as_list([(demo.text, demo.label) for demo in demos])

    def from_text(self, text: str) -> DemoSet | None:
        """By M3's reading and M3's rules."""
        return self._rules.check(read_demos(text, self.task.labels).demos).demos


@dataclass(slots=True)
class Scripts(Models):
    """M3's models, without Inspect."""

    room: Fallacy | None = None

    async def ask(self, asks: Sequence[tuple[str, Ask]]) -> list[Reply]:
        """In their order; the budget is checked before the first."""
        assert self.room
        self.room.account.pay(sum(who not in (TEST, WRITER, REFLECTING) for who, _ in asks))
        return [Reply(self._said(self.room, who, turns[0].text), "stop") for who, (_, turns) in asks]

    def _said(self, room: Fallacy, who: str, prompt: str) -> str:
        return room.write(prompt) if who in (WRITER, REFLECTING) else room.say(who, prompt)


def balanced(rows: Sequence[Row], labels: Sequence[str], seed: int) -> list[Row]:
    """Equally many rows of every label, in random order."""
    rng = random.Random(f"{seed}/balanced")
    some = [row for label in labels for row in rng.sample([row for row in rows if row.label == label], ROWS_OF_A_LABEL)]
    return rng.sample(some, len(some))
