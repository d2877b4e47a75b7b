r"""Takes the program out of a model's reply. Pure: it reads, never runs, in time that grows with the reply's length.

    >>> extract_code("Sure!\n```python\ndef add(a, b):\n    return a + b\n```\nIt adds.", entry_point="add")
    'def add(a, b):\n    return a + b\n'

The code is never altered: what comes back is a contiguous piece of the reply, character for character. Only the
indentation that a fence itself has (a code block inside a list item) is taken off its lines, as CommonMark does.
What a completion of a prompt stands for is said in `completions`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lbt_sandbox.completions import complete_program, defines, entry_name
from lbt_sandbox.parsing import LONGEST, Parser, lines_of, margin_defines

__all__ = ["Located", "complete_program", "defines", "entry_name", "extract_code", "locate_code"]

_FENCE = re.compile(r"(?P<indent>[ \t]*+)(?P<marks>`{3,}+|~{3,}+)[ \t]*+(?P<info>[^`\n]*+)")
_PYTHON_TAGS = frozenset({"python", "py", "python3", "python2", "py3", "cpython"})
_CODE_START = re.compile(
    r"^(?:from[ \t]++[\w.]++[ \t]++import\b|import[ \t]++\w++(?:\.\w++)*+[ \t]*+(?:[,;#\r]|as\b|$)"
    r"|class[ \t]++\w++[ \t]*+[(:]|(?:async[ \t]++)?def[ \t]++\w++[ \t]*+[(\[]|@[ \t]*+\w)",
    re.MULTILINE,
)


class _Block(NamedTuple):
    info: str
    code: str
    start: int
    end: int


class Located(NamedTuple):
    """Code and where it stands in the reply."""

    code: str
    start: int
    """Of the code, or of the fence around it."""
    end: int
    fenced: bool


def extract_code(reply: str, entry_point: str | None = None) -> str:
    r"""The program in a model's reply, unaltered.

    A reply that parses is code. Then comes what is fenced: the last block that defines the entry point; else the last
    one marked as Python; else the last one without a mark. A fence that never closes (a truncated reply) reaches to
    the end. Without a fence it is the first stretch that begins like a program (import, def, class, a decorator),
    parses and defines the entry point. Where there is no code to tell from prose, the whole reply comes back: it may
    be the continuation of a prompt.

    Args:
        reply: What the model wrote.
        entry_point: The name that the code must define (`add`, `Solution`, `Solution().twoSum`), where it is known.
    """
    return locate_code(reply, entry_point).code


def locate_code(reply: str, entry_point: str | None = None) -> Located:
    """As `extract_code`, with the place of the code, so that the text around it can be told apart."""
    parser = Parser()
    if parser.is_program(reply):
        return Located(reply, 0, len(reply), fenced=False)
    name = None if entry_point is None else entry_name(entry_point)
    if blocks := list(_fenced_blocks(reply)):
        block = _best_block(parser, blocks, name)
        return Located(block.code, block.start, block.end, fenced=True)
    start, code = _unfenced(parser, reply, name)
    return Located(code, start, start + len(code), fenced=False)


def _fenced_blocks(reply: str) -> Iterator[_Block]:
    opened: re.Match[str] | None = None
    lines: list[str] = []
    start = end = 0
    for line in lines_of(reply) if "```" in reply or "~~~" in reply else ():
        fence = _FENCE.fullmatch(line.rstrip("\r\n"))
        begin, end = end, end + len(line)
        if opened is None:
            if fence is not None:
                opened, lines, start = fence, [], begin
        elif fence is not None and _closes(fence, opened):
            yield _Block(opened["info"], "".join(lines), start, end)
            opened = None
        else:
            lines.append(_without_indent(line, opened["indent"]))
    if opened is not None and lines:
        yield _Block(opened["info"], "".join(lines), start, end)


def _closes(fence: re.Match[str], opened: re.Match[str]) -> bool:
    """A fence inside an indented docstring belongs to the code: a closing one stands at most three columns in."""
    same = fence["marks"][0] == opened["marks"][0] and len(fence["marks"]) >= len(opened["marks"])
    return same and not fence["info"].strip() and len(fence["indent"]) <= len(opened["indent"]) + 3


def _without_indent(line: str, indent: str) -> str:
    return line[len(indent) :] if indent and line.startswith(indent) else line


def _best_block(parser: Parser, blocks: Sequence[_Block], name: str | None) -> _Block:
    if name is not None:
        for block in reversed(blocks):
            if parser.defines(block.code, name):
                return block
    for wanted in (_is_python, _is_unmarked):
        for block in reversed(blocks):
            if wanted(block):
                return block
    return blocks[-1]


def _is_python(block: _Block) -> bool:
    return re.split(r"[\s,{:]", block.info.strip().lower(), maxsplit=1)[0] in _PYTHON_TAGS


def _is_unmarked(block: _Block) -> bool:
    return not block.info.strip()


def _unfenced(parser: Parser, reply: str, name: str | None) -> tuple[int, str]:
    """Where the code begins, and the code."""
    if name is not None and not margin_defines(reply, name):
        return 0, reply
    read = 0
    for found in _CODE_START.finditer(reply):
        start = found.start()
        if start < read or len(reply) - start > LONGEST:
            continue  # inside a program that lacks the name, so that its end lacks it too; or too long to parse
        if parser.left <= 0:
            break
        code = parser.longest_program(reply[start:])
        if code and (name is None or parser.defines(code, name)):
            return start, code
        read = start + len(code)
    return 0, reply
