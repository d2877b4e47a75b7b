"""Tests written as code: the program runs here as written, once; the solution is in another process (`peers`).

    TestRun(job, fd).run()   # never returns: verdicts are told as the program goes along

What the tests do not define comes from the standard library where that has a module of the name, else from the
solution: a function, a class, or a copy of its data.
"""

from __future__ import annotations

import builtins
import importlib
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn

from lbt_sandbox.guest import verdicts
from lbt_sandbox.guest.instrument import VERDICTS, report_code, reported
from lbt_sandbox.guest.objects import ObjectPeer
from lbt_sandbox.guest.operations import run_coroutine
from lbt_sandbox.guest.proxies import RemoteFunction
from lbt_sandbox.guest.segments import NotRunnable, Plan, read
from lbt_sandbox.guest.solution import compile_program

TESTS_NAME = "<tests>"
MODULE = "solution"
"""The name by which tests may import the solution's definitions."""


class _Builtins(dict[str, Any]):
    """The built-in names, and behind them what the tests use and nobody here defines."""

    def __init__(self, ask: Callable[[str], Any]) -> None:
        super().__init__(vars(builtins))
        self.ask = ask
        self.found: dict[str, Any] = {}

    def __missing__(self, name: str) -> Any:
        if name.startswith("__"):
            raise KeyError(name)
        if name not in self.found:
            self.found[name] = importlib.import_module(name) if name in sys.stdlib_module_names else self.ask(name)
        return self.found[name]


class _SolutionModule(types.ModuleType):
    """What `from solution import name` finds."""

    def __init__(self, ask: Callable[[str], Any]) -> None:
        super().__init__(MODULE)
        self.__dict__["__path__"] = []
        self.__dict__["_ask"] = ask

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.__dict__["_ask"](name)
        except NameError:
            raise AttributeError(name) from None


class TestRun:
    """The tests of a job: a list of texts, or one test program."""

    def __init__(self, job: dict[str, Any], fd: int) -> None:
        self.fd, self.entry_point = fd, job["entry_point"]
        self.peer = ObjectPeer(fd)
        self.peer.reads_arrays = "numpy" in str(job)
        self.preamble = compile_program(job.get("preamble", ""), "<preamble>")
        self.codes: list[Any] = []
        self.plan: Plan | None = None
        tests: list[Any] = job["tests"]
        if tests and type(tests[0]) is str:
            self.source = compile_program(job["source"], TESTS_NAME)
            self.codes = [compile_program(report_code(text, at), TESTS_NAME) for at, text in enumerate(tests)]
            wanted = list(range(len(tests)))
        else:
            self.plan = read(job["source"])
            self.source = compile_program(reported(self.plan), TESTS_NAME)
            wanted = tests
            if max(wanted) >= len(self.plan.tests):
                raise NotRunnable(f"it has {len(self.plan.tests)} tests, and number {max(wanted)} was asked for")
        self.verdicts = verdicts.Verdicts(fd, self.peer, wanted)

    def run(self) -> NoReturn:
        """Run the program, and tell the verdicts."""
        self.verdicts.await_test()
        error: BaseException | None = None
        try:
            self._run_program(self._namespace())
        except BaseException as raised:
            error = None if verdicts.ends_well(raised) else raised
        self.verdicts.finish(error)

    def _namespace(self) -> dict[str, Any]:
        """The tests' module, with the solution under its names."""
        is_imported = self.plan is not None and self.plan.form in ("unittest", "pytest")
        module = types.ModuleType("tests" if is_imported else "__main__")
        sys.modules[module.__name__] = module
        sys.modules[MODULE] = _SolutionModule(self.peer.definition)
        candidate = self.peer.definition(self.entry_point)
        # a solution may choose what else it is, and with it how the tests fail
        self.peer.asked = not isinstance(candidate, RemoteFunction)
        names = {"candidate": candidate, self.entry_point.replace("()", "").rpartition(".")[2]: candidate}
        namespace = module.__dict__
        namespace.update({"__builtins__": _Builtins(self.peer.definition), VERDICTS: self.verdicts})
        exec(self.preamble, namespace)
        namespace.update(names)
        return namespace

    def _run_program(self, namespace: dict[str, Any]) -> None:
        exec(self.source, namespace)
        for code in self.codes:
            exec(code, namespace)
        if self.plan is None or self.plan.form == "script":
            return
        if self.plan.form == "check":
            self._call_check(namespace["check"], namespace["candidate"])
        else:
            from lbt_sandbox.guest import collected  # with unittest, which most tests do without

            collected.run(self.plan.tests, namespace, self.verdicts)

    def _call_check(self, check: Any, candidate: Any) -> None:
        """Call `check`, unless the program has done so itself."""
        plan = self.plan
        if plan is None or (plan.check is not None and self.verdicts.has_begun):
            return
        if plan.check is None:
            self.verdicts.begin(0)
            takes = _takes_one(check)
        else:
            takes = plan.passes_candidate
        result = check(candidate) if takes else check()
        if inspect.iscoroutine(result):
            run_coroutine(result)


def _takes_one(check: Any) -> bool:
    try:
        inspect.signature(check).bind(None)
    except (TypeError, ValueError):
        return False
    return True
