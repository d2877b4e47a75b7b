r"""One spelling for one answer.

>>> normalise("$\\dfrac12$.")
'\\frac{1}{2}'
"""

import re

_WRAPPERS = re.compile(r"\\(?:text|textbf|mathrm|mbox)\s*\{([^{}]*)\}")


def normalise(answer: str) -> str:
    """The canonical key of an answer; empty where there is nothing in it."""
    text = answer.strip().strip("$").strip().removesuffix(".")
    text = _WRAPPERS.sub(r"\1", text)
    text = re.sub(r"\\[dt]frac", r"\\frac", text)
    text = re.sub(r"\\frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\(?:left|right|!|,)", "", text)
    return re.sub(r"\s+", "", text) if re.search(r"\d", text) else " ".join(text.split())
