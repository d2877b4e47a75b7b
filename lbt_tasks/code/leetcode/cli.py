"""The commands `lbt prepare leetcode`, `lbt fetch leetcode` and `lbt submit leetcode`.

lbt fetch leetcode --study-plan binary-search --out raw.jsonl
lbt prepare leetcode raw.jsonl --out problems.jsonl
lbt submit leetcode --solutions best.jsonl --out official.jsonl
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

BASE_URL = "https://leetcode.com"
_Command = TypeVar("_Command", bound=Callable[..., Any])
_OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)


@click.group()
def prepare() -> None:
    """Turn raw problems into files that lbt_tasks/code and lbt grade read."""


@click.group()
def fetch() -> None:
    """Fetch raw problems with your own account (opt-in)."""


@click.group()
def submit() -> None:
    """Have programs judged by the official judge with your own account (opt-in)."""


def _site_options(pause: float) -> Callable[[_Command], _Command]:
    def add(command: _Command) -> _Command:
        for option in (
            click.option("--base-url", default=BASE_URL, show_default=True, help="Where LeetCode is."),
            click.option("--pause", default=pause, show_default=True, type=click.FloatRange(0), help="Seconds between "
                         "two requests, and the first wait after a failure."),
        ):  # fmt: skip
            command = option(command)
        return command

    return add


def _names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> list[str]:
    names = [name.strip().strip("/").rsplit("/", 1)[-1] for value in values for name in value.split(",")]
    return [name for name in dict.fromkeys(names) if name]


@prepare.command("leetcode")
@click.argument("raw", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_OUT
def prepare_leetcode(raw: tuple[Path, ...], out: Path) -> None:
    """Turn LeetCode's raw problems into problems with tests.

    RAW are files of `question` objects as LeetCode's GraphQL gives them, one a line or one in a file, and study plans.
    The examples of the statement become tests; the last is hidden. Left out, and counted by reason, are classes to
    design, functions that return nothing, problems for subscribers, with several right answers, or without examples
    that can be read. Tags, difficulties and study plans become metadata for exams.

    \b
    Examples:
      lbt prepare leetcode raw.jsonl --out problems.jsonl
      lbt prepare leetcode problems/*.json --out problems.jsonl
      inspect eval lbt_tasks/code -T data=problems.jsonl -T exam=tag
    """
    from lbt_tasks.code.leetcode.prepare import prepare
    from lbt_tasks.code.leetcode.raw import read_raw

    with _clear_errors():
        prepared = prepare(read_raw(raw))
        if prepared.rows:
            _write(out, prepared.rows)
    click.echo(f"{len(prepared.rows)} problems, {prepared.dropped.total()} left out.")
    for reason, count in prepared.dropped.most_common():
        click.echo(f"  left out {count}: {reason}")
    for title, names in (("tags", "tags"), ("study plans", "study_plans")):
        _print_groups(title, Counter(name for row in prepared.rows for name in row["metadata"][names]))
    if not prepared.rows:
        raise click.ClickException("No problem is left, so that nothing was written.")
    click.echo(f"Problems: {out}")


@fetch.command("leetcode")
@click.option("--slugs", multiple=True, callback=_names, help="Names of problems, separated by commas.")
@click.option("--study-plan", "plans", multiple=True, callback=_names, help="Names of study plans, likewise.")
@_OUT
@_site_options(pause=2)
def fetch_leetcode(slugs: list[str], plans: list[str], out: Path, base_url: str, pause: float) -> None:
    """Fetch raw problems from LeetCode with your own account.

    A name is the last part of the address: two-sum for https://leetcode.com/problems/two-sum/. What OUT has already is
    not fetched again, so that the same command goes on after a stop. Your session comes from the environment variables
    LEETCODE_SESSION and LEETCODE_CSRFTOKEN (your browser's cookies LEETCODE_SESSION and csrftoken). Whether you may
    is between you and LeetCode's terms of use.

    \b
    Examples:
      lbt fetch leetcode --slugs two-sum,coin-change --out raw.jsonl
      lbt fetch leetcode --study-plan binary-search --out raw.jsonl
      lbt fetch leetcode --study-plan dynamic-programming --pause 5 --out raw.jsonl
    """
    from lbt_sandbox.console import progress_bar

    from lbt_tasks.code.leetcode.client import LeetCode
    from lbt_tasks.code.leetcode.fetch import fetch, wanted_slugs
    from lbt_tasks.code.leetcode.journal import Journal

    if not slugs and not plans:
        raise click.UsageError("Nothing to fetch: name problems with --slugs or study plans with --study-plan.")
    with _clear_errors(), LeetCode.from_environment(base_url, pause) as leetcode, Journal(out) as raw:
        leetcode.check_session()
        wanted = wanted_slugs(leetcode, slugs, plans, raw)
        with progress_bar("Fetching", len(wanted)) as advance:
            fetched = fetch(leetcode, wanted, raw, advance)
    click.echo(f"{fetched} problems fetched, {len(wanted) - fetched} were there.")
    click.echo(f"Raw problems: {out}")


@submit.command("leetcode")
@click.option("--solutions", type=click.Path(path_type=Path), required=True, help="JSONL of task_id and completion.")
@_OUT
@_site_options(pause=5)
def submit_leetcode(solutions: Path, out: Path, base_url: str, pause: float) -> None:
    """Submit programs to LeetCode with your own account: the official S-score.

    A task_id is the problem's name in its address; a completion is a whole program, or a reply that holds one. A
    result has the verdict, the test cases passed, and their share (`s_score`). What was submitted is kept in
    OUT.submitted: the same command goes on after a stop and submits nothing twice. Your session comes from the
    environment variables LEETCODE_SESSION and LEETCODE_CSRFTOKEN (your browser's cookies LEETCODE_SESSION and
    csrftoken).

    \b
    Examples:
      lbt submit leetcode --solutions best.jsonl --out official.jsonl
      lbt submit leetcode --solutions best.jsonl --out official.jsonl --pause 20
      lbt submit leetcode --solutions best.jsonl --out official.jsonl --base-url http://127.0.0.1:8000
    """
    from lbt_sandbox.console import print_left_out, progress_bar

    from lbt_tasks.code.leetcode.client import LeetCode
    from lbt_tasks.code.leetcode.journal import Journal
    from lbt_tasks.code.leetcode.submit import read_programs, submit

    with _clear_errors():
        programs, left_out = read_programs(solutions)
        print_left_out(left_out)
        journal_path = out.with_name(out.name + ".submitted")
        with LeetCode.from_environment(base_url, pause) as leetcode, Journal(journal_path) as journal:
            leetcode.check_session()
            with progress_bar("Judging", len(programs)) as advance:
                rows = submit(leetcode, programs, journal, pause, advance)
        _write(out, rows)
    _print_scores(rows)
    click.echo(f"Results: {out}")


def _print_scores(rows: Sequence[dict[str, Any]]) -> None:
    counts = Counter(row["verdict"] or "no verdict" for row in rows)
    scores = [row["s_score"] for row in rows if row["s_score"] is not None]
    click.echo(f"{len(rows)} programs: {', '.join(f'{count} {verdict}' for verdict, count in counts.most_common())}")
    if scores:
        click.echo(f"S-score {sum(scores) / len(scores):.3f}, the mean of {len(scores)}")
    if len(scores) < len(rows):
        click.echo(f"{len(rows) - len(scores)} programs have no verdict: the judge itself failed (see 'message').")


def _print_groups(title: str, counts: Counter[str]) -> None:
    if counts:
        click.echo(f"{title}: {', '.join(f'{name} {count}' for name, count in counts.most_common())}")


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """The whole file or none."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise ValueError(f"Cannot write {path}: {error.strerror or error}.") from None


@contextmanager
def _clear_errors() -> Generator[None]:
    """A user's mistake, a server's refusal and a file that cannot be read, each as one line."""
    from lbt_sandbox.types import SandboxError

    from lbt_solvers.errors import UsageError

    try:
        yield
    except (ValueError, SandboxError) as error:
        raise UsageError(str(error)) from None
