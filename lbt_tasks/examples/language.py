"""The backend of language models: students label texts, the teacher writes examples and reflects in words.

backend = LanguageBackend(models, ExampleTask(...), load_example_prompts("paper"), Options())
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lbt_solvers.examples import ExampleTask, Options, Prediction
from lbt_solvers.examples.optimise import Asked, Reasons, Reflection, Rewriting, Written
from lbt_solvers.examples.parsing import prediction, read_examples, read_reasons
from lbt_solvers.examples.prompts import ExamplePrompts
from lbt_solvers.prompts import Turn
from lbt_solvers.types import Reply
from lbt_tasks.examples.models import Models

WRITER = "teacher: first set"
"""The teacher at the temperature at which it writes a first set."""
REFLECTING = "teacher: reflection"
"""The teacher as it explains errors and rewrites sets."""


@dataclass(frozen=True, slots=True)
class LanguageBackend:
    """Prompts out, replies in."""

    models: Models
    task: ExampleTask
    prompts: ExamplePrompts
    options: Options
    otherwise: str | None = None
    """What a reply without a label means; by default no label."""

    async def write(self, key: str) -> Written:
        """The teacher writes a first set."""
        asked = self.prompts.write(self.task, self.options.examples)
        [reply] = await self.models.ask([(WRITER, (key, _user(asked)))])
        return self._written(reply)

    async def answer(self, asked: Sequence[Asked]) -> list[Prediction]:
        """Each row after its set."""
        replies = await self.models.ask(
            [
                (each.who, ("answer", _user(self.prompts.answer(self.task, each.examples, each.row.text))))
                for each in asked
            ]
        )
        return [prediction(reply.text, reply.usable, self.task.labels, self.otherwise) for reply in replies]

    async def reflect(self, asked: Sequence[Reflection]) -> list[Reasons]:
        """Reasons for each group of errors."""
        count = self.options.reasons_per_reflection
        replies = await self.models.ask(
            [
                (REFLECTING, (each.key, _user(self.prompts.reflect(self.task, each.examples, each.failures, count))))
                for each in asked
            ]
        )
        found = [read_reasons(reply.text, count, self.options.least_reason_words) for reply in replies]
        return [Reasons(reasons, dropped) for reasons, dropped in found]

    async def rewrite(self, asked: Sequence[Rewriting]) -> list[Written]:
        """A set for each gradient."""
        replies = await self.models.ask([(REFLECTING, (each.key, _user(self._rewriting(each)))) for each in asked])
        return [self._written(reply) for reply in replies]

    def _rewriting(self, each: Rewriting) -> str:
        gradient = each.gradient
        return self.prompts.rewrite(
            self.task, each.examples, gradient.failures, gradient.reasons, self.options.examples
        )

    def _written(self, reply: Reply) -> Written:
        if not reply.usable:
            return Written([], Counter({"teacher's reply that is empty or refused": 1}))
        examples, faults = read_examples(reply.text, self.task.labels)
        return Written(examples, faults + Counter({"teacher's reply cut off": int(reply.truncated)}))


def _user(text: str) -> tuple[Turn, ...]:
    return (Turn("user", text),)
