"""The rules of equality that somebody may want otherwise; the defaults are those of MATH.

    MathAnswers(rules=Rules(percent="fraction", tolerance=0.01))

`docs/answers.md` gives each of them with its reason.
"""

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from lbt_solvers.near_match import check_known

Percent = Literal["unit", "fraction"]
Units = Literal["optional", "required", "ignored"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as equal where people disagree."""

    percent: Percent = "unit"
    """`unit`: `33.5%` is `33.5`, as in MATH. `fraction`: it is `0.335`."""
    units: Units = "optional"
    """`optional`: `5 cm` is `5`, and not `5 m`. `required`: a unit on one side only is a difference. `ignored`: no unit
    is."""
    tolerance: float = 0.0
    """Relative difference of two numbers that counts as none, for gold answers that were rounded; 0.01 is a percent."""
    simplified: bool = False
    r"""An answer must be written like the gold answer: `\\frac24` is not `\\frac12`, and nothing is computed."""
    decimal_comma: bool = False
    """`2,5` is a decimal, and `1.000` a thousand; otherwise `2,5` is a list of two numbers."""


def rules_of(given: dict[str, Any]) -> Rules:
    """The rules that an option names.

    Raises:
        ValueError: an unknown rule, or a value that it does not have.
    """
    check_known(given, [field.name for field in fields(Rules)], "answer_options")
    rules = Rules(**given)
    for name, known in (("percent", get_args(Percent)), ("units", get_args(Units))):
        if getattr(rules, name) not in known:
            raise ValueError(f"answer_options: {name} is {', '.join(known)}, found {getattr(rules, name)!r}.")
    tolerance: Any = rules.tolerance
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 <= tolerance < 1:
        raise ValueError(f"answer_options: a tolerance from 0 up to 1 was needed, found {tolerance!r}.")
    return rules
