"""What the conformance runs take from the command line, and their lists of tested tasks in the documentation.

given = arguments("The table of tasks.")                    # given.tasks, given.docs
put(Path("docs/any-task.md"), ["105 tasks: ..."])           # between the page's marks
"""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

_BEGIN, _END = "<!-- hosts -->", "<!-- /hosts -->"


def arguments(description: str | None) -> argparse.Namespace:
    """Which tasks, all where none is named, and the page for their list."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("tasks", nargs="*")
    parser.add_argument("--docs", type=Path, help="page whose list of tested tasks is written")
    return parser.parse_args()


def put(page: Path, lines: Sequence[str]) -> None:
    """Puts the lines between the page's marks.

    Raises:
        ValueError: the page has no marks.
    """
    text = page.read_text()
    if not re.search(f"{_BEGIN}.*{_END}", text, re.DOTALL):
        raise ValueError(f"{page}: {_BEGIN} and {_END} were needed, found neither; put them where the list belongs.")
    listed = "\n".join([_BEGIN, *lines, _END])
    page.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: listed, text, flags=re.DOTALL))
