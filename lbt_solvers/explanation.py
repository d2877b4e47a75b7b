"""What a person reads beside a score: the answers with their votes and LbT scores, the best and worst rationale.

    print(explain(record, record.scored(), choices, correct=[True, False], gold="14"))

The text is markdown, as Inspect's viewer shows it.
"""

from collections.abc import Mapping, Sequence
from math import fsum, isnan

from lbt_solvers.record import TeachingRecord
from lbt_solvers.selection import Choice, members_of
from lbt_solvers.tables import Table
from lbt_solvers.types import Scored

_LONGEST = 1500  # characters of a rationale that are shown; the whole text is in the store


def explain(
    record: TeachingRecord,
    scored: Sequence[Scored],
    choices: Mapping[str, Choice | None],
    correct: Sequence[float],
    gold: str,
) -> str:
    """Markdown: what each rule chose, a table of answer classes, the best and the worst rationale, notes."""
    parts = [
        _chosen(scored, choices, correct, gold),
        _table(scored, choices, correct),
        _rationale("Best rationale", scored, correct, _best(scored)),
        _rationale("Worst rationale", scored, correct, _worst(scored)),  # none where all that were taught are alike
        "\n".join(f"- {note}" for note in record.notes),
    ]
    return "\n\n".join(part for part in parts if part)


def _chosen(scored: Sequence[Scored], choices: Mapping[str, Choice | None], correct: Sequence[float], gold: str) -> str:
    if not any(choices.values()):
        return f"No rationale has an answer, so every rule counts as wrong. Gold answer: `{gold}`."
    chosen = [
        f"{rule.upper()} `{scored[choice.rationale].rationale.answer}` {_mark(correct[choice.rationale])}"
        for rule, choice in choices.items()
        if choice
    ]
    return f"{', '.join(chosen)}. Gold answer: `{gold}`."


def _table(scored: Sequence[Scored], choices: Mapping[str, Choice | None], correct: Sequence[float]) -> str:
    classes = members_of([each.answer_class for each in scored])
    if not classes:
        return ""
    rows: list[list[str]] = []
    for number, members in sorted(classes.items(), key=lambda entry: -len(entry[1])):
        scores = [scored[index].score for index in members]
        rules = ", ".join(rule.upper() for rule, choice in choices.items() if choice and choice.answer_class == number)
        numbers = [f"{value:.2f}" for value in (fsum(scores) / len(scores), max(scores), fsum(scores))]
        answer = f"`{scored[members[0]].rationale.answer or ''}`"
        rows.append([answer, str(len(members)), *numbers, rules, _mark(correct[members[0]])])
    return Table(("answer", "votes", "mean LbT", "best LbT", "sum LbT", "chosen by", ""), rows).markdown()


def _best(scored: Sequence[Scored]) -> int | None:
    taught = [index for index, candidate in enumerate(scored) if candidate.results]
    return max(taught, key=lambda index: scored[index].score, default=None)


def _worst(scored: Sequence[Scored]) -> int | None:
    taught = [index for index, candidate in enumerate(scored) if candidate.results]
    worst, best = min(taught, key=lambda index: scored[index].score, default=None), _best(scored)
    if worst is None or best is None or scored[worst].rationale.text == scored[best].rationale.text:
        return None
    return worst


def _rationale(title: str, scored: Sequence[Scored], correct: Sequence[float], index: int | None) -> str:
    if index is None:
        return ""
    candidate = scored[index]
    text = candidate.rationale.text
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."
    head = f"{title} ({index}), LbT score {candidate.score:.2f}, answer `{candidate.rationale.answer}`"
    return f"**{head} {_mark(correct[index])}**\n\n{shown}"


def _mark(right: float) -> str:
    if isnan(right):
        return "(not graded)"
    return {1.0: "(right)", 0.0: "(wrong)"}.get(right, f"({right:.2g} right)")
