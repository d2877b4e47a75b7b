"""The columns of a score of programs, which the scorer fills and reports show; see `lbt_tasks.code.scorer`.

>>> COLUMNS[0], RAW_COLUMNS[0], COLUMNS[-1]
('s_greedy', 'raw_s_first', 'control')
"""

from lbt_solvers.selection import AMONG_VISIBLE, RULES

SCORER = "code_accuracy"
RULE_ROWS = (*RULES, *AMONG_VISIBLE)
ROWS = ("greedy", "first", "mean", "mean_v1", *RULE_ROWS, "oracle")
"""The ways to choose a program, in the order in which reports show them."""
COLUMNS = (*(f"s_{row}" for row in ROWS), *(f"v_{row}" for row in ROWS), "control")
"""The keys of the score's value; with debugging, those of `RAW_COLUMNS` besides."""
RAW_COLUMNS = tuple(f"raw_{column}" for column in COLUMNS if not column.endswith(("greedy", "control")))
"""The same for the programs before they were debugged."""
