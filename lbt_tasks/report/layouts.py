"""What a report shows of each scorer: rows, columns, and what the others are compared with.

    layout_of("selection_accuracy").baseline    # maj

Mathematics has one number a rule, the share of right answers. Code has several sides: the S-score on hidden tests, the
V-score on visible ones, and both for the programs before they were debugged, where they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lbt_solvers.scorer import COLUMNS, selection_accuracy
from lbt_tasks import code_columns

CONTROL = "control"


class Side(NamedTuple):
    """One kind of number a row has."""

    title: str
    prefix: str
    """Of the scorer's column: `s_` for `s_max`."""
    compared: bool = True
    """Whether the table shows how each row does against the baseline."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The report of one scorer."""

    scorer: str
    columns: tuple[str, ...]
    labels: Mapping[str, str]
    """The table's rows."""
    sides: tuple[Side, ...]
    baseline: str
    """The row that others are compared with."""
    exact_test: bool
    """Whether values are 0 or 1, so that McNemar's test applies."""
    gains: tuple[str, ...]
    """Columns whose difference from the baseline is said below the table."""

    def baseline_of(self, column: str) -> str:
        """The column that a column is compared with; itself for the baseline, and empty for what has none."""
        side = next((side for side in reversed(self.sides) if column.startswith(side.prefix)), None)
        return "" if side is None or column == CONTROL else side.prefix + self.baseline


_RULES = {
    "maj": "MAJ: majority vote (self-consistency)",
    "max": "MAX: best LbT score",
    "sum": "SUM: vote weighted by LbT scores",
    "avg": "AVG: best mean LbT score",
}
_GREEDY = {"greedy": "greedy: one answer at temperature 0"}
_CONTROL = {CONTROL: "exam accuracy without a demonstration"}

ANSWERS = Layout(
    scorer=selection_accuracy.__name__,
    columns=COLUMNS,
    labels={**_GREEDY, **_RULES, "oracle": "oracle: any rationale is right", **_CONTROL},
    sides=(Side("accuracy %", ""),),
    baseline="maj",
    exact_test=True,
    gains=("sum", "max"),
)
PROGRAMS = Layout(
    scorer=code_columns.SCORER,
    columns=(*code_columns.COLUMNS, *code_columns.RAW_COLUMNS),
    labels={
        **_GREEDY,
        "first": "first sample",
        "mean": "mean of all samples",
        "mean_v1": "mean of samples with V = 1",
        **_RULES,
        "maj": "MAJ: largest class of equal behaviour",
        "max_v1": "MAX among samples with V = 1",
        "oracle": "oracle: best sample",
        **_CONTROL,
    },
    sides=(
        Side("S-score %", "s_"),
        Side("V-score %", "v_", compared=False),
        Side("S-score % without debugging", "raw_s_", compared=False),
        Side("V-score % without debugging", "raw_v_", compared=False),
    ),
    baseline="mean",
    exact_test=False,
    gains=("s_max", "s_max_v1", "s_sum"),
)
LAYOUTS = (ANSWERS, PROGRAMS)
