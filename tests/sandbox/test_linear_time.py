"""Eight times the input is about eight times the work, whatever the input: for everything that reads hostile text.

Work is CPU time of this process, the least of several runs. Linear work grows eightfold, quadratic work sixty-four
times; the line between them is drawn in the middle, and nothing under a few milliseconds is looked at.
"""

import gc
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from lbt_sandbox.code_extraction import complete_program, defines, extract_code
from lbt_sandbox.codec import CodecError, decode
from lbt_sandbox.compare import Checker, accepts
from lbt_sandbox.parsing import LONGEST, TOTAL, Parser
from lbt_sandbox.texts import visible
from lbt_sandbox.types import Case, Outcome, Problem
from lbt_sandbox.worker import GuestMessage, outcome

from lbt_tasks.code.behaviour import behaviour_classes

GROWTH, MOST = 8, 24
NOISE = 0.004
"""Seconds below which a run says nothing."""


def seconds(work: Callable[[], Any]) -> float:
    times: list[float] = []
    gc.disable()  # whose work grows by jumps
    try:
        for _ in range(5):
            begun = time.process_time()
            work()
            times.append(time.process_time() - begun)
    finally:
        gc.enable()
    return min(times)


def grows_linearly(work: Callable[[Any], Any], make: Callable[[int], Any], size: int) -> None:
    small, large = make(size), make(size * GROWTH)
    assert seconds(lambda: work(large)) < MOST * max(seconds(lambda: work(small)), NOISE)


REPLIES: dict[str, Callable[[int], str]] = {
    "imports": lambda n: "import a\n" * n + "and so on it goes.\n",
    "half an import": lambda n: "from typing import List\n" * n + "from typ",
    "defs that never close": lambda n: "def f(\n" * n,
    "programs without the name": lambda n: "def g(): pass\nWords.\n" * n,
    "programs with it": lambda n: "def f(): return 1\nSome words.\n" * n,
    "classes": lambda n: "class f:\n" * n,
    "decorators": lambda n: "@f\n" * n + "def f",
    "fences": lambda n: "```python\ndef f(\n```\n" * n,
    "fences of good code": lambda n: "```python\nx = 1\n```\n" * n,
    "fences that never close": lambda n: "```\n" + "``` x\n" * n,
    "blanks after a fence": lambda n: "```" + " " * n + "`\n```\n",
    "blanks before a fence": lambda n: " " * n + "``\n" + "```\n",
    "backticks": lambda n: "`" * n + "x`\n",
    "tildes": lambda n: "~" * n + "x\n" + "~" * n,
    "blanks": lambda n: " " * n + "def f",
    "blank lines": lambda n: "\n" * n + "def f(",
    "blanks in a def": lambda n: "def" + " " * n + "f(\n" + "async" + " " * n + "x",
    "dots": lambda n: "from " + "a." * n + "\nimport " + "a." * n,
    "quotes": lambda n: '"""a\n' * n,
    "brackets": lambda n: "f = " + "(" * n,
    "minus": lambda n: "f = " + "-" * n + "1",
    "continuations": lambda n: "f = \\\n" * n,
    "one long line": lambda n: "f=" + "a+" * n,
    "sentences": lambda n: "Return f. " * n + "\n" + "This is f\n" * n,
    "indented defs": lambda n: "    def f(): pass\n" * n + "No.\n",
    "list items": lambda n: "1. " * n + "\n" + "- " * n + "\n* A" * n,
}


@pytest.mark.parametrize("name", REPLIES)
def test_taking_code_out_of_replies(name: str) -> None:
    grows_linearly(lambda reply: extract_code(reply, "f"), REPLIES[name], 8_000)
    grows_linearly(lambda reply: extract_code(reply), REPLIES[name], 8_000)


@pytest.mark.parametrize("name", REPLIES)
def test_making_programs_of_completions(name: str) -> None:
    prompt = "import math\n\ndef f(x):\n    '''Doc.'''\n"
    grows_linearly(lambda reply: complete_program(reply, prompt, "f"), REPLIES[name], 8_000)
    grows_linearly(lambda reply: defines(reply, "f"), REPLIES[name], 8_000)


@pytest.mark.parametrize("name", REPLIES)
@pytest.mark.parametrize("size", [10, 300, 5_000, 100_000])
def test_characters_that_are_parsed_are_bounded(name: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    parse = Parser._parse
    monkeypatch.setattr(Parser, "_parse", staticmethod(lambda text: (parsed.append(len(text)), parse(text))[1]))
    for work in (lambda reply: extract_code(reply, "f"), lambda reply: complete_program(reply, "def f():\n", "f")):
        parsed.clear()
        work(REPLIES[name](size))
        assert sum(parsed) <= TOTAL + LONGEST
        assert len(parsed) <= 200


TEXTS: dict[str, Callable[[int], str]] = {
    "digits": lambda n: "1" * n + "x",
    "digits with a point": lambda n: "1" * n + ".x",
    "fractions": lambda n: "." + "1" * n + "x",
    "exponents": lambda n: "1e" * n,
    "signs": lambda n: "+-" * n + "1",
    "zeros": lambda n: "0" * n + "1",
    "numbers": lambda n: "1.5 " * n,
    "whole numbers": lambda n: "7 " * n,
    "a whole number": lambda n: "7" * n,
    "lines": lambda n: "1\n" * n,
    "blank lines": lambda n: "\n" * n + "1",
    "blanks": lambda n: " " * n + "1",
    "carriage returns": lambda n: "\r" * n,
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("checker", [Checker("lines"), Checker("tokens", abs_tol=1e-6), Checker("lines", rel_tol=0.5)])
def test_comparing_printed_text(name: str, checker: Checker) -> None:
    for expected in ("42", "1.5", "0.5 " * 1000):
        grows_linearly(lambda text, e=expected: accepts(checker, e, text), TEXTS[name], 20_000)
    grows_linearly(lambda text: accepts(checker, text.replace("1", "2"), text), TEXTS[name], 20_000)


VALUES: dict[str, Callable[[int], Any]] = {
    "lists": lambda n: [[i] for i in range(n)],
    "dicts of one size": lambda n: [{"a": i} for i in range(n)],
    "sets of one size": lambda n: [{i} for i in range(n)],
    "bytes": lambda n: [b"%d" % i for i in range(n)],
    "lists of dicts": lambda n: [[{i: 1}] for i in range(n)],
    "floats": lambda n: [i / 7 for i in range(n)],
    "large ints": lambda n: [10**20 + i for i in range(n)],
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("checker", [Checker(), Checker("unordered"), Checker("set"), Checker("float", abs_tol=1e-6)])
def test_comparing_values(name: str, checker: Checker) -> None:
    grows_linearly(lambda value: accepts(checker, value, list(reversed(value))), VALUES[name], 500)
    grows_linearly(lambda value: accepts(checker, value, list(value)), VALUES[name], 500)


BYTES: dict[str, Callable[[int], bytes]] = {
    "nests": lambda n: b"[" + b"[[[]]]," * n + b"1]",
    "open brackets": lambda n: b"[" * n,
    "objects": lambda n: b'{"d":' * n,
    "one object": lambda n: b"{" + b",".join(b'"%d":1' % i for i in range(n)) + b"}",
    "tuples": lambda n: b"[" + b'{"t":[1,[2]]},' * n + b"1]",
    "digits": lambda n: b"1" * n,
    "digits of a float": lambda n: b"1" * n + b".5",
    "hex": lambda n: b'{"i":"0x' + b"f" * n + b'"}',
    "decimals": lambda n: b'{"D":"' + b"7" * n + b'"}',
    "exponents": lambda n: b"[" + b'{"D":"1e999999999"},' * n + b"1]",
    "text": lambda n: b'"' + b"\\ud800" * n + b'"',
    "a set": lambda n: b'{"s":' + json.dumps(list(range(n))).encode() + b"}",
}


@pytest.mark.parametrize("name", BYTES)
def test_decoding_answers(name: str) -> None:
    def work(data: bytes) -> Any:
        try:
            return decode(data)
        except CodecError:
            return None

    grows_linearly(work, BYTES[name], 4_000)


@pytest.mark.parametrize("character", ["\x1b", "a", "\\", "\u202e", "\ud800", "ä"])
def test_texts_for_people(character: str) -> None:
    grows_linearly(visible, lambda size: character * size, 20_000)


@pytest.mark.parametrize(
    "payload", [b"[" * 60_000, b"1" * 60_000, b'{"type":"a","message":"b","line":' + b"9" * 60_000]
)
def test_what_a_program_says_of_its_failure_costs_little(payload: bytes) -> None:
    record = GuestMessage("RTE", b"", b"", payload, None, 0.0, 0.0, 0)
    assert seconds(lambda: outcome(record)) < 0.1


def test_classes_of_programs_by_hostile_answers() -> None:
    problem = Problem("p", "f", (Case(),))

    def classes(answers: list[bytes]) -> list[int | None]:
        programs = [str(number) for number in range(len(answers))]
        behaviours = {name: [Outcome(None, answer)] for name, answer in zip(programs, answers, strict=True)}
        return behaviour_classes(programs, behaviours, problem, [])

    def make(size: int) -> list[bytes]:
        return [b"[" + b"[[[]]]," * size + b"%d]" % number for number in range(6)]

    assert classes(make(1)) == [0, 1, 2, 3, 4, 5]
    grows_linearly(classes, make, 4_000)
