"""What has to hold of a task, wrapped and with the solver in place of its own.

   host = Host("gsm8k", CASES["gsm8k"], Path("logs"))
   host.wrapped(), host.in_place()     # [], [] where all is right

1. The teacher is sent what the task itself sends; with `--solver`, all of the sample's messages and options.
2. The task's own metrics on the chosen replies are those of the task's own run on the same replies.
3. Where the teacher has a reply that the task's own scorer finds right, no rule and no metric silently shows nothing.
"""

import json
import math
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from inspect_ai import Epochs, eval
from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.model import ChatMessage, ChatMessageUser
from inspect_ai.scorer import value_to_float
from inspect_ai.solver import SolverSpec

from tests.hosts.cases import Case
from tests.hosts.models import CURRENT
from tests.hosts.sums import NEVER_SOLVED, SUMS, Sum, asked

RATIONALES, ITEMS = 4, 2
_RULES = ("max", "sum", "oracle")


class RunError(Exception):
    """A run that did not come to its end, with its reason."""


class Host:
    """One task, in both ways.

    Args:
        name: Of inspect_evals.
        case: How it is tried.
        folder: For logs.
    """

    def __init__(self, name: str, case: Case, folder: Path) -> None:
        self._task, self._case, self._folder = f"inspect_evals/{name}", case, folder
        # How the models reply depends on the case, which is no part of a cache's key.
        os.environ["INSPECT_CACHE_DIR"] = str(folder / f"{name}-replies")

    @cached_property
    def _best(self) -> EvalLog:
        """The task by itself, whose model is always right."""
        return self._alone("right")

    def wrapped(self) -> list[str]:
        """What does not hold of `lbt_tasks/wrap -T base=NAME`."""
        CURRENT.case = self._case
        base = {"base": self._task, "base_args": dict(self._case.args)}
        args = {**base, "rationales": RATIONALES, "items": ITEMS, **self._case.options}
        ours = _run("lbt_tasks/wrap", args, self._case, self._folder, "teacher")
        own = self._own(ours)
        return [*_inputs(ours, own), *_metrics(ours, own), *_zeros(ours, self._best)]

    def in_place(self) -> list[str]:
        """What does not hold of `NAME --solver lbt_solvers/learn_by_teaching`."""
        CURRENT.case = self._case
        bank = self._folder / "bank.jsonl"
        others = [Sum(30 + number, 4 + number) for number in range(4)]
        rows = [{"id": str(s.a), "question": s.question, "answer": self._case.gold(s)} for s in others]
        bank.write_text("".join(json.dumps(row) + "\n" for row in rows))
        options = {"exam": "similar", "bank": str(bank), "rationales": RATIONALES, "items": ITEMS}
        ours = self._alone("teacher", solver=SolverSpec("lbt_solvers/learn_by_teaching", options, options))
        return [*_shown(ours), *_metrics(ours, self._own(ours)), *_lost(ours, self._best)]

    def _own(self, chosen: EvalLog) -> EvalLog:
        """The task by itself, whose model says what was chosen."""
        CURRENT.replies = {str(sample.id): sample.output.completion for sample in chosen.samples or []}
        return self._alone("replay")

    def _alone(self, model: str, **options: Any) -> EvalLog:
        return _run(self._task, self._case.args, self._case, self._folder, model, **options)


def _run(task: str, args: Mapping[str, Any], case: Case, folder: Path, model: str, **options: Any) -> EvalLog:
    roles = {"student": "hosts/student", "grader": "hosts/judge"}
    given: dict[str, Any] = {"model_roles": roles, "epochs": Epochs(1, "mean"), **options}
    if case.local:
        given["sandbox"] = "local"
    quiet: dict[str, Any] = {"display": "none", "log_realtime": False}
    logs = eval(task, task_args=dict(args), model=f"hosts/{model}", log_dir=str(folder), **quiet, **given)
    if not logs:
        raise RunError(f"{task}: no task of that name")
    log = read_eval_log(logs[0].location, resolve_attachments="full")
    if log.status != "success" or not log.samples:
        reason = log.error.message if log.error else "no samples"
        raise RunError(reason)
    return log


def _sent(sample: EvalSample) -> list[ChatMessage]:
    """What the first call of a sample sends."""
    return next(event.input for event in sample.events if event.event == "model")


def _said(messages: list[ChatMessage]) -> list[tuple[str, Any]]:
    return [(each.role, each.text if isinstance(each.content, str) else _parts(each.content)) for each in messages]


def _parts(content: list[Any]) -> Any:
    """Text alone as text: one part of text is what a string is."""
    if len(content) == 1 and content[0].type == "text":
        return content[0].text
    return [repr(part.model_dump(exclude_none=True)) for part in content]


def _samples(log: EvalLog) -> dict[str, EvalSample]:
    return {str(sample.id): sample for sample in log.samples or []}


def _inputs(ours: EvalLog, own: EvalLog) -> list[str]:
    theirs = _samples(own)
    if set(theirs) != set(_samples(ours)):
        return [f"other samples: {sorted(_samples(ours))} for {sorted(theirs)}"]
    differing = [
        f"{name} is asked otherwise: {_said(_sent(sample))} for {_said(_sent(theirs[name]))}"
        for name, sample in _samples(ours).items()
        if _said(_sent(sample)) != _said(_sent(theirs[name]))
    ]
    return differing[:1]


def _shown(ours: EvalLog) -> list[str]:
    """Whether a sample's own messages and options are all in what was sent."""
    for name, sample in _samples(ours).items():
        given = [ChatMessageUser(content=sample.input)] if isinstance(sample.input, str) else sample.input
        sent = _sent(sample)
        for message in given:
            same = [each for each in sent if each.role == message.role and message.text.strip() in each.text]
            if not any(_media(each) == _media(message) for each in same):
                return [f"{name}: its message of the role {message.role} was not sent"]
        missing = [option for option in sample.choices or [] if option not in sent[-1].text]
        if missing:
            return [f"{name}: options {missing} were not shown"]
    return []


def _media(message: ChatMessage) -> list[str]:
    """Images and other parts, as models are sent them."""
    parts = [] if isinstance(message.content, str) else message.content
    return [part.type for part in parts if part.type != "text"]


def _metrics_of(log: EvalLog) -> dict[tuple[str, str], float]:
    scores = log.results.scores if log.results else []
    return {(score.name, name): found.value for score in scores for name, found in score.metrics.items()}


def _metrics(ours: EvalLog, own: EvalLog) -> list[str]:
    here, there = _metrics_of(ours), _metrics_of(own)
    if not there:
        return ["the task's own run has no metric"]
    return [
        f"{scorer} {name} is {here.get((scorer, name))}, by the task's own run {found}"
        for (scorer, name), found in there.items()
        if not _same(here.get((scorer, name)), found)
    ]


def _same(one: float | None, other: float) -> bool:
    return one is not None and (math.isclose(one, other, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other)))


def _right(sample: EvalSample) -> bool:
    """Whether a task's own scorers give the sample all that they can."""
    values = [score.value for name, score in (sample.scores or {}).items() if name != "selection_accuracy"]
    return any(_full(value) for value in values)


def _full(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_full(each) for each in value.values())
    return value_to_float()(value) >= 1


def _solvable(best: EvalLog) -> list[str]:
    """Samples to which some teacher's reply is right, as the task's own scorer sees it."""
    return [
        name
        for name, sample in _samples(best).items()
        if _right(sample) and asked(" ".join(message.text for message in sample.messages[-2:-1])) != NEVER_SOLVED
    ]


def _zeros(ours: EvalLog, best: EvalLog) -> list[str]:
    """Rules that show nothing for a sample to which a right reply was there."""
    solvable = _solvable(best)
    if len(solvable) < len(SUMS) - 1:
        return [f"the task's own scorer finds only {len(solvable)} right replies right: the rows are of no use"]
    faults: list[str] = []
    for name in solvable:
        scores: Any = (_samples(ours)[name].scores or {})["selection_accuracy"].value
        faults += [f"{name}: {rule} is {scores[rule]}" for rule in _RULES if not scores[rule]]
    return faults


def _lost(ours: EvalLog, best: EvalLog) -> list[str]:
    """Samples to which the teacher had a right reply, which was not chosen or not graded."""
    return [
        f"{name}: the right reply is not what was graded, but {_samples(ours)[name].output.completion!r}"
        for name in _solvable(best)
        if not _right(_samples(ours)[name])
    ]
