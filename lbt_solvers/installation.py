"""How this project is installed today: the one place that every message takes it from.

    >>> install_command("report")
    'pip install ".[report]" in the folder of this project'

Once the package is on an index, `SOURCE` is its name there and `WHERE` is empty; no message says so before.
"""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

SOURCE = "."
"""What pip is given: a folder, or the name on an index."""
WHERE = " in the folder of this project"
"""Where that is typed."""


def install_command(extra: str = "") -> str:
    """The command that installs the project, with an extra of pyproject.toml where that is needed."""
    wanted = f'"{SOURCE}[{extra}]"' if extra else SOURCE
    if extra == "sandbox" and SOURCE == ".":
        wanted = f"./sandbox {wanted}"  # the code grader is a distribution of its own
    return f"pip install {wanted}{WHERE}"


@cache
def versions() -> dict[str, str]:
    """The version that runs, for records; nothing where the packages lie about uninstalled."""
    try:
        return {"lbt-tasks": version("lbt-tasks")}
    except PackageNotFoundError:
        return {}
