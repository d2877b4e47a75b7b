"""The table of lm-eval's tasks that were tried; see the package."""

import logging
import os
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.hosts.pages import arguments, put
from tests.hosts.sums import SHOTS, SUMS


def main() -> int:
    """Tries the tasks and prints; 1 where something does not hold."""
    given = arguments(__doc__)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    os.environ |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    _serve()
    from lbt_tasks.lm_eval_plugin import register

    register()
    with tempfile.TemporaryDirectory() as folder:
        wrong = _table(given.tasks, Path(folder))
    if given.docs and not wrong and not given.tasks:
        from tests.lm_eval_hosts.cases import CASES

        put(given.docs, [f"{len(CASES)} tasks and groups of lm-eval {version('lm-eval')}: {', '.join(sorted(CASES))}."])
    return int(wrong)


def _serve() -> None:
    """Rows made here in place of the hub's."""
    import datasets

    from tests.lm_eval_hosts.cases import ROWS

    def load(path: str, name: Any = None, *_: Any, **__: Any) -> Any:
        make = ROWS[path]
        splits = {"test": SUMS, "validation": SUMS, "train": SUMS if "aime" in path.lower() else SHOTS, "dev": SHOTS}
        made = {split: datasets.Dataset.from_list([make(s, name) for s in sums]) for split, sums in splits.items()}
        return split_datasets(made)

    split_datasets: Any = datasets.DatasetDict
    datasets.disable_progress_bars()
    datasets.load_dataset = load


def _table(names: list[str], folder: Path) -> bool:
    from tests.lm_eval_hosts.cases import CASES
    from tests.lm_eval_hosts.conformance import faults

    console, wrong = Console(), 0
    for name in names or sorted(CASES):
        ways = {way: _outcome(faults, name, CASES[name], folder, way == "chat") for way in ("plain", "chat")}
        wrong += set(ways.values()) != {"right"}
        said = "; ".join(f"{way} {found}" for way, found in ways.items())
        console.print(f"{name}: {said}", highlight=False, markup=False, soft_wrap=True)
    tried = len(names or CASES)
    console.print(f"{tried - wrong} of {tried} are right", highlight=False)
    return wrong > 0


def _outcome(faults: Any, *given: Any) -> str:
    try:
        return "; ".join(faults(*given)) or "right"
    except Exception as error:  # another package's code: any of it is a fault of this row, not the end of the table
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
