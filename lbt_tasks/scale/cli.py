"""`lbt scale TASK --server URL --out RUN`.

lbt scale lbt_tasks/qa -T data=problems.parquet --teacher llama --server http://gpu1:8000/v1 --out RUN
"""

import click

STAGES = ("all", "teach", "examine", "grade")


@click.command()
@click.argument("task")
@click.option("--out", required=True, help="Folder of the run; s3:// and other addresses of fsspec, too.")
@click.option("--teacher", required=True, help="Name of the teaching model, as its server knows it.")
@click.option("--student", "students", multiple=True, help="A student's; several times for several. [the teacher]")
@click.option("--server", "servers", multiple=True, help="URL with /v1, or MODEL=URL; several of each.")
@click.option("-T", "options", multiple=True, metavar="NAME=VALUE", help="Option of the task.")
@click.option("--limit", type=click.IntRange(1), help="The first so many problems.")
@click.option("--shard", default="1/1", show_default=True, metavar="I/N", help="This job's shards, of N jobs.")
@click.option("--shard-size", default=32, show_default=True, type=click.IntRange(1), help="Problems of a shard.")
@click.option("--stage", type=click.Choice(STAGES), default=STAGES[0], show_default=True)
@click.option("--connections", default=64, show_default=True, type=click.IntRange(1), help="Calls under way at once.")
@click.option("--attempts", default=8, show_default=True, type=click.IntRange(1), help="Of a call, before it is lost.")
@click.option("--ray", default="", metavar="ADDRESS", help="Shards on a Ray cluster: auto, local, or its address.")
@click.option("--keep-replies", is_flag=True, help="Also of finished shards, for --stage grade.")
@click.option("--max-errors", default=0.05, show_default=True, type=click.FloatRange(0, 1), help="Share of lost calls.")
def scale(
    task: str,
    out: str,
    teacher: str,
    students: tuple[str, ...],
    servers: tuple[str, ...],
    options: tuple[str, ...],
    limit: int | None,
    shard: str,
    shard_size: int,
    stage: str,
    connections: int,
    attempts: int,
    ray: str,
    keep_replies: bool,
    max_errors: float,
) -> None:
    """A task over many machines: its problems in shards, its models behind OpenAI-compatible servers.

    TASK is a task of Inspect with the solver learn_by_teaching: its name, or its file my_task.py@name. The same
    command goes on after whatever ended it. lbt report, replay and export-preferences read the folder.

    \b
    Examples:
      lbt scale lbt_tasks/qa -T data=problems.parquet --teacher llama --server http://gpu1:8000/v1 --out RUN
      lbt scale lbt_tasks/math --teacher big --student small --server big=http://a:8000/v1 \\
          --server small=http://b:8000/v1 --server small=http://c:8000/v1 --out RUN --shard 3/16
      lbt scale lbt_tasks/qa -T data=problems.parquet -T estimate=true --teacher llama --server URL --out RUN
      lbt report RUN
    """
    try:
        from lbt_tasks.scale.arguments import Arguments
        from lbt_tasks.scale.command import run_scale
        from lbt_tasks.scale.servers import Patience
    except ImportError as error:
        from lbt_solvers.installation import install_command

        raise click.ClickException(f"lbt scale needs {error.name}: {install_command('scale')}.") from None
    patience = Patience(attempts, max_errors)
    models = (teacher, students, servers)
    how = (shard, shard_size, stage, connections, ray, patience, keep_replies)
    click.echo(run_scale(Arguments(task, options, *models, out, limit, *how)))  # pyright: ignore[reportArgumentType]
