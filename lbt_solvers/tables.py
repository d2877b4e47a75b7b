"""Numbers and tables as a reader sees them, in the terminal, as JSON, CSV, LaTeX or Markdown; here and nowhere else.

    table = Table(("rule", "accuracy %"), [("SUM", percent(interval)), ("MAX", percent(other))])
    table.show()
    print(table.markdown())

Shares in [0, 1] are shown as percentages. What is not a number, such as the interval of a single problem, is left out
of a text and is null in JSON.
"""

import csv
import io
import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import IO, Any, cast

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from lbt_solvers.statistics import Interval, PairedTest

PIPE_WIDTH = 200
"""Characters of a line where the output is no terminal, so that a pipe or a file gets whole lines."""


def as_percent(share: float) -> str:
    """A share: `40.0`."""
    return "" if isnan(share) else f"{100 * share:.1f}"


def as_points(difference: float) -> str:
    """A difference of shares: `+1.0`."""
    return "" if isnan(difference) else f"{100 * difference:+.1f}"


def percent(interval: Interval) -> str:
    """A mean with its interval: `40.0 [10.0, 70.0]`."""
    return " ".join([f"{100 * interval.mean:.1f}", *_brackets(interval, "")]).strip()


def points(interval: Interval) -> str:
    """A difference with its interval: `+1.0 [-2.0, +4.0]`."""
    return " ".join([f"{100 * interval.mean:+.1f}", *_brackets(interval, "+")]).strip()


def bounds(interval: Interval, sign: str = "") -> str:
    """An interval by itself: `10.0 to 70.0`."""
    low, high = (f"{100 * bound:{sign}.1f}" for bound in (interval.low, interval.high))
    return "" if isnan(interval.low) else f"{low} to {high}"


def p_value(p: float) -> str:
    """`0.0312`, and `< 0.0001` for what is less."""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def p_equals(p: float) -> str:
    """The same in a sentence."""
    return f"p {p_value(p)}" if p < 0.0001 else f"p = {p_value(p)}"


def won_lost(test: PairedTest) -> str:
    """Problems on which either of the two did better: `14:13`."""
    return f"{test.only_a}:{test.only_b}"


def calls_and_tokens(used: Mapping[str, int]) -> str:
    """What a role was asked and wrote: `8 calls, 1,200 tokens read, 340 written, of them 90 thought`."""
    thought = used.get("reasoning_tokens", 0)  # logs from before they were counted have none
    counts = f"{used['calls']:,} calls, {used['input_tokens']:,} tokens read, {used['output_tokens']:,} written"
    return f"{counts}, of them {thought:,} thought" if thought else counts


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under their titles; the first column names the rows."""

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    best: Collection[int] = ()
    """Numbers of the rows that LaTeX sets in bold."""
    texts: int = 1
    """Columns that are text and stand to the left."""
    title: str = ""
    """Above it on a terminal."""

    def show(self, console: Console | None = None) -> None:
        """Prints it."""
        look: Any = {"title": escape(self.title) or None, "title_justify": "left", "title_style": "bold"}
        table = RichTable(box=None, pad_edge=False, header_style="bold", **look)
        for at, title in enumerate(self.titles):
            table.add_column(escape(title), justify="left" if at < self.texts else "right")
        for row in self.rows:
            table.add_row(*map(escape, row))
        (console or terminal()).print(table)

    def latex(self) -> str:
        """With booktabs' rules."""
        columns = "l" * self.texts + "r" * (len(self.titles) - self.texts)
        lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", _tex_row(map(_tex, self.titles)), r"\midrule"]
        for at, row in enumerate(self.rows):
            name, *cells = map(_tex, row)
            bold = [rf"\textbf{{{cell}}}" if at in self.best and cell else cell for cell in cells]
            lines.append(_tex_row([name, *bold]))
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])

    def latex_float(self, caption: str, label: str) -> str:
        """The same as a float with its caption, above the table, and the label `tab:LABEL`."""
        head = [r"\begin{table}[t]", r"\centering", rf"\caption{{{_tex(caption)}}}", rf"\label{{tab:{label}}}"]
        return "\n".join([*head, self.latex().rstrip("\n"), r"\end{table}", ""])

    def markdown(self) -> str:
        """With pipes."""
        lines = [self.titles, ["---"] * len(self.titles), *self.rows]
        return "\n".join(f"| {' | '.join(map(_markdown, line))} |" for line in lines)


def json_text(value: Any) -> str:
    """For a file or another program."""
    return json.dumps(_finite(value), indent=2)


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> str:
    """A line a row under the columns' names, by default those of the first row; what is not a number is empty."""
    out = io.StringIO()
    write_csv(out, rows, columns or list(rows[0]))
    return out.getvalue()


def write_csv(file: IO[str], rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> int:
    """The same into a file, a row at a time; how many there were."""
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    return sum(1 for row in rows if writer.writerow(cast(Mapping[str, Any], _finite(row))))


def terminal(pipe_width: int = PIPE_WIDTH) -> Console:
    """Where tables are printed."""
    return Console(width=None if sys.stdout.isatty() else pipe_width, highlight=False)


def say(text: str, console: Console | None = None) -> None:
    """Prints a line as it is: what models, paths and errors say holds no markup."""
    (console or terminal()).print(text, markup=False, soft_wrap=True)


def _brackets(interval: Interval, sign: str) -> list[str]:
    low, high = (f"{100 * bound:{sign}.1f}" for bound in (interval.low, interval.high))
    return [] if isnan(interval.low) else [f"[{low}, {high}]"]


def count_of(number: int, what: str) -> str:
    """`1 problem`, `1,200 problems`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _markdown(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|")


def _tex_row(cells: Any) -> str:
    return " & ".join(cells) + r" \\"


def _tex(text: str) -> str:
    for character in "%_&#":
        text = text.replace(character, "\\" + character)
    return text.replace("<", "$<$").replace("−", "$-$")


def _finite(value: Any) -> Any:
    """The same with `None` for what is not a number."""
    if isinstance(value, float):
        return None if isnan(value) else value
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in cast(Sequence[Any], value)]
    return value
