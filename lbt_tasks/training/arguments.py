"""Arguments of the DPO script beside TRL's own: what to learn from, and what to do with margins and long texts.

    script, training, model = parse(["--config", "dpo_classroom", "--pairs", "pairs.jsonl", "--output_dir", "out"])

`--config` is a YAML file or a shipped name; the command line overrides it. All arguments of TRL's DPOConfig and
ModelConfig are taken, under their names.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.installation import install_command
from lbt_tasks.configs import config_path

if TYPE_CHECKING:
    from trl.trainer.model_config import ModelConfig


@dataclass
class PairArguments:
    """What the DPO script adds to TRL's arguments."""

    pairs: list[str] = field(
        default_factory=list[str], metadata={"help": "Files of lbt export-preferences, or data sets on the hub."}
    )
    eval_share: float = field(default=0.0, metadata={"help": "Share of the problems kept back for evaluation."})
    overlong: str = field(
        default="drop", metadata={"help": "Pairs over max_length.", "choices": ["drop", "cut", "error"]}
    )
    repeat_by_margin: bool = field(default=False, metadata={"help": "Weight pairs by margin, by repeating them."})
    margin_scale: float = field(
        default=0.0, metadata={"help": "Ask for a reward difference of margin_scale x margin (offset DPO)."}
    )
    tokenizer: str | None = field(default=None, metadata={"help": "Where it is not the model's."})
    merge_lora: bool = field(default=True, metadata={"help": "Save one model, not base and adapter."})


def parse(arguments: Sequence[str], script: Any, training: Any) -> Any:
    """The script's arguments, TRL's training arguments and ModelConfig.

    Args:
        arguments: A command line.
        script: Dataclass of the script's own arguments.
        training: TRL's class of training arguments.

    Raises:
        UsageError: no such config, or an argument that nobody knows.
    """
    import torch
    from trl.scripts.utils import TrlParser
    from trl.trainer.model_config import ModelConfig

    kinds: Any = (script, training, ModelConfig)
    parser = TrlParser(dataclass_types=kinds, prog=f"lbt ({training.__name__})")
    if not torch.accelerator.is_available():
        # TRL's own default, bfloat16, is refused on a CPU that is not asked for.
        parser.set_defaults(use_cpu=True, bf16=False)
    given = list(arguments)
    for index, word in enumerate(given[:-1]):
        if word == "--config":
            with usage_errors():
                given[index + 1] = str(config_path(given[index + 1], "training"))
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            return parser.parse_args_and_config(given)
    except ValueError as error:
        raise UsageError(str(error)) from None
    except SystemExit as ended:
        if not ended.code:
            raise
        raise UsageError(errors.getvalue().strip().splitlines()[-1]) from None


def require_training_packages() -> None:
    """Checks that the extra is installed.

    Raises:
        UsageError: it is not.
    """
    from importlib.util import find_spec

    if missing := [name for name in ("trl", "peft", "datasets") if find_spec(name) is None]:
        raise UsageError(f"Training needs {', '.join(missing)}: {install_command('train')}")


def settings_of_run(script: Any, training: Any, model: "ModelConfig") -> dict[str, Any]:
    """What a run's outcome depends on, as JSON; paths, logging and saving are left out."""
    from dataclasses import asdict

    unimportant = ("output_dir", "logging", "save", "report_to", "run_name", "resume", "hub", "push", "disable_tqdm")
    trained = {k: v for k, v in training.to_dict().items() if not k.startswith(unimportant) and v is not None}
    return {"script": asdict(script), "model": asdict(model), "training": trained}
