"""The command `lbt-sandbox`, also `python -m lbt_sandbox`; `lbt` offers the same as `lbt grade` and `lbt sandbox`.

lbt-sandbox grade --problems HumanEval.jsonl.gz --solutions samples.jsonl --out results.jsonl
lbt-sandbox attack
"""

import click

from lbt_sandbox.cli import attack, clean, grade


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lbt-sandbox")
def main() -> None:
    """Grade untrusted Python programs in hardened containers, and attack these containers.

    \b
    Examples:
      lbt-sandbox grade --problems HumanEval.jsonl.gz --solutions samples.jsonl --out r.jsonl
      lbt-sandbox attack
      lbt-sandbox clean
    """


for command in (grade, attack, clean):
    main.add_command(command)

if __name__ == "__main__":
    main()
