"""The `lbt` command. `lbt --help` lists the commands; each has examples in its own help.

lbt report logs/demo
lbt configs
"""

from importlib import import_module
from typing import Any

import click

from lbt_tasks.doctor.cli import doctor
from lbt_tasks.examples.cli import examples
from lbt_tasks.lm_eval_plugin.cli import lm_eval, lm_eval_candidates, lm_eval_path
from lbt_tasks.optional_sandbox import NEEDED, sandbox_is_installed
from lbt_tasks.preferences.cli import export_preferences
from lbt_tasks.replay.cli import replay
from lbt_tasks.serving.cli import serve
from lbt_tasks.training.cli import evaluate_teachers, iterate, train_dpo

SANDBOX_COMMANDS = {
    "grade": "lbt_sandbox.cli",
    "sandbox": "lbt_sandbox.cli",
    "prepare": "lbt_tasks.code.leetcode.cli",
    "fetch": "lbt_tasks.code.leetcode.cli",
    "submit": "lbt_tasks.code.leetcode.cli",
}
"""Where the commands are that only work, and are only offered, with the code sandbox."""


class _Commands(click.Group):
    """The commands that can run here; the others say what to install, and a user's mistake is one line."""

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
      inspect eval lbt_tasks/classroom     teach and examine small models that ship with the package
      lbt report logs/                     what each selection rule was worth, and its cost
      lbt estimate logs/                   what a run will take, from a run with estimate=true
      lbt power 181                        which difference so many problems can show
      lbt replay logs/                     what any budget would have made of the recorded exams
      lbt examples logs/examples           curves and few-shot files of optimised in-context examples
      lbt answers replies.jsonl            what the answers of a model's replies are, and how they were found
      lbt doctor                           what this machine can run, and how to repair what it cannot
      lbt grade --help                     grade programs in hardened containers
      lbt prepare leetcode --help          make problems of LeetCode's raw ones
    """


@main.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--json", "as_", flag_value="json", help="One object a rule, accuracies in 0 to 1.")
@click.option("--csv", "as_", flag_value="csv", help="One row a log and rule.")
@click.option("--teaching", is_flag=True, help="Logs of lbt_tasks/teaching as a matrix of teachers and students.")
@click.option("--by-subject", is_flag=True, help="With --teaching: also a row for every subject.")
@click.option("--latex", "as_", flag_value="latex", help="Tables for a paper, with booktabs.")
@click.option("--html", type=click.Path(dir_okay=False, writable=True), help="Write a page to look at, in one file.")
@click.option("--png", type=click.Path(file_okay=False), help="Write the page's figures into this folder.")
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
    html: str | None,
    png: str | None,
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
      lbt report logs/demo --html report.html --curve logs/m2/0 --curve logs/m2/1 --curve results/examples
      lbt report --teaching logs/teaching
    """
    from lbt_tasks.report.cells import as_latex
    from lbt_tasks.report.page import write_page
    from lbt_tasks.report.render import as_csv, as_json, print_table
    from lbt_tasks.report.summary import read_runs, summarise
    from lbt_tasks.tables import terminal

    if teaching:
        _report_teaching(logs, by_subject, as_)
        return
    if html or png:
        write_page(logs, html, png, curves)
        return
    summaries = [summarise(run) for run in read_runs(logs)]
    if as_ == "latex":
        click.echo(as_latex(summaries), nl=False)
    elif as_ == "json":
        click.echo(as_json(summaries))
    elif as_ == "csv":
        click.echo(as_csv(summaries), nl=False)
    else:
        print_table(summaries, terminal())


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
)
for command in (*COMMANDS, lm_eval, lm_eval_path, lm_eval_candidates, serve, doctor):
    main.add_command(command)
if sandbox_is_installed():
    for command_name, module in SANDBOX_COMMANDS.items():
        main.add_command(getattr(import_module(module), command_name))


if __name__ == "__main__":
    main()
