r"""What a completion says: its reasoning, and the final answer apart from it.

>>> extract("2+3=5.\n\nANSWER: 5")
Extracted(rationale='2+3=5.', answer='5', marker='ANSWER:')
"""

import re
from dataclasses import dataclass

_MARKERS = (
    ("[[Final Answer]]", re.compile(r"\[\[Final Answer\]\]:?\s*([^\n]+)", re.I)),
    ("\\boxed", re.compile(r"\\boxed\{([^\n]*)\}")),
    ("ANSWER:", re.compile(r"^\W*answer\W*:\W*([^\n]+)", re.I | re.M)),
    ("####", re.compile(r"^####\s*([^\n]+)", re.M)),
)


@dataclass(frozen=True, slots=True)
class Extracted:
    """A completion in two parts."""

    rationale: str
    answer: str | None
    marker: str


def extract(completion: str, *, truncated: bool = False) -> Extracted:
    """The reasoning and the final answer of a completion."""
    for marker, pattern in _MARKERS:
        found = list(pattern.finditer(completion))
        if found:
            last = found[-1]
            return Extracted(completion[: last.start()].strip(), last[1].strip().strip("$").strip() or None, marker)
    lines = completion.strip().splitlines()
    if truncated or not lines:
        return Extracted(completion.strip(), None, "none")
    return Extracted("\n".join(lines[:-1]).strip(), lines[-1].strip(), "last line")
