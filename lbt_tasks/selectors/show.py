"""The comparison of selectors as a table, as JSON, CSV or LaTeX; `curves` has the figure of accuracy over cost.

report_selectors(["logs/full"], ["maj", "lbt:sum"], Prices())
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lbt_solvers.selectors import Selector
from lbt_solvers.tables import Table, as_percent, csv_text, json_text, p_equals, percent, points, say, won_lost
from lbt_tasks.selectors.columns import Prices, ScoredSample, read_candidates
from lbt_tasks.selectors.compare import VOTE_SUM, Point, SelectorResult, compare, default_selectors, parsed
from lbt_tasks.selectors.curves import curves_of, save_figures, vars_of
from lbt_tasks.selectors.fitting import with_stacked

TITLES = (
    "selector",
    "gold that it saw",
    "accuracy %\n[95 % interval]",
    "cost a problem\nin tokens read",
    "rationales that\ncost as much",
    "their vote,\naccuracy %",
    "minus that vote,\npoints [95 %]",
    "share of the way\nto the oracle",
)


def report_selectors(
    logs: Sequence[str],
    selectors: Sequence[str],
    prices: Prices,
    as_: str | None = None,
    figures: Mapping[str, str] | None = None,
    fit_on: Sequence[str] = (),
    against: str = "maj",
) -> str:
    """What a command prints, in the form that is asked for; the table, which prints itself, leaves nothing to print.

    Args:
        logs: Inspect logs of whole exams, or folders of them.
        selectors: Their names; the default ones where there are none.
        prices: Of tokens.
        as_: `json`, `csv`, `latex`; a table by default.
        figures: Folders for the figure by its format, such as `{"svg": "figures"}`.
        fit_on: Logs of other problems on which parameters are fitted; by default folds of these.
        against: The selector that all others are tested against.

    Raises:
        UsageError: logs without whole exams.
        ValueError: no such selector, or nothing to fit on.
    """
    candidates = read_candidates(logs, prices)
    others = _others(read_candidates(fit_on, prices), candidates) if fit_on else None
    if not selectors or any(name.startswith("stacked") for name in (*selectors, against)):
        candidates = with_stacked(candidates, others)
    chosen = parsed(selectors or default_selectors(candidates), candidates)
    [base] = parsed([against], candidates)
    rows = compare(candidates, chosen, fit_on=others, against=base)
    curves = curves_of(candidates, chosen, others) if as_ == "json" or figures else {}
    save_figures(curves, figures or {})
    if as_ == "json":
        return json_text({"against": base.name, **as_object(candidates, rows, curves, prices)})
    if as_ == "csv":
        return csv_text([_flat(row) for row in rows])
    if as_ == "latex":
        return _table(rows, base).latex_float("Selectors at equal cost", "selectors")
    _table(rows, base).show()
    for line in _said(candidates, prices):
        say(line)
    return ""


def _others(others: list[ScoredSample], candidates: Sequence[ScoredSample]) -> list[ScoredSample]:
    """What is fitted on.

    Raises:
        ValueError: problems of the comparison, or columns that it has and these have not.
    """
    if shared := {each.problem for each in candidates} & {each.problem for each in others}:
        raise ValueError(f"--fit-on: other problems were needed, found {len(shared)} of the same, as {min(shared)}.")
    if missing := set(candidates[0].columns) - set(others[0].columns):
        raise ValueError(f"--fit-on: the same columns were needed, found none called {', '.join(sorted(missing))}.")
    return others


def _table(rows: Sequence[SelectorResult], base: Selector) -> Table:
    cells = [
        (
            _shown(row.selector),
            row.gold,
            percent(row.accuracy),
            f"{row.cost:,.0f}",
            f"{row.votes:.1f}",
            as_percent(row.vote),
            "" if row.selector == VOTE_SUM else points(row.above_vote),
            f"{100 * row.oracle_gap:.0f} %",
            "" if row.selector == base.name else _tested(row, base),
        )
        for row in rows
    ]
    what = "" if base.name == VOTE_SUM else "points [95 %], "
    title = f"against {'MAJ' if base.name == VOTE_SUM else base.name}\n{what}won:lost, p (Holm)"
    return Table((*TITLES, title), cells, texts=2)


def _shown(selector: str) -> str:
    return "maj" if selector == VOTE_SUM else selector


def _tested(row: SelectorResult, base: Selector) -> str:
    by = "" if base.name == VOTE_SUM else f"{points(row.over)}, "
    return f"{by}{won_lost(row.test)}, {p_equals(row.p)}"


def _said(candidates: Sequence[ScoredSample], prices: Prices) -> list[str]:
    problems = len({each.problem for each in candidates})
    recorded = max(len(each.classes) for each in candidates)
    mixed = sum(0 < sum(each.correct) < len(each.correct) for each in candidates)
    several = len(candidates) > problems
    of = f"{mixed} of {len(candidates)} samples" if several else f"{mixed}"
    return [
        f"\n{problems} problems with {recorded} rationales; {of} have right and wrong ones, between which alone a "
        "selector can choose.",
        *["A problem counts once, with the mean over its samples; intervals and tests are over problems."] * several,
        f"Cost: a token read 1, read from a provider's cache {prices.cached:g}, written {prices.written:g}; the "
        "teacher's rationales included, the greedy answer not.",
        f"Votes of more than {recorded} rationales are drawn from the recorded ones with replacement.",
    ]


def as_object(
    candidates: Sequence[ScoredSample],
    rows: Sequence[SelectorResult],
    curves: Mapping[str, Sequence[Point]],
    prices: Prices,
) -> dict[str, Any]:
    """For another program; shares in 0 to 1."""
    return {
        "problems": len({each.problem for each in candidates}),
        "prices": {"read": 1.0, "cached": prices.cached, "written": prices.written},
        "selectors": [
            {**_flat(row), "curve": [vars_of(point) for point in curves.get(row.selector, [])]} for row in rows
        ],
    }


def _flat(row: SelectorResult) -> dict[str, Any]:
    return {
        "selector": row.selector,
        "gold": row.gold,
        "accuracy": row.accuracy.mean,
        "low": row.accuracy.low,
        "high": row.accuracy.high,
        "cost": row.cost,
        "votes": row.votes,
        "vote_accuracy": row.vote,
        "above_vote": row.above_vote.mean,
        "above_vote_low": row.above_vote.low,
        "above_vote_high": row.above_vote.high,
        "over": row.over.mean,
        "over_low": row.over.low,
        "over_high": row.over.high,
        "oracle_gap": row.oracle_gap,
        "won": row.test.only_a,
        "lost": row.test.only_b,
        "p": row.test.p,
        "p_holm": row.p,
    }
