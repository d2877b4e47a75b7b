r"""The text of a statement that LeetCode keeps as HTML.

>>> statement_text("<p>Up to 10<sup>5</sup> of <code>a<sub>i</sub></code></p><ul><li>one</li></ul>")
'Up to 10^5 of a_i\n\n- one'
"""

import re

from bs4 import BeautifulSoup, Tag

_BLOCKS = ("p", "pre", "div", "ul", "ol", "table", "tr", "h1", "h2", "h3", "h4")
_MARKS = {"sup": "^", "sub": "_"}


def statement_text(html: str) -> str:
    """Plain text: powers and indices as `^` and `_`, list items with a dash, blocks on lines of their own."""
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.find_all(list(_MARKS)):
        tag.insert_before(_MARKS[tag.name] + ("(" if _is_long(tag) else ""))
        tag.insert_after(")" if _is_long(tag) else "")
    for tag in soup.find_all("br"):
        tag.replace_with("\n")
    for tag in soup.find_all("li"):
        tag.insert_before("\n- ")
    for tag in soup.find_all(list(_BLOCKS)):
        tag.insert_before("\n\n")
        tag.insert_after("\n\n")
    lines = [line.rstrip() for line in soup.get_text().replace("\xa0", " ").splitlines()]
    text = re.sub(r"^- *\n+(?=\S)", "- ", "\n".join(lines), flags=re.MULTILINE)
    text = re.sub(r"^(- .*)\n{2,}(?=- )", r"\1\n", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _is_long(tag: Tag) -> bool:
    return not re.fullmatch(r"\s*-?\w+\s*", tag.get_text())
