"""Students whose requests are collected and go to lm-eval's models in whole batches, as these want them.

    batches = Batches([back_end], sampling)
    student = BatchedStudent(batches, back_end, load_prompt("chat"), "p1", request)
    rows = batches.run(partial(sit_plan, session_with_that_student, TeachingPlan((0,)), 0))

The exam is the core's: every sitting awaits its replies, in an event loop of a thread of its own. When nothing there
can go on without a reply, all that was asked is answered here, where the caller is: models may want the main thread.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from anyio import Event, wait_all_tasks_blocked
from anyio.from_thread import start_blocking_portal

from lbt_solvers.concurrency import in_order
from lbt_solvers.exam_forms import FirstToken, Likelihood
from lbt_solvers.prompts import PromptFormat, Turn
from lbt_solvers.types import Reply
from lbt_tasks.lm_eval_plugin.back_ends import BackEnd

if TYPE_CHECKING:
    from lm_eval.api.instance import Instance

T = TypeVar("T")


@dataclass(slots=True)
class _Asked:
    model: BackEnd
    prompt: str
    count: int
    request: "Instance"
    """The harness's request that this is asked for."""
    given: str | None = None
    """A reply of which the log-likelihood is asked for; otherwise the model writes."""
    replies: list[str] = field(default_factory=list[str])
    likelihood: float = 0.0
    answered: Event = field(default_factory=Event)


class Batches:
    """What students are asked, until it is answered.

    Args:
        models: Who is asked; one batch each.
        sampling: lm-eval's generation arguments.
    """

    def __init__(self, models: Sequence[BackEnd], sampling: Mapping[str, Any]) -> None:
        self._models, self._sampling = models, sampling
        self._asked: list[_Asked] = []
        self._more = Event()
        self._whole: SimpleQueue[list[_Asked]] = SimpleQueue()

    @property
    def greedy(self) -> bool:
        """Whether the models take the most probable token each time."""
        return not self._sampling.get("do_sample")

    async def replies(self, model: BackEnd, prompt: str, count: int, request: "Instance") -> list[str]:
        """`count` replies of that model, once the batch is answered."""
        return (await self._answered(_Asked(model, prompt, count, request))).replies

    async def log_likelihood(self, model: BackEnd, prompt: str, reply: str, request: "Instance") -> float:
        """Of that reply after that prompt, once the batch is answered."""
        return (await self._answered(_Asked(model, prompt, 1, request, reply))).likelihood

    async def _answered(self, asked: _Asked) -> _Asked:
        self._asked.append(asked)
        self._more.set()
        await asked.answered.wait()
        return asked

    def run(self, call: Callable[[], Awaitable[T]]) -> T:
        """The result of that call, whose students ask here. What a model raises ends it."""
        with start_blocking_portal() as portal:
            collecting = portal.start_task_soon(self._collect)
            result = portal.start_task_soon(call)
            result.add_done_callback(lambda _: self._whole.put([]))
            try:
                while batch := self._whole.get():
                    self._answer(batch)
                    portal.call(_go_on, batch)
                return result.result()
            finally:
                collecting.cancel()

    async def _collect(self) -> None:
        while True:
            await self._more.wait()
            await wait_all_tasks_blocked()
            batch, self._asked, self._more = self._asked, [], Event()
            self._whole.put(batch)
            await batch[-1].answered.wait()

    def _answer(self, batch: Sequence[_Asked]) -> None:
        for model in self._models:
            read = [asked for asked in batch if asked.model is model and asked.given is not None]
            pairs = [(asked.prompt, asked.given or "") for asked in read]
            found = model.log_likelihoods(pairs, [asked.request for asked in read])
            for asked, likelihood in zip(read, found, strict=True):
                asked.likelihood = likelihood
            own = [asked for asked in batch if asked.model is model and asked.given is None]
            prompts = [asked.prompt for asked in own for _ in range(asked.count)]
            requests = [asked.request for asked in own for _ in range(asked.count)]
            replies = iter(model.replies(prompts, self._sampling, requests))
            for asked in own:
                asked.replies = list(islice(replies, asked.count))


async def _go_on(batch: Sequence[_Asked]) -> None:
    for asked in batch:
        asked.answered.set()


@dataclass(frozen=True, slots=True)
class BatchedStudent:
    """A student of the core's exams, on one problem."""

    batches: Batches
    model: BackEnd
    prompt: PromptFormat
    problem_id: str
    request: "Instance"

    @property
    def role(self) -> str:
        """As an error names it."""
        return f"student: {self.model.name}"

    @property
    def greedy(self) -> bool:
        """Whether it gives one question one reply."""
        return self.batches.greedy

    async def replies(self, turns: Sequence[Turn], count: int, key: str) -> list[Reply]:
        """Each stands for itself: a model that gives an empty one gives it again."""
        prompt = self.model.prompt(turns, self.prompt.begun(turns))
        replies = await self.batches.replies(self.model, prompt, count, self.request)
        return [Reply(self.prompt.read(reply), "stop") for reply in replies]

    async def log_likelihood(self, turns: Sequence[Turn], reply: str, key: str) -> Likelihood:
        """By the harness's own request of that name, which does not tell how many tokens a reply has."""
        prompt = self.model.prompt(turns)
        return Likelihood(await self.batches.log_likelihood(self.model, prompt, reply.strip(), self.request), 0)

    async def first_token(self, turns: Sequence[Turn], beginnings: Sequence[str], key: str) -> FirstToken:
        """By the log-likelihoods of the words."""
        prompt = self.model.prompt(turns)
        calls = [partial(self.batches.log_likelihood, self.model, prompt, word, self.request) for word in beginnings]
        return FirstToken(tuple(await in_order(calls)))

    def grading(self) -> AbstractContextManager[None]:
        """Nobody measures how long grades are waited for."""
        return nullcontext()
