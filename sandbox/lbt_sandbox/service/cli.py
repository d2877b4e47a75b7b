"""The command `grade-server` of `lbt-sandbox` and `lbt`. `--max-body` is also LBT_SERVER_MAX_BODY, and so on.

lbt-sandbox grade-server --port 8080 --problems HumanEval.jsonl.gz
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lbt_sandbox.cli import anyio_run, clear_errors
from lbt_sandbox.image.recipes import DEFAULT

NEEDED = "The service needs its libraries: pip install 'lbt-sandbox[serve]'"


def _option(name: str, **how: Any) -> Any:
    variable = f"LBT_SERVER_{name.lstrip('-').partition('/')[0].replace('-', '_').upper()}"
    return click.option(name, show_default=True, envvar=variable, **how)


_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("grade-server")
@_option("--host", default="127.0.0.1", help="Address to listen at; 0.0.0.0 for all, behind a balancer.")
@_option("--port", type=click.IntRange(1, 65535), default=8080)
@_option("--engine", type=click.Choice(["docker", "process"]), default="docker")
@_option("--workers", type=click.IntRange(1), help="Programs at a time; by default the CPUs.")
@_option("--unsafe", is_flag=True, help="Let the process engine run although a layer is missing.")
@_option("--image", default=DEFAULT, help="What programs can import: default, scientific, or an image of your own.")
@_option("--python", help="Version of Python for programs; with --engine process an interpreter's path.")
@_option("--problems", type=_FILE, multiple=True, help="Problems that requests may name by task_id; may be repeated.")
@_option("--tokens", type=_FILE, help="YAML of tenants, their tokens and quotas; without it everybody may call.")
@_option("--max-waiting", type=click.IntRange(1), default=4096, help="Programs that may wait for their turn.")
@_option("--max-body", type=click.IntRange(1), default=32, help="MiB of a request.")
@_option("--max-held", type=click.IntRange(1), default=256, help="MiB of all requests under way.")
@_option("--max-memory", type=click.IntRange(16), default=1024, help="MiB that a program may use.")
@_option("--body-timeout", type=click.FloatRange(0, min_open=True), default=60.0, help="Seconds a body may take.")
@_option("--keep-alive", type=click.IntRange(1), default=330, help="Seconds an idle connection stays.")
@_option("--drain-delay", type=click.FloatRange(0), default=5.0, help="Seconds from SIGTERM to the closed port.")
@_option("--drain-timeout", type=click.FloatRange(1), default=600.0, help="Seconds that running programs have then.")
@_option("--name", default="", help="Of this replica, in logs and replies; by default the host's name.")
@_option("--log/--no-log", default=True, help="A line of JSON for every request, without code or inputs.")
def grade_server(**options: Any) -> None:
    """Serve the grader over HTTP: natively, and in the protocols that trainers speak.

    \b
    Examples:
      lbt-sandbox grade-server
      lbt-sandbox grade-server --problems HumanEval.jsonl.gz --tokens tenants.yaml
      lbt-sandbox grade-server --host 0.0.0.0 --engine process --workers 8
      LBT_SERVER_PORT=9000 lbt-sandbox grade-server

    Ends at SIGTERM when what runs has been answered. Exit codes: 0 ended, 2 wrong use, 3 no engine.
    """
    try:
        import pydantic
        import starlette
        import uvicorn
    except ImportError as error:
        raise click.ClickException(f"{NEEDED} ({error.name} is missing).") from None
    assert pydantic and starlette and uvicorn
    from lbt_sandbox.service.server import serve
    from lbt_sandbox.service.settings import Settings

    with clear_errors("Stopped."):
        anyio_run(serve, Settings(**options))
