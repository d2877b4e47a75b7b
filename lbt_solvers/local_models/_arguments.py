"""What `hf-batch/<name> -M key=value` asks for, checked before anything is loaded.

    >>> parse_arguments({"device": "cpu", "batch_size": 32}).batch_size
    32

A user's mistake is a `UsageError`: Inspect prints its one line and no stack trace.
"""

import os
import posixpath
from collections.abc import Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lbt_solvers.errors import UsageError, usage_errors
from lbt_solvers.installation import install_command
from lbt_solvers.near_match import check_known

SHIPPED_MODELS = "lbt.models"
"""Entry-point group: the point `classroom` is called with `teacher` for the name `classroom/teacher`."""


_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
"""What transformers loads weights from."""
_LFS = b"version https://git-lfs"
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_TRUE = ("1", "ON", "YES", "TRUE")
"""As the hub's client reads its variables."""


class ModelArguments(BaseModel):
    """The model arguments of `hf-batch` (`-M`); docs/local-models.md has the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str | int | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] | None = None
    batch_size: int | None = Field(default=None, ge=1)
    threads: int | None = Field(default=None, ge=1)
    tokenizer: str | None = None
    revision: str | None = None
    trust_remote_code: bool = False
    attn_implementation: str | None = None
    chat_template: str | None = None
    template_args: dict[str, Any] = {}


class Weights(NamedTuple):
    """Which weights, where and in what precision. Instances with equal `Weights` share one loaded model."""

    path: str
    device: str | None
    dtype: str | None
    tokenizer: str
    revision: str | None
    trust_remote_code: bool
    attn_implementation: str | None
    threads: int | None = None


def parse_arguments(given: Mapping[str, Any]) -> ModelArguments:
    """The arguments of the user, checked.

    Raises:
        UsageError: an unknown argument or a value of the wrong type.
    """
    with usage_errors():
        check_known(given, sorted(ModelArguments.model_fields), "hf-batch")
    try:
        return ModelArguments.model_validate(dict(given))
    except ValidationError as error:
        wrong = error.errors()[0]
        value = wrong["input"]
        raise UsageError(f"hf-batch: model argument {wrong['loc'][0]}={value!r}: {wrong['msg']}.") from None


def weights_of(model_name: str, arguments: ModelArguments) -> Weights:
    """The key of the weights that `model_name` and its arguments stand for."""
    path = resolve_model_path(model_name)
    device = arguments.device
    return Weights(
        path=path,
        device=f"cuda:{device}" if isinstance(device, int) else device,
        dtype=arguments.dtype,
        tokenizer=arguments.tokenizer or path,
        revision=arguments.revision,
        trust_remote_code=arguments.trust_remote_code,
        attn_implementation=arguments.attn_implementation,
        threads=arguments.threads,
    )


def resolve_model_path(name: str) -> str:
    """The folder of a model, or its name on the Hugging Face hub.

    In this order: a shipped name (`classroom/teacher`, through the entry-point group `lbt.models`), a folder (made
    absolute), a name on the hub.

    Raises:
        UsageError: no such shipped model, no such folder, or a folder without a model.
    """
    prefix, _, rest = name.partition("/")
    for point in entry_points(group=SHIPPED_MODELS, name=prefix) if rest else ():
        return _shipped(point.load(), name, rest)
    folder = Path(name).expanduser()
    if folder.exists() or name.startswith((".", "/", "~")):
        return str(_checked_folder(folder, name))
    return name


def cacheable_name(name: str) -> str:
    """The name of a model without `.` and `..`: under other names Inspect's cache keeps nothing, with one warning.

    >>> cacheable_name("./models/small"), cacheable_name("Qwen/Qwen2.5-0.5B")
    ('models/small', 'Qwen/Qwen2.5-0.5B')
    """
    if not {".", ".."} & set(name.split("/")):
        return name
    plain = posixpath.normpath(name)
    return Path(name).resolve().as_posix() if plain.startswith(".") else plain


def _shipped(locate: Any, name: str, rest: str) -> str:
    try:
        return str(_checked_folder(Path(locate(rest)), name))
    except (ValueError, OSError) as error:
        raise UsageError(f"hf-batch/{name}: {error}") from error


def _checked_folder(folder: Path, name: str) -> Path:
    folder = folder.resolve()
    if gguf := _gguf_of(folder):
        raise UsageError(_is_gguf(name, f"-m {gguf}", str(gguf.parent), gguf.name))
    if not folder.is_dir():
        raise UsageError(f"hf-batch/{name}: no folder {folder}. Give the folder of a model or a name on the hub.")
    if not (folder / "config.json").is_file():
        if (folder / "adapter_config.json").is_file():
            raise UsageError(
                f"hf-batch/{name}: {folder} holds an adapter, and no whole model. Merge it: peft's "
                "AutoPeftModelForCausalLM.from_pretrained(FOLDER).merge_and_unload().save_pretrained(OUT), and the "
                "tokenizer beside it."
            )
        raise UsageError(
            f"hf-batch/{name}: {folder} holds no config.json. Give the folder that save_pretrained() wrote."
        )
    if not (weights := [path for ending in _WEIGHTS for path in folder.glob(ending)]):
        raise UsageError(
            f"hf-batch/{name}: {folder} holds a config.json and no weights (*.safetensors). Give the folder that "
            "save_pretrained() wrote, or download the whole model: hf download OWNER/NAME --local-dir FOLDER"
        )
    if pointers := [path.name for path in weights if _is_pointer(path)]:
        raise UsageError(
            f"hf-batch/{name}: {folder / pointers[0]} is a pointer of Git LFS, not the weights. Fetch them: "
            f"git -C {folder} lfs pull"
        )
    return folder


def _gguf_of(path: Path) -> Path | None:
    """The GGUF file that a path is, or holds instead of weights that transformers loads."""
    if path.is_file() and path.suffix.lower() == ".gguf":
        return path
    if not path.is_dir() or any(any(path.glob(ending)) for ending in _WEIGHTS):
        return None
    return next((file for file in sorted(path.iterdir()) if file.suffix.lower() == ".gguf"), None)


def _is_gguf(name: str, served: str, source: str, file: str) -> str:
    """The line for weights that hf-batch does not read."""
    return (
        f"hf-batch/{name}: {file} is GGUF, which hf-batch does not read. Serve it: llama-server {served} --port 8080, "
        "then --model openai-api/local/NAME with LOCAL_BASE_URL=http://127.0.0.1:8080/v1 and LOCAL_API_KEY=none. Or "
        f'convert it: AutoModelForCausalLM.from_pretrained("{source}", gguf_file="{file}") of transformers, the same '
        "with AutoTokenizer, save both (docs/local-models.md has the lines), and give that folder."
    )


def _is_pointer(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_LFS)) == _LFS


def check_hub_name(weights: Weights) -> None:
    """Fetch the small `config.json` of a hub name, so that a wrong name fails before the run starts.

    Raises:
        UsageError: the hub (or its local cache) has no such model.
    """
    if Path(weights.path).is_dir():
        return
    if weights.path.lower().endswith("gguf"):
        raise UsageError(_is_gguf(weights.path, f"-hf {weights.path}", weights.path, "FILE.gguf"))
    from transformers import AutoConfig

    try:
        AutoConfig.from_pretrained(weights.path, revision=weights.revision, trust_remote_code=weights.trust_remote_code)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UsageError(
            f"hf-batch/{weights.path}: no folder {Path(weights.path).resolve()}, and not to be had from the Hugging "
            f"Face hub or its local cache ({reason}). {_without_hub(weights.path)}"
        ) from error


def commit_of(weights: Weights) -> str:
    """The commit on the hub that is in use, once `check_hub_name` has fetched its config; empty for a folder."""
    if Path(weights.path).is_dir():
        return ""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(weights.path, "config.json", revision=weights.revision)
    # .../snapshots/COMMIT/config.json
    return Path(found).parent.name if isinstance(found, str) else ""


def _without_hub(name: str) -> str:
    """What to do where the hub has no such model, or cannot be reached."""
    offline = [each for each in _OFFLINE if os.environ.get(each, "").upper() in _TRUE]
    if offline:
        return (
            f"{offline[0]} is set, so nothing is downloaded: unset it, or type hf download {name} where the hub can "
            "be reached, and copy its cache here or give a folder: hf-batch/./FOLDER"
        )
    return (
        f"Check the name; then type hf download {name}. Where the hub cannot be reached: hf download {name} "
        "--local-dir FOLDER on a machine that reaches it, copy the folder here, set HF_HUB_OFFLINE=1, and give "
        "hf-batch/./FOLDER"
    )


def require_packages() -> None:
    """Raise `UsageError` with the line to type where torch or transformers is missing."""
    missing = [package for package in ("torch", "transformers", "accelerate") if find_spec(package) is None]
    if missing:
        raise UsageError(f"hf-batch needs {' and '.join(missing)}, not found here. Type: {install_command('local')}")
