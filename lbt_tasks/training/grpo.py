"""GRPO with exams as the reward: a teacher that explains is rewarded for what its students then can.

    python -m tools.classroom.problem_files --out world --problems 100
    python -m lbt_tasks.training.grpo --config grpo_classroom --data world/problems.jsonl --bank world/bank.jsonl \
        --output_dir models/grpo

TRL's GRPOTrainer samples rationales; for each, every student sits an exam with it as the demonstration, and the mean
accuracy is the reward. Whether the rationale's own answer is right is a second reward. This is method M2 with the
score as an on-line reward instead of a source of pairs; the paper does not do it. `--reward rlt` shows the teacher the
solution and rewards the explanation alone (`lbt_tasks.training.rlt`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lbt_solvers.bank import exam_maker, load_problems
from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.exam_bank import exam_without_models
from lbt_solvers.exam_kinds import exam_kind
from lbt_solvers.exam_kinds.likelihood import solution_of
from lbt_solvers.local_models import model_path
from lbt_solvers.prompts import load_prompt
from lbt_solvers.types import Problem
from lbt_tasks.preferences.sources import TRAINING_SPLITS
from lbt_tasks.training.arguments import parse, require_training_packages, settings_of_run
from lbt_tasks.training.card import Trained, write_card
from lbt_tasks.training.loading import load_tokenizer, prepare_model
from lbt_tasks.training.resuming import checkpoint_to_resume, is_finished, mark_finished
from lbt_tasks.training.rlt import RltReward, with_solution

if TYPE_CHECKING:
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.model_config import ModelConfig

RLT = "rlt"


@dataclass
class ExamArguments:
    """What the GRPO script adds to TRL's arguments."""

    data: str | None = field(default=None, metadata={"help": "JSONL: id, question, answer, metadata."})
    bank: str | None = field(default=None, metadata={"help": "JSONL with the exam questions; else the problems."})
    reward: str = field(
        default="exam",
        metadata={"help": "exam, or rlt: teachers that see the solution.", "choices": ["exam", RLT]},
    )
    exam: str = field(default="variants", metadata={"help": "variants, similar, metadata, random or fixed."})
    exam_kind: str = field(default="generative", metadata={"help": "generative, or likelihood: students only read."})
    items: int = field(default=3, metadata={"help": "Exam questions a problem."})
    students: list[str] = field(default_factory=list[str], metadata={"help": "Inspect models, e.g. vllm/NAME."})
    student_base_url: str | None = field(default=None, metadata={"help": "Of an OpenAI-compatible server."})
    student_temperature: float = field(default=0.7, metadata={"help": "The paper's is 0.7."})
    student_max_tokens: int = field(default=1024, metadata={"help": "Longest exam answer."})
    prompt: str = field(default="chat", metadata={"help": "chat, paper, or a YAML file."})
    answers: str = field(
        default="auto", metadata={"help": "math, number, choice, text, labels, json; or by the golds."}
    )
    show_thinking: bool = field(default=False, metadata={"help": "Students also see what the teacher thought."})
    exam_weight: float = field(default=0.5, metadata={"help": "Share in the reward; the rest is correctness."})
    any_split: bool = field(default=False, metadata={"help": "Take problems of evaluation splits, too."})


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line.

    Raises:
        UsageError: settings or data that cannot work.
    """
    require_training_packages()
    from trl.trainer.grpo_config import GRPOConfig

    script, training, model = parse(sys.argv[1:] if arguments is None else arguments, ExamArguments, GRPOConfig)
    train(script, training, model)


def train(script: ExamArguments, training: GRPOConfig, model: ModelConfig) -> None:
    """Trains, or goes on training, and leaves a model with its card in `output_dir`."""
    from trl.trainer.grpo_trainer import GRPOTrainer
    from trl.trainer.utils import get_peft_config

    from lbt_tasks.training.steps import StepClock, rising

    if not model.model_name_or_path:
        raise UsageError("--model_name_or_path: the teacher to train was needed, found none.")
    base, folder = model_path(model.model_name_or_path), Path(str(training.output_dir))
    settings = settings_of_run(script, training, model)
    if is_finished(folder, settings):
        print(f"{folder}: trained already with these settings.")
        return
    data = exam_data(script)
    training.reward_weights = [1.0] if script.reward == RLT else [script.exam_weight, 1 - script.exam_weight]
    prepare_model(training, base, model)
    trainer: Any = GRPOTrainer(
        model=base,
        reward_funcs=rewards(script, data["answer"], model.model_name_or_path),
        args=training,
        train_dataset=data,
        processing_class=load_tokenizer(base, model),
        peft_config=get_peft_config(model),
        callbacks=[StepClock()],
    )
    trainer.train(resume_from_checkpoint=checkpoint_to_resume(folder, settings))
    trainer.save_model(str(folder))
    trainer.save_state()
    facts = {"problems": len(data), **rising(trainer.state.log_history)}
    card = Trained(model.model_name_or_path, model.model_revision, "grpo", [str(script.data)], settings, facts)
    write_card(folder, card)
    mark_finished(folder, facts)
    print("\n".join(f"{name}: {value}" for name, value in facts.items()))
    print(f"{folder}: saved.")


def exam_data(script: ExamArguments) -> Any:
    """One row a problem: the prompt as messages, the gold answer, and the exam.

    Raises:
        UsageError: no problems, problems to evaluate with, or problems without an exam.
    """
    from datasets import Dataset

    if script.data is None:
        raise UsageError("--data: a JSONL file of problems (id, question, answer) was needed, found none.")
    taught, prompt = load_problems(script.data), load_prompt(script.prompt)
    held_out = [problem.id for problem in taught if problem.metadata.get("split") not in TRAINING_SPLITS]
    if held_out and not script.any_split:
        raise UsageError(
            f"{script.data}: {len(held_out)} problems, such as {held_out[0]}, are not said to be of a split to "
            "learn from (metadata split: train). --any_split True takes any problem."
        )
    make_exam = exam_maker(script.exam, script.bank or script.data, items=script.items, repetitions=1)
    rows: list[dict[str, Any]] = []
    with usage_errors():
        for problem in taught:
            turns = prompt.messages(_asked(problem, script.reward))
            items = exam_without_models(make_exam, problem).items
            exam = [_exam_question(item) for item in items]
            rows.append(
                {
                    "prompt": [{"role": turn.role, "content": turn.text} for turn in turns],
                    "problem": problem.id,
                    "question": problem.question,
                    "answer": problem.answer,
                    "solution": solution_of(problem),
                    "exam": exam,
                }
            )
    without = script.reward != RLT and sum(not question["solution"] for row in rows for question in row["exam"])
    if without and "gold_solution" in exam_kind(script.exam_kind).needs:
        print(f"{without} exam questions have no solution: their bare answers are read, which tells little.")
    return Dataset.from_list(rows)


def _asked(problem: Problem, reward: str) -> str:
    """The question; of teachers that see the solution with it.

    Raises:
        ValueError: there is none.
    """
    if reward != RLT:
        return problem.question
    if not solution_of(problem):
        raise ValueError(
            f"--reward rlt needs the solution of every problem (metadata solution), found none of {problem.id}."
        )
    return with_solution(problem.question, solution_of(problem))


def _exam_question(item: Problem) -> dict[str, str]:
    return {"question": item.question, "answer": item.answer, "solution": solution_of(item)}


def rewards(script: ExamArguments, golds: Sequence[str] = (), teacher: str = "") -> list[Any]:
    """The exam reward and the correctness reward; or RLT's alone.

    Args:
        script: The command's arguments.
        golds: Gold answers, which tell their kind.
        teacher: The model before training, of which RLT's reward takes probabilities.

    Raises:
        UsageError: no students, or for RLT not exactly one.
    """
    from inspect_ai.model import GenerateConfig, get_model

    from lbt_solvers.answers.kinds import answer_kind
    from lbt_tasks.training.exam_rewards import CorrectnessReward, ExamReward

    if not script.students:
        raise UsageError("--students: at least one model that Inspect knows was needed, such as hf-batch/NAME.")
    students = [get_model(name, base_url=script.student_base_url) for name in script.students]
    config = GenerateConfig(temperature=script.student_temperature, max_tokens=script.student_max_tokens)
    with usage_errors():
        prompt, answers = load_prompt(script.prompt), answer_kind(script.answers, golds=golds)
    if script.reward == RLT:
        if len(students) != 1:
            raise UsageError(f"--reward rlt: one student was needed, found {len(students)}.")
        return [RltReward(students[0], get_model(f"hf-batch/{teacher}"), prompt)]
    exam = ExamReward(students, prompt, answers, config, script.show_thinking, script.exam_kind)
    return [exam, CorrectnessReward(prompt, answers)]


if __name__ == "__main__":
    try:
        main()
    except UsageError as mistake:
        sys.exit(f"Error: {mistake}")
