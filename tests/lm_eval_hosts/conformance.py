"""What has to hold of a task of lm-eval under `--model lbt`.

faults("gsm8k", CASES["gsm8k"], folder, chat=False)      # [] where all is right
"""

import json
from pathlib import Path
from typing import Any

from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager

from tests.hosts.sums import SUMS, Sum
from tests.lm_eval_hosts.cases import Case
from tests.lm_eval_hosts.models import CURRENT, LanguageModel

_MANAGER = TaskManager()


def faults(name: str, case: Case, folder: Path, chat: bool) -> list[str]:
    """What does not hold; with `chat`, of the task with examples, all in a chat template.

    Args:
        name: The task or group.
        case: How it is tried.
        folder: For the bank and the table of candidates.
        chat: Whether prompts are turns of a chat.
    """
    CURRENT.case, CURRENT.asked = case, {}
    given: dict[str, Any] = {"apply_chat_template": True, "fewshot_as_multiturn": bool(case.shots)} if chat else {}
    given["num_fewshot"] = case.shots if chat else None
    own = _results(name, LanguageModel("right"), given)
    candidates = folder / "candidates.jsonl"
    ours = _results(name, "lbt", {**given, "model_args": _arguments(case, folder, candidates)})
    asked, sent = CURRENT.asked["right"], CURRENT.asked.get("teacher", [])
    found = [] if _same_requests(sent, asked) else [f"other requests: {sent[:1]} for {asked[:1]}"]
    if not candidates.exists():
        return [*found, *_differing(ours, own)]  # log-likelihoods: the teacher's are those of any model here
    chosen = [json.loads(line) for line in candidates.read_text().splitlines()]
    CURRENT.replies = {_prompt(row, asked): row["rationales"][row["chosen"]] for row in chosen}
    replayed = _results(name, LanguageModel("replay"), given)
    return [*found, *_differing(ours, replayed), *_lost(ours, own)]


def _arguments(case: Case, folder: Path, candidates: Path) -> dict[str, Any]:
    bank = folder / "bank.jsonl"
    others = [Sum(30 + number, 4 + number) for number in range(4)]
    rows = [{"id": str(s.a), "question": s.question, "answer": str(s.right)} for s in others]
    bank.write_text("".join(json.dumps(row) + "\n" for row in rows))
    candidates.unlink(missing_ok=True)
    exam = {} if "answer" in case.asks else {"bank": str(bank)}
    models = {"teacher": "hosts:role=teacher", "students": "hosts:role=student"}
    sizes = {"rationales": 4, "items": 2, "candidates": str(candidates)}
    return {**models, **sizes, **exam, **case.asks}


def _results(name: str, model: Any, given: dict[str, Any]) -> dict[tuple[str, str], float]:
    """Every number of every task and group."""
    evaluate: Any = simple_evaluate
    done = evaluate(model=model, tasks=[name], task_manager=_MANAGER, bootstrap_iters=0, log_samples=False, **given)
    return {
        (task, metric): value
        for task, found in done["results"].items()
        for metric, value in found.items()
        if isinstance(value, int | float)
    }


def _same_requests(sent: list[Any], asked: list[Any]) -> bool:
    """Whether the same was asked, however often: arguments of generation are the method's own."""
    return {_text_of(each) for each in sent} == {_text_of(each) for each in asked}


def _text_of(arguments: Any) -> tuple[str, ...]:
    return tuple(each for each in arguments if isinstance(each, str))


def _prompt(row: dict[str, Any], asked: list[Any]) -> str:
    """The prompt of a line of the table, which holds a chat as its turns."""
    if isinstance(row["prompt"], str):
        return row["prompt"]
    return LanguageModel().apply_chat_template(row["prompt"])


def _differing(ours: dict[Any, float], theirs: dict[Any, float]) -> list[str]:
    if not theirs:
        return ["the task's own run has no number"]
    return [
        f"{key} is {ours.get(key)}, by the task's own run {value}"
        for key, value in theirs.items()
        if ours.get(key) != value
    ]


def _lost(ours: dict[Any, float], best: dict[Any, float]) -> list[str]:
    """Numbers in which a right reply that the teacher had does not count."""
    solvable = (len(SUMS) - 1) / len(SUMS)
    metrics = {key: value for key, value in best.items() if value == 1 and "stderr" not in key[1]}
    if not metrics:
        return ["no metric of the task finds right replies right: the rows are of no use"]
    return [
        f"{key} is {ours[key]}, where the teacher had a right reply to {solvable:.2f}"
        for key in metrics
        if ours[key] < solvable
    ]
