"""`python -m lbt_sandbox`: the commands of `lbt` that need only this package.

python -m lbt_sandbox sandbox attack
"""

import click

from lbt_sandbox.cli import grade, sandbox


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Grade code in a sandbox, and attack that sandbox."""


main.add_command(grade)
main.add_command(sandbox)

if __name__ == "__main__":
    main(prog_name="lbt")
