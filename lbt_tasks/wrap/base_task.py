r"""The task that is wrapped: its questions as models read them, and its own way to read and score a reply.

    base = BaseTask(load_base("inspect_evals/gsm8k", {"fewshot": 0}))
    base.problems[0].question             # with the task's instructions
    state = await base.replied(problem_id, "2+2=4\n\nANSWER: 4")   # as if its model had said so

A task's prompt is made by its solver, so the solver itself is asked: it runs up to its first generation, and what it
would have sent is the question. To score a reply, the solver runs once more with that reply as the generation, and the
task's scorer sees the state it leaves. This works for solvers that generate once, without tools.
"""

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, ModelName, ModelOutput
from inspect_ai.scorer import Target
from inspect_ai.solver import Solver, TaskState
from inspect_ai.util import registry_create

from lbt_solvers.errors import UsageError
from lbt_solvers.prompts import Demonstration, PromptFormat
from lbt_solvers.types import Problem

NO_MODEL = ModelName("none/none")
AS_WRITTEN = PromptFormat(layout="multi_turn", instruction="", question="{question}", solution="{rationale}")
"""A question as the task asks it; a demonstration is an earlier question with the teacher's whole reply."""


def load_base(name: str, args: Mapping[str, Any] | None = None) -> Task:
    """The registered task of that name.

    Raises:
        UsageError: it is not installed, does not take the arguments, or its data cannot be loaded.
    """
    try:
        return registry_create("task", name, **(args or {}))
    except TypeError as error:
        raise UsageError(f"base={name}: the task does not take these base_args: {error}.") from None
    except ModuleNotFoundError as error:
        more = f"Install it, or the extra of {name.partition('/')[0]} that brings it."
        raise UsageError(f"base={name}: the task needs more than is installed: {error}. {more}") from None
    except (OSError, ValueError, KeyError, IndexError) as error:
        why = f"{type(error).__name__}: {error}"
        raise UsageError(f"base={name}: the task could not be made: {why}") from error
    except LookupError:  # of the registry; those of data are above
        package = name.partition("/")[0]
        pip = {"inspect_evals": "inspect-evals"}.get(package, package.replace("_", "-"))
        raise UsageError(
            f"base={name}: no such task is installed. Install its package (pip install {pip}), or look its name up "
            f"with `inspect list tasks` and in the package's own list."
        ) from None


class _Asked(Exception):  # noqa: N818 - an outcome
    """Carries what a solver would have sent to its model."""

    def __init__(self, state: TaskState) -> None:
        super().__init__()
        self.state = state


class BaseTask:
    """A task's samples as problems, and its solver as a format for questions and a reader of replies.

    Args:
        task: With samples that have targets.
        name: How messages call it.
        prefix: Of its problems' ids, where another task has the same.

    Raises:
        UsageError: no targets, no samples, or a solver that does not fit; says why.
    """

    def __init__(self, task: Task, name: str, prefix: str = "") -> None:
        self.task, self.name = task, name
        self.solvers = _solvers(task)
        self.samples: dict[str, Sample] = {}
        for number, sample in enumerate(task.dataset, 1):
            identifier = f"{prefix}{number if sample.id is None else sample.id}"
            self.samples[identifier] = sample.model_copy(update={"id": identifier})
        self._check()
        asked = [self._asked(sample) for sample in self.samples.values()]
        self.prompt = _common_prompt(asked)
        self.problems = [
            _problem(sample, messages, self.prompt)
            for sample, messages in zip(self.samples.values(), asked, strict=True)
        ]

    def _check(self) -> None:
        if not self.samples:
            raise UsageError(f"base={self.name}: the task has no samples.")
        if not any(Target(sample.target).text.strip() for sample in self.samples.values()):
            raise UsageError(f"base={self.name}: the task's samples have no targets, so no exam can be graded.")
        if not self.task.scorer:
            raise UsageError(f"base={self.name}: the task has no scorer, so no exam can be graded.")

    @property
    def has_choices(self) -> bool:
        """Whether its questions are multiple choice."""
        return any(sample.choices for sample in self.samples.values())

    async def replied(self, problem_id: str, reply: str, epoch: int = 1) -> TaskState:
        """The state that the task's solver leaves when its model gives that reply.

        Raises:
            UsageError: the solver generates more than once.
        """
        return await self._run(_state(self.samples[problem_id], epoch), reply)

    async def continue_with(self, state: TaskState, reply: str) -> TaskState:
        """As `replied`, on a running sample's own state, whose messages become the task's."""
        sample = self.samples[str(state.sample_id)]
        state.messages = _messages(sample)
        return await self._run(state, reply)

    async def _run(self, state: TaskState, reply: str) -> TaskState:
        generations = 0

        async def generate(state: TaskState, *_: Any, **__: Any) -> TaskState:
            nonlocal generations
            generations += 1
            if generations > 1:
                raise UsageError(_unfit(self.name, "its solver generates more than once"))
            state.output = ModelOutput.from_content(str(state.model), reply)
            state.messages.append(state.output.message)
            return state

        for step in self.solvers:
            state = await step(state, generate)
            if state.completed:
                break
        if not generations:
            raise UsageError(_unfit(self.name, "its solver never generates"))
        return state

    def _asked(self, sample: Sample) -> list[ChatMessage]:
        """The messages that the solver would send for a sample."""

        async def generate(state: TaskState, *_: Any, **__: Any) -> TaskState:
            raise _Asked(state)

        async def run() -> None:
            state = _state(sample)
            for step in self.solvers:
                state = await step(state, generate)

        try:
            _run_without_waiting(run(), self.name)
        except _Asked as asked:
            if asked.state.tools:
                raise UsageError(_unfit(self.name, "its model uses tools")) from None
            return list(asked.state.messages)
        raise UsageError(_unfit(self.name, "its solver never generates"))


def _run_without_waiting(steps: Coroutine[Any, Any, None], name: str) -> None:
    """Runs a coroutine that only formats text; a solver that waits for something first does more than that."""
    try:
        steps.send(None)
    except StopIteration:
        return
    steps.close()
    raise UsageError(_unfit(name, "its solver waits for something before it generates"))


def _unfit(name: str, why: str) -> str:
    return (
        f"base={name}: {why}, so its prompts cannot be taken over. Run the task itself with "
        "--solver lbt_solvers/learn_by_teaching -S exam=similar -S bank=QUESTIONS.jsonl"
    )


def _solvers(task: Task) -> Sequence[Solver]:
    solver: Any = task.solver
    return list(solver) if isinstance(solver, Sequence) else [solver]


def _messages(sample: Sample) -> list[ChatMessage]:
    if isinstance(sample.input, str):
        return [ChatMessageUser(content=sample.input, source="input")]
    return [message.model_copy() for message in sample.input]


def _state(sample: Sample, epoch: int = 1) -> TaskState:
    return TaskState(
        model=NO_MODEL,
        sample_id=str(sample.id),
        epoch=epoch,
        input=sample.input,
        messages=_messages(sample),
        target=Target(sample.target),
        choices=sample.choices,
        metadata=dict(sample.metadata or {}),
    )


def _common_prompt(asked: Sequence[Sequence[ChatMessage]]) -> PromptFormat:
    """The format with what stands before every question: the task's system messages and few-shot turns."""
    before = [[(message.role, message.text) for message in messages[:-1]] for messages in asked]
    if any(other != before[0] for other in before):
        return AS_WRITTEN
    turns = [message for message in asked[0][:-1] if message.role != "system"]
    pairs = list(zip(turns[::2], turns[1::2], strict=False))
    alternate = len(turns) % 2 == 0 and all(
        isinstance(user, ChatMessageUser) and isinstance(reply, ChatMessageAssistant) for user, reply in pairs
    )
    if not alternate:
        return AS_WRITTEN
    return replace(
        AS_WRITTEN,
        instruction="\n\n".join(message.text for message in asked[0][:-1] if message.role == "system"),
        demonstrations=tuple(Demonstration(user.text, reply.text, "") for user, reply in pairs),
    )


def _problem(sample: Sample, messages: Sequence[ChatMessage], prompt: PromptFormat) -> Problem:
    """The sample with its question as it is asked; what stands before it and is not common to all belongs to it."""
    shown = messages[-1:] if prompt is not AS_WRITTEN else messages
    question = "\n\n".join(message.text for message in shown if message.text)
    return Problem(str(sample.id), question, Target(sample.target).text, dict(sample.metadata or {}))
