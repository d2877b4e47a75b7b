"""`lbt export-preferences LOG... --out pairs.jsonl`: the command line of the export.

lbt export-preferences logs/train --out pairs.jsonl --stats
"""

from pathlib import Path

import click

CHOOSE = ("largest_gap", "uniform", "best_vs_worst")
FORMS = ("conversational", "preference", "kto", "reward", "sdft")


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="LOG...")
@click.option("--out", required=True, help="FILE.jsonl, FILE.parquet, or hub:OWNER/NAME.")
@click.option("--form", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
@click.option("--weight", default=0.5, show_default=True, help="Share of correctness in the score; the rest is LbT.")
@click.option("--column", help="Scores in place of LbT's: likelihood, self_certainty, ...; see docs/selectors.md.")
@click.option("--threshold", default=0.3, show_default=True, help="Least difference of scores, exclusive.")
@click.option("--max-pairs", default=8, show_default=True, help="Pairs a problem.")
@click.option("--choose", type=click.Choice(CHOOSE), default=CHOOSE[0], show_default=True)
@click.option("--seed", default=0, show_default=True, help="Of the choice and of ties.")
@click.option("--stats", is_flag=True, help="Print counts and the histogram of margins.")
@click.option("--any-split", is_flag=True, help="Take problems of an evaluation split, too.")
def export_preferences(
    sources: tuple[str, ...],
    out: str,
    form: str,
    weight: float,
    column: str | None,
    threshold: float,
    max_pairs: int,
    choose: str,
    seed: int,
    stats: bool,
    any_split: bool,
) -> None:
    """Preference pairs from scored rationales, for TRL's trainers.

    LOGs are Inspect logs of Learning by Teaching, folders of them, or JSONL tables of scored rationales.

    \b
    Examples:
      lbt export-preferences logs/train --out pairs.jsonl --stats
      lbt export-preferences logs/train --out correctness.jsonl --weight 1
      lbt export-preferences a.eval b.eval --out pairs.parquet --choose uniform --seed 1
      lbt export-preferences logs/train --out kto.jsonl --form kto
      lbt export-preferences logs/train --out pairs.jsonl --column likelihood --weight 0
    """
    from lbt_solvers.errors import usage_errors
    from lbt_solvers.preferences import Pairing
    from lbt_tasks.logs import find_logs
    from lbt_tasks.preferences.export import export

    with usage_errors():
        # Inspect knows its logs in a folder; a table is named itself.
        found = [path for source in sources for path in ([source] if _is_table(source) else find_logs([source]))]
        pairing = Pairing(weight, threshold, max_pairs, choose, seed)  # pyright: ignore[reportArgumentType]
        tally = export(found, out, pairing, form, any_split, column)
    click.echo(f"{out}: {tally.rows:,} rows from {tally.rationales:,} rationales of {tally.problems:,} problems")
    if stats:
        click.echo(tally.table())


def _is_table(source: str) -> bool:
    return Path(source).suffix == ".jsonl" and Path(source).is_file()
