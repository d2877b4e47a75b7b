"""Sampling parameters that a provider does not take: left out from then on, and said once.

    parameter = refused_parameter("Unsupported value: 'temperature' does not support 0", config)   # "temperature"

Providers answer with status 400 where they do not know several choices a call, a seed, or a temperature. A reply
without that parameter is better than none: choices are then asked for one by one, and calls repeat themselves less.
"""

import logging
import re
from weakref import WeakKeyDictionary

from inspect_ai.model import GenerateConfig, Model

_log = logging.getLogger(__name__)
_OPTIONAL = {
    "num_choices": (
        r"['\"`]n['\"`]|parameter n\b|\bn (?:must|should|is|=|>)|\bn ?[=>]|num_?choices|candidate_?count"
        r"|multiple (?:choices|completions)",
        "choices are asked for one by one",
    ),
    "seed": (r"seed", "calls are not repeatable"),
    "temperature": (r"temperature", "its own temperature is used, also for the greedy answer"),
}
_refused: WeakKeyDictionary[Model, set[str]] = WeakKeyDictionary()


def refused(model: Model) -> frozenset[str]:
    """What that model has refused so far."""
    return frozenset(_refused.get(model, ()))


def accepted(model: Model, config: GenerateConfig) -> GenerateConfig:
    """The configuration without what that model has refused."""
    return config.model_copy(update=dict.fromkeys(refused(model)))


def is_refusal(model: Model, config: GenerateConfig, error: Exception) -> bool:
    """Whether the call failed for a parameter that can be left out; from then on `accepted` leaves it out."""
    text = _refusal(error)
    name = refused_parameter(text, config) if text else None
    if name is None:
        return False
    if name not in (known := _refused.setdefault(model, set())):  # calls that were made at once are refused at once
        known.add(name)
        _log.warning(f"{model} takes no {name} {getattr(config, name)}, so that {_OPTIONAL[name][1]}.")
    return True


def refused_parameter(text: str, config: GenerateConfig) -> str | None:
    """The parameter that an error speaks of, of those that were sent; several of them are tried by turns."""
    sent = [name for name in _OPTIONAL if getattr(config, name) is not None]
    return next((name for name in sent if re.search(_OPTIONAL[name][0], text, re.IGNORECASE)), None)


def _refusal(error: BaseException | None) -> str:
    """What a server said that did not take a request; empty of other errors."""
    texts: list[str] = []
    refused = False
    while error is not None and len(texts) < 10:
        texts.append(str(error))
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        refused = refused or status in (400, 422) or bool(re.search(r"\b4(?:00|22)\b|not support", texts[-1]))
        error = error.__cause__ or error.__context__
    return "\n".join(texts) if refused else ""
