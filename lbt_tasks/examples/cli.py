"""`lbt examples LOG... --out DIR`: curves, costs and few-shot files of runs of `lbt_tasks/examples`.

lbt examples logs/demos --out results/examples
"""

from pathlib import Path

import click


@click.command("examples")
@click.argument("logs", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the files; made if needed.")
def examples(logs: tuple[str, ...], out: Path | None) -> None:
    """Test F1 by round for every arm, with intervals over seeds; the best examples as files.

    LOGS are Inspect logs of lbt_tasks/examples, or folders of them; several of one task are taken together.

    \b
    Examples:
      lbt examples logs/demos
      lbt examples logs/demos --out results/examples
    """
    from lbt_solvers.errors import UsageError
    from lbt_solvers.installation import install_command
    from lbt_tasks.examples.curves import Runs, read_runs
    from lbt_tasks.examples.export import has_matplotlib, write_results
    from lbt_tasks.examples.show import print_runs
    from lbt_tasks.logs import find_logs

    read = [read_runs(path) for path in find_logs(logs)]
    tasks = sorted({runs.task for runs in read})
    if len(tasks) > 1:
        raise UsageError(f"Logs of one task were needed, found {', '.join(tasks)}. Name the logs of one of them.")
    finished = [run for runs in read for run in runs.finished]
    together = Runs(
        ", ".join(runs.log for runs in read),
        tasks[0],
        tuple(finished),
        tuple(error for runs in read for error in runs.errors),
    )
    print_runs(together)
    if out and finished:
        for path in write_results(together, out):
            click.echo(str(path))
        if not has_matplotlib():
            click.echo(f"No picture: matplotlib is not installed. Get it with: {install_command('report')}")
