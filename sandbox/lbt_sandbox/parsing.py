r"""Parses text that nobody vouches for, as far as that stays cheap: each text and all together have a longest length.

    >>> Parser().names("import math\ndef area(r): return math.pi * r * r\n")
    {'math', 'area'}

CPython needs up to two microseconds a character, and on text that is no program much the same. What is longer than
`LONGEST` is judged by its lines (`margin_defines`), in linear time.
"""

import ast
import re
import warnings

LONGEST = 20_000
"""Characters of one text; longer programs are rare and are judged by their lines."""
TOTAL = 3 * LONGEST
"""Characters that one reply, or one completion, may cost in all."""
_LEAST = 500
"""Characters that every attempt counts for at least, so that there are not too many of them."""
_CUTS = 8
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


class NotParsedError(Exception):
    """The text is no program, or too long to find out."""

    def __init__(self, line: int | None = None) -> None:
        super().__init__("not parsed")
        self.line = line
        """Where Python stopped reading; None where it did not begin to, or the text is nested too deeply."""


class Parser:
    """Parses texts until they have had so many characters together."""

    def __init__(self, characters: int = TOTAL) -> None:
        self.left = characters
        self._known: dict[str, ast.Module | int | None] = {}

    def tree(self, text: str) -> ast.Module:
        """The text as a program; raises `NotParsedError`."""
        if len(text) > LONGEST or (self.left <= 0 and text not in self._known):
            raise NotParsedError
        if text not in self._known:
            self.left -= max(len(text), _LEAST)
            self._known[text] = self._parse(text)
        found = self._known[text]
        if not isinstance(found, ast.Module):
            raise NotParsedError(found)
        return found

    @staticmethod
    def _parse(text: str) -> ast.Module | int | None:
        try:
            with warnings.catch_warnings():  # an invalid escape in somebody's solution is no warning of ours
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except SyntaxError as error:
            return error.lineno or 1
        except (ValueError, RecursionError, MemoryError):
            return None

    def names(self, text: str) -> set[str]:
        """The names that a program binds at its top level; none for text that is no program by itself."""
        try:
            return _bound_names(self.tree(text))
        except NotParsedError:
            return set()

    def is_program(self, text: str) -> bool:
        """Whether the text is a program that does something."""
        try:
            return bool(self.tree(text).body)
        except NotParsedError:
            return False

    def does_something(self, text: str) -> bool:
        """Whether it is a program with a statement; one English word is an expression to Python."""
        try:
            body = self.tree(text).body
        except NotParsedError:
            return False
        return any(not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call) for node in body)

    def defines(self, text: str, name: str) -> bool:
        """Whether the text binds a name at its top level; text that is not parsed is judged by its unindented lines."""
        try:
            return name in _bound_names(self.tree(text))
        except NotParsedError:
            return margin_defines(text, name)

    def longest_program(self, text: str) -> str:
        """The text up to the top-level statement that Python cannot read; empty where nothing before it is one."""
        for _ in range(_CUTS):
            try:
                return text if self.tree(text).body else ""
            except NotParsedError as error:
                text = before_statement(text, error.line) if error.line is not None else ""
            if not text.strip():
                break
        return ""


def lines_of(text: str) -> list[str]:
    r"""Lines with their ends; Python and fences break lines at \n only, str.splitlines would at form feeds too."""
    return _LINES.findall(text)


def margin_defines(text: str, name: str) -> bool:
    """Whether an unindented line looks as if it bound the name."""
    pattern = rf"^(?:(?:async[ \t]++)?(?:def|class)[ \t]++{re.escape(name)}\b|{re.escape(name)}[ \t]*+[=:])"
    return re.search(pattern, text, re.MULTILINE) is not None


def before_statement(text: str, line_number: int) -> str:
    """The text before the top-level statement on or above a line, which is counted from 1."""
    lines = lines_of(text)[: max(line_number, 1)]
    last = len(lines) - 1
    while last > 0 and (not lines[last].strip() or lines[last][0] in " \t"):
        last -= 1
    return "".join(lines[:last])


def _bound_names(module: ast.Module) -> set[str]:
    """Of a whole program; a text with a `return` outside a function is the body of one, and binds nothing."""
    names: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.Return):
            return set()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
    return names
