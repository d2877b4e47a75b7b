"""Parts of one run are one run.

Invariants:
 1. The table of the parts is that of the whole run, whatever their order.
 2. Parts with a problem in common, or of other settings, are refused with one line that says which.
 3. The command that makes a part again names its problems as the command line counts them, from 1.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from inspect_ai.log import EvalLog, read_eval_log

from lbt_solvers.errors import UsageError
from lbt_tasks.cli import main
from lbt_tasks.logs import open_log
from lbt_tasks.pooling import pooled
from lbt_tasks.report.provenance import command_of
from lbt_tasks.report.summary import Summary, read_run, summarise
from tests.synthetic.running import toy_task

Run = Callable[..., EvalLog]


@pytest.fixture
def part(run: Run) -> Callable[..., str]:
    """A run over some of six problems (from, to, as Python slices); returns its log's path."""

    def of(limit: tuple[int, int] | int | None = None, **options: Any) -> str:
        return run(toy_task(6, budget="full", **options), limit=limit, seed=1).location

    return of


def compared(summary: Summary) -> str:
    """What a summary says, but for the log's own name and times; as text, for nan is not nan."""
    run = summary.run
    said = summary.rules, run.problems, run.values, run.usage, run.taught, run.rationales, run.examined
    return repr(said)


def test_1_one_table(part: Callable[..., str]) -> None:
    whole = summarise(read_run(part()))
    first, rest = part((0, 2)), part((2, 6))
    for paths in ([first, rest], [rest, first]):
        together = summarise(read_run(pooled(paths)))
        assert compared(together) == compared(whole)
    assert len(set(whole.run.problems)) == 6


def test_1_the_command_and_the_tokens(part: Callable[..., str]) -> None:
    first, rest = part((0, 2)), part((2, 6))
    result = CliRunner().invoke(main, ["report", "--pool", str(Path(first).parent)])
    assert result.exit_code == 0 and "n = 6" in result.output
    assert f"{first} and 1 more" in result.output.replace("\n", "")
    header = read_eval_log(pooled([first, rest]), header_only=True)
    usages = [read_eval_log(path, header_only=True).stats.model_usage for path in (first, rest)]
    assert header.status == "success" and header.eval.dataset.samples == 6
    assert {name: usage.total_tokens for name, usage in header.stats.model_usage.items()} == {
        name: sum(usage[name].total_tokens for usage in usages) for name in usages[0]
    }


def test_2_what_is_no_part_is_named(part: Callable[..., str]) -> None:
    first = part((0, 2))
    with pytest.raises(UsageError, match=r"both hold problem .* \(epoch 1\)"):
        pooled([first, part((1, 6))])
    with pytest.raises(UsageError, match="is no part of the run of .*: rationales is 3 there and 8 here"):
        pooled([first, part((2, 6), rationales=3)])


def test_3_the_command_of_a_part_and_of_the_whole(part: Callable[..., str]) -> None:
    first, rest = part((0, 2)), part((2, 6))
    assert "--limit 3-6 " in command_of(open_log(rest)) + " "
    assert "--limit" not in command_of(open_log(pooled([first, rest])))
