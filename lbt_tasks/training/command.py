"""The training commands of `lbt`; each is a thin shell around a script of this package.

lbt train-dpo --config dpo_classroom --pairs pairs.jsonl --output_dir models/lbt
"""

import click

_ANY = {"ignore_unknown_options": True, "help_option_names": ["-h", "--help"]}


@click.command("train-dpo", context_settings=_ANY)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="--config NAME --pairs FILE --output_dir FOLDER")
def train_dpo(arguments: tuple[str, ...]) -> None:
    r"""Train a teacher on preference pairs with TRL's DPOTrainer.

    --config is a YAML file or a shipped name (dpo_classroom, dpo_paper); everything after it overrides it. All
    arguments of TRL's DPOConfig and ModelConfig are taken (--learning_rate, --use_peft, --report_to, ...), and:

    \b
      --pairs FILE...          what lbt export-preferences wrote
      --eval_share 0.1         keep back the pairs of that share of the problems
      --overlong drop|cut|error   pairs over --max_length; they are counted in any case
      --repeat_by_margin True  weight pairs by their margin
      --margin_scale 1.0       ask for a reward difference that grows with the margin
      --merge_lora False       save the adapter alone

    The same command resumes a killed run. On several GPUs:
    accelerate launch --config_file "$(lbt configs accelerate/fsdp)" -m lbt_tasks.training.dpo ...

    \b
    Examples:
      lbt train-dpo --config dpo_classroom --pairs pairs.jsonl --output_dir models/lbt
      lbt train-dpo --config dpo_classroom --pairs pairs.jsonl --output_dir models/lora --use_peft --lora_r 16
      lbt train-dpo --config dpo_paper --pairs math.parquet --output_dir models/llama3-8b-lbt --report_to wandb
    """
    from lbt_solvers.errors import UsageError
    from lbt_tasks.training.dpo import main

    try:
        main(arguments)
    except UsageError as error:
        raise click.ClickException(str(error)) from None
