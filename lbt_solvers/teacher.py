"""The teacher's part: sample rationales for a problem, check their answers, and put them into classes.

await sample_rationales(state, record, rationales=16, greedy=True, settings=Settings(), answers=MathAnswers())
"""

from collections.abc import Sequence
from dataclasses import replace

from inspect_ai.model import get_model
from inspect_ai.solver import TaskState

from lbt_solvers.answers import AnswerKind
from lbt_solvers.answers.thinking import shown, split_thinking
from lbt_solvers.budget import certainty_of_vote
from lbt_solvers.confidence import TOLD
from lbt_solvers.conversation import problem_of
from lbt_solvers.errors import TeacherError
from lbt_solvers.generation import Caller
from lbt_solvers.options import Settings
from lbt_solvers.progress import RUN_PROGRESS
from lbt_solvers.prompts import Turn
from lbt_solvers.record import AskedTurn, GradingTime, SampledRationale, TeachingRecord
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.types import Problem, Reply


async def sample_rationales(
    state: TaskState,
    record: TeachingRecord,
    rationales: int,
    greedy: bool,
    settings: Settings,
    answers: AnswerKind,
    stop_sampling: float | None = None,
    confidence: bool = False,
) -> None:
    """Fills `rationales`, `classes` and `greedy` of the record; stops early when the vote is that certain.

    Raises:
        TeacherError: not one sample has usable text.
    """
    problem, watch = problem_of(state), Stopwatch(parent=RUN)
    caller = settings.caller(get_model(role="teacher"), "teacher", state, watch)
    if confidence:
        caller.config = caller.config.model_copy(update={"logprobs": True, "top_logprobs": TOLD})
    turns = caller.prompt.messages(problem.question, turns=problem.turns)
    RUN_PROGRESS.problem(rationales + greedy)
    replies = await _sampled(caller, turns, rationales, stop_sampling, problem, answers)
    planned, rationales = rationales, len(replies)
    RUN_PROGRESS.stopped(planned - rationales)
    if not any(reply.usable for reply in replies):
        raise TeacherError(problem.id, f"{caller.model} gave no usable text in {rationales} samples ({_why(replies)}).")
    if greedy:
        # A copy that shares the usage: both are the teacher's calls.
        careful = replace(caller, config=caller.config.model_copy(update={"temperature": 0.0}))
        replies = [*replies, *await careful.replies(turns, 1, "greedy")]
    found = [rationale_of(reply, problem, answers, settings.show_thinking) for reply in replies]
    sampled = found[:rationales]
    record.greedy = found[rationales] if greedy else None
    with watch.grading():
        sampled = await checked(sampled, problem, answers)
        classes = await answers.classes([rationale.answer for rationale in sampled], problem)
    state.store_as(GradingTime).add(watch)
    record.rationales, record.classes = sampled, classes
    record.question, record.asked = problem.question, [AskedTurn.of(turn) for turn in problem.turns]
    record.usage = {**record.usage, "teacher": caller.usage}
    record.notes = [*record.notes, *_notes(replies[:rationales], sampled, classes)]
    if confidence and not any(rationale.confidence for rationale in sampled):
        untold = f"{caller.model} told no log-probabilities, so nothing is known of its confidence"
        record.notes = [*record.notes, untold]
    if rationales < planned:
        record.notes = [*record.notes, f"The vote was certain after {rationales} of {planned} rationales"]
    record.settings = {**record.settings, "teacher": str(caller.model), "teacher_config": caller.sampling()}
    record.note_weights({"teacher": caller.identity})


async def _sampled(
    caller: Caller, turns: Sequence[Turn], planned: int, stop: float | None, problem: Problem, answers: AnswerKind
) -> list[Reply]:
    """All planned samples at once, or an eighth at a time until the vote among them is certain to `stop`."""
    if stop is None:
        return await caller.replies(turns, planned, "sample")
    replies: list[Reply] = []
    while len(replies) < planned:
        count = min(max(4, planned // 8), planned - len(replies))
        more = await caller.replies(turns, count, f"sample/from {len(replies)}")
        replies += more
        found = [rationale_of(reply, problem, answers).answer for reply in replies]
        if not more or certainty_of_vote(await answers.classes(found, problem), planned) >= stop:
            break
    return replies


async def checked(
    rationales: Sequence[SampledRationale], problem: Problem, answers: AnswerKind
) -> list[SampledRationale]:
    """The rationales with the V-scores of their answers, where the problem shows tests."""
    checks = await answers.check(problem, [rationale.answer for rationale in rationales])
    return [
        rationale.model_copy(update={"visible": check.passed if check else None})
        for rationale, check in zip(rationales, checks, strict=True)
    ]


def rationale_of(reply: Reply, problem: Problem, answers: AnswerKind, show_thinking: bool = False) -> SampledRationale:
    """A reply to the taught problem in its two parts; after its thoughts where students are to see them."""
    extracted = answers.extract(reply.text, truncated=reply.truncated, problem=problem)
    text = shown(extracted.rationale, reply.thinking, show_thinking)
    before, found, after = reply.text.partition(text) if text else (reply.text, "", "")
    return SampledRationale(
        text=text,
        answer=extracted.answer,
        truncated=reply.truncated,
        confidence=dict(reply.confidence),
        around=[before, after] if found or not text else [reply.text],
    )


def rationale_of_text(
    text: str, problem: Problem, answers: AnswerKind, show_thinking: bool = False
) -> SampledRationale:
    """A whole completion, thoughts and all, as `rationale_of` takes a reply."""
    visible, thinking, cut = split_thinking(text)
    return rationale_of(
        Reply(visible, "max_tokens" if cut else "stop", thinking=thinking), problem, answers, show_thinking
    )


def _notes(replies: Sequence[Reply], sampled: Sequence[SampledRationale], classes: Sequence[int | None]) -> list[str]:
    voteless = sum(
        rationale.answer is not None and number is None for rationale, number in zip(sampled, classes, strict=True)
    )
    counts = {
        "without usable text": sum(not reply.usable for reply in replies),
        "truncated": sum(rationale.truncated for rationale in sampled),
        "with nothing but thoughts": sum(bool(reply.thinking and not reply.text.strip()) for reply in replies),
        "without an answer": sum(rationale.answer is None for rationale in sampled),
        "with an answer that cannot be right and never votes": voteless,
    }
    notes = [f"{count} of {len(sampled)} rationales {what}" for what, count in counts.items() if count]
    alone = len(sampled) > 2 and None not in classes and len(set(classes)) == len(sampled)
    return [*notes, "No two rationales have the same answer: nothing votes, and MAX chooses"] if alone else notes


def _why(replies: Sequence[Reply]) -> str:
    filtered = sum(reply.stop_reason == "content_filter" for reply in replies)
    return f"{filtered} refused by a content filter, {len(replies) - filtered} empty, each asked for twice"
