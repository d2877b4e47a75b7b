"""`lbt export-sittings LOG... --out sittings.parquet`.

lbt export-sittings logs/demo --out sittings.parquet
"""

from pathlib import Path

import click


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--out", required=True, help="FILE.parquet, FILE.csv or FILE.jsonl.")
def export_sittings(logs: tuple[str, ...], out: str) -> None:
    """Every sitting of every exam as a table: student, item, answers, texts, tokens.

    LOGS are Inspect logs of Learning by Teaching, or folders of them; also of runs on a budget.

    \b
    Examples:
      lbt export-sittings logs/demo --out sittings.parquet
      lbt export-sittings a.eval b.eval --out sittings.csv
    """
    from lbt_tasks.exporting.sittings import write_sittings

    count = write_sittings(logs, out)
    click.echo(f"Written: {Path(out).absolute()} ({count:,} sittings)")
