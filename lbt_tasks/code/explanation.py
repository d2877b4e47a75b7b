"""What a person reads beside the score of a programming problem: the chosen programs, a table of all, the best program.

    print(explain_code(record, record.scored(), choices, s_scores=[1.0, 0.2], chosen=choices["max"]))

The text is markdown, as Inspect's viewer shows it.
"""

from collections.abc import Mapping, Sequence

from lbt_solvers.record import TeachingRecord
from lbt_solvers.selection import Choice
from lbt_solvers.tables import Table
from lbt_solvers.types import Scored

_LONGEST = 3000  # characters of a rationale or program that are shown; the whole text is in the store


def explain_code(
    record: TeachingRecord,
    scored: Sequence[Scored],
    choices: Mapping[str, Choice | None],
    s_scores: Sequence[float],
    chosen: Choice | None,
) -> str:
    """Markdown: what each rule chose, a table of the samples, the chosen rationale and program, notes."""
    parts = [
        _chosen(choices, s_scores),
        _table(scored, choices, s_scores),
        _program(scored[chosen.rationale]) if chosen else "",
        "\n".join(f"- {note}" for note in record.notes),
    ]
    return "\n\n".join(part for part in parts if part)


def _chosen(choices: Mapping[str, Choice | None], s_scores: Sequence[float]) -> str:
    chosen = [
        f"{rule.upper()} sample {choice.rationale} (S = {s_scores[choice.rationale]:.2f}"
        + (", no sample has V = 1)" if choice.fell_back else ")")
        for rule, choice in choices.items()
        if choice
    ]
    return f"{', '.join(chosen)}." if chosen else "No sample has a program that runs, so every rule scores 0."


def _table(scored: Sequence[Scored], choices: Mapping[str, Choice | None], s_scores: Sequence[float]) -> str:
    rows: list[list[str]] = []
    for index, candidate in enumerate(scored):
        number = "-" if candidate.answer_class is None else str(candidate.answer_class)
        passed = "-" if candidate.visible is None else f"{candidate.visible:.2f}"
        rules = ", ".join(rule.upper() for rule, choice in choices.items() if choice and choice.rationale == index)
        rows.append([str(index), number, passed, f"{candidate.score:.2f}", f"{s_scores[index]:.2f}", rules])
    return Table(("sample", "class", "V", "LbT", "S", "chosen by"), rows).markdown()


def _program(candidate: Scored) -> str:
    text = candidate.rationale.text[:_LONGEST]
    program = (candidate.rationale.answer or "")[:_LONGEST]
    return f"**Chosen (LbT score {candidate.score:.2f})**\n\n{text}\n\n~~~python\n{program}\n~~~"
