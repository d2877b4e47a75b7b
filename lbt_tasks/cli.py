"""The `lbt` command. `lbt --help` lists the commands; each has examples in its own help.

lbt report logs/demo
lbt configs
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from lbt_tasks.doctor.cli import doctor
from lbt_tasks.examples.cli import examples
from lbt_tasks.exporting.cli import export_sittings
from lbt_tasks.lm_eval_plugin.cli import lm_eval, lm_eval_candidates, lm_eval_path
from lbt_tasks.optional_sandbox import NEEDED, sandbox_is_installed
from lbt_tasks.preferences.cli import export_preferences
from lbt_tasks.replay.cli import replay
from lbt_tasks.serving.cli import serve
from lbt_tasks.task_list import tasks
from lbt_tasks.training.cli import evaluate_teachers, iterate, train_dpo

SANDBOX_COMMANDS = {
    "grade": "lbt_sandbox.cli",
    "grade-server": "lbt_sandbox.service.cli",
    "sandbox": "lbt_sandbox.cli",
    "prepare": "lbt_tasks.code.leetcode.cli",
    "fetch": "lbt_tasks.code.leetcode.cli",
    "submit": "lbt_tasks.code.leetcode.cli",
}
"""Where the commands are that only work, and are only offered, with the code sandbox."""


GROUPS: Mapping[str, Mapping[str, str]] = {
    "Run": {
        "tasks": "the tasks, and the options of each",
        "configs": "run-configs that ship with the package",
        "estimate": "what a run will take, before it is paid for",
        "power": "which difference so many problems can show",
        "doctor": "what this machine can run, and what repairs it",
        "serve": "vLLM servers for teacher and students",
        "lm-eval": "lm-eval with this project's models and tasks",
        "lm-eval-path": "the folder with this project's lm-eval tasks",
        "lm-eval-candidates": "scored candidates from lm-eval's results",
    },
    "Look": {
        "report": "accuracy of every rule, intervals, tests, costs",
        "replay": "what any budget would have made of the exams",
        "examples": "curves of optimised in-context examples",
        "answers": "the answers of replies, and how they were found",
        "export-sittings": "every sitting as a row, for pandas",
    },
    "Train": {
        "export-preferences": "pairs from scored rationales, for TRL",
        "train-dpo": "train a teacher on such pairs",
        "evaluate-teachers": "compare teachers on held-out problems",
        "iterate": "teach, examine, train, in rounds",
    },
    "Grade": {
        "grade": "run programs in containers: a verdict a test",
        "grade-server": "the same over HTTP, also as trainers ask for it",
        "sandbox": "attack or clean up the sandbox",
    },
    "Data": {
        "prepare": "make problems of LeetCode's raw ones",
        "fetch": "fetch raw problems with your own account",
        "submit": "have programs judged with your own account",
    },
}
"""The commands as the help shows them."""


class _Commands(click.Group):
    """The commands that can run here; the others say what to install, and a user's mistake is one line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """In groups, with summaries that fit a line."""
        for title, summaries in GROUPS.items():
            if rows := [row for row in summaries.items() if row[0] in self.commands]:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does; what is printed of a mistake is its line, without markup."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            raise click.UsageError(_no_such_option(error), error.ctx) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from lbt_solvers.errors import one_line  # brings Inspect, for which a help should not wait

            if line := one_line(error):
                raise click.ClickException(line) from None
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; names the nearest command."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from lbt_solvers.near_match import no_such

            raise click.UsageError(no_such("command", args[0], sorted(self.commands)), ctx)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """As click does."""
        if cmd_name in SANDBOX_COMMANDS and not sandbox_is_installed():
            raise click.ClickException(f"lbt {cmd_name}: {NEEDED}")
        return super().get_command(ctx, cmd_name)


def _no_such_option(error: click.NoSuchOption) -> str:
    """The line that names the option that was meant."""
    from lbt_solvers.near_match import nearest

    command = error.ctx.command if error.ctx else main
    known = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    given, *names = (each.lstrip("-").replace("-", "_") for each in (error.option_name, *known))
    near = nearest(given, names)
    hint = f" Did you mean '--{near.replace('_', '-')}'?" if near else ""
    return f"No such option: {error.option_name}.{hint}"


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lbt-tasks")
def main() -> None:
    """Learning by Teaching for language models.

    \b
    Examples:
      inspect eval lbt_tasks/qa -T data=mine.csv --model MODEL    questions of your own
      lbt report logs/ --html report.html                         what came of them
    """


@main.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--json", "as_", flag_value="json", help="One object a rule, accuracies in 0 to 1.")
@click.option("--csv", "as_", flag_value="csv", help="One row a log and rule.")
@click.option("--teaching", is_flag=True, help="Logs of lbt_tasks/teaching as a matrix of teachers and students.")
@click.option("--by-subject", is_flag=True, help="With --teaching: also a row for every subject.")
@click.option("--selectors", is_flag=True, help="Every way of choosing at equal cost, of logs of whole exams.")
@click.option("--selector", "chosen", multiple=True, help="With --selectors: these, such as likelihood:borda(1).")
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
    teaching: bool,
    by_subject: bool,
    selectors: bool,
    chosen: tuple[str, ...],
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

    LOGS are Inspect log files or folders of them; several stand side by side.

    \b
    Examples:
      lbt report logs/demo
      lbt report a.eval b.eval
      lbt report logs/demo --json > table.json
      lbt report logs/demo --html report.html
      lbt report a.eval b.eval --names "small teacher,large teacher"
      lbt report logs/demo --html report.html --curve logs/m2/0 --curve logs/m2/1 --curve results/examples
      lbt report --teaching logs/teaching
      lbt report --selectors logs/full --selector maj --selector "likelihood.raw:softmax(1)" --svg figures
    """
    forms = {form: folder for form, folder in (("svg", svg), ("pdf", pdf)) if folder}
    if selectors or chosen:
        prices = (price_cached, price_written)
        _report_selectors(logs, chosen, prices, as_, forms | ({"png": png} if png else {}))
        return
    from lbt_tasks.logs import find_logs
    from lbt_tasks.report.cells import as_latex
    from lbt_tasks.report.kinds import other_kinds
    from lbt_tasks.report.page import write_page
    from lbt_tasks.report.render import as_csv, as_json, print_table
    from lbt_tasks.report.summary import named_runs, read_runs, summarise
    from lbt_tasks.tables import terminal

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
    summaries = [summarise(run) for run in named_runs(read_runs(logs, without), names)]
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


def _report_selectors(
    logs: tuple[str, ...],
    chosen: tuple[str, ...],
    prices: tuple[float, float],
    as_: str | None,
    figures: Mapping[str, str],
) -> None:
    from lbt_solvers.errors import usage_errors
    from lbt_tasks.selectors.columns import Prices
    from lbt_tasks.selectors.show import report_selectors

    with usage_errors():
        text = report_selectors(logs, chosen, Prices(*prices), as_, figures)
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
        _print_estimates(tuple(paths), as_json=False)


def _report_teaching(logs: tuple[str, ...], by_subject: bool, as_: str | None) -> None:
    from lbt_tasks.tables import json_text
    from lbt_tasks.teaching.matrix import as_rows, gain_matrix, print_matrix, read_results

    cells = gain_matrix(read_results(logs), by_subject)
    if as_ == "csv":
        raise click.ClickException("--teaching prints a table or --json.")
    if as_ == "json":
        click.echo(json_text(as_rows(cells)))
    else:
        print_matrix(cells)


@main.command()
@click.argument("file")
@click.option(
    "--out", type=click.Path(dir_okay=False, writable=True), help="Write a row a reply: id, answer, by, equal."
)
@click.option("--answers", default="auto", show_default=True, help="math, number, choice, text, labels or json.")
@click.option("--answer-options", default="{}", help="Rules of that kind as JSON, such as '{\"tolerance\": 0.01}'.")
def answers(file: str, out: str | None, answers: str, answer_options: str) -> None:
    """What the answers of replies are, and by which rule each was found: try a model's format before a run.

    FILE is JSONL with id, text and gold; question, choices and truncated are used where they are there.

    \b
    Examples:
      lbt answers replies.jsonl
      lbt answers replies.jsonl --out answers.jsonl --answers choice
    """
    import json

    from lbt_solvers.errors import usage_errors
    from lbt_tasks.answers_file import read_file, summary, write

    try:
        options = json.loads(answer_options)
    except json.JSONDecodeError as error:
        raise click.ClickException(f"--answer-options: JSON was needed ({error.msg}).") from None
    with usage_errors():
        name, found = read_file(file, answers, options)
    if out:
        write(out, found)
    click.echo("\n".join(summary(name, found)))


@main.command()
@click.argument("name", required=False)
def configs(name: str | None) -> None:
    """Names of the shipped run-configs, or the file of one of them.

    \b
    Examples:
      lbt configs
      inspect eval --run-config "$(lbt configs classroom)"
      inspect eval --run-config "$(lbt configs paper_table2/llama3_8b_teaches_llama3_8b)" --limit 5
    """
    from lbt_solvers.errors import usage_errors
    from lbt_tasks.configs import config_names, config_path

    with usage_errors():
        click.echo("\n".join(config_names()) if name is None else config_path(name))


@main.command()
@click.argument("problems", type=click.IntRange(2), nargs=-1, required=True)
@click.option("--power", type=click.FloatRange(0.5, 0.999), default=0.8, show_default=True, help="How surely.")
def power(problems: tuple[int, ...], power: float) -> None:
    """Which difference between two rules a run of so many PROBLEMS can show, before any model is paid.

    A row for each share of problems on which the two rules answer differently; more rationales and closer rules mean a
    smaller share. Families of problems, and fewer problems than 30, need larger differences.

    \b
    Examples:
      lbt power 104
      lbt power 50 181 500 --power 0.9
    """
    from math import isnan

    from lbt_solvers.statistics import detectable_difference
    from lbt_tasks.tables import Table

    rows: list[list[str]] = []
    for share in (0.05, 0.1, 0.2, 0.4):
        found = [detectable_difference(number, share, power) for number in problems]
        rows.append([f"{100 * share:.0f} %", *("none" if isnan(each) else f"{100 * each:.1f}" for each in found)])
    Table(("answered differently", *(f"{number} problems:\npoints" for number in problems)), rows).show()


@main.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One object a budget and role; ranges as [low, high].")
def estimate(logs: tuple[str, ...], as_json: bool) -> None:
    """What a whole run will take, by role and by budget: the table that a run with estimate=true printed at its end.

    LOGS are logs of such runs or folders of them. No model is called.

    \b
    Examples:
      inspect eval lbt_tasks/gsm8k -T estimate=true --limit 200 --model openai/gpt-4o-mini --log-dir logs/estimate
      lbt estimate logs/estimate
      lbt estimate logs/estimate --json
    """
    _print_estimates(logs, as_json)


def _print_estimates(logs: tuple[str, ...], as_json: bool) -> None:
    from lbt_solvers.estimate.projection import projected
    from lbt_solvers.estimate.record import MeasuredProblem
    from lbt_solvers.estimate.table import print_estimate, rows
    from lbt_tasks.logs import find_logs, open_log
    from lbt_tasks.tables import json_text

    found: list[dict[str, Any]] = []
    for path in find_logs(logs):
        log = open_log(path)
        samples = [sample.record(MeasuredProblem) for sample in log.samples()]
        if not (measured := [problem for problem in samples if problem.calls]):
            raise click.ClickException(f"{path}: nothing was measured there. Run the task with -T estimate=true first.")
        if as_json:
            about = {"log": path, "task": log.task, "problems": len(samples)}
            found += [about | row for row in rows(projected(measured, len(samples)), measured[0].budget)]
        else:
            print_estimate(log.task, samples)
    if as_json:
        click.echo(json_text(found))


COMMANDS = (
    export_preferences,
    train_dpo,
    evaluate_teachers,
    iterate,
    replay,
    examples,
    export_sittings,
)
for command in (*COMMANDS, lm_eval, lm_eval_path, lm_eval_candidates, serve, doctor, tasks):
    main.add_command(command)
if sandbox_is_installed():
    for command_name, module in SANDBOX_COMMANDS.items():
        main.add_command(getattr(import_module(module), command_name.replace("-", "_")))


if __name__ == "__main__":
    main()
