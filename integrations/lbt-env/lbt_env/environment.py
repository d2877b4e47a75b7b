"""The seats, and how one problem becomes an episode: the teacher explains, the student sits the exam.

    reward = (1 - correct_weight) * lbt + correct_weight * correct

with lbt the mean over exam questions and sittings of whether the student's answer is right, and correct whether the
teacher's own is. An explanation without a boxed answer is shown to nobody and has lbt 0. A sitting that failed does not
count; where all did, the episode is an error, never a 0.
"""

from collections.abc import Sequence
from statistics import fmean

import anyio
import verifiers.v1 as vf
from pydantic import Field

from lbt_env.problems import INSTRUCTION, PATIENCE, TaughtProblem, Teach


class ExamData(vf.TaskData):
    """An exam question after an explanation."""

    answer: str = ""


class ExamTask(vf.Task[ExamData]):
    """The student's task."""

    @vf.reward
    async def right(self, task: ExamData, trace: vf.Trace) -> float:
        """Whether its answer is."""
        return vf.verify_boxed_math_answer(trace.last_reply, task.answer, timeout_seconds=PATIENCE)


ONE_REPLY = vf.AgentConfig(runtime=vf.SubprocessConfig())
"""A model that writes one reply by this package's harness, which runs no program, so that it needs no sandbox."""


class LbtEnvConfig(vf.EnvConfig):
    """Who plays, and how often."""

    teacher: vf.AgentConfig = ONE_REPLY
    student: vf.AgentConfig = ONE_REPLY
    sittings: int = Field(1, ge=1)
    """Sittings of each exam question."""
    max_concurrent_agents: int | None = 8


class LbtEnv(vf.Env[LbtEnvConfig]):
    """A trainable teacher and a frozen student."""

    async def setup(self, agents: vf.Agents) -> None:
        """The student is measured, not trained."""
        agents.student.trainable = False

    async def run(self, task: Teach, agents: vf.Agents) -> None:
        """One explanation, and an exam where it has an answer."""
        taught = await agents.teacher.run(task)
        if not vf.extract_boxed_answer(taught.last_reply, strict=True):
            return
        exam = exam_tasks(task.data, taught.last_reply)
        async with anyio.create_task_group() as group:
            for sitting in exam * self.config.sittings:
                group.start_soon(agents.student.run, sitting)

    async def finalize(self, task: Teach, episode: vf.Episode) -> None:
        """The teacher's reward, once everybody has sat.

        Raises:
            ValueError: every sitting failed.
        """
        taught, *exams = episode.traces
        if not taught.ok:
            return
        weight = task.config.correct_weight
        taught.record_reward("correct", taught.metrics.get("correct", 0.0), weight)
        taught.record_reward("lbt", exam_score(exams), 1 - weight)


def exam_tasks(problem: TaughtProblem, explanation: str) -> list[ExamTask]:
    """Each exam question with the problem and its explanation before it."""
    shown = [
        {"role": "user", "content": f"{problem.question}\n\n{INSTRUCTION}"},
        {"role": "assistant", "content": explanation},
    ]
    return [
        ExamTask(
            ExamData.model_validate(
                {
                    "prompt": [*shown, {"role": "user", "content": f"{asked.question}\n\n{INSTRUCTION}"}],
                    "answer": asked.answer,
                    "name": f"exam question {number}",
                }
            )
        )
        for number, asked in enumerate(problem.exam)
    ]


def exam_score(exams: Sequence[vf.Trace]) -> float:
    """The share of the sittings that are right; 0 where nobody was asked.

    Raises:
        ValueError: every sitting failed.
    """
    rewards = [trace.reward for trace in exams if trace.ok]
    if exams and not rewards:
        raise ValueError(f"lbt-env: at least one sitting of {len(exams)} was needed, found none that did not fail.")
    return fmean(rewards) if rewards else 0.0
