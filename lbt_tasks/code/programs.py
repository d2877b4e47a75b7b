r"""What a reply to a programming problem says: the program, and the reasoning around it. Pure: it reads, never runs.

    >>> read_reply("Add them.\n\n```python\ndef add(a, b):\n    return a + b\n```", add_problem)
    Extracted(rationale='Add them.', answer='def add(a, b):\n    return a + b', marker='code', thinking='')

The program is what stands after the last `[[Final Code]]:` between dollar signs (the paper's layout), else what
`lbt_sandbox.code_extraction` finds. No character of it is changed, only blank lines around it are taken off. A reply
without code has no answer; one whose code does not define what was asked for has one, and fails.
"""

import ast
import re
from dataclasses import replace

from lbt_sandbox import Kind
from lbt_sandbox.code_extraction import Located, complete_program, defines, locate_code
from lbt_sandbox.parsing import NotParsedError, Parser

from lbt_solvers.answers import Extracted
from lbt_solvers.answers.thinking import split_thinking
from lbt_tasks.code.problems import CodeProblem

_RATIONALE = re.compile(r"\s*\[\[\s?rationale\s?\]\]:?[ \t]*\n?", re.IGNORECASE)
_FINAL_CODE = re.compile(r"\[\[\s?final code\s?\]\]:?", re.IGNORECASE)
_NEXT_QUESTION = re.compile(r"^[ \t]*\[\[\s?(?:question|problem)\s?\]\]", re.IGNORECASE | re.MULTILINE)


def read_reply(reply: str, problem: CodeProblem) -> Extracted:
    """The reasoning and the program of a reply; the program is `None` where there is none. A draft is no program."""
    visible, thinking, _ = split_thinking(reply)
    return replace(_read_visible(visible, problem), thinking=thinking)


def _read_visible(reply: str, problem: CodeProblem) -> Extracted:
    text = reply.removeprefix(found[0]) if (found := _RATIONALE.match(reply)) else reply
    markers = list(_FINAL_CODE.finditer(text))
    if markers:
        text = _before_next_question(text, markers[0].end())
        last = [marker for marker in markers if marker.end() <= len(text)][-1]
        return _read(text[: last.start()], _undelimited(text[last.end() :]), problem)
    return _read("", _before_next_question(text, text.find("```") + 1), problem)


def _read(head: str, body: str, problem: CodeProblem) -> Extracted:
    located = locate_code(body, problem.visible.entry_point if _has_entry(problem) else None)
    program = _program(located, problem)
    if program is None:
        return Extracted(f"{head}{body}".strip(), None, "none")
    around = (head, body[: located.start], body[located.end :])
    rationale = "\n\n".join(part.strip() for part in around if part.strip())
    return Extracted(rationale, program.strip("\n"), "code")


def _before_next_question(text: str, start: int) -> str:
    """The text up to a question that the model invented after its program."""
    invented = _NEXT_QUESTION.search(text, max(start, 0)) if start > 0 else None
    return text[: invented.start()] if invented else text


def _undelimited(body: str) -> str:
    """What stands between the paper's dollar signs; a truncated reply lacks the second."""
    inside = body.strip()
    if not inside.startswith("$"):
        return body
    end = inside.rfind("$")
    return inside[1:end] if end > 0 else inside[1:]


def _program(located: Located, problem: CodeProblem) -> str | None:
    """The whole program, or `None` where the text is prose."""
    code, prompt = located.code, problem.visible.prompt or problem.starter_code
    if not code.strip():
        return None
    if not _has_entry(problem):
        return code if located.fenced or Parser().does_something(code) else None
    if code.lstrip("\n")[:1].isspace():
        continued = complete_program(code, prompt, problem.visible.entry_point, problem.visible.preamble)
        if _parsed(continued):
            return continued
    if defines(code, problem.visible.entry_point):
        return code
    return code if located.fenced or Parser().does_something(code) else None


def _has_entry(problem: CodeProblem) -> bool:
    return problem.visible.kind is not Kind.STDIO


def _parsed(code: str) -> ast.Module | None:
    try:
        return Parser().tree(code)
    except NotParsedError:
        return None
