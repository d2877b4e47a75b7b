"""TRL's own trainer with the service as its reward: two steps of GRPO with the shipped coder, as the page says it."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from lbt_sandbox import Problem
from lbt_sandbox.rewards import code_reward

from .running import Running

pytest.importorskip("trl", reason="needs the extra train")

from datasets import Dataset  # pyright: ignore[reportMissingTypeStubs]
from transformers import AutoTokenizer
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from lbt_solvers.prompts import load_prompt
from lbt_tasks.classroom.models import classroom_model_path
from lbt_tasks.classroom.programs import world
from lbt_tasks.code.task import as_problem

STEPS, REPLIES = 2, 4

# Of the libraries, which this project cannot change.
pytestmark = pytest.mark.filterwarnings(r"ignore:.*gradient_checkpointing\w*. is deprecated:FutureWarning")


def row_of(problem: Problem) -> dict[str, Any]:
    """As it stands in a file that `lbt grade` reads."""
    cases = [
        {"args": list(each.args), "kwargs": dict(each.kwargs), "expected": each.expected} for each in problem.cases
    ]
    texts = {"task_id": problem.task_id, "entry_point": problem.entry_point, "preamble": problem.preamble}
    return {**texts, "tests": cases}


def dataset() -> Any:
    """Problems of the code classroom, with the prompt that the coder knows."""
    rows: list[dict[str, Any]] = []
    for problem in world.problems("held_out", 4, 0, []):
        everything = dataclasses.replace(problem.visible, cases=problem.visible.cases + problem.hidden.cases)
        turns = load_prompt("code").messages(as_problem(problem).question)
        prompt = [{"role": turn.role, "content": turn.text} for turn in turns]
        rows.append({"prompt": prompt, "problem": json.dumps(row_of(everything))})
    return Dataset.from_list(rows)


def test_grpo_asks_the_service_for_its_rewards(
    service: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    base = str(classroom_model_path("coder"))
    before = verdicts(service)
    reward: Any = code_reward(service.url)  # async, which TRL takes and its types do not say
    trainer: Any = GRPOTrainer(
        model=base,
        reward_funcs=reward,
        args=GRPOConfig(
            output_dir=str(tmp_path),
            max_steps=STEPS,
            num_generations=REPLIES,
            per_device_train_batch_size=REPLIES,
            max_completion_length=128,
            logging_steps=1,
            report_to=[],
            use_cpu=True,
            bf16=False,
            seed=1,
        ),  # fmt: skip
        train_dataset=dataset(),
        processing_class=AutoTokenizer.from_pretrained(base),
    )
    trainer.train()
    logged = [entry for entry in trainer.state.log_history if "rewards/code_reward/mean" in entry]
    assert len(logged) == STEPS
    assert max(entry["rewards/code_reward/mean"] for entry in logged) > 0  # the coder writes right programs at times
    assert verdicts(service) - before == STEPS * REPLIES


def verdicts(service: Running) -> int:
    """How many the service has given so far."""
    lines = service.get("/metrics")[1].splitlines()
    return sum(int(line.split()[-1]) for line in lines if line.startswith("lbt_verdicts_total{"))
