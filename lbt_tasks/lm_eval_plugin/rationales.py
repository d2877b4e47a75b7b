r"""What a teacher said about problems, from a JSONL file of one of three forms.

    {"problem": "p1", "rationale": "2*3=6. 1+6=7.", "answer": "7"}     split already
    {"problem": "p1", "completion": "2*3=6. 1+6=7.\n\nANSWER: 7"}      split here
    {"doc": {"id": "p1", ...}, "resps": [["...", "..."]], ...}         lm-eval's own --log_samples

    taught = read_rationales("rationales.jsonl", problems, MathAnswers())

Lines of one problem may stand anywhere; their order is the order of the samples. In a sample log a problem is found by
the document's `id`, else by its question (`question`, `problem` or `input`).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from lbt_solvers.answers.kinds import Named
from lbt_solvers.answers.thinking import shown
from lbt_solvers.errors import UsageError
from lbt_solvers.exam_bank import question_key
from lbt_solvers.jsonl import read_jsonl
from lbt_solvers.types import Problem

QUESTION_COLUMNS = ("question", "problem", "input")


class ParsedRationale(NamedTuple):
    """One sample of the teacher."""

    rationale: str
    answer: str | None
    doc_hash: str = ""
    """lm-eval's hash of the document it answers, where it comes from a sample log."""
    completion: str = ""
    """The whole reply, where it comes as one."""


def read_rationales(
    path: str,
    problems: Sequence[Problem],
    kind: Named,
    show_thinking: bool = False,
    read: Callable[[str], str] = str,
) -> dict[str, list[ParsedRationale]]:
    """The samples of each problem, by the problem's id; `read` says what counts of a whole completion.

    Raises:
        UsageError: no such file, a line that is of none of the forms, or a problem that has no line.
    """
    if not path:
        raise UsageError("The exam needs rationales: --metadata lbt_rationale_file=FILE.jsonl, see docs/lm-eval.md.")
    known = {problem.id: problem.id for problem in problems}
    asked = {question_key(problem.question): problem.id for problem in problems}
    found: dict[str, list[ParsedRationale]] = {problem.id: [] for problem in problems}
    seen: set[str] = set()
    for where, row in _rows(path):
        if "resps" in row:
            # One line for every filter; the replies are the same.
            if (doc := str(row.get("doc_id"))) in seen:
                continue
            seen.add(doc)
        problem = _problem_of(row, known, asked)
        if problem is not None:
            found[problem] += _sampled(row, where, kind, show_thinking, read)
    if missing := [name for name, sampled in found.items() if not sampled]:
        raise UsageError(f"{path}: no rationale for {len(missing)} of {len(found)} problems, e.g. {missing[0]}.")
    return found


def _rows(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, row in read_jsonl(path, "A JSONL file of rationales"):
        if not ("problem" in row or ("doc" in row and "resps" in row)):
            raise UsageError(
                f"{where}: an object with problem and rationale, or problem and completion, or a line of lm-eval's "
                "--log_samples was needed."
            )
        yield where, row


def _problem_of(row: dict[str, Any], known: dict[str, str], asked: dict[str, str]) -> str | None:
    """Id of the taught problem; `None` where the line is about another one."""
    if "resps" not in row:
        return known.get(str(row["problem"]))
    doc: dict[str, Any] = row["doc"]
    if str(doc.get("id")) in known:
        return known[str(doc["id"])]
    questions = [question_key(str(doc[column])) for column in QUESTION_COLUMNS if column in doc]
    return next((asked[question] for question in questions if question in asked), None)


def _sampled(
    row: dict[str, Any], where: str, kind: Named, show_thinking: bool, read: Callable[[str], str]
) -> list[ParsedRationale]:
    if "resps" in row:
        return [_split(reply, kind, show_thinking, read, row.get("doc_hash", "")) for reply in row["resps"][0]]
    if "rationale" in row:
        answer = row.get("answer")
        return [ParsedRationale(str(row["rationale"]), None if answer is None else str(answer))]
    if "completion" in row:
        return [_split(str(row["completion"]), kind, show_thinking, read)]
    raise UsageError(f"{where}: a rationale or a completion was needed, found {', '.join(sorted(row))}.")


def _split(
    completion: str, kind: Named, show_thinking: bool, read: Callable[[str], str], doc_hash: str = ""
) -> ParsedRationale:
    extracted = kind.extract(read(completion))
    text = shown(extracted.rationale, extracted.thinking, show_thinking)
    return ParsedRationale(text, extracted.answer, doc_hash, completion)
