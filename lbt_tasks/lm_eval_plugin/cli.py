"""The commands `lbt lm-eval`, `lbt lm-eval-path` and `lbt lm-eval-candidates`.

lbt lm-eval run --model lbt --model_args "teacher=hf:pretrained=B,students=hf:pretrained=S,answer=answer" --tasks T
lm_eval run --include_path "$(lbt lm-eval-path)" --tasks lbt_exam_math ...
"""

import sys

import click

from lbt_solvers.installation import install_command

_NEEDED = f"lm-eval is not installed: {install_command('lm-eval')}"


@click.command(
    name="lm-eval", context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lm_eval(arguments: tuple[str, ...]) -> None:
    """lm-eval's own command line with the models lbt and lbt-recorded, and the tasks lbt_exam_* and lbt_teach_*.

    \b
    Examples:
      lbt lm-eval run --model lbt --tasks gsm8k_cot \\
          --model_args "teacher=hf:pretrained=BIG,students=hf:pretrained=SMALL,answer=answer"
      lbt lm-eval validate --tasks lbt_exam_math
    """
    from lbt_tasks.lm_eval_plugin import TASKS, register

    try:
        register()
        from lm_eval.__main__ import cli_evaluate
    except ImportError:
        raise click.ClickException(_NEEDED) from None
    sys.argv = ["lm-eval", *_with_path(arguments, str(TASKS))]
    cli_evaluate()


@click.command(name="lm-eval-path")
def lm_eval_path() -> None:
    """The folder with this project's lm-eval tasks.

    \b
    Examples:
      lm_eval run --include_path "$(lbt lm-eval-path)" --tasks lbt_exam_math --model hf ...
      lm_eval validate --include_path "$(lbt lm-eval-path)" --tasks lbt_exam_math,lbt_teach_math
    """
    from lbt_tasks.lm_eval_plugin import TASKS

    click.echo(TASKS)


@click.command(name="lm-eval-candidates")
@click.argument("samples")
@click.option("--out", required=True, help="FILE.jsonl.")
@click.option("--prompt", default="chat", show_default=True, help="What the teacher was asked with.")
def lm_eval_candidates(samples: str, out: str, prompt: str) -> None:
    """A table of candidates with LbT scores from an exam that lm-eval logged.

    SAMPLES is the JSONL file that --log_samples left of a task lbt_exam_*.

    \b
    Examples:
      lbt lm-eval-candidates out/samples_lbt_exam_math_2026.jsonl --out candidates.jsonl
      lbt export-preferences candidates.jsonl --out pairs.jsonl
    """
    from lbt_solvers.errors import usage_errors
    from lbt_solvers.prompts import load_prompt
    from lbt_tasks.lm_eval_plugin.candidates import candidates_of_log, write_candidates

    with usage_errors():
        written = write_candidates(out, candidates_of_log(samples, load_prompt(prompt)))
    click.echo(f"{out}: {written:,} problems")


def _with_path(arguments: tuple[str, ...], path: str) -> list[str]:
    """The arguments, with our tasks where the command takes a folder of tasks and is given none."""
    takes = arguments[:1] in (("run",), ("validate",)) and not {"-h", "--help"} & set(arguments)
    return [*arguments, "--include_path", path] if takes and "--include_path" not in arguments else [*arguments]
