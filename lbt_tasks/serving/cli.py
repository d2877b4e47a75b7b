"""`lbt serve`: the commands that start vLLM servers for teacher and students, or one of those servers.

lbt serve teacher_and_students
lbt serve teacher_and_students student
"""

import os

import click


@click.command()
@click.argument("config")
@click.argument("server", required=False)
def serve(config: str, server: str | None) -> None:
    """Servers of vLLM for teacher and students.

    CONFIG is a file of servers or the name of a shipped one. Without SERVER: prints the command of each server, and the
    model roles for a run-config. With SERVER: becomes that server, so start one in each terminal or service.

    \b
    Examples:
      lbt serve teacher_and_students
      lbt serve teacher_and_students student
      lbt serve my_servers.yaml teacher
    """
    import yaml

    from lbt_solvers.errors import UsageError, usage_errors
    from lbt_solvers.near_match import no_such
    from lbt_tasks.configs import config_path
    from lbt_tasks.serving.servers import (
        model_roles,
        read_servers,
        server_command,
        server_environment,
        shell_line,
    )

    try:
        shipped = config if config.endswith(".yaml") else f"serve/{config}"
        with usage_errors():
            servers = read_servers(config_path(shipped, "serve"))
        if server is None:
            for each in servers.values():
                click.echo(f"# {each.name}\n{shell_line(each)}\n")
            click.echo("# In a run-config (inspect eval --run-config FILE):")
            click.echo(yaml.safe_dump({"model_roles": model_roles(servers)}, sort_keys=False).rstrip())
            return
        if server not in servers:
            raise UsageError(no_such(f"server in {config}", server, servers))
        command = server_command(servers[server])
        os.execvpe(command[0], command, {**os.environ, **server_environment(servers[server])})
    except FileNotFoundError as error:
        raise click.ClickException(f"{error.filename or error}: not found. Install vLLM, or set `command`.") from None
