"""What a model's replies depend on besides its name: its weights and the arguments that it was made with.

    identity_of(get_model("hf-batch/./my-model", dtype="float32"))
    # {"weights": "sampled 3f6c...", "arguments": '{"dtype":"float32"}'}

Inspect keeps a reply under the model's name. A folder that was trained again, another `-M revision=...` or another
`-M chat_template=...` has the same name, and would be answered with the replies of the model before it. Calls of
Learning by Teaching are kept under this, too; and a report names the weights that made it.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from inspect_ai.model import Model

WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.gguf")
DESCRIPTIONS = ("*.json", "*.jinja", "*.txt", "*.model")
"""Config, generation config, tokenizer and chat template."""
WHOLE_BYTES = 2**23
"""Files up to this size are read whole."""
SAMPLES, SAMPLE_BYTES = 64, 2**16
"""Of a larger file: so many pieces, evenly apart, the first and the last among them. Training moves every weight."""
LOCAL = frozenset({"hf", "hf-batch", "llama-cpp-python", "sglang", "vllm", "vllm-completions"})
"""Providers whose models may be folders."""
NO_DIFFERENCE = frozenset(
    {"device", "threads", "batch_size", "max_batch_size", "api_key", "base_url", "port", "timeout"}
)
"""Model arguments that say where and how fast a model runs."""
SECRET = ("key", "token", "secret", "password")


def identity_of(model: Model) -> dict[str, str]:
    """Weights and arguments as short texts, by name; empty for a hosted model without arguments.

    `weights` is of a local model: `commit ...` of the hub, or `sampled ...` of a folder, a SHA-256 of its small files
    and of 64 pieces of each large one. Arguments that are no plain values are left out: they have no lasting text.
    """
    found = {"weights": weights_of(model), "arguments": _arguments(model.model_args)}
    return {name: value for name, value in found.items() if value}


def weights_of(model: Model) -> str:
    """Which weights a local model has; empty for a hosted one, and where nobody knows before they are fetched."""
    if str(model).split("/")[0] not in LOCAL:
        return ""
    place = str(getattr(model.api, "weights_place", None) or model.model_args.get("model_path") or model.name)
    if folder := _existing(place):
        return f"sampled {digest_of(folder)[:16]}"
    commit: str = getattr(model.api, "commit", "")
    return f"commit {commit[:16]}" if commit else ""


def digest_of(path: Path) -> str:
    """SHA-256, in hexadecimal, of a file or of a model's folder, large files sampled."""
    return _digest(path, tuple(_stamps(path)))


@lru_cache(maxsize=64)
def _digest(path: Path, _stamps: tuple[object, ...]) -> str:
    found = sha256()
    for file in _files(path):
        found.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        for piece in _pieces(file):
            found.update(piece)
    return found.hexdigest()


def _stamps(path: Path) -> Iterator[tuple[str, int, int]]:
    """What tells that a file was written again, without reading it."""
    for file in _files(path):
        about = file.stat()
        yield file.name, about.st_size, about.st_mtime_ns


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for pattern in (*WEIGHTS, *DESCRIPTIONS) for file in path.glob(pattern) if file.is_file())


def _pieces(file: Path) -> Iterator[bytes]:
    size = file.stat().st_size
    with file.open("rb") as source:
        if size <= WHOLE_BYTES:
            yield source.read()
            return
        for at in range(SAMPLES):
            source.seek((size - SAMPLE_BYTES) * at // (SAMPLES - 1))
            yield source.read(SAMPLE_BYTES)


def _arguments(given: Mapping[str, Any]) -> str:
    """Arguments that make a difference, as JSON; a file or folder stands for what is in it."""
    kept = {name: _plain(value) for name, value in given.items() if name not in NO_DIFFERENCE and not _secret(name)}
    kept = {name: value for name, value in kept.items() if value is not None}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")) if kept else ""


def _secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET) and name.lower() != "tokenizer"


def _plain(value: Any) -> Any:
    if isinstance(value, str) and (path := _existing(value)):
        return digest_of(path)
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return None


def _existing(text: str) -> Path | None:
    try:
        path = Path(text).expanduser()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):  # no path at all
        return None
