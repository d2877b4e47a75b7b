"""Tables of candidates: every reply of a teacher with its LbT score, one problem a line.

    write_candidates("candidates.jsonl", [ScoredReplies(problem="p1", prompt="...", rationales=["..."], scores=[0.5])])
    read_scores("candidates.jsonl").of(doc, reply)

`lbt export-preferences candidates.jsonl` makes pairs of them, and the filter `lbt_weighted_vote` votes with them.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lbt_solvers.jsonl import fields_of, read_jsonl
from lbt_solvers.prompts import Demonstration, PromptFormat
from lbt_solvers.types import Problem
from lbt_tasks.lm_eval_plugin.exam_rows import CONTROL
from lbt_tasks.lm_eval_plugin.exam_scores import AnsweredRow, examined


@dataclass(slots=True)
class ScoredReplies:
    """The replies to one problem; one line of a table."""

    problem: str
    prompt: str | list[dict[str, str]]
    """What the teacher saw: its text, or messages with role and content."""
    rationales: list[str]
    """The whole replies."""
    scores: list[float | None]
    """LbT score of each in [0, 1]; `None` where nobody sat an exam with it."""
    correctness: list[float] | None = None
    """1 for a right answer, 0 for a wrong one; not in the table where nobody knows."""
    doc_hash: str = ""
    """lm-eval's hash of the document."""
    split: str = ""
    task: str = ""
    teacher: str = ""
    students: list[str] = field(default_factory=list[str])
    chosen: int | None = None
    """Index of the reply that was the answer."""
    question: str = ""
    answer: str = ""
    """The question and its gold answer, where exams may ask it."""


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores by document and reply."""

    path: str
    by_document: Mapping[str, Mapping[str, Sequence[float]]]
    """By `doc_hash`, or by the problem's id where a line has none: the scores of the copies of each reply, in order."""

    def of(self, doc: Mapping[str, Any], reply: str) -> Sequence[float]:
        """The scores of that reply to that document, one a copy; empty where the table has none."""
        known = self.by_document.get(doc_hash(doc)) or self.by_document.get(str(doc.get("id"))) or {}
        return known.get(reply, ())


def doc_hash(doc: Mapping[str, Any]) -> str:
    """The hash under which lm-eval logs a document."""
    from lm_eval.utils import handle_non_serializable, hash_string

    return hash_string(json.dumps(doc, indent=2, default=handle_non_serializable, ensure_ascii=False))


def write_candidates(path: str | Path, lines: Iterable[ScoredReplies], *, append: bool = False) -> int:
    """Writes the table; returns how many lines."""
    written = 0
    with Path(path).open("a" if append else "w", encoding="utf-8") as file:
        for line in lines:
            known = {key: value for key, value in asdict(line).items() if value is not None}
            file.write(json.dumps(known, ensure_ascii=False) + "\n")
            written += 1
    return written


def read_problems(path: str | Path, but: Collection[str]) -> list[Problem]:
    """The problems of a table's lines that exams may ask, without those of some ids; none where there is no table.

    Raises:
        UsageError: a line that is none of a table.
    """
    if not Path(path).is_file():
        return []
    found = {
        str(row["problem"]): Problem(str(row["problem"]), str(row["question"]), str(row["answer"]))
        for _, row in read_jsonl(path, "candidates: a JSONL table of candidates", ("problem",))
        if row.get("answer")
    }
    return [problem for name, problem in found.items() if name not in but]


def read_scores(path: str) -> ScoreTable:
    """The scores of a table.

    Raises:
        UsageError: no such file, or a line without rationales and scores.
    """
    found: dict[str, dict[str, list[float]]] = {}
    columns = ("problem", "rationales", "scores")
    for where, row in read_jsonl(path, "scores_path: a JSONL table of candidates", columns):
        copies: dict[str, list[float]] = defaultdict(list)
        with fields_of(where, "one score a rationale"):
            for reply, score in zip(row["rationales"], row["scores"], strict=True):
                # Nobody sat an exam with a reply without a score: as in the core, it weighs nothing.
                copies[reply].append(score or 0.0)
        # A later line of the same document stands for its replies, as that of a run that was resumed.
        found.setdefault(str(row.get("doc_hash") or row["problem"]), {}).update(copies)
    return ScoreTable(path, found)


def candidates_of_log(path: str, prompt: PromptFormat) -> list[ScoredReplies]:
    """The table of an exam that lm-eval logged with `--log_samples`.

    Raises:
        UsageError: no such file, or one that is no log of `lbt_exam_*`.
    """
    docs: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    sittings: list[AnsweredRow] = []
    for where, row in read_jsonl(path, "A sample log of lbt_exam_*", ("doc", "lbt_score")):
        with fields_of(where, "a line of a sample log of lbt_exam_*"):
            sittings.append(AnsweredRow(*row["lbt_score"]))
            docs[row["doc"]["problem"]][row["doc"]["rationale"]] = row["doc"]
    return [
        _candidates(
            {index: doc for index, doc in docs[each.problem].items() if index != CONTROL},
            {index: scored.score for index, scored in zip(each.rationales, each.scored, strict=True)},
            prompt,
        )
        for each in examined(sittings)
        if each.rationales
    ]


def _candidates(
    docs: Mapping[int, Mapping[str, Any]], scores: Mapping[int, float], prompt: PromptFormat
) -> ScoredReplies:
    taught = [docs[index] for index in sorted(docs)]
    first = taught[0]
    asked = prompt.messages(first["question"])
    return ScoredReplies(
        problem=first["problem"],
        prompt=[{"role": turn.role, "content": turn.text} for turn in asked],
        rationales=[doc["completion"] or _written(doc, prompt) for doc in taught],
        scores=[scores[index] for index in sorted(docs)],
        correctness=[float(doc["correct"]) for doc in taught],
        doc_hash=first["doc_hash"],
        split=first["split"],
    )


def _written(doc: Mapping[str, Any], prompt: PromptFormat) -> str:
    return prompt.worked_solution(Demonstration(doc["question"], doc["rationale_text"], doc["answer"]))
