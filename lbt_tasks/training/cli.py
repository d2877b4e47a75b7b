"""The training commands of `lbt`; each is a thin shell around a script of this package.

lbt train-dpo --config dpo_classroom --pairs pairs.jsonl --output_dir models/lbt
"""

import click

_ANY = {"ignore_unknown_options": True, "help_option_names": ["-h", "--help"]}


@click.command("train-dpo", context_settings=_ANY)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="--config NAME --pairs FILE --output_dir FOLDER")
def train_dpo(arguments: tuple[str, ...]) -> None:
    """Train a teacher on preference pairs with TRL's DPOTrainer.

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
    from lbt_tasks.training.dpo import main

    main(arguments)


@click.command("evaluate-teachers")
@click.argument("models", nargs=-1, metavar="NAME=FOLDER...")
@click.option("--problems", default=200, show_default=True, help="Held-out problems of each group.")
@click.option("--types", multiple=True, help="Types that the pairs were made of; the others are a second group.")
@click.option("--rationales", default=8, show_default=True, help="Answers that vote (self-consistency).")
@click.option("--seed", default=0, show_default=True, help="Of the problems and the sampling.")
@click.option("--out", type=click.Path(dir_okay=False), help="Keep every problem's result in this JSON file.")
@click.option("--results", multiple=True, type=click.Path(), help="Tables of earlier results instead: one --out a run.")
@click.option("--against", help="Also print the difference of the last model to this one.")
def evaluate_teachers(
    models: tuple[str, ...],
    problems: int,
    types: tuple[str, ...],
    rationales: int,
    seed: int,
    out: str | None,
    results: tuple[str, ...],
    against: str | None,
) -> None:
    """Compare classroom teachers on held-out problems: greedy, self-consistency, share of right methods.

    \b
    Examples:
      lbt evaluate-teachers original=classroom/teacher lbt=models/lbt
      lbt evaluate-teachers original=classroom/teacher a=models/a b=models/b --types lucky --out seed0.json
      lbt evaluate-teachers --results seed0.json --results seed1.json --against a
    """
    from pathlib import Path

    from lbt_solvers.errors import UsageError
    from lbt_tasks.training import comparing

    if results:
        runs = [comparing.load(Path(result)) for result in results]
    else:
        named = comparing.named_models(models)
        if not named:
            raise UsageError("Models as NAME=FOLDER were needed, found none; see lbt evaluate-teachers --help.")
        asked = comparing.evaluation_problems(problems, seed, types)
        graded = [
            row for name, folder in named.items() for row in comparing.grade(name, folder, asked, rationales, seed)
        ]
        if out:
            comparing.save(graded, Path(out))
        runs = [graded]
    click.echo(comparing.table(runs).markdown())
    if against:
        click.echo("\n" + comparing.differences(runs, against).markdown())


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rounds", default=1, show_default=True, help="How often the circle is gone through.")
@click.option("--out", required=True, help="Folder; each round has its own in it.")
@click.option("--base", required=True, help="Inspect task of a round, e.g. lbt_tasks/classroom.")
@click.option("--teacher", required=True, help="Folder, shipped name or hub name of the first teacher.")
@click.option("--config", required=True, help="Training config, as of lbt train-dpo.")
@click.option("-T", "task_args", multiple=True, help="Argument of the task; {round} is the round's number.")
@click.option("-E", "evaluation_args", multiple=True, help="Argument of the task when it evaluates.")
@click.option("--inspect", "inspect_args", default="", help="Further arguments of inspect eval-set, in quotes.")
@click.option("--export", "export_args", default="", help="Arguments of lbt export-preferences, in quotes.")
@click.option("--train", "train_args", default="", help="Arguments of lbt train-dpo, in quotes.")
@click.option("--rationales", default=8, show_default=True, help="Answers that vote in the evaluation.")
def iterate(
    rounds: int,
    out: str,
    base: str,
    teacher: str,
    config: str,
    task_args: tuple[str, ...],
    evaluation_args: tuple[str, ...],
    inspect_args: str,
    export_args: str,
    train_args: str,
    rationales: int,
) -> None:
    """Teach, examine, export, train, evaluate; then again with the new teacher. The same command resumes.

    \b
    Examples:
      lbt iterate --rounds 2 --out rounds --base lbt_tasks/classroom --teacher classroom/teacher \\
          --config dpo_classroom -T split=train -T types=lucky -T 'world_seed={round}' -E split=held_out
    """
    import shlex
    from pathlib import Path

    from lbt_tasks.training.iterate import Plan
    from lbt_tasks.training.iterate import iterate as run

    plan = Plan(
        out=Path(out),
        base=base,
        teacher=teacher,
        config=config,
        task_args=task_args,
        evaluation_args=evaluation_args,
        inspect_args=tuple(shlex.split(inspect_args)),
        export_args=tuple(shlex.split(export_args)),
        train_args=tuple(shlex.split(train_args)),
        rationales=rationales,
    )
    run(plan, rounds)
