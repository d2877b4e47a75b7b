r"""Takes the program out of a model's reply, and makes a whole program of a completion. Pure: it reads, never runs.

    >>> extract_code("Sure!\n```python\ndef add(a, b):\n    return a + b\n```\nIt adds.", entry_point="add")
    'def add(a, b):\n    return a + b\n'

The code is never altered: what comes back is a contiguous piece of the reply, character for character. Only the
indentation that a fence itself has (a code block inside a list item) is taken off its lines, as CommonMark does.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
_PYTHON_TAGS = frozenset({"python", "py", "python3", "python2", "py3", "cpython"})
_CODE_START = re.compile(r"^(?:from|import|class|def|async def|@)(?=[ \t\w])", re.MULTILINE)
_PARSE_ATTEMPTS = 50
_PARSE_CAP = 200_000
"""Characters above which text is not parsed: the programs are untrusted, and parsing costs kilobytes a character."""


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
    if len(reply) <= _PARSE_CAP and _parses(reply):
        return Located(reply, 0, len(reply), fenced=False)
    if blocks := list(_fenced_blocks(reply)):
        block = _best_block(blocks, entry_point)
        return Located(block.code, block.start, block.end, fenced=True)
    start, code = _unfenced(reply, entry_point)
    return Located(code, start, start + len(code), fenced=False)


def defines(code: str, entry_point: str) -> bool:
    """Whether the code binds the entry point's first name at its top level.

    Code that does not parse is judged by its unindented lines, so that a program with a syntax error still counts
    as a program (and ends as a compile error) rather than as the continuation of a prompt.
    """
    name = entry_name(entry_point)
    try:
        if len(code) > _PARSE_CAP:
            raise ValueError("too long to parse here")
        return name in _bound_names(_parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pattern = rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{re.escape(name)}\b|^{re.escape(name)}[ \t]*="
        return re.search(pattern, code, re.MULTILINE) is not None


def entry_name(entry_point: str) -> str:
    """The top-level name of an entry point: `Solution` for `Solution().twoSum`."""
    found = re.match(r"\s*(\w+)", entry_point)
    if found is None:
        raise ValueError(f"The entry point must begin with a Python name, found {entry_point!r}.")
    return found[1]


def complete_program(completion: str, prompt: str, entry_point: str) -> str:
    """The completion if it is a whole program (it defines the entry point), else the prompt continued by it."""
    return completion if defines(completion, entry_point) else prompt + completion


def _fenced_blocks(reply: str) -> Iterator[_Block]:
    opened: re.Match[str] | None = None
    lines: list[str] = []
    start = end = 0
    for line in _lines(reply) if "```" in reply or "~~~" in reply else ():
        fence = _FENCE.match(line.rstrip("\r\n"))
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


def _lines(text: str) -> list[str]:
    r"""Lines with their ends; Python and fences break lines at \n only, str.splitlines would at form feeds too."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _closes(fence: re.Match[str], opened: re.Match[str]) -> bool:
    """A fence inside an indented docstring belongs to the code: a closing one stands at most three columns in."""
    same = fence["marks"][0] == opened["marks"][0] and len(fence["marks"]) >= len(opened["marks"])
    return same and not fence["info"].strip() and len(fence["indent"]) <= len(opened["indent"]) + 3


def _without_indent(line: str, indent: str) -> str:
    return line[len(indent) :] if indent and line.startswith(indent) else line


def _best_block(blocks: list[_Block], entry_point: str | None) -> _Block:
    if entry_point is not None:
        for block in reversed(blocks):
            if defines(block.code, entry_point):
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


def _unfenced(reply: str, entry_point: str | None) -> tuple[int, str]:
    """Where the code begins, and the code."""
    if len(reply) > _PARSE_CAP:
        return 0, reply
    for start in _CODE_START.finditer(reply):
        code = _longest_program(reply[start.start() :])
        if code and (entry_point is None or defines(code, entry_point)):
            return start.start(), code
    return 0, reply


def _longest_program(text: str) -> str:
    """The text up to the top-level statement that Python cannot read; empty where nothing before it is a program."""
    for _ in range(_PARSE_ATTEMPTS):
        try:
            return text if _parse(text).body else ""
        except SyntaxError as error:
            text = _before_statement(text, error.lineno or 1)
        except (ValueError, RecursionError, MemoryError):
            return ""
        if not text.strip():
            return ""
    return ""


def _before_statement(text: str, line_number: int) -> str:
    lines = _lines(text)[: max(line_number, 1)]
    last = len(lines) - 1
    while last > 0 and (not lines[last].strip() or lines[last][0] in " \t"):
        last -= 1
    return "".join(lines[:last])


def _parses(code: str) -> bool:
    try:
        return bool(_parse(code).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _parse(code: str) -> ast.Module:
    with warnings.catch_warnings():  # an invalid escape in somebody's solution is no warning of ours
        warnings.simplefilter("ignore")
        return ast.parse(code)


def _bound_names(module: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
    return names
