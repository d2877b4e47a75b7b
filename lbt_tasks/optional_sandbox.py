"""Whether `lbt-sandbox` is there, which only tasks about programs need, and what to install where it is not.

    >>> sandbox_is_installed()
    True
    >>> need_sandbox()      # raises ModuleNotFoundError with the command that repairs it

It is a distribution of its own: mathematics, demonstrations and training do without a code grader.
"""

from importlib.util import find_spec

from lbt_solvers.installation import install_command

NEEDED = f"the code sandbox is not installed: {install_command('sandbox')}"


def sandbox_is_installed() -> bool:
    """Whether `import lbt_sandbox` finds something."""
    return find_spec("lbt_sandbox") is not None


def need_sandbox() -> None:
    """Say what to install, before an import fails.

    Raises:
        ModuleNotFoundError: The sandbox is not installed.
    """
    if not sandbox_is_installed():
        raise ModuleNotFoundError(NEEDED, name="lbt_sandbox")
