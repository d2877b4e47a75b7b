"""Decorators that register under `lbt_solvers/NAME` however the project is installed.

    @solver
    def teach() -> Solver: ...    # inspect eval ... --solver lbt_solvers/teach

Inspect finds the prefix of an editable install by a distribution of the same name as the import package. This project
is one distribution (`lbt-tasks`) with several packages, so there the prefix is missing and is added here.
"""

from collections.abc import Callable
from typing import Any, ParamSpec

from inspect_ai.scorer import Scorer
from inspect_ai.scorer import scorer as inspect_scorer
from inspect_ai.solver import Solver
from inspect_ai.solver import solver as inspect_solver
from inspect_ai.util import registry_info

P = ParamSpec("P")

_PREFIX = "lbt_solvers/"


def solver(function: Callable[P, Solver]) -> Callable[P, Solver]:
    """Inspect's `@solver`, always found as `lbt_solvers/NAME`."""
    registered = inspect_solver(function)
    if registry_info(registered).name.startswith(_PREFIX):
        return registered
    return inspect_solver(name=_PREFIX + function.__name__)(function)


def scorer_shown_as(shown: str, package: str, metrics: Any) -> Callable[[Callable[P, Scorer]], Callable[P, Scorer]]:
    """Inspect's `@scorer`, found as `PACKAGE/SHOWN`, whose scores stand in logs under that name alone."""

    def register(function: Callable[P, Scorer]) -> Callable[P, Scorer]:
        adds_package = registry_info(inspect_scorer(metrics=metrics)(function)).name.startswith(f"{package}/")
        return inspect_scorer(metrics=metrics, name=shown if adds_package else f"{package}/{shown}")(function)

    return register


def scorer(metrics: Any) -> Callable[[Callable[P, Scorer]], Callable[P, Scorer]]:
    """Inspect's `@scorer`, always found as `lbt_solvers/NAME`."""

    def register(function: Callable[P, Scorer]) -> Callable[P, Scorer]:
        registered = inspect_scorer(metrics=metrics)(function)
        if registry_info(registered).name.startswith(_PREFIX):
            return registered
        return inspect_scorer(metrics=metrics, name=_PREFIX + function.__name__)(function)

    return register
