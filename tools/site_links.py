"""A hook of mkdocs: links from pages to files of the repository that are no pages lead to the repository.

mkdocs build --strict

A page of docs/ may link to a module, a config or the changelog. On the site these are addresses of the repository
(`repo_url` of mkdocs.yml, or none: then the link's text stays). A file that is not there stays a broken link.
"""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """The page's text with its links to the repository."""
    folder = (ROOT / "docs" / page.file.src_uri).parent
    return _LINK.sub(lambda found: _led(found, folder, str(config.repo_url or "")), markdown)


def _led(found: re.Match[str], folder: Path, repository: str) -> str:
    text, link = found[1], found[2]
    target = (folder / link).resolve()
    is_page = target.is_relative_to(ROOT / "docs") and not target.is_relative_to(ROOT / "docs/listing")
    if "://" in link or is_page or not target.exists():
        return found[0]
    return f"[{text}]({repository}/blob/main/{target.relative_to(ROOT).as_posix()})" if repository else text
