"""The `lbt` command. `lbt --help` lists the commands; each has examples in its own help.

lbt report logs/demo
lbt configs
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from lbt_tasks.doctor.cli import doctor
from lbt_tasks.examples.cli import examples
from lbt_tasks.exporting.cli import export_sittings
from lbt_tasks.lm_eval_plugin.cli import lm_eval, lm_eval_candidates, lm_eval_path
from lbt_tasks.optional_sandbox import NEEDED, sandbox_is_installed
from lbt_tasks.preferences.cli import export_preferences
from lbt_tasks.replay.cli import replay
from lbt_tasks.report.cli import print_estimates, report
from lbt_tasks.scale.cli import scale
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
        "scale": "a task in shards over many machines and servers",
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
    from lbt_solvers.tables import Table, as_percent

    rows: list[list[str]] = []
    for share in (0.05, 0.1, 0.2, 0.4):
        found = [detectable_difference(number, share, power) for number in problems]
        rows.append([f"{100 * share:.0f} %", *("none" if isnan(each) else as_percent(each) for each in found)])
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
    print_estimates(logs, as_json)


COMMANDS = (
    export_preferences,
    train_dpo,
    evaluate_teachers,
    iterate,
    replay,
    examples,
    export_sittings,
    report,
)
for command in (*COMMANDS, lm_eval, lm_eval_path, lm_eval_candidates, serve, scale, doctor, tasks):
    main.add_command(command)
if sandbox_is_installed():
    for command_name, module in SANDBOX_COMMANDS.items():
        main.add_command(getattr(import_module(module), command_name.replace("-", "_")))


if __name__ == "__main__":
    main()
