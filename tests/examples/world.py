"""Scripted teacher and students that label by keywords, as plain functions and as Inspect models `keywords/NAME`.

A reader says Yes where a text has a keyword that some Yes-example of its prompt has. The teacher begins with one
keyword and, when it rewrites, adds one that stands in a failure. Whoever is called `picky` gives no label to questions.
Everything depends on the prompt alone, so the number of calls can be worked out without Inspect.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence

from inspect_ai.model import ChatMessage, GenerateConfig, get_model, modelapi

from lbt_solvers.examples import ExampleTask, Optimisation, Options, Prediction, SetRules
from lbt_solvers.examples.optimise import Asked, Reasons, Reflection, Rewriting, Written
from lbt_solvers.examples.parsing import read_examples, read_label, read_reasons
from lbt_solvers.examples.prompts import load_example_prompts
from lbt_solvers.examples.validation import forbidden_keys
from lbt_tasks.examples.data import ExampleData
from tests.synthetic.world import Scripted

KEYWORDS = ("all", "every", "always", "never", "everyone", "must", "people", "so")
_EXAMPLE = re.compile(r"^### Example \d+\nText: (.*?)\nLabel: (Yes|No)$", re.DOTALL | re.MULTILINE)


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.casefold()))


def known(examples: Sequence[tuple[str, str]]) -> list[str]:
    seen = {word for text, label in examples if label == "Yes" for word in words(text)}
    return [word for word in KEYWORDS if word in seen]


def label_of(examples: Sequence[tuple[str, str]], text: str) -> str:
    return "Yes" if words(text) & set(known(examples)) else "No"


def written(keywords: Sequence[str]) -> str:
    yes = [{"text": f"{word.title()} {{x}} ] cats {at}", "label": "yes"} for at, word in enumerate(keywords)]
    no = [{"text": f"A cat has {at} paws, {'+'.join(keywords[1:])}.", "label": "No"} for at in range(8 - len(yes))]
    return f"Here [you] are {{ok}}: {json.dumps(yes + no)} Good luck!"


def reply(name: str, prompt: str) -> str:
    examples = _EXAMPLE.findall(prompt)
    if "# Prediction" in prompt:
        text = prompt.rsplit("# Prediction\nText: ", 1)[1].rsplit("\nLabel:", 1)[0]
        return "I cannot say." if name == "picky" and "?" in text else f" **{label_of(examples, text).upper()}**."
    if "# Why" in prompt:
        failures = prompt.rsplit("after these examples", 1)[1].rsplit("# Why", 1)[0]
        more = [word for word in KEYWORDS if word in words(failures) and word not in known(examples)]
        return written([*known(examples), *more[:1]][:7])
    if "Why could" in prompt:
        return "Let me see.\n1. The examples lack texts that students read wrongly."
    return written(KEYWORDS[:1])


@modelapi(name="keywords")
class Keywords(Scripted):
    """Greedy by nature."""

    def _reply(self, input: list[ChatMessage], config: GenerateConfig, choice: int) -> str:
        return reply(self.model_name.split("/")[-1], input[-1].text)


class PlainWorld:
    """The same without Inspect, which counts distinct requests by role."""

    def __init__(self, task: ExampleTask, options: Options) -> None:
        self.task, self.options, self.prompts = task, options, load_example_prompts("paper")
        self.paid: set[tuple[str, str, str]] = set()
        self.asked: Counter[str] = Counter()

    def ask(self, role: str, key: str, prompt: str) -> str:
        self.paid.add((role, key, prompt))
        self.asked[role] += 1
        return reply(role.split("/")[-1], prompt)

    async def write(self, key: str) -> Written:
        text = self.ask("teacher: first set", key, self.prompts.write(self.task, self.options.examples))
        return Written(*read_examples(text, self.task.labels))

    async def answer(self, asked: Sequence[Asked]) -> list[Prediction]:
        return [Prediction(read_label(self.ask(each.who, "", self._prompt(each)), self.task.labels)) for each in asked]

    def _prompt(self, each: Asked) -> str:
        return self.prompts.answer(self.task, each.examples, each.row.text)

    async def reflect(self, asked: Sequence[Reflection]) -> list[Reasons]:
        prompts = [self.prompts.reflect(self.task, each.examples, each.failures, 1) for each in asked]
        texts = [self.ask("teacher: reflection", each.key, text) for each, text in zip(asked, prompts, strict=True)]
        return [Reasons(*read_reasons(text, 1, 6)) for text in texts]

    async def rewrite(self, asked: Sequence[Rewriting]) -> list[Written]:
        return [
            Written(*read_examples(self.ask("teacher: reflection", *self._again(each)), ("Yes", "No")))
            for each in asked
        ]

    def _again(self, each: Rewriting) -> tuple[str, str]:
        gradient = each.gradient
        return each.key, self.prompts.rewrite(self.task, each.examples, gradient.failures, gradient.reasons, 8)


async def predicted(data: ExampleData, options: Options, students: Sequence[str]) -> PlainWorld:
    """A whole run without Inspect, its cache, its models or the solver: what it asked, and what it paid for."""
    world, rules = PlainWorld(data.task, options), SetRules(8, data.task.labels, forbidden=forbidden_keys(data.test))
    run = Optimisation(options, data.train, rules, data.task, tuple(students))
    beam = await run.begin(world)
    for number in range(options.rounds + 1):
        if number:
            beam, _ = await run.advance(world, beam, number)
        await world.answer([Asked("test", beam[0], row) for row in data.test])
    return world


def keywords(name: str, **args):
    return get_model(f"keywords/{name}", memoize=False, **args)
