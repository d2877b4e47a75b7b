"""Problems with their exams, from a JSONL file: one row a problem.

{"id": "p1", "question": "Compute 2 plus twice 3.", "answer": "8",
 "exam": [{"question": "Compute 5 plus twice 6.", "answer": "17"}]}

vf-eval lbt-env --env.taskset.data problems.jsonl --env.taskset.items 3
"""

import json
from collections.abc import Iterator
from pathlib import Path

import verifiers.v1 as vf
from pydantic import BaseModel, Field, ValidationError

INSTRUCTION = "Think step by step, then put the final answer in \\boxed{}."
PATIENCE = 60
"""Seconds of a comparison: one that is not made in time counts as wrong, so that a busy machine is given time."""
SAMPLE = Path(__file__).with_name("sample.jsonl")


class ExamQuestion(BaseModel):
    """A similar problem with its gold answer."""

    question: str
    answer: str


class TaughtProblem(vf.TaskData):
    """A problem to be explained, and the exam that follows."""

    question: str = ""
    answer: str = ""
    exam: list[ExamQuestion] = Field(default_factory=list)


class TeachConfig(vf.TaskConfig):
    """How right the teacher's own answer has to be."""

    correct_weight: float = 0.5
    """Of the teacher's own answer in its reward; the exam has the rest."""


class Teach(vf.Task[TaughtProblem, vf.State, TeachConfig]):
    """The teacher's task. Its reward for teaching is the environment's to give, after the exam."""

    @vf.metric
    async def correct(self, task: TaughtProblem, trace: vf.Trace) -> float:
        """Whether its own answer is right."""
        return vf.verify_boxed_math_answer(trace.last_reply, task.answer, timeout_seconds=PATIENCE)


class LbtTasksetConfig(vf.TasksetConfig):
    """Where problems are, and how much of their exams is sat."""

    data: Path = SAMPLE
    items: int = Field(3, ge=1)
    """Exam questions a problem."""
    task: TeachConfig = TeachConfig()


class LbtTaskset(vf.Taskset[Teach, LbtTasksetConfig]):
    """One task a row."""

    def load(self) -> Iterator[Teach]:
        """Every problem of the file.

        Raises:
            ValueError: no such file, or a row without a question, an answer or an exam.
        """
        if not self.config.data.is_file():
            raise ValueError(f"lbt-env: a JSONL file of problems was needed, found none at {self.config.data}.")
        with self.config.data.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield Teach(self._row(line, number), self.config.task)

    def _row(self, line: str, number: int) -> TaughtProblem:
        where = f"lbt-env: {self.config.data}, line {number}"
        try:
            row = TaughtProblem.model_validate(json.loads(line))
        except (json.JSONDecodeError, ValidationError) as error:
            raise ValueError(f"{where}: a problem was needed, found {line.strip()[:60]!r} ({error}).") from None
        if not (row.question and row.answer and row.exam):
            raise ValueError(f"{where}: question, answer and an exam of at least one question were needed.")
        prompt = f"{row.question}\n\n{INSTRUCTION}"
        return row.model_copy(update={"prompt": prompt, "exam": row.exam[: self.config.items]})
