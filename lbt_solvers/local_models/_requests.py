"""A request on its way from the event loop to the worker thread and back.

    request = Request(prompt, sampling, choices=16)   # on the event loop, asyncio or trio
    worker.submit(request)
    answer = await request.answer()                   # sleeps until the worker has settled it; no polling

The worker settles requests with `complete` or `settle` and then wakes their event loops with `wake`, once per loop.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import anyio
from anyio.lowlevel import EventLoopToken, current_token

from lbt_solvers.local_models._prefixes import key_of

StopReason = Literal["stop", "max_tokens", "model_length"]


class LocalModelError(RuntimeError):
    """A local model could not be loaded, or failed on a request. Not worth a retry."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation and how it becomes text."""

    turns: tuple[tuple[str, str], ...]
    """(role, text); a last turn of the assistant is continued."""
    template: str | None = None
    """Jinja chat template instead of the tokenizer's own; empty for none at all."""
    template_args: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def continues(self) -> bool:
        """The last turn is the assistant's, and the generation goes on from it."""
        return bool(self.turns) and self.turns[-1][0] == "assistant"


class TokenScore(NamedTuple):
    """The log-probability of one token, by the model's own scores: no temperature, top-k or penalty."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()
    """The likeliest tokens in its place."""
    rank: int = 1
    """Its own place among all tokens, 1 for the likeliest."""


@dataclass(frozen=True, slots=True)
class Reading:
    """That a prompt is read and nothing is written: the log-probabilities of its tokens are the answer."""

    top: int
    """Likeliest tokens that are told of each place."""
    continued: bool = False
    """Only of the tokens in the assistant's last turn, which the conversation ends with."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn; `None` is the model's own default."""

    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    logprobs: int | None = None
    """Likeliest tokens that are told with the log-probability of each drawn one; `None` tells nothing."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One choice of an answer."""

    text: str
    tokens: int
    """Tokens really generated, the closing one included, padding not."""
    stop_reason: StopReason
    scores: tuple[TokenScore, ...] = ()
    """Of the generated tokens, where they were asked for."""
    certainty: float | None = None
    """Mean over them of -log V - mean_j log p_j, V the vocabulary: self-certainty (Kang et al., 2025)."""
    thought: int = 0
    """Of the tokens, those up to the end of what was thought."""


@dataclass(frozen=True, slots=True)
class Answer:
    """All choices of one request."""

    input_tokens: int
    completions: tuple[Completion, ...]
    prompt_scores: tuple[TokenScore, ...] = ()
    """Of the prompt's tokens, where it was to be read."""


@dataclass(eq=False, slots=True)
class Request:
    """One call of `generate`. Made on the event loop that waits for it."""

    prompt: Prompt
    sampling: Sampling
    choices: int = 1
    reading: Reading | None = None
    """What is to be read; by default something is written."""
    read_from: int = 1
    """Of a reading, the first token that is scored; the worker fills it in."""
    prompt_ids: list[int] = field(default_factory=list[int])
    """Tokens of the prompt; the worker fills them in."""
    begun: str = ""
    """The mark of a thought that the prompt began; the worker fills it in."""
    outcome: Answer | LocalModelError | None = None
    abandoned: bool = False
    """Nobody waits any more."""
    token: EventLoopToken = field(default_factory=current_token)
    _done: anyio.Event = field(default_factory=anyio.Event)
    _completions: dict[int, Completion] = field(default_factory=dict[int, Completion])
    _key: bytes = b""

    @property
    def prompt_key(self) -> bytes:
        """The prompt's tokens in a form that compares and sorts fast; only once they are there."""
        if not self._key:
            self._key = key_of(self.prompt_ids)
        return self._key

    @property
    def settled(self) -> bool:
        """No more work is worth doing for this request."""
        return self.outcome is not None or self.abandoned

    def complete(self, choice: int, completion: Completion) -> None:
        """Take one choice; the last one settles the request."""
        self._completions[choice] = completion
        if len(self._completions) == self.choices:
            self.settle(Answer(len(self.prompt_ids), tuple(self._completions[i] for i in range(self.choices))))

    def settle(self, outcome: Answer | LocalModelError) -> None:
        """Fix the outcome, unless there is one. The waiter learns of it through `wake`."""
        self.outcome = self.outcome or outcome

    async def answer(self) -> Answer:
        """Wait for the outcome; a cancelled wait abandons the request.

        Raises:
            LocalModelError: the model failed on this request.
        """
        try:
            await self._done.wait()
        finally:
            self.abandoned = True
        assert self.outcome is not None  # Set before anybody is woken.
        if isinstance(self.outcome, LocalModelError):
            raise self.outcome
        return self.outcome

    def wake_waiter(self) -> None:
        """Let `answer` return. Only on the request's own event loop."""
        self._done.set()


@dataclass(frozen=True, eq=False, slots=True)
class BatchRow:
    """One choice of a request: one line of a batch."""

    request: Request
    choice: int
    limit: int
    """Tokens that it may generate: `max_tokens`, or what the context leaves."""


def wake(requests: Iterable[Request]) -> None:
    """Tell the event loops of the settled ones among `requests`. From any thread; never waits for a loop."""
    by_loop: dict[EventLoopToken, set[Request]] = {}
    for request in requests:
        if request.outcome is not None:
            by_loop.setdefault(request.token, set()).add(request)
    for token, settled in by_loop.items():
        _wake_all(token, settled)


def _wake_all(token: EventLoopToken, settled: set[Request]) -> None:
    def on_loop() -> None:
        for request in settled:
            request.wake_waiter()

    # anyio.from_thread.run_sync would hold up the worker until a busy loop has come round to the callback.
    loop: Any = token.native_token
    call_soon = getattr(loop, "call_soon_threadsafe", None) or loop.run_sync_soon
    with contextlib.suppress(RuntimeError):  # The loop has ended, and with it everybody who waited.
        call_soon(on_loop)
