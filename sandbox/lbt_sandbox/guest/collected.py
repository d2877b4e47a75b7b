"""Runs the tests of a module as unittest and pytest do: each method or function under its own verdict.

    run(("TestAdd.test_small", "test_large"), namespace, verdicts)

Of pytest it needs the library alone, for what the tests import from it: marks (parametrize, skip, skipif, xfail) and
fixtures of the module are honoured, its plug-ins and built-in fixtures are not there and refused by name.
"""

from __future__ import annotations

import sys
import unittest
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lbt_sandbox.guest.pytest_style import PytestStyle

if TYPE_CHECKING:
    from lbt_sandbox.guest.verdicts import Verdicts


def run(names: Sequence[str], namespace: dict[str, Any], verdicts: Verdicts) -> None:
    """Run the wanted tests.

    Args:
        names: Of all tests of the plan, `Class.method` or `function`.
        namespace: Of the module, after its own statements have run.
        verdicts: Told of each by its place in `names`.
    """
    numbers = {name: at for at, name in enumerate(names) if at in verdicts.wanted and not verdicts.is_judged(at)}
    cases = {name: number for name, number in numbers.items() if _case_class(name, namespace) is not None}
    style = PytestStyle(namespace, [name for name in numbers if name not in cases])
    while cases:
        waiting = len(cases)
        _run_cases(cases, namespace, verdicts)
        if len(cases) == waiting:
            raise RuntimeError(f"the tests {', '.join(cases)} did not run")
    for name, number in numbers.items():
        if _case_class(name, namespace) is None:
            _attempt(style, name, number, verdicts)
    style.finish()


def _attempt(style: PytestStyle, name: str, number: int, verdicts: Verdicts) -> None:
    verdicts.begin(number)
    try:
        style.run(name)
    except BaseException as error:
        verdicts.fail(number, error)
    else:
        verdicts.end(number)


def _case_class(name: str, namespace: dict[str, Any]) -> type[unittest.TestCase] | None:
    found = namespace.get(name.partition(".")[0])
    return found if isinstance(found, type) and issubclass(found, unittest.TestCase) else None


def _run_cases(cases: dict[str, int], namespace: dict[str, Any], verdicts: Verdicts) -> None:
    """Run the cases in order, and take out what has run; an exception that ends the run leaves the rest for another."""
    result = _Result(cases, verdicts)
    suite = unittest.TestSuite(_cases(cases, namespace))
    error: BaseException | None = None
    try:
        suite.run(result)
    except BaseException as raised:
        error = raised
    result.settle(error)


def _cases(names: dict[str, int], namespace: dict[str, Any]) -> Iterator[unittest.TestCase]:
    for name in names:
        kind = _case_class(name, namespace)
        assert kind is not None
        yield kind(name.partition(".")[2])


class _Result(unittest.TestResult):
    """Tells the verdict of each case as it stops; those that a fixture of their class or module keeps back have its."""

    def __init__(self, waiting: dict[str, int], verdicts: Verdicts) -> None:
        super().__init__()
        self.waiting, self.verdicts = waiting, verdicts
        self.error: BaseException | None = None
        self.passing: BaseException | None = None
        self.open: str = ""

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        super().startTest(test)
        self._begin(test)

    def _begin(self, test: unittest.TestCase) -> None:
        self.open = f"{type(test).__name__}.{test._testMethodName}"
        self.error = None
        self.verdicts.begin(self.waiting[self.open])

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        super().stopTest(test)
        if not self.open:  # Python 3.12.1 does not start a test that it skips
            self._begin(test)
        self.passing = sys.exc_info()[1]  # what unittest lets through, such as KeyboardInterrupt
        self._tell(self.error or self.passing)

    def _tell(self, error: BaseException | None) -> None:
        number, self.open = self.waiting.pop(self.open), ""
        if error is None:
            self.verdicts.end(number)
        else:
            self.verdicts.fail(number, error)

    def _failed(self, test: Any, error: BaseException | None) -> None:
        if isinstance(test, unittest.TestCase):
            self.error = self.error or error
            return
        kept_back = str(test).rpartition("(")[2].rstrip(")").rpartition(".")[2]
        for name in [each for each in self.waiting if each.partition(".")[0] == kept_back or "Module" in str(test)]:
            self.open = name
            self.verdicts.begin(self.waiting[name])
            self._tell(error)

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        self._failed(test, err[1])

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self._failed(test, err[1])

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            self._failed(test, err[1])

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
        self._failed(test, AssertionError("it passed, and is marked as an expected failure"))

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        super().addSkip(test, reason)
        if not isinstance(test, unittest.TestCase):
            self._failed(test, None)

    def settle(self, error: BaseException | None) -> None:
        """After the run: an exception that unittest lets through belongs to the case that was open."""
        if error is not None and error is not self.passing:
            self.open = self.open or next(iter(self.waiting), "")
            if not self.open:
                raise error
            self.verdicts.begin(self.waiting[self.open])
            self._tell(error)
