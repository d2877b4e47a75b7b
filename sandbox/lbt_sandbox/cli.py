"""The commands of `lbt-sandbox`; the groups are `lbt_sandbox.__main__` and, for `lbt sandbox ...`, the one here.

    lbt-sandbox grade --problems HumanEval.jsonl.gz --solutions samples.jsonl --out results.jsonl --k 1,5
    lbt-sandbox attack

Exit codes: 0 everything was done; 1 done, but input lines were left out (grade) or an attack got through (attack);
2 wrong use or unusable files; 3 no engine; 4 the grader itself failed (start again to go on); 130 interrupted.
"""

import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

import click

from lbt_sandbox.image.recipes import DEFAULT

if TYPE_CHECKING:
    from lbt_sandbox.attack_types import Attack, AttackResult
    from lbt_sandbox.client import Sandbox
    from lbt_sandbox.grading_run import Work
    from lbt_sandbox.remote import RemoteSandbox
    from lbt_sandbox.results import ResultFile

LEFT_OUT, WRONG_USE, NO_ENGINE, GRADER_FAILED, INTERRUPTED = 1, 2, 3, 4, 130
Engine = Literal["docker", "process"]
_Command = TypeVar("_Command", bound=Callable[..., Any])


def _engine_options(command: _Command) -> _Command:
    for option in (
        click.option(
            "--python",
            help="Version of Python for programs, such as 3.13; with --engine process an interpreter's path.",
        ),
        click.option(
            "--image",
            default=DEFAULT,
            show_default=True,
            help="What programs can import: default, scientific (pandas, scipy, sympy), or an image of your own.",
        ),
        click.option("--unsafe", is_flag=True, help="Let the process engine run although a layer is missing."),
        click.option("--workers", type=click.IntRange(1), help="Workers at a time; by default the CPUs."),
        click.option("--engine", type=click.Choice(["docker", "process"]), default="docker", show_default=True),
    ):
        command = option(command)
    return command


def _numbers(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        ks = tuple(int(part) for part in value.split(","))
    except ValueError:
        ks = (0,)
    if min(ks) < 1:
        raise click.BadParameter(f"needs whole numbers above 0, such as 1,5; found {value!r}")
    return ks


@click.command()
@click.option("--problems", type=click.Path(path_type=Path), required=True, help="JSONL, may be gzipped.")
@click.option("--solutions", type=click.Path(path_type=Path), required=True, help="JSONL of task_id and completion.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The result file; must not exist yet.")
@click.option("--k", "ks", default="1", callback=_numbers, show_default=True, help="pass@k for these k, as in 1,5.")
@click.option(
    "--format", "format_name",
    type=click.Choice(["lbt", "humaneval", "mbpp", "evalplus", "mbppplus", "leetcode-dataset"]),
    help="Of the problems; by default told by the columns.",
)  # fmt: skip
@click.option("--extract", is_flag=True, help="Completions are replies of a model: take the code out of them.")
@click.option("--timings", is_flag=True, help="Write times and memory, which differ from run to run.")
@click.option("--cpu", type=click.FloatRange(0, min_open=True), help="CPU seconds a test, for every problem.")
@click.option(
    "--time-factor", type=click.FloatRange(1), help="Time limits: so many times the reference solution's time, here."
)
@click.option(
    "--self-check/--no-self-check", default=True, show_default=True,
    help="Leave out problems whose tests also accept an empty or a constant solution.",
)  # fmt: skip
@click.option(
    "--server", help="Grade there: the address of a grade-server, such as http://any:TOKEN@grader:8080; no engine here."
)
@_engine_options
def grade(
    problems: Path, solutions: Path, out: Path, ks: tuple[int, ...], engine: Engine, workers: int | None, unsafe: bool,
    image: str, python: str | None, server: str | None, **options: Any,
) -> None:  # fmt: skip
    """Grade solutions, each in a sandbox, with a verdict for every test.

    A completion that defines the entry point is a whole program; any other continues the problem's prompt. A task may
    have several solutions. A run that was stopped goes on where it stopped when the same command is given again.

    \b
    Examples:
      lbt-sandbox grade --problems HumanEval.jsonl.gz --solutions samples.jsonl --out r.jsonl
      lbt-sandbox grade --problems mine.jsonl --solutions replies.jsonl --out r.jsonl --extract --k 1,5
      lbt-sandbox grade --problems mine.jsonl --solutions s.jsonl --out r.jsonl --engine process --workers 8
      lbt-sandbox grade --problems mine.jsonl --solutions s.jsonl --out r.jsonl --image scientific --python 3.13
      lbt-sandbox grade --problems mine.jsonl --solutions s.jsonl --out r.jsonl --server http://grader:8080

    Exit codes: 0 all graded, 1 some lines were left out, 2 wrong use, 3 no engine, 4 the grader itself failed: on some
    lines, which have the verdict IE, or altogether.
    """
    from lbt_sandbox.console import print_left_out, print_summary
    from lbt_sandbox.grading_run import Options, read_work, summarise
    from lbt_sandbox.results import ResultFile

    with clear_errors("Stopped. The same command goes on from here."):
        grader = _grader(server, engine=engine, workers=workers, unsafe=unsafe, image=image, python=python)
        where = engine if server is None else f"server {server.rpartition('@')[2]}"
        work = read_work(problems, solutions, Options(engine=where, image=image, python=python, **options))
        print_left_out(work.left_out)
        with ResultFile.open(out, work.key) as results:
            if results.done:
                click.echo(f"Going on after {results.done} of {len(work.solutions)} solutions.", err=True)
            anyio_run(_grade, grader, work, results)
            summary = summarise(results)
            if not summary.failed:
                results.finish()
    print_summary(summary, ks)
    if summary.failed:
        _fail("The same command grades these solutions again and then finishes the file.", GRADER_FAILED)
    click.echo(f"Results: {out}")
    if work.left_out or summary.ungraded:
        sys.exit(LEFT_OUT)


def _grader(server: str | None, workers: int | None, **options: Any) -> "Sandbox | RemoteSandbox":
    """The sandbox that the options mean.

    Raises:
        SandboxError: The libraries of a service's client are missing.
    """
    from lbt_sandbox.client import open_sandbox
    from lbt_sandbox.types import SandboxError

    if server is None:
        return open_sandbox(workers=workers, **options)
    try:
        return open_sandbox(server, **({"workers": workers} if workers else {}))
    except ImportError as error:
        raise SandboxError(f"--server needs pip install 'lbt-sandbox[client]' ({error.name} is missing)") from None


@click.group()
def sandbox() -> None:
    """Attack or clean up the code sandbox."""


@sandbox.command()
@click.option("--match", "matches", multiple=True, help="Only attacks whose name contains this; may be repeated.")
@click.option("--verbose", is_flag=True, help="Show every attack, not only those that got through.")
@click.option("--server", help="Attack a grade-server with one worker, over HTTP.")
@_engine_options
def attack(matches: tuple[str, ...], verbose: bool, server: str | None, workers: int | None, **options: Any) -> None:
    """Run malicious programs against this installation, each followed by a correct one.

    Ends with a line such as "576 attacks: 0 passed, 0 disturbed, 0 stalled over 2 s, 0 crashed"; the exit code is 1
    unless all four are 0.

    \b
    Examples:
      lbt-sandbox attack
      lbt-sandbox attack --match no-network --verbose
      lbt-sandbox attack --engine process
      lbt-sandbox attack --python 3.13
      lbt-sandbox attack --server http://localhost:8080
    """
    from lbt_sandbox.attack_suite import load_attacks
    from lbt_sandbox.attack_types import Status
    from lbt_sandbox.console import attack_summary, print_attacks

    chosen = [one for one in load_attacks() if not matches or any(match in one.name for match in matches)]
    if not chosen:
        raise click.UsageError(f"No attack has {' or '.join(matches)} in its name.")
    with clear_errors("Stopped."):
        results = anyio_run(_attack, chosen, server, workers, options)
    print_attacks(results, verbose)
    counts = {status: sum(result.status is status for result in results) for status in Status}
    click.echo(attack_summary(len(results), counts))
    if counts[Status.HELD] != len(chosen):
        sys.exit(LEFT_OUT)


@sandbox.command()
@click.option("--all", "everything", is_flag=True, help="Also those of running graders, and of other machines.")
def clean(everything: bool) -> None:
    """Remove containers that a killed run has left behind; those of running ones stay.

    \b
    Examples:
      lbt-sandbox clean
      lbt-sandbox clean --all
    """
    from lbt_sandbox.engines import remove_leftovers

    with clear_errors("Stopped."):
        removed = remove_leftovers(everything)
    click.echo(f"Removed {len(removed)} containers." if removed else "There is nothing to remove.")


def anyio_run(function: Callable[..., Any], *args: Any) -> Any:
    """Run an async function; a lone error comes out of the groups that tasks wrap it in."""
    import anyio

    try:
        return anyio.run(function, *args)
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error from None


async def _grade(sandbox: "Sandbox | RemoteSandbox", work: "Work", results: "ResultFile") -> None:
    from lbt_sandbox.console import progress_bar
    from lbt_sandbox.grading_run import grade_file

    async with sandbox:
        with progress_bar("Grading", len(work.solutions), results.done) as advance:
            await grade_file(sandbox, work, results, advance)


async def _attack(
    attacks: Sequence["Attack"], server: str | None, workers: int | None, options: Mapping[str, Any]
) -> "list[AttackResult]":
    """Attack as many sandboxes as there are workers, each with a single one: what follows meets an attack's traces."""
    import anyio

    from lbt_sandbox.attack_suite import run_attacks
    from lbt_sandbox.console import progress_bar

    results: list[AttackResult] = []
    sender, receiver = anyio.create_memory_object_stream["AttackResult"]()
    async with AsyncExitStack() as stack:
        count = 1 if server else workers or _grader(None, None, **options).workers
        sandboxes = [await stack.enter_async_context(_grader(server, 1, **options)) for _ in range(count)]
        async with anyio.create_task_group() as group:
            group.start_soon(run_attacks, sandboxes, attacks, sender)
            with progress_bar("Attacking", len(attacks)) as advance:
                async for result in receiver:
                    results.append(result)
                    advance(len(results))
    return sorted(results, key=lambda result: result.attack.name)


@contextmanager
def clear_errors(on_interrupt: str) -> Generator[None]:
    """One line on standard error, and the exit code that the module names."""
    from lbt_sandbox.types import InternalError, SandboxError, SandboxUnavailable

    try:
        yield
    except KeyboardInterrupt:
        _fail(on_interrupt, INTERRUPTED)
    except SandboxUnavailable as error:
        _fail(f"Error: {error}", NO_ENGINE)
    except InternalError as error:
        _fail(f"Error: {error}\nWhat was graded is kept; the same command goes on from there.", GRADER_FAILED)
    except (SandboxError, ExceptionGroup) as error:
        _fail(f"Error: {error}", WRONG_USE)


def _fail(message: str, code: int) -> NoReturn:
    from lbt_sandbox.texts import visible

    click.echo(visible(message), err=True)
    sys.exit(code)
