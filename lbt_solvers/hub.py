"""Rows of a data set on the Hugging Face hub.

    for number, row in hub_rows("hub:openai/gsm8k/main@main:train"):
        print(number, row["question"])

An address is `hub:OWNER/NAME`, with `/CONFIG`, `@REVISION` and `:SPLIT` (`test` without one) where they matter.
"""

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from lbt_solvers.errors import UsageError

HUB = "hub:"
_ADDRESS = re.compile(
    r"hub:(?P<name>[^@:/]+(?:/[^@:/]+)?)(?:/(?P<config>[^@:/]+))?(?:@(?P<revision>[^:]+))?(?::(?P<split>.+))?"
)


def hub_rows(address: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The rows with their numbers from 1; the library is only needed here.

    Raises:
        UsageError: no such address, library or data set, in one line.
    """
    named = _ADDRESS.fullmatch(address)
    if named is None:
        raise UsageError(
            f"A data set on the hub is written hub:OWNER/NAME[/CONFIG][@REVISION][:SPLIT], found {address}."
        )
    try:
        load_dataset: Any = import_module("datasets").load_dataset
    except ImportError:
        raise UsageError(f"{address} needs a library that is not installed: pip install datasets.") from None
    split, config = named["split"] or "test", [named["config"]] if named["config"] else []
    try:
        rows = load_dataset(named["name"], *config, split=split, revision=named["revision"])
    except (OSError, ValueError, RuntimeError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(f"{address}: the split '{split}' could not be loaded from the hub: {first}") from None
    return ((number, dict(row)) for number, row in enumerate(rows, 1))
