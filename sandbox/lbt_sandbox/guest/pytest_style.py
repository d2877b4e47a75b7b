"""Functions `test_*` and methods of classes `Test*`, as pytest calls them: marks, parameters, fixtures of the module.

style = PytestStyle(namespace, ["test_add", "TestAdd.test_large"])   # NotRunnable where one needs what is not here
style.run("test_add")                                                 # raises what the test raises
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lbt_sandbox.guest.operations import run_coroutine
from lbt_sandbox.guest.proxies import place_of
from lbt_sandbox.guest.segments import NotRunnable

_MARKS = frozenset({"parametrize", "skip", "skipif", "xfail", "asyncio", "anyio", "timeout", "slow", "filterwarnings"})


class PytestStyle:
    """The tests of a module in pytest's style.

    Raises:
        NotRunnable: A test needs a fixture that the module does not have.
    """

    def __init__(self, namespace: dict[str, Any], names: Sequence[str]) -> None:
        self.namespace = namespace
        self.fixtures = {
            getattr(found, "name", None) or name: found
            for name, value in namespace.items()
            if (found := _fixture(value)) is not None
        }
        self.set_up = False
        for name in names:
            self._check(name)

    def _check(self, name: str) -> None:
        for values in self._parameters(name):
            known = {**self.fixtures, **values}
            missing = [each for each in _arguments(self._function(name)) if each not in known and each != "self"]
            for fixture in missing:
                raise NotRunnable(f"the test {name} needs '{fixture}', which is no fixture of its module")

    def _function(self, name: str) -> Any:
        owner, _, last = name.rpartition(".")
        return getattr(self.namespace[owner], last) if owner else self.namespace[last]

    def _marks(self, name: str) -> list[Any]:
        owner = name.rpartition(".")[0]
        holders = [self._function(name), *([self.namespace[owner]] if owner else [])]
        return [mark for holder in holders for mark in getattr(holder, "pytestmark", [])]

    def _parameters(self, name: str) -> Iterator[dict[str, Any]]:
        """The arguments of every call that parametrize asks for."""
        sets: list[list[dict[str, Any]]] = []
        for mark in self._marks(name):
            if mark.name == "parametrize":
                named, rows = mark.args[:2] if len(mark.args) > 1 else (mark.args[0], mark.kwargs["argvalues"])
                names = [part.strip() for part in named.split(",")] if isinstance(named, str) else list(named)
                sets.append([_row(names, row) for row in rows])
        for chosen in itertools.product(*sets):
            yield {key: value for part in chosen for key, value in part.items()}

    def run(self, name: str) -> None:
        """Run a test; raises what it raises."""
        if not self.set_up:
            self.set_up = True
            _call_if_there(self.namespace.get("setup_module"), None)
        if any(_skips(mark) for mark in self._marks(name)):
            return
        expected = any(mark.name == "xfail" for mark in self._marks(name))
        for values in self._parameters(name):
            try:
                self._call(name, values)
            except BaseException as error:
                outcome = type(error).__name__
                if not (outcome == "Skipped" and type(error).__module__.startswith("_pytest")) and not expected:
                    raise

    def _call(self, name: str, values: dict[str, Any]) -> None:
        owner, _, last = name.rpartition(".")
        instance = self.namespace[owner]() if owner else None
        function = getattr(instance, last) if owner else self.namespace[last]
        used: list[Any] = []
        before, after = ("setup_method", "teardown_method") if owner else ("setup_function", "teardown_function")
        find = (lambda each: getattr(instance, each, None)) if owner else self.namespace.get
        _call_if_there(find(before), function)
        try:
            cache = dict(values)
            wanted = [*_arguments(function), *self._automatic()]
            arguments = {each: self._value(each, cache, used) for each in wanted}
            result = function(**{each: arguments[each] for each in _arguments(function)})
            if inspect.iscoroutine(result):
                run_coroutine(result)
        finally:
            for generator in reversed(used):
                next(generator, None)
            _call_if_there(find(after), function)

    def _automatic(self) -> list[str]:
        return [name for name, fixture in self.fixtures.items() if fixture.autouse]

    def _value(self, name: str, cache: dict[str, Any], used: list[Any]) -> Any:
        """The value of a parameter or a fixture, made once for a test."""
        if name not in cache:
            function = self.fixtures[name].function
            made = function(**{each: self._value(each, cache, used) for each in _arguments(function)})
            if inspect.isgenerator(made):
                used.append(made)
                made = next(made)
            cache[name] = made
        return cache[name]

    def finish(self) -> None:
        """After all tests."""
        if self.set_up:
            _call_if_there(self.namespace.get("teardown_module"), None)


class _Fixture:
    def __init__(self, function: Callable[..., Any], marker: Any) -> None:
        self.function, self.name = function, getattr(marker, "name", None)
        self.autouse = bool(getattr(marker, "autouse", False))


def _fixture(value: Any) -> _Fixture | None:
    """The function under `@pytest.fixture`, as pytest 7 and 8 keep it."""
    if place_of(value) is not None:
        return None
    marker = getattr(value, "_fixture_function_marker", None) or getattr(value, "_pytestfixturefunction", None)
    if marker is None or not callable(value):
        return None
    wrapped = getattr(value, "__pytest_wrapped__", None)
    function: Any = wrapped.obj if wrapped is not None else getattr(value, "_get_wrapped_function")()  # noqa: B009
    if getattr(marker, "params", None):
        raise NotRunnable(f"the fixture {function.__name__} has parameters of its own")
    return _Fixture(function, marker)


def _arguments(function: Any) -> list[str]:
    """Names of the arguments without a default."""
    found = inspect.signature(function).parameters.values()
    return [
        each.name
        for each in found
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]


def _row(names: list[str], row: Any) -> dict[str, Any]:
    values = getattr(row, "values", row) if type(row).__name__ == "ParameterSet" else row
    if len(names) == 1 and type(row).__name__ != "ParameterSet":
        values = (values,)
    return dict(zip(names, values, strict=True))


def _skips(mark: Any) -> bool:
    if mark.name not in _MARKS:
        return False
    return mark.name == "skip" or (mark.name == "skipif" and bool(mark.args and mark.args[0]))


def _call_if_there(function: Any, argument: Any) -> None:
    if function is None:
        return
    function(argument) if _arguments(function) else function()
