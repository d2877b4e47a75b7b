"""Rows as TRL's trainers take them: preference (plain or conversational), reward model, KTO.

    for row in FORMS["conversational"](taught, Pairing()):
        print(row["prompt"], row["chosen"], row["rejected"], row["margin"])

Every row says where it comes from; TRL leaves those columns alone. All prompts are what the teacher saw.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from lbt_solvers.preferences import Candidate, Pair, Pairing, preference_score
from lbt_tasks.preferences.sources import TaughtProblem

TrainingRow: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of preference data."""

    rows: Callable[[TaughtProblem, Sequence[Pair], Pairing], Iterator[TrainingRow]]
    trainers: str
    """Which of TRL's trainers take it."""


def preference_rows(taught: TaughtProblem, pairs: Sequence[Pair], pairing: Pairing) -> Iterator[TrainingRow]:
    """`prompt`, `chosen`, `rejected` as plain text, for models without a chat template.

    The prompt is the texts of the messages with blank lines between and after them, then what the reply was begun with.
    """
    prompt = _plain(taught)
    for pair in pairs:
        better, worse = (taught.candidates[i].text.removeprefix(taught.prefill) for i in pair[:2])
        yield {
            "prompt": prompt,
            "chosen": better,
            "rejected": worse,
            **_scores(taught, pair, pairing),
            **_about(taught),
        }


def conversational_rows(taught: TaughtProblem, pairs: Sequence[Pair], pairing: Pairing) -> Iterator[TrainingRow]:
    """`prompt`, `chosen`, `rejected` as messages; the trainer applies the tokenizer's chat template."""
    for pair in pairs:
        yield {**_messages(taught, pair), **_scores(taught, pair, pairing), **_about(taught)}


def reward_rows(taught: TaughtProblem, pairs: Sequence[Pair], pairing: Pairing) -> Iterator[TrainingRow]:
    """The conversational form with nothing but the margin and the problem beside it."""
    for pair in pairs:
        yield {**_messages(taught, pair), "margin": pair.margin, "problem": taught.problem}


def kto_rows(taught: TaughtProblem, pairs: Sequence[Pair], pairing: Pairing) -> Iterator[TrainingRow]:
    """`prompt`, `completion`, `label`: each text alone, wanted or not.

    Wanted is a score above 1/2 + threshold/2, unwanted one below 1/2 - threshold/2; what lies between is left out, so
    that any wanted and any unwanted text are further apart than the threshold.
    """
    for candidate in taught.candidates:
        score = preference_score(candidate, pairing.weight)
        if score is None or abs(score - 0.5) <= pairing.threshold / 2:
            continue
        completion = [{"role": "assistant", "content": candidate.text}]
        worth = {"score": score, "correctness": candidate.correctness, "lbt": candidate.lbt}
        yield {
            "prompt": _prompt(taught),
            "completion": completion,
            "label": score > 0.5,
            **worth,
            **_about(taught),
        }


def sdft_rows(taught: TaughtProblem, pairs: Sequence[Pair], pairing: Pairing) -> Iterator[TrainingRow]:
    """`prompt` and `privileged_context`, the best-scored text of the problem: what TRL's SDFT shows its own teacher.

    The best has to be further above the worst than the threshold, so that there is something to prefer.
    """
    scored = [
        (score, each) for each in taught.candidates if (score := preference_score(each, pairing.weight)) is not None
    ]
    if not pairs or not scored:
        return
    score, best = max(scored, key=lambda pair: pair[0])
    worth = {"score": score, "correctness": best.correctness, "lbt": best.lbt}
    yield {"prompt": _prompt(taught), "privileged_context": best.text, **worth, **_about(taught)}


FORMS: Mapping[str, Form] = {
    "conversational": Form(conversational_rows, "DPOTrainer, RewardTrainer"),
    "preference": Form(preference_rows, "DPOTrainer"),
    "kto": Form(kto_rows, "KTOTrainer"),
    "reward": Form(reward_rows, "RewardTrainer"),
    "sdft": Form(sdft_rows, "SDFTTrainer, SDPOTrainer"),
}


def _messages(taught: TaughtProblem, pair: Pair) -> TrainingRow:
    better, worse = (taught.candidates[i].text for i in pair[:2])
    return {
        "prompt": _prompt(taught),
        "chosen": [{"role": "assistant", "content": better}],
        "rejected": [{"role": "assistant", "content": worse}],
    }


def _prompt(taught: TaughtProblem) -> list[dict[str, str]]:
    if isinstance(taught.prompt, str):
        return [{"role": "user", "content": taught.prompt}]
    return [{"role": turn.role, "content": turn.text} for turn in taught.prompt]


def _plain(taught: TaughtProblem) -> str:
    if isinstance(taught.prompt, str):
        return taught.prompt
    return "".join(f"{turn.text}\n\n" for turn in taught.prompt) + taught.prefill


def _scores(taught: TaughtProblem, pair: Pair, pairing: Pairing) -> TrainingRow:
    better, worse = (taught.candidates[i] for i in pair[:2])
    return {
        "margin": pair.margin,
        **_worth("chosen", better, pairing),
        **_worth("rejected", worse, pairing),
    }


def _worth(side: str, candidate: Candidate, pairing: Pairing) -> TrainingRow:
    return {
        f"score_{side}": preference_score(candidate, pairing.weight),
        f"correctness_{side}": candidate.correctness,
        f"lbt_{side}": candidate.lbt,
    }


def _about(taught: TaughtProblem) -> TrainingRow:
    origin = taught.origin
    return {
        "problem": taught.problem,
        "split": taught.split,
        "teacher": origin.teacher,
        "students": list(origin.students),
        "seed": origin.seed,
        "log_sha256": origin.sha256,
    }
