"""A scripted model behind lm-eval's interface, told by the case at hand what to reply.

LanguageModel("right")      # or `teacher`, right once in four; `student`, as it was shown; `replay`, what CURRENT has
"""

import re
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from lm_eval.api.model import LM
from lm_eval.api.registry import register_model

from tests.hosts.sums import NEVER_SOLVED, Sum, asked
from tests.lm_eval_hosts.cases import Case


@dataclass
class Current:
    """What the models need to know of the run."""

    case: Case = field(default_factory=Case)
    replies: dict[str, str] = field(default_factory=dict[str, str])
    asked: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    """What each model was sent."""


CURRENT = Current()


class LanguageModel(LM):
    """Deterministic by prompt and by a request's place."""

    def __init__(self, role: str = "student", **_: Any) -> None:
        super().__init__()
        self.role = role

    def generate_until(self, requests: Any) -> list[str]:
        return [self._reply(request.args[0], at) for at, request in enumerate(self._noted(requests))]

    def loglikelihood(self, requests: Any) -> list[tuple[float, bool]]:
        return [_likelihood(*request.args) for request in self._noted(requests)]

    def loglikelihood_rolling(self, requests: Any) -> list[float]:
        return [-1.0 for _ in self._noted(requests)]

    @property
    def tokenizer_name(self) -> str:
        return "hosts"

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        return "hosts"

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        said = "".join(f"<{turn['role']}>{turn['content']}" for turn in chat_history)
        return said + "<assistant>" if add_generation_prompt else said

    def _noted(self, requests: Any) -> Any:
        """The requests; lm-eval pads none of them, so that what was sent is what they are."""
        CURRENT.asked.setdefault(self.role, []).extend(request.args for request in requests)
        return requests

    def _reply(self, prompt: str, at: int) -> str:
        if self.role == "replay":
            return CURRENT.replies[prompt]
        question = asked(prompt)
        assert question, f"no question in {prompt!r}"
        lucky = at % 4 == 1 and question != NEVER_SOLVED
        is_right = {"right": True, "teacher": lucky}.get(self.role, _taught_well(prompt))
        return CURRENT.case.reply(question, is_right)


register_model("hosts")(LanguageModel)


def _taught_well(prompt: str) -> bool:
    """Whether the demonstration before the last question ends in its right value."""
    shown = prompt[: prompt.rfind("Compute")]
    question = asked(shown)
    return question is not None and str(question.right) in re.findall(r"\d+", shown[shown.rfind("Compute") :])


def _likelihood(context: str, continuation: str) -> tuple[float, bool]:
    """Some number of its own for every text; a right value is likelier than any."""
    question: Sum | None = asked(context) or asked(continuation)
    is_right = bool(question and question != NEVER_SOLVED and str(question.right) in continuation)
    return (0.0 if is_right else -1.0 - crc32(f"{context}\0{continuation}".encode()) / 2**32), is_right
