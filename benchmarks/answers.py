r"""What a comparison of answers costs, with math-verify used directly as the peer of the same run.

    python -m benchmarks.answers --math ../shared/data/math/math500_test.jsonl

Every pair is new to all caches; SymPy and the parser are warm. The peer is `verify(parse(gold), parse(answer))` of
math-verify with its default settings, called on the main thread as it has to be. MATH's pairs are each gold answer with
itself in another spelling and with the gold answers of the next two problems; the pairs that are judged differently are
listed.
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import click
from math_verify import parse, verify

from lbt_solvers.answers import MathAnswers, extract, normalise

Pairs = Sequence[tuple[str, str]]

NUMBERS: Pairs = [(f"\\frac{{{n}}}{{{n + 3}}}", f"${n + k}/{n + 3}$") for n in range(2, 52) for k in (0, 1)]
TUPLES: Pairs = [
    (f"({n},\\frac{{1}}{{{n}}})", f"\\left({n + k}, \\frac1{{{n}}}\\right)") for n in range(2, 52) for k in (0, 1)
]
EXPRESSIONS: Pairs = [(f"{n}x^2-{n}", f"{n}(x-1)(x+{1 + k})") for n in range(2, 27) for k in (0, 1)]
ROOTS: Pairs = [(f"{n}\\sqrt{{3}}", f"\\sqrt{{{3 * n * n + k}}}") for n in range(2, 27) for k in (0, 1)]
COMPLETION = "We multiply before we add, so that $2+3\\cdot 4 = 14$.\n" * 20 + "\nANSWER: $14$"


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ours(pairs: Pairs, answers: MathAnswers) -> list[bool]:
    return [answers.equal(gold, answer).equal for gold, answer in pairs]


def peer(pairs: Pairs) -> list[bool]:
    return [verify(parse(f"${gold}$"), parse(f"${answer.strip('$')}$")) for gold, answer in pairs]


def math_pairs(path: Path) -> Pairs:
    """Of the gold answers of MATH500, in its order."""
    golds = [json.loads(line)["answer"] for line in path.read_text(encoding="utf-8").splitlines()]
    spelled = [gold.replace("\\frac", "\\dfrac").replace("\\left", "").replace("\\right", "") for gold in golds]
    others = [(gold, golds[(at + step) % len(golds)]) for step in (1, 2) for at, gold in enumerate(golds)]
    return [*zip(golds, spelled, strict=True), *others]


def compare(name: str, pairs: Pairs, answers: MathAnswers) -> None:
    """Prints one row: time per pair of ours, ours again, and the peer, and how often each finds them equal."""
    normalise.cache_clear()
    found: list[list[bool]] = []
    first = seconds(lambda: found.append(ours(pairs, answers))) / len(pairs)
    again = seconds(lambda: ours(pairs, answers)) / len(pairs)
    plain = seconds(lambda: found.append(peer(pairs))) / len(pairs)
    agreed = "same verdicts" if found[0] == found[1] else f"verdicts differ: {sum(found[0])} and {sum(found[1])} equal"
    print(f"{name:12} {first * 1e3:9.3f} {again * 1e3:9.3f} {plain * 1e3:9.3f} {plain / first:8.1f}x  {agreed}")
    for (gold, answer), mine, theirs in zip(pairs, *found, strict=True):
        if mine != theirs:
            print(f"    {'equal here' if mine else 'equal to the peer'}: {gold}   {answer}")


@click.command()
@click.option("--math", type=click.Path(path_type=Path), help="math500_test.jsonl; left out where it is not there.")
def main(math: Path | None) -> None:
    """Prints the table and the cost of a vote."""
    logging.disable()
    answers = MathAnswers(seconds=60.0)
    start = seconds(lambda: answers.equal("x+x", "2x"))
    peer([("x+x", "2x"), ("\\frac{1}{2}", "1/3"), ("\\sqrt{2}", "\\sqrt{3}"), ("(1,2)", "(1,3)")])
    print(f"math-verify process: first answer after {start:.1f} s\n")
    print(f"{'ms per pair':12} {'ours':>9} {'again':>9} {'peer':>9} {'peer/ours':>9}")
    tables = {"numbers": NUMBERS, "tuples": TUPLES, "expressions": EXPRESSIONS, "roots": ROOTS}
    if math and math.is_file():
        tables["MATH"] = math_pairs(math)
    for name, pairs in tables.items():
        compare(name, pairs, answers)
    extraction = seconds(lambda: [extract(COMPLETION) for _ in range(200)]) / 200
    print(f"\nextract, {len(COMPLETION):,} characters: {extraction * 1e6:.0f} us")
    votes = {
        "256 votes, 60 numbers": [f"{n % 60}" for n in range(256)],
        "256 votes, 30 expressions": [f"{n % 30 + 2}(x+1)^2" if n % 2 else f"{n % 30 + 2}x^2+1" for n in range(256)],
    }
    for name, given in votes.items():
        print(f"classes, {name}: {seconds(lambda given=given: anyio.run(answers.classes, given)) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
