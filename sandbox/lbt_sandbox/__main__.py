"""The command `lbt-sandbox`, also `python -m lbt_sandbox`; `lbt` offers the same as `lbt grade` and `lbt sandbox`.

lbt-sandbox grade --problems HumanEval.jsonl.gz --solutions samples.jsonl --out results.jsonl
lbt-sandbox attack
"""

import click

from lbt_sandbox.cli import attack, clean, grade
from lbt_sandbox.service.cli import grade_server


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lbt-sandbox")
def main() -> None:
    """Grade untrusted Python programs in hardened containers, serve that over HTTP, and attack these containers.

    \b
    Examples:
      lbt-sandbox grade --problems HumanEval.jsonl.gz --solutions samples.jsonl --out r.jsonl
      lbt-sandbox grade-server --port 8080
      lbt-sandbox attack
      lbt-sandbox clean
    """


for command in (grade, grade_server, attack, clean):
    main.add_command(command)

if __name__ == "__main__":
    main()
