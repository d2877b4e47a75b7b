"""The model that is trained: of the hub at a revision, or a folder.

    config = prepare_model(training, "org/name", model)         # TRL loads it at --model_revision, in --dtype
    tokenizer = load_tokenizer("org/name", model)

Run by the training scripts, before anything is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lbt_solvers.errors import UsageError

if TYPE_CHECKING:
    from trl.trainer.model_config import ModelConfig


def prepare_model(training: Any, base: str, model: ModelConfig) -> Any:
    """Tell TRL how to load the model; returns the model's configuration.

    Args:
        training: TRL's training arguments, whose `model_init_kwargs` are set; those that were given stay.
        base: A name on the hub, or a folder.
        model: What the command line says of the model.

    Raises:
        UsageError: TRL could not load it.
    """
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(base, **_revision(base, model))
    _check_architecture(config, base)
    loading = {"dtype": model.dtype, "attn_implementation": model.attn_implementation}
    training.model_init_kwargs = {**_revision(base, model), **loading, **(training.model_init_kwargs or {})}
    return config


def load_tokenizer(base: str, model: ModelConfig, other: str | None = None) -> Any:
    """The model's tokenizer at the model's revision, or another's at its newest."""
    from transformers import AutoTokenizer

    return (
        AutoTokenizer.from_pretrained(other) if other else AutoTokenizer.from_pretrained(base, **_revision(base, model))
    )


def _revision(base: str, model: ModelConfig) -> dict[str, Any]:
    """A folder has no revisions."""
    return {} if Path(base).is_dir() else {"revision": model.model_revision}


def _check_architecture(config: Any, base: str) -> None:
    """TRL asks for the name of the model's class, which transformers itself can do without."""
    if config.architectures:
        return
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    known: Mapping[str, str] = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    name = known.get(config.model_type, "its class")
    raise UsageError(f'{base}: TRL needs "architectures" in config.json, found none. Add "architectures": ["{name}"].')
