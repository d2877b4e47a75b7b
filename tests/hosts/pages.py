"""Lists of tested tasks in the documentation, between marks.

put(Path("docs/any-task.md"), ["105 tasks: ..."])
"""

import re
from collections.abc import Sequence
from pathlib import Path

_BEGIN, _END = "<!-- hosts -->", "<!-- /hosts -->"


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
