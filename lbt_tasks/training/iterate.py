"""Rounds of teach, examine, export, train, evaluate: the commands of this project in a row, each round in its folder.

    lbt iterate --rounds 2 --out rounds --base lbt_tasks/classroom --teacher classroom/teacher --config dpo_classroom \
        -T split=train -T types=lucky -T world_seed={round}

    rounds/round-1/logs         Inspect logs of the exams         (inspect eval-set)
    rounds/round-1/pairs.jsonl  preference pairs                  (lbt export-preferences)
    rounds/round-1/model        the teacher of the next round     (lbt train-dpo)
    rounds/round-1/evaluation   its answers on held-out problems  (inspect eval-set, without exams)

Every step resumes by itself, so a killed run goes on where it was when the same command is given again.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lbt_solvers.errors import UsageError
from lbt_solvers.local_models import model_path

PROVIDER = "hf-batch"


@dataclass(frozen=True, slots=True)
class Plan:
    """What every round does; `{round}` in a task argument is the round's number."""

    out: Path
    base: str
    teacher: str
    config: str
    task_args: tuple[str, ...] = ()
    evaluation_args: tuple[str, ...] = ()
    """Task arguments of the evaluation, on top of those of the round."""
    inspect_args: tuple[str, ...] = ()
    """Further arguments of `inspect eval-set`, such as the students."""
    export_args: tuple[str, ...] = ()
    train_args: tuple[str, ...] = ()
    rationales: int = 8
    """Answers that vote in the evaluation."""


def iterate(plan: Plan, rounds: int) -> None:
    """Runs the rounds that are not finished yet, then shows how the teacher did before and after each.

    Raises:
        UsageError: a step failed; its own message stands above.
    """
    teacher = model_path(plan.teacher)
    _evaluate(plan, teacher, 0)
    for number in range(1, rounds + 1):
        teacher = _round(plan, teacher, number)
        _evaluate(plan, teacher, number)
    evaluations = [str(_folder(plan, number) / "evaluation") for number in range(rounds + 1)]
    _run("report", "lbt", "report", *evaluations)


def _round(plan: Plan, teacher: str, number: int) -> str:
    """The teacher that the round ends with."""
    folder = _folder(plan, number)
    pairs, model = folder / "pairs.jsonl", folder / "model"
    if not pairs.is_file():
        # Pairs need every rationale's score; whoever gives a budget is told so by the export.
        _inspect(plan, teacher, folder / "logs", ("budget=full", *_numbered(plan.task_args, number)), ())
        _run("export", "lbt", "export-preferences", str(folder / "logs"), "--out", str(pairs), *plan.export_args)
    data = ("--pairs", str(pairs), "--output_dir", str(model), "--model_name_or_path", teacher)
    _run("train", "lbt", "train-dpo", "--config", plan.config, *data, *plan.train_args)
    return str(model.resolve())


def _evaluate(plan: Plan, teacher: str, number: int) -> None:
    """Greedy answers and a vote on the task's evaluation split; no student is asked."""
    without_exams = ("--solver", "lbt_solvers/teach", "-S", f"rationales={plan.rationales}")
    task_args = (*_numbered(plan.task_args, 0), *plan.evaluation_args)
    _inspect(plan, teacher, _folder(plan, number) / "evaluation", task_args, without_exams)


def _inspect(plan: Plan, teacher: str, logs: Path, task_args: Sequence[str], extra: Sequence[str]) -> None:
    given = [word for argument in task_args for word in ("-T", argument)]
    model = ("--model", f"{PROVIDER}/{teacher}", "--log-dir", str(logs), "--display", "plain")
    _run(f"{plan.base} to {logs}", "inspect", "eval-set", plan.base, *model, *given, *extra, *plan.inspect_args)


def _folder(plan: Plan, number: int) -> Path:
    return plan.out / f"round-{number}"


def _numbered(arguments: Sequence[str], number: int) -> tuple[str, ...]:
    return tuple(argument.replace("{round}", str(number)) for argument in arguments)


def _run(step: str, *command: str) -> None:
    """One command of this environment, its output shown as it comes."""
    print(f"\n== {step}", flush=True)
    script = Path(sys.executable).with_name(command[0])
    if subprocess.run([str(script), *command[1:]], check=False).returncode:
        raise UsageError(f"The step '{step}' failed. Mend what it says and give the same command again to go on.")
