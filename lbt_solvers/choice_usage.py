"""Written tokens of a call for several choices, where the server counts one of them.

    usage = of_all_choices(usage, ["First reply.", "The second reply."], "openai-api/local/model")

llama.cpp's server answers `n` choices and reports the tokens of one. Everything that is said of cost rests on that
number: the vote of as many tokens, the teacher's share, the money.
"""

import logging
from collections.abc import Sequence

from inspect_ai.model import ModelUsage

USUAL_CHARACTERS = 2.0, 6.5
"""Characters a token, at least and at most: English has about four, code fewer. A count that is usual for the first
choice, and would need more of them for all choices, is that of the first."""
FEWEST_TOKENS = 64
"""Of fewer nothing can be said: a few words may all be long."""
_log = logging.getLogger(__name__)
_warned: set[str] = set()


def of_all_choices(usage: ModelUsage, texts: Sequence[str], model: str) -> ModelUsage:
    """The usage, with written tokens in proportion to the text where they are those of the first choice.

    Args:
        usage: What the server says.
        texts: Each choice, with what was thought.
        model: Of whom it is said once that its tokens are estimated.
    """
    length, counted = sum(map(len, texts)), usage.output_tokens
    least, most = (characters * counted for characters in USUAL_CHARACTERS)
    if len(texts) < 2 or counted < FEWEST_TOKENS or not least <= len(texts[0]) <= most < length:
        return usage
    written = round(counted * length / len(texts[0]))
    if model not in _warned:
        _warned.add(model)
        _log.warning(f"{model} counts the tokens of one of {len(texts)} choices: written tokens are by length of text.")
    return usage.model_copy(update={"output_tokens": written, "total_tokens": usage.total_tokens + written - counted})
