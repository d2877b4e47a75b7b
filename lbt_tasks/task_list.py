"""`lbt tasks`: the tasks of this project with their options.

lbt tasks
lbt tasks qa
"""

import inspect
from collections.abc import Callable
from typing import Any

import click


@click.command()
@click.argument("name", required=False)
def tasks(name: str | None) -> None:
    """The tasks with a line each, or one of them with its options.

    \b
    Examples:
      lbt tasks
      lbt tasks qa
    """
    from lbt_solvers.near_match import no_such

    found = known_tasks()
    if name is None:
        width = max(map(len, found))
        for each, function in found.items():
            click.echo(f"lbt_tasks/{each:<{width}}  {_summary(function)}")
        click.echo("\nRun one: inspect eval lbt_tasks/NAME -T OPTION=VALUE. Its options: lbt tasks NAME")
        return
    short = name.rpartition("/")[2]
    if short not in found:
        raise click.ClickException(no_such("task", short, found))
    click.echo(described(short, found[short]))


def known_tasks() -> dict[str, Callable[..., Any]]:
    """The tasks by name."""
    from inspect_ai.util import registry_info

    from lbt_tasks import _registry

    named = {each: getattr(_registry, each) for each in _registry.__all__}
    return {each: found for each, found in named.items() if registry_info(found).type == "task"}


def described(name: str, function: Callable[..., Any]) -> str:
    """A task's summary and its options with their defaults and meanings."""
    from lbt_solvers.vocabulary import OPTIONS

    lines = [f"inspect eval lbt_tasks/{name} -T OPTION=VALUE", "", _summary(function), ""]
    for option, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            default = "" if parameter.default in (None, inspect.Parameter.empty) else f" [{parameter.default}]"
            lines.append(f"  {option:<16} {OPTIONS.get(option, '')}{default}")
        else:
            lines.append("  and every option of the method, such as rationales, budget, seed: docs/options.md")
    return "\n".join(lines)


def _summary(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "").splitlines()[0]
