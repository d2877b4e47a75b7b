"""The teacher's part: sample rationales for a problem and put their answers into classes.

await sample_rationales(state, record, rationales=16, greedy=True, settings=Settings(), answers=MathAnswers())
"""

from collections.abc import Sequence
from dataclasses import replace

from inspect_ai.model import get_model
from inspect_ai.solver import TaskState

from lbt_solvers.answers import AnswerKind
from lbt_solvers.errors import TeacherError
from lbt_solvers.generation import Reply
from lbt_solvers.options import Settings, problem_of
from lbt_solvers.record import SampledRationale, TeachingRecord


async def sample_rationales(
    state: TaskState, record: TeachingRecord, rationales: int, greedy: bool, settings: Settings, answers: AnswerKind
) -> None:
    """Fills `rationales`, `classes` and `greedy` of the record.

    Raises:
        TeacherError: not one sample has usable text.
    """
    problem = problem_of(state)
    caller = settings.caller(get_model(role="teacher"), "teacher", state)
    turns = caller.prompt.messages(problem.question)
    replies = await caller.replies(turns, rationales, "sample")
    if not any(reply.usable for reply in replies):
        raise TeacherError(problem.id, f"{caller.model} gave no usable text in {rationales} samples ({_why(replies)}).")
    sampled = [_rationale(reply, answers) for reply in replies]
    if greedy:
        # A copy that shares the usage: both are the teacher's calls.
        careful = replace(caller, config=caller.config.model_copy(update={"temperature": 0.0}))
        record.greedy = _rationale((await careful.replies(turns, 1, "greedy"))[0], answers)
    record.rationales = sampled
    record.classes = await answers.classes([rationale.answer for rationale in sampled])
    record.usage = {**record.usage, "teacher": caller.usage}
    record.notes = [*record.notes, *_notes(replies, sampled)]
    record.settings = {**record.settings, "teacher": str(caller.model), "teacher_config": caller.sampling()}


def _rationale(reply: Reply, answers: AnswerKind) -> SampledRationale:
    extracted = answers.extract(reply.text, truncated=reply.truncated)
    return SampledRationale(text=extracted.rationale, answer=extracted.answer, truncated=reply.truncated)


def _notes(replies: Sequence[Reply], sampled: Sequence[SampledRationale]) -> list[str]:
    counts = {
        "without usable text": sum(not reply.usable for reply in replies),
        "truncated": sum(rationale.truncated for rationale in sampled),
        "without an answer": sum(rationale.answer is None for rationale in sampled),
    }
    return [f"{count} of {len(sampled)} rationales {what}" for what, count in counts.items() if count]


def _why(replies: Sequence[Reply]) -> str:
    filtered = sum(reply.stop_reason == "content_filter" for reply in replies)
    return f"{filtered} refused by a content filter, {len(replies) - filtered} empty, each asked for twice"
