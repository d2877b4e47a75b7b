"""The columns of a score of programs, which the scorer fills and reports show; see `lbt_tasks.code.scorer`.

>>> columns()[0], raw_columns()[0], columns()[-1]
('s_greedy', 'raw_s_first', 'control')
"""

from lbt_solvers.rules import known_rules

SCORER = "code_accuracy"


def rows() -> tuple[str, ...]:
    """The ways to choose a program, in the order in which reports show them."""
    return ("greedy", "first", "mean", "mean_v1", *known_rules(), "oracle")


def columns() -> tuple[str, ...]:
    """The keys of the score's value; with debugging, those of `raw_columns` besides."""
    return (*(f"s_{row}" for row in rows()), *(f"v_{row}" for row in rows()), "control")


def raw_columns() -> tuple[str, ...]:
    """The same for the programs before they were debugged."""
    return tuple(f"raw_{column}" for column in columns() if not column.endswith(("greedy", "control")))
