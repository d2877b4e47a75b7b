"""The filter `lbt_weighted_vote`: among N replies, the one that a vote weighted by LbT scores chooses.

    filter_list:
      - name: lbt
        filter: [{function: lbt_weighted_vote, rule: sum, scores_path: candidates.jsonl}, {function: take_first}]
      - {name: maj, filter: [{function: lbt_weighted_vote, rule: maj}, {function: take_first}]}

It stands first in its chain, where replies are whole; what it leaves goes on to the task's own extraction. Scores
belong to replies, not to questions: a reply with an answer that the table does not have is an error.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from lm_eval.api.filter import Filter
from lm_eval.api.registry import register_filter

from lbt_solvers.answers.kinds import named_kind
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.prompts import read_reply
from lbt_solvers.rules import rule_of
from lbt_solvers.selection import choose
from lbt_tasks.lm_eval_plugin.candidates import ScoreTable, read_scores
from lbt_tasks.lm_eval_plugin.options import check_kind, classes_of


@register_filter("lbt_weighted_vote")
class WeightedVote(Filter):
    """Keeps the chosen reply of every document.

    Args:
        rule: `sum`, `max`, `avg`, or `maj`, which needs no scores.
        scores_path: A table of candidates, as `--model lbt` and `lbt lm-eval-candidates` write it.
        answers: How answers are extracted and compared: `math`, `number`, `choice`, `text`, `labels`, `json`.
    """

    def __init__(self, rule: str = "sum", scores_path: str = "", answers: str = "math", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_kind(answers)
        with usage_errors():
            self._rule = rule_of(rule)
        if not self._rule.ignores_scores and not scores_path:
            raise UsageError(f"lbt_weighted_vote with rule {rule} needs scores_path: a JSONL table of candidates.")
        self._kind = named_kind(answers)
        self._scores = read_scores(scores_path) if scores_path else None

    def apply(self, resps: Iterable[Sequence[str]], docs: Sequence[dict[str, Any]]) -> list[list[str]]:
        """One reply for every document, as a list of one, like `majority_vote`."""
        return [[self._chosen(list(replies), doc)] for replies, doc in zip(resps, docs, strict=True)]

    def _chosen(self, replies: list[str], doc: dict[str, Any]) -> str:
        marker = doc.get("marker", "last")
        answers = [self._kind.extract(read_reply(reply, marker)).answer for reply in replies]
        classes = classes_of(answers, self._kind)
        scores = self._scores_of(doc, replies, classes)
        choice = choose(classes, scores, self._rule)
        return replies[choice.rationale if choice else 0]

    def _scores_of(self, doc: dict[str, Any], replies: Sequence[str], classes: Sequence[int | None]) -> list[float]:
        """Equal replies sat exams of their own: each has the score of its own place among them."""
        seen: Counter[str] = Counter()
        scores: list[float] = []
        for reply, answer_class in zip(replies, classes, strict=True):
            without = self._scores is None or answer_class is None
            scores.append(0.0 if without else _found(self._scores, doc, reply, seen[reply]))
            seen[reply] += 1
        return scores


def _found(table: ScoreTable | None, doc: dict[str, Any], reply: str, copy: int) -> float:
    scores = table.of(doc, reply) if table else ()
    if copy >= len(scores):
        found = f"{len(scores)} scores for {copy + 1} copies of" if scores else "no score for"
        raise UsageError(
            f"{table and table.path} has {found} the reply {reply[:60]!r}. Scores belong to the very replies that were "
            "examined: vote over those with `lbt lm-eval run --model lbt-recorded --model_args samples=LOG.jsonl`."
        )
    return scores[copy]
