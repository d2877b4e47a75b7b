"""Teacher and students of `--model lbt`: any model that lm-eval knows, from text or from a mapping.

    >>> parse_spec("hf:pretrained=org/big;dtype=bfloat16")
    Spec(model='hf', arguments=(('pretrained', 'org/big'), ('dtype', 'bfloat16')))
    >>> [spec.model for spec in parse_specs("hf:pretrained=a|vllm:pretrained=b")]
    ['hf', 'vllm']

lm-eval splits `--model_args` at commas, hence `;` between a model's own arguments and `|` between models. In a file for
`lm_eval --config` a model is a mapping: `teacher: {model: hf, pretrained: org/big}`, and `students` a list of them.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lbt_solvers.answers.thinking import begins_thinking
from lbt_solvers.errors import UsageError
from lbt_solvers.prompts import Turn

if TYPE_CHECKING:
    from lm_eval.api.instance import Instance
    from lm_eval.api.model import LM

# lm-eval gives every request to these the same seed, so that equal requests would get equal replies.
_SEEDED = ("local-completions", "local-chat-completions", "openai-completions", "openai-chat-completions")


class Spec(NamedTuple):
    """A model and its arguments; equal ones are loaded once."""

    model: str
    arguments: tuple[tuple[str, Any], ...]


def parse_spec(given: str | Mapping[str, Any]) -> Spec:
    """One model.

    Raises:
        UsageError: neither `NAME:key=value;...` nor a mapping with `model`.
    """
    if isinstance(given, Mapping):
        if "model" not in given:
            raise UsageError(f"A model needs its name, e.g. model: hf; found {', '.join(map(str, given))}.")
        return Spec(str(given["model"]), tuple((key, value) for key, value in given.items() if key != "model"))
    name, _, rest = given.strip().partition(":")
    pairs = [part.partition("=") for part in rest.split(";") if part.strip()]
    if not name or any(not separator for _, separator, _ in pairs):
        raise UsageError(f"A model is NAME:key=value;key=value, e.g. hf:pretrained=org/model; found '{given}'.")
    return Spec(name, tuple((key.strip(), _value(value.strip())) for key, _, value in pairs))


def parse_specs(given: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]) -> list[Spec]:
    """One model or several."""
    if isinstance(given, str):
        return [parse_spec(part) for part in given.split("|") if part.strip()]
    return [parse_spec(given)] if isinstance(given, Mapping) else [parse_spec(each) for each in given]


def _value(text: str) -> Any:
    from lm_eval._cli.utils import handle_cli_value_string

    return handle_cli_value_string(text)


class BackEnd:
    """A model in one role, asked for texts.

    Args:
        spec: Which model. Its argument `chat` (true or false) says whether prompts go through its chat template; by
            default they do where its tokenizer has one or its name says chat.
        shared: Arguments that the harness gives every model (`batch_size`, `device`), where the spec has none.
    """

    def __init__(self, spec: Spec, shared: Mapping[str, Any]) -> None:
        from lm_eval.api.registry import get_model

        arguments = dict(spec.arguments)
        chat = arguments.pop("chat", None)
        self.name = f"{spec.model}/{arguments.get('pretrained', arguments.get('model', ''))}"
        try:
            made = get_model(spec.model)
        except ValueError as error:
            raise UsageError(str(error)) from None
        self.lm: LM = made.create_from_arg_obj({**shared, **arguments})
        self._seeded = spec.model in _SEEDED
        template = getattr(getattr(self.lm, "tokenizer", None), "chat_template", None)
        self.chat = bool(template) or "chat" in spec.model if chat is None else bool(chat)
        if self.lm.world_size > 1:
            raise UsageError(
                "--model lbt runs in one process: start it without accelerate or torchrun, and spread a model with its "
                "own arguments (parallelize=True, tensor_parallel_size, data_parallel_size)."
            )

    def prompt(self, turns: Sequence[Turn], prefill: str = "") -> str:
        """The text or the rendered conversation that the model continues."""
        if not self.chat:
            return "\n\n".join([*(turn.text for turn in turns), *([prefill] if prefill else [])])
        messages = [{"role": str(turn.role), "content": turn.text} for turn in turns]
        if prefill:
            messages.append({"role": "assistant", "content": prefill})
        return self.lm.apply_chat_template(messages, add_generation_prompt=not prefill)

    def log_likelihoods(self, pairs: Sequence[tuple[str, str]], like: Sequence["Instance"]) -> list[float]:
        """The log-likelihood of the second text of each pair after the first.

        Raises:
            UsageError: a back end without log-likelihoods, such as those of chat servers.
        """
        from lm_eval.api.instance import Instance

        requests = [
            Instance("loglikelihood", request.doc, pair, 0, cast(Any, (request.task_name, request.doc_id, 1)))
            for pair, request in zip(pairs, like, strict=True)
        ]
        try:
            return [float(total) for total, _ in self.lm.loglikelihood(requests)] if requests else []
        except NotImplementedError as error:
            raise UsageError(f"{self.name} gives no log-likelihoods, which this exam needs: {error}") from None

    def replies(self, prompts: Sequence[str], sampling: Mapping[str, Any], like: Sequence["Instance"]) -> list[str]:
        """One reply for every prompt, in their order.

        Args:
            prompts: What `prompt` made, or a task's own contexts.
            sampling: lm-eval's generation arguments.
            like: The harness's requests that these are made for, one each.
        """
        from lm_eval.api.instance import Instance

        seen: dict[str, int] = {}
        requests: list[Instance] = []
        for prompt, request in zip(prompts, like, strict=True):
            copy = seen[prompt] = seen.get(prompt, -1) + 1
            own = {**sampling, **({"seed": copy} if self._seeded and copy else {})}
            metadata = cast(Any, (request.task_name, request.doc_id, 1))
            requests.append(Instance("generate_until", request.doc, (prompt, own), 0, metadata))
        replies = self.lm.generate_until(requests) if requests else []
        # A template that begins the thought leaves its mark to the prompt.
        return [begins_thinking(str(prompt)) + reply for prompt, reply in zip(prompts, replies, strict=True)]
