"""`lbt report`: what came of runs, as a table, as data, or as a page.

lbt report logs/demo --html report.html
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--json", "as_", flag_value="json", help="One object a rule, accuracies in 0 to 1.")
@click.option("--csv", "as_", flag_value="csv", help="One row a log and rule.")
@click.option("--pool", is_flag=True, help="LOGS are parts of one run, over other problems each: one table of all.")
@click.option("--teaching", is_flag=True, help="Logs of lbt_tasks/teaching as a matrix of teachers and students.")
@click.option("--by-subject", is_flag=True, help="With --teaching: also a row for every subject.")
@click.option("--selectors", is_flag=True, help="Every way of choosing at equal cost, of logs of whole exams.")
@click.option("--selector", "chosen", multiple=True, help="With --selectors: these, such as likelihood:borda(1).")
@click.option(
    "--fit-on", multiple=True, help="With --selectors: logs of other problems, on which parameters are fitted."
)
@click.option(
    "--against", default="maj", show_default=True, help="With --selectors: what the others are tested against."
)
@click.option("--price-written", type=float, default=5.0, show_default=True, help="Of a token written, in tokens read.")
@click.option("--price-cached", type=float, default=0.1, show_default=True, help="Of one found in a provider's cache.")
@click.option("--latex", "as_", flag_value="latex", help="Tables for a paper, with booktabs.")
@click.option("--html", type=click.Path(dir_okay=False, writable=True), help="Write a page to look at, in one file.")
@click.option("--png", type=click.Path(file_okay=False), help="Write the page's figures into this folder.")
@click.option("--svg", type=click.Path(file_okay=False), help="The same as SVG.")
@click.option("--pdf", type=click.Path(file_okay=False), help="The same as PDF, for LaTeX.")
@click.option("--names", help="What the logs are called in tables and on the page, with commas between.")
@click.option(
    "--curve",
    "curves",
    multiple=True,
    help="With --html: results of lbt evaluate-teachers or lbt examples (file, folder), trainer_state.json, or a CSV.",
)
def report(
    logs: tuple[str, ...],
    as_: str | None,
    pool: bool,
    teaching: bool,
    by_subject: bool,
    selectors: bool,
    chosen: tuple[str, ...],
    fit_on: tuple[str, ...],
    against: str,
    price_written: float,
    price_cached: float,
    html: str | None,
    png: str | None,
    svg: str | None,
    pdf: str | None,
    names: str | None,
    curves: tuple[str, ...],
) -> None:
    """Accuracy of every selection rule, with intervals, tests against the vote, and costs.

    LOGS are Inspect log files or folders of them; several stand side by side, or with --pool are parts of one.

    \b
    Examples:
      lbt report logs/demo
      lbt report a.eval b.eval
      lbt report logs/demo --json > table.json
      lbt report logs/demo --html report.html
      lbt report a.eval b.eval --names "small teacher,large teacher"
      lbt report logs/demo --html report.html --curve logs/m2/0 --curve logs/m2/1 --curve results/examples
      lbt report --pool logs/array
      lbt report --teaching logs/teaching
      lbt report --selectors logs/full --selector maj --selector "likelihood.raw:softmax(1)" --svg figures
      lbt report --selectors logs/seed0 logs/seed1 --against generative:sum
    """
    logs = _parts_joined(logs, pool)
    forms = {form: folder for form, folder in (("svg", svg), ("pdf", pdf)) if folder}
    if selectors or chosen:
        prices = (price_cached, price_written)
        _report_selectors(logs, chosen, prices, as_, forms | ({"png": png} if png else {}), fit_on, against)
        return
    from lbt_solvers.tables import terminal
    from lbt_tasks.logs import find_logs
    from lbt_tasks.report.kinds import other_kinds
    from lbt_tasks.report.latex import as_latex
    from lbt_tasks.report.naming import named_runs
    from lbt_tasks.report.page import write_page
    from lbt_tasks.report.render import as_csv, as_json, print_table
    from lbt_tasks.report.summary import read_runs, summarise

    others = other_kinds(logs)
    alone = not (html or png or forms) and others.get("teaching") == find_logs(logs)
    if teaching or alone:
        _report_teaching(logs, by_subject, as_)
        return
    if html or png or forms:
        write_page(logs, html, png, curves, names, forms)
        for written in filter(None, (html, png, svg, pdf)):
            click.echo(f"Written: {Path(written).absolute()}")
        return
    without = [path for paths in others.values() for path in paths]
    summaries = [summarise(run) for run in named_runs(read_runs(logs, without), names, apart=as_ != "latex")]
    if as_ == "latex":
        click.echo(as_latex(summaries), nl=False)
    elif as_ == "json":
        click.echo(as_json(summaries))
    elif as_ == "csv":
        click.echo(as_csv(summaries), nl=False)
    elif summaries:
        print_table(summaries, terminal())
    if not as_:
        _report_others(others)


def _parts_joined(logs: tuple[str, ...], are_parts: bool) -> tuple[str, ...]:
    if not are_parts:
        return logs
    from lbt_tasks.pooling import pooled

    return (pooled(logs),)


def _report_selectors(
    logs: tuple[str, ...],
    chosen: tuple[str, ...],
    prices: tuple[float, float],
    as_: str | None,
    figures: Mapping[str, str],
    fit_on: tuple[str, ...],
    against: str,
) -> None:
    from lbt_solvers.errors import usage_errors
    from lbt_tasks.selectors.columns import Prices
    from lbt_tasks.selectors.show import report_selectors

    with usage_errors():
        text = report_selectors(logs, chosen, Prices(*prices), as_, figures, fit_on, against)
    if text:
        click.echo(text.rstrip("\n"))
    for folder in figures.values():
        click.echo(f"Written: {Path(folder).absolute()}", err=True)


def _report_others(logs: Mapping[Any, Sequence[str]]) -> None:
    """Prints the logs that have no selection rules, each kind in its own form."""
    if paths := logs.get("teaching"):
        _report_teaching(tuple(paths), by_subject=False, as_=None)
    if paths := logs.get("examples"):
        from lbt_tasks.examples.curves import read_runs
        from lbt_tasks.examples.show import print_runs

        for path in paths:
            print_runs(read_runs(path))
    if paths := logs.get("estimate"):
        print_estimates(tuple(paths), as_json=False)


def _report_teaching(logs: tuple[str, ...], by_subject: bool, as_: str | None) -> None:
    from lbt_solvers.tables import json_text
    from lbt_tasks.teaching.matrix import as_rows, gain_matrix, print_matrix, read_results

    cells = gain_matrix(read_results(logs), by_subject)
    if as_ == "csv":
        raise click.ClickException("--teaching prints a table or --json.")
    if as_ == "json":
        click.echo(json_text(as_rows(cells)))
    else:
        print_matrix(cells)


def print_estimates(logs: tuple[str, ...], as_json: bool) -> None:
    """Prints what whole runs will take, by logs of runs that measured it."""
    from lbt_solvers.estimate.projection import projected
    from lbt_solvers.estimate.record import MeasuredProblem
    from lbt_solvers.estimate.table import measured_of, print_estimate, rows
    from lbt_solvers.tables import json_text
    from lbt_tasks.logs import find_logs, open_log

    found: list[dict[str, Any]] = []
    for path in find_logs(logs):
        log = open_log(path)
        samples = [sample.record(MeasuredProblem) for sample in log.samples()]
        if not (measured := measured_of(samples)):
            raise click.ClickException(f"{path}: nothing was measured there. Run the task with -T estimate=true first.")
        if as_json:
            about = {"log": path, "task": log.task, "problems": len(samples)}
            found += [about | row for row in rows(projected(measured, len(samples)), measured[0].budget)]
        else:
            print_estimate(log.task, samples)
    if as_json:
        click.echo(json_text(found))
