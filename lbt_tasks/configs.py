"""The configs that ship with the project, by name.

    >>> config_path("classroom").name
    'classroom.yaml'
    >>> config_names("training")
    ['dpo_classroom', 'dpo_paper', 'grpo_classroom']

A name is the path below `configs/` without `.yaml`, such as `paper_table2/gpt4o_teaches_gpt4o_mini`. A run-config is
run with `inspect eval --run-config FILE`, a training-config is that of `lbt train-dpo` or the GRPO script, an
accelerate-config says how a training spreads over GPUs, a serve-config is that of `lbt serve`, a cluster-config
places the jobs of `lbt scale`. `lbt configs` lists the
run-configs.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from lbt_solvers.near_match import no_such

# A wheel has the folder inside the package; an editable install leaves it beside the package.
_FOLDERS = (Path(__file__).parent / "configs", Path(__file__).parents[1] / "configs")


Kind = Literal["run", "training", "accelerate", "serve", "cluster"]
_PREFIXES: Mapping[Kind, tuple[str, ...]] = {
    "training": ("dpo_", "grpo_"),
    "accelerate": ("accelerate/",),
    "serve": ("serve/",),
    "cluster": ("cluster/",),
}


def config_names(kind: Kind = "run") -> list[str]:
    """Names of the shipped configs of that kind."""
    return sorted(name for name in _shipped() if _kind(name) == kind)


def config_path(name_or_path: str | Path, kind: Kind = "run") -> Path:
    """That file, or the shipped config of that name; `kind` is what was asked for, if it is neither.

    Raises:
        ValueError: neither; the message lists the names and the nearest.
    """
    if (path := Path(name_or_path)).is_file():
        return path
    shipped = _shipped()
    name = str(name_or_path).removesuffix(".yaml")
    if name in shipped:
        return shipped[name]
    names = config_names(kind)
    raise ValueError(no_such(f"{kind}-config", name, names, ", or give a YAML file"))


def _kind(name: str) -> Kind:
    kinds: list[Kind] = [kind for kind, prefixes in _PREFIXES.items() if name.startswith(prefixes)]
    return kinds[0] if kinds else "run"


def _shipped() -> dict[str, Path]:
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}
