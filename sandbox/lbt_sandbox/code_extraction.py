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
_HALF_FENCE = re.compile(r"(?<=\n)[ \t]{0,3}`{1,2}[ \t]*\Z")
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
    closed: bool = True


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
    the end, without half a closing fence and, where that is enough for the entry point, without the statement in
    which it was cut. Without a fence it is the first stretch that begins like a program (import, def, class, a
    decorator), parses and defines the entry point. Code before the first fence counts where no block defines the
    entry point, or, without one, where no block is a program: a reply may go on inside a fence that the prompt opened,
    and only close it, or fence nothing but its examples. Where there is no code to tell from prose, the whole reply
    comes back: it may be the continuation of a prompt.

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
    blocks = list(_fenced_blocks(reply))
    if blocks and _goes_on(parser, reply[: blocks[0].start], blocks[0], name):
        blocks = list(_fenced_blocks(reply, reply.index("\n", blocks[0].start) + 1))
    if before := _before_fences(parser, reply, blocks, name):
        return before
    if blocks:
        block = _best_block(parser, blocks, name)
        code = block.code if block.closed else _uncut(parser, block.code, name)
        return Located(code, block.start, block.end, fenced=True)
    start, code = _unfenced(parser, reply, name)
    return Located(code, start, start + len(code), fenced=False)


def _before_fences(parser: Parser, reply: str, blocks: Sequence[_Block], name: str | None) -> Located | None:
    """The code before the first fence, where that is what the reply has; its end is that of a fence that closes it."""
    fence = next((line for line in _lines_with_places(reply) if _FENCE.fullmatch(line[2].rstrip("\r\n"))), None)
    if fence is None or not reply[: fence[0]].strip():
        return None
    before = reply[: fence[0]]
    begin = _code_before(parser, before, blocks, name)
    if begin is None:
        return None
    start, code = begin
    whole = start + len(code) == len(before)
    return Located(code, start, fence[1] if whole and _is_bare(fence[2]) else start + len(code), fenced=True)


def _uncut(parser: Parser, code: str, name: str | None) -> str:
    """What of a block that never closes is whole."""
    code = _HALF_FENCE.sub("", code)
    if name is None or parser.is_program(code):
        return code
    whole = parser.longest_program(code)
    return whole if whole and parser.defines(whole, name) else code


def _goes_on(parser: Parser, before: str, first: _Block, name: str | None) -> bool:
    """Whether the first fence closes one that the prompt opened: a fence with a mark stands in what it would open."""
    if first.info.strip() or not any(map(_is_marked_fence, lines_of(first.code))):
        return False
    if name is None:
        return parser.does_something(before)
    return margin_defines(before, name) or _is_body(parser, before, name)


def _code_before(parser: Parser, before: str, blocks: Sequence[_Block], name: str | None) -> tuple[int, str] | None:
    """Where the code begins, and the code."""
    if name is None:
        fenced = any(_is_python(block) or parser.does_something(block.code) for block in blocks)
        return (0, before) if not fenced and parser.does_something(before) else None
    if any(parser.defines(block.code, name) for block in blocks):
        return None
    if margin_defines(before, name):
        start, code = _unfenced(parser, before, name)
        if parser.is_program(code):
            return start, code
        first = _CODE_START.search(before) or re.search(rf"^.*\b{re.escape(name)}\b", before, re.MULTILINE)
        return (first.start(), before[first.start() :]) if first else None
    return (0, before) if _is_body(parser, before, name) else None


def _is_body(parser: Parser, text: str, name: str) -> bool:
    """Whether it is what follows the first line of a function."""
    return text.lstrip("\r\n")[:1] in (" ", "\t") and parser.is_program(f"def {name}():\n{text}")


def _lines_with_places(reply: str) -> Iterator[tuple[int, int, str]]:
    end = 0
    for line in lines_of(reply) if "```" in reply or "~~~" in reply else ():
        begin, end = end, end + len(line)
        yield begin, end, line


def _is_bare(line: str) -> bool:
    fence = _FENCE.fullmatch(line.rstrip("\r\n"))
    return fence is not None and not fence["info"].strip()


def _is_marked_fence(line: str) -> bool:
    fence = _FENCE.fullmatch(line.rstrip("\r\n"))
    return fence is not None and bool(fence["info"].strip())


def _fenced_blocks(reply: str, skipped: int = 0) -> Iterator[_Block]:
    """Blocks of the reply, from that character on."""
    opened: re.Match[str] | None = None
    lines: list[str] = []
    start = end = 0
    for begin, end, line in _lines_with_places(reply):
        fence = _FENCE.fullmatch(line.rstrip("\r\n")) if begin >= skipped else None
        if opened is None:
            if fence is not None:
                opened, lines, start = fence, [], begin
        elif fence is not None and _closes(fence, opened):
            yield _Block(opened["info"], "".join(lines), start, end)
            opened = None
        else:
            lines.append(_without_indent(line, opened["indent"]))
    if opened is not None and lines:
        yield _Block(opened["info"], "".join(lines), start, end, closed=False)


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
