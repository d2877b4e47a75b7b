"""DPO on exported preference pairs, with TRL's DPOTrainer: a script for `lbt train-dpo` and `accelerate launch`.

    lbt train-dpo --config dpo_classroom --pairs pairs.jsonl --output_dir models/lbt
    accelerate launch --config_file "$(lbt configs accelerate/fsdp)" -m lbt_tasks.training.dpo --config dpo_paper ...

It adds to `trl dpo`: configs by name, shipped models by name, weights and offsets from the margins, a count of texts
that are too long, resuming by running the same command again, and a model card. Source: paper, section 4 (M2).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lbt_solvers.errors import UsageError
from lbt_solvers.local_models import model_path
from lbt_tasks.logs import sha256_of
from lbt_tasks.training.arguments import PairArguments, parse, require_training_packages, settings_of_run
from lbt_tasks.training.card import Trained, write_card
from lbt_tasks.training.loading import load_tokenizer, prepare_model
from lbt_tasks.training.resuming import checkpoint_to_resume, is_finished, mark_finished

if TYPE_CHECKING:
    from datasets import Dataset
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer
    from trl.trainer.model_config import ModelConfig

    from lbt_tasks.training.pairs_data import Fitted


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line.

    Raises:
        UsageError: settings or data that cannot work.
    """
    require_training_packages()
    from trl.trainer.dpo_config import DPOConfig

    script, training, model = parse(sys.argv[1:] if arguments is None else arguments, PairArguments, DPOConfig)
    train(script, training, model)


def train(script: PairArguments, training: DPOConfig, model: ModelConfig) -> None:
    """Trains, or goes on training, and leaves a model with its card in `output_dir`."""
    from lbt_tasks.training.pairs_data import fit_pairs, load_pairs, repeat_by_margin, split_by_problem

    if not model.model_name_or_path:
        raise UsageError("--model_name_or_path: the teacher to train was needed, found none.")
    base, folder = model_path(model.model_name_or_path), Path(str(training.output_dir))
    data = load_pairs(script.pairs)
    settings = settings_of_run(script, training, model) | {"data": [_fingerprint(source) for source in script.pairs]}
    if is_finished(folder, settings):
        print(f"{folder}: trained already with these settings.")
        return
    tokenizer = load_tokenizer(base, model, script.tokenizer)
    context = getattr(prepare_model(training, base, model), "max_position_embeddings", None)
    limit = min(training.max_length or sys.maxsize, context or sys.maxsize)
    training.max_length = limit if limit < sys.maxsize else None
    fitted = fit_pairs(data, tokenizer, limit, script.overlong)  # pyright: ignore[reportArgumentType]
    overlong = _about_overlong(fitted, limit, script.overlong)
    print(f"{len(fitted.data)} pairs, longest {fitted.longest} tokens; {overlong}")
    learned, held_back = split_by_problem(fitted.data, script.eval_share, training.seed)
    if script.repeat_by_margin:
        learned = repeat_by_margin(learned, training.seed)
    trainer = _trainer(script, training, model, base, tokenizer, learned, held_back)
    trainer.train(resume_from_checkpoint=checkpoint_to_resume(folder, settings))
    facts: dict[str, Any] = {
        "pairs": len(learned),
        "pairs over the length limit": overlong,
        "final training loss": _last(trainer, "loss"),
    }
    if held_back is not None:
        facts["evaluation"] = {
            key: round(value, 4) for key, value in trainer.evaluate().items() if "runtime" not in key
        }
    _save(trainer, script, folder)
    if trainer.is_world_process_zero():
        card = Trained(model.model_name_or_path, model.model_revision, "dpo", script.pairs, settings, facts)
        write_card(folder, card)
        mark_finished(folder, facts)
        print(f"{folder}: saved.")


def _trainer(
    script: PairArguments,
    training: DPOConfig,
    model: ModelConfig,
    base: str,
    tokenizer: Any,
    learned: Dataset,
    held_back: Dataset | None,
) -> DPOTrainer:
    from trl.trainer.dpo_trainer import DPOTrainer
    from trl.trainer.utils import get_peft_config

    if script.margin_scale:
        training.precompute_ref_log_probs = True
    if held_back is not None and training.eval_strategy == "no":
        training.eval_strategy = "epoch"  # pyright: ignore[reportAttributeAccessIssue]
    trainer = DPOTrainer(
        model=base,
        args=training,
        train_dataset=learned,
        eval_dataset=held_back,
        processing_class=tokenizer,
        peft_config=get_peft_config(model),
    )
    if script.margin_scale:
        shift_reference(trainer, learned, script.margin_scale)
    return trainer


def shift_reference(trainer: DPOTrainer, learned: Dataset, scale: float) -> None:
    """Offset DPO: -log sigmoid(beta * difference - scale * margin), as a reference that likes the chosen text more.

    The difference of log-ratios enters the loss as log pi(chosen) - log ref(chosen) - ..., so adding
    scale * margin / beta to log ref(chosen) subtracts scale * margin from the reward difference. The trainer's own
    loss stays as it is. Logged rewards are those after the offset. Source: Amini et al. (2024), "Direct Preference
    Optimization with an Offset".
    """
    dataset: Any = trainer.train_dataset
    margins: list[float] = learned["margin"][:]
    shifted = [
        logp + scale * margin / trainer.beta for logp, margin in zip(dataset["ref_chosen_logps"], margins, strict=True)
    ]
    trainer.train_dataset = dataset.remove_columns("ref_chosen_logps").add_column("ref_chosen_logps", shifted)


def _save(trainer: Any, script: PairArguments, folder: Path) -> None:
    from peft import PeftModel

    alone = trainer.accelerator.num_processes == 1
    if script.merge_lora and alone and isinstance(trainer.model, PeftModel):
        merged: Any = trainer.model.merge_and_unload()
        merged.save_pretrained(folder)
        trainer.processing_class.save_pretrained(folder)
    else:
        trainer.save_model(str(folder))
    trainer.save_state()


def _fingerprint(source: str) -> str:
    return sha256_of(source) if Path(source).is_file() else source


def _about_overlong(fitted: Fitted, limit: int, overlong: str) -> str:
    return f"{fitted.overlong} over {limit} tokens" + (f", {overlong}" if fitted.overlong else "")


def _last(trainer: DPOTrainer, key: str) -> float | None:
    return next((entry[key] for entry in reversed(trainer.state.log_history) if key in entry), None)


if __name__ == "__main__":
    try:
        main()
    except UsageError as mistake:
        sys.exit(f"Error: {mistake}")
