r"""Makes a whole program of a completion, whichever of the ways to continue a prompt the model has chosen.

    >>> complete_program("    return a + b\n", prompt="def add(a, b):\n", entry_point="add")
    'def add(a, b):\n    return a + b\n'

The first of these readings that is a Python program and defines the entry point:

1. the completion alone;
2. where its first line repeats a `def` of the prompt, indented: the prompt up to that line and then the completion
   (a method without its class), or the completion without its indentation (a function);
3. the prompt and then the completion: the body, perhaps followed by more functions, the whole function again, or a
   main guard;
4. the completion, or the prompt and the completion, up to where prose or a closing fence begins.

A program that does not begin with the prompt comes after the prompt's imports and helpers where it uses them without
having its own. Where nothing is a program, the completion stands alone if an unindented line of it defines the entry
point, and continues the prompt else.
"""

import re
from collections.abc import Iterator

from lbt_sandbox.parsing import NotParsedError, Parser, before_statement, lines_of, margin_defines

_PROSE = re.compile(
    r"[`~]{3}|(?:[>*-]++[ \t]*+|[0-9]++[.)][ \t]++)?[A-Z][\w'’-]*+[,:]?(?:[ \t]++[\w'’`\"(*]|[ \t\r]*+$)", re.MULTILINE
)
"""A fence, or a line that begins as a sentence or an item of a list does."""
_FIRST_DEF = re.compile(r"(?:[ \t]*+\r?\n)*+(?P<indent>[ \t]*+)(?:async[ \t]++)?def[ \t]++(?P<name>\w++)")


def defines(code: str, entry_point: str) -> bool:
    """Whether the code binds the entry point's first name at its top level.

    Code that does not parse is judged by its unindented lines, so that a program with a syntax error still counts
    as a program (and ends as a compile error) rather than as the continuation of a prompt.
    """
    return Parser().defines(code, entry_name(entry_point))


def entry_name(entry_point: str) -> str:
    """The top-level name of an entry point: `Solution` for `Solution().twoSum`."""
    found = re.match(r"\s*(\w+)", entry_point)
    if found is None:
        raise ValueError(f"The entry point must begin with a Python name, found {entry_point!r}.")
    return found[1]


def complete_program(completion: str, prompt: str, entry_point: str, preamble: str = "") -> str:
    """The program that a completion stands for; see the module for the readings and their order.

    Args:
        completion: What the model wrote, without the prose and the fence around it.
        prompt: What it was to continue.
        entry_point: The name that the program must define, as in `Problem.entry_point`.
        preamble: What runs before the program anyway.
    """
    name = entry_name(entry_point)
    parser = Parser()
    for program in _readings(parser, completion, prompt):
        if name in parser.names(program):
            alone = not program.startswith(prompt)
            return _imports(parser, program, prompt, name, preamble) + program if alone else program
    starts_indented = completion.lstrip("\r\n")[:1] in (" ", "\t")
    return completion if not starts_indented and margin_defines(completion, name) else prompt + completion


def _readings(parser: Parser, completion: str, prompt: str) -> Iterator[str]:
    yield completion
    yield from _repeated(completion, prompt)
    yield prompt + completion
    yield _before_prose(parser, completion)
    continued = _before_prose(parser, prompt + completion)
    if len(continued.rstrip()) > len(prompt):  # and not the prompt alone
        yield continued


def _imports(parser: Parser, program: str, prompt: str, name: str, preamble: str) -> str:
    """The prompt before the entry point, where the program uses what is bound there and does not bind it itself."""
    start = re.search(rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{re.escape(name)}\b", prompt, re.MULTILINE)
    before = prompt[: start.start()] if start else ""
    if not before.strip() or before.strip() in preamble:
        return ""
    missing = parser.names(before) - parser.names(program)
    return before if "*" in missing or missing.intersection(re.findall(r"\w+", program)) else ""


def _repeated(completion: str, prompt: str) -> Iterator[str]:
    """Readings of a completion that begins with a `def` of the prompt's, at another place than the margin."""
    first = _FIRST_DEF.match(completion)
    if first is None:
        return
    pattern = rf"^(?P<indent>[ \t]*+)(?:async[ \t]+)?def[ \t]+{re.escape(first['name'])}\b"
    for known in re.finditer(pattern, prompt, re.MULTILINE):
        before, indent = prompt[: known.start()], known["indent"]
        if indent:  # a method; its first line, or all of them, may have lost the indentation
            yield before + indent + completion.lstrip()
            yield before + "".join(indent + line for line in lines_of(completion))
        elif first["indent"]:
            yield _unindented(completion, first["indent"])


def _unindented(text: str, indent: str) -> str:
    lines = lines_of(text)
    if any(line.strip() and not line.startswith(indent) for line in lines):
        return text
    return "".join(line.removeprefix(indent) for line in lines)


def _before_prose(parser: Parser, text: str) -> str:
    """The text up to the unindented line that Python cannot read, where that is a sentence or a fence."""
    try:
        parser.tree(text)
    except NotParsedError as error:
        before = before_statement(text, error.line) if error.line is not None else text
        if _PROSE.match(text, len(before)):
            return before
    return text
