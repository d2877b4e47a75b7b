"""The run-configs that ship with the project, by name.

    >>> config_path("classroom").name
    'classroom.yaml'

A name is the path below `configs/` without `.yaml`, such as `paper_table2/gpt4o_teaches_gpt4o_mini`; the file is run
with `inspect eval --run-config FILE`. `lbt configs` lists them.
"""

import difflib
from pathlib import Path

# A wheel has the folder inside the package; an editable install leaves it beside the package.
_FOLDERS = (Path(__file__).parent / "configs", Path(__file__).parents[1] / "configs")


def config_names() -> list[str]:
    """Names of the shipped run-configs."""
    return sorted(_shipped())


def config_path(name_or_path: str | Path) -> Path:
    """That file, or the shipped run-config of that name.

    Raises:
        ValueError: neither; the message lists the names and the nearest.
    """
    if (path := Path(name_or_path)).is_file():
        return path
    shipped = _shipped()
    name = str(name_or_path).removesuffix(".yaml")
    if name in shipped:
        return shipped[name]
    near = difflib.get_close_matches(name, shipped, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise ValueError(
        f"No run-config '{name_or_path}': a YAML file was needed, or one of {', '.join(shipped) or 'none'}.{hint}"
    )


def _shipped() -> dict[str, Path]:
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}
