"""Names of a package that are loaded when they are first asked for, so that importing the package stays cheap.

__getattr__, __dir__ = late_names(__name__, {"teach": "solvers"}, __all__)
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def late_names(
    package: str, modules: Mapping[str, str], listed: Sequence[str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The package's `__getattr__` and `__dir__`.

    Args:
        package: Its name.
        modules: By name, the module below the package that has it.
        listed: All names of the package's face.
    """

    def of_module(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return of_module, lambda: sorted({*vars(import_module(package)), *listed})
