"""`lbt replay`: policies over recorded exams, as a table.

lbt replay logs/full --budget lossless --budget thompson --rule sum --seeds 20
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lbt_solvers.statistics import Interval
    from lbt_tasks.replay.policies import Outcome, Policy


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--budget", "budgets", multiple=True, help="full, lossless, thompson; all.")
@click.option("--rule", "rules", multiple=True, help="maj, max, sum, avg, max_v1. Default: sum.")
@click.option("--proves", multiple=True, help="Lossless proves these rules too, as live runs do: max, avg, ...")
@click.option("--rationales", type=click.IntRange(1), help="Draw that many rationales of every problem.")
@click.option("--student", "named", multiple=True, help="Only this student's exams; may be given several times.")
@click.option("--student-count", "students", type=click.IntRange(1), help="Draw that many students.")
@click.option("--seeds", type=click.IntRange(1), default=10, show_default=True, help="Draws to average over.")
@click.option("--max-replies", type=int, help="At most so many student replies a problem.")
@click.option("--certainty", type=float, default=0.8, show_default=True, help="Of thompson.")
@click.option("--width", type=int, default=4, show_default=True, help="Sittings asked for at a time.")
@click.option("--stop-sampling", type=float, help="The teacher stops when its vote is this certain, in (0.5, 1].")
@click.option("--examine-once", is_flag=True, help="Equal rationales are examined once.")
@click.option("--items", type=click.IntRange(1), help="Exams of that many items, the first recorded ones.")
@click.option("--ranked", is_flag=True, help="With --items: the most telling ones, learnt from rationales not drawn.")
@click.option("--relative", is_flag=True, help="LbT scores above the control, with the budget full.")
@click.option("--weighted", is_flag=True, help="Students weighed by half of the problems, with the budget full.")
@click.option(
    "--selector", "selectors", multiple=True, help="Accuracy over cost of a selector: likelihood:sum, maj, ..."
)
@click.option("--png", type=click.Path(file_okay=False), help="With --selector: the curves as a figure in this folder.")
@click.option("--svg", type=click.Path(file_okay=False), help="The same as SVG.")
@click.option("--pdf", type=click.Path(file_okay=False), help="The same as PDF, for LaTeX.")
@click.option("--save", help="Keep the recorded exams in this Parquet file; give it instead of the logs next time.")
@click.option("--json", "as_", flag_value="json", help="One object a policy; shares in 0 to 1.")
@click.option("--csv", "as_", flag_value="csv", help="One row a policy.")
def replay(
    logs: tuple[str, ...],
    budgets: tuple[str, ...],
    rules: tuple[str, ...],
    proves: tuple[str, ...],
    rationales: int | None,
    named: tuple[str, ...],
    students: int | None,
    seeds: int,
    stop_sampling: float | None,
    items: int | None,
    ranked: bool,
    relative: bool,
    weighted: bool,
    selectors: tuple[str, ...],
    png: str | None,
    svg: str | None,
    pdf: str | None,
    save: str | None,
    as_: str | None,
    **options: Any,
) -> None:
    """What any budget and selection rule would have made of recorded exams. No model is called.

    LOGS are Inspect logs of full exams, folders of them, or Parquet files from --save.

    \b
    Examples:
      lbt replay logs/demo
      lbt replay logs/demo --save demo.parquet
      lbt replay demo.parquet --budget lossless --budget thompson --rule sum --rule max
      lbt replay demo.parquet --budget lossless --rule sum --proves max --proves avg
      lbt replay demo.parquet --student student_a --rule maj --rule sum --rule max --budget full
      lbt replay demo.parquet --rationales 8 --student-count 1 --seeds 50 --budget full
      lbt replay logs/full --selector maj --selector lbt:sum --selector likelihood:sum --pdf figures
    """
    figures = {form: folder for form, folder in (("png", png), ("svg", svg), ("pdf", pdf)) if folder}
    if selectors or figures:
        _replay_selectors(logs, selectors, as_, figures)
        return
    try:
        from lbt_tasks.replay.recording import chosen_students, read_recordings, write_parquet
    except ModuleNotFoundError as error:
        from lbt_solvers.installation import install_command

        raise click.ClickException(f"{error.name} is missing: {install_command('report')}") from None
    from lbt_solvers.budget import BUDGETS, Budget
    from lbt_solvers.errors import usage_errors
    from lbt_solvers.tables import csv_text, json_text
    from lbt_tasks.replay.design import Design
    from lbt_tasks.replay.matrix import matrix_of
    from lbt_tasks.replay.policies import Policy
    from lbt_tasks.replay.policies import replay as play

    names = budgets if budgets and "all" not in budgets else tuple(BUDGETS)
    rules = rules or ("sum",)
    design = Design(items, ranked, relative, weighted)
    with usage_errors():
        policies = [
            Policy(Budget(name, rule, _proves(name, rule, proves), **options), stop_sampling, design)
            for rule in rules
            for name in names
        ]
        table = read_recordings(logs)
        if save:
            write_parquet(table, save)
        matrix = matrix_of(table)
        if named:
            matrix = matrix.of_students(chosen_students(table, named))
        # Without a draw of rationales or students only thompson differs from seed to seed.
        draws = range(seeds if rationales or students or weighted or "thompson" in names else 1)
        played = [(policy, play(matrix, policy, draws, rationales, students)) for policy in policies]
    rows = [_row(policy, outcome) for policy, outcome in played]
    if as_ == "json":
        click.echo(
            json_text(
                {"problems": len(set(matrix.names)), "played": matrix.problems, "seeds": len(draws), "policies": rows}
            )
        )
    elif as_ == "csv":
        click.echo(csv_text(rows), nl=False)
    else:
        _print(played, len(set(matrix.names)), len(draws))


def _replay_selectors(
    logs: tuple[str, ...], selectors: tuple[str, ...], as_: str | None, figures: Mapping[str, str]
) -> None:
    from lbt_solvers.errors import usage_errors
    from lbt_tasks.selectors.columns import Prices
    from lbt_tasks.selectors.curves import replay_selectors

    with usage_errors():
        text = replay_selectors(logs, selectors or ("maj", "max", "sum"), Prices(), as_, figures)
    if text:
        click.echo(text.rstrip("\n"))
    for folder in figures.values():
        click.echo(f"Written: {Path(folder).absolute()}", err=True)


def _proves(name: str, rule: str, proves: Sequence[str]) -> tuple[str, ...]:
    return tuple(other for other in proves if other != rule) if name == "lossless" else ()


def _row(policy: "Policy", outcome: "Outcome") -> dict[str, Any]:
    numbers: dict[str, Any] = {"budget": policy.budget.name, "rule": policy.rule}
    for name in ("accuracy", "agreement"):
        interval: Interval = getattr(outcome, name)
        numbers |= {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
    costs = ("samples", "calls", "share", "tokens", "full_tokens")
    return numbers | {name: getattr(outcome, name) for name in costs}


def _print(played: "Sequence[tuple[Policy, Outcome]]", problems: int, draws: int) -> None:
    from lbt_solvers.tables import Table, as_percent, count_of, percent, say

    titles = (
        "budget",
        "rule",
        "accuracy %\n[95 % interval]",
        "agrees with the\nfull exam %",
        "teacher samples\na problem",
        "student replies\na problem",
        "% of the\nfull exam",
        "tokens\na problem",
        "% of the\nfull exam",
    )
    rows = [
        (
            policy.budget.name,
            policy.rule.upper(),
            percent(outcome.accuracy),
            percent(outcome.agreement),
            f"{outcome.samples:.1f}",
            f"{outcome.calls:.1f}",
            as_percent(outcome.share),
            f"{outcome.tokens:,.0f}",
            as_percent(outcome.tokens / outcome.full_tokens) if outcome.full_tokens else "",
        )
        for policy, outcome in played
    ]
    Table(titles, rows, texts=2).show()
    say(f"\n{problems} problems, {count_of(draws, 'draw')} each; no model was called.")
