"""What a report shows of each scorer: rows, columns, and what the others are compared with.

    layouts()[0].baseline    # maj

Mathematics has one number a rule, the share of right answers. Code has several sides: the S-score on hidden tests, the
V-score on visible ones, and both for the programs before they were debugged, where they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from lbt_solvers import scorer
from lbt_solvers.rules import answer_rules, known_rules
from lbt_solvers.scorer import selection_accuracy
from lbt_tasks import code_columns

CONTROL = "control"
CONTROLS = (CONTROL, "solved_question")
"""Rows that are accuracies of students and not of answers."""
ORACLE = "oracle"


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
    """Whether values are 0 or 1, so that an exact test applies."""
    gains: tuple[str, ...]
    """Columns whose difference from the baseline is said below the table."""

    def baseline_of(self, column: str) -> str:
        """The column that a column is compared with; itself for the baseline, and empty for what has none."""
        side = self.side_of(column)
        return "" if side is None or column in CONTROLS else side.prefix + self.baseline

    def column(self, row: str, side: Side) -> str:
        """The scorer's column of a row; the control has no sides and stands with the first."""
        if row in CONTROLS:
            return row if side == self.sides[0] else ""
        return side.prefix + row

    def side_of(self, column: str) -> Side | None:
        """The side that a column belongs to."""
        return next((side for side in reversed(self.sides) if column.startswith(side.prefix)), None)

    def rule_of(self, column: str) -> str:
        """The rule or row that a column is of, without the side."""
        side = self.side_of(column)
        return column.removeprefix(side.prefix) if side else column

    def is_compared(self, column: str) -> bool:
        """Whether a column is tested against the baseline: what knows the solution is not, it cannot lose."""
        baseline = self.baseline_of(column)
        return bool(baseline) and column != baseline and not column.endswith(ORACLE)


def title_of(column: str) -> str:
    """What a sentence calls a column: `S MAX V1`."""
    return column.upper().replace("_", " ")


_GREEDY = {"greedy": "greedy: one answer at temperature 0"}
_CONTROL = {CONTROL: "control: exam accuracy without a demonstration"}


@cache
def layouts() -> tuple[Layout, ...]:
    """Of answers and of programs; the first is what a log without scores is taken for."""
    rules = known_rules()
    answers = Layout(
        scorer=selection_accuracy.__name__,
        columns=(*scorer.columns(), *scorer.LABEL_CONTROLS),
        labels={
            **_GREEDY,
            "few_shot": "few-shot: vote of the teacher shown the exam's gold answers",
            **{name: rules[name].label for name in answer_rules()},
            "oracle": "oracle: any rationale is right",
            **_CONTROL,
            "solved_question": "control: exam accuracy after another question with its gold answer",
        },
        sides=(Side("accuracy %", ""),),
        baseline="maj",
        exact_test=True,
        gains=("sum", "max"),
    )
    programs = Layout(
        scorer=code_columns.SCORER,
        columns=(*code_columns.columns(), *code_columns.raw_columns()),
        labels={
            **_GREEDY,
            "first": "first sample",
            "mean": "mean of all samples",
            "mean_v1": "mean of samples with V = 1",
            **{name: rule.label for name, rule in rules.items()},
            "maj": "MAJ: largest class of equal behaviour",
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
    return answers, programs
