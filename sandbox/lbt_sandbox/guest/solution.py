"""Loads a program and calls it on one test's inputs. Runs in the untrusted process and knows no expected value.

>>> program = Program.load({"kind": "call", "entry_point": "add", "source": "def add(a, b): return a + b"})
>>> program.answer(b"[[1, 2], {}]")
b'3'
"""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from lbt_sandbox import codec
from lbt_sandbox.guest import nodes

SOURCE_NAME = "<solution>"
ANSWER_LIMIT = 4 << 20


class CompileError(Exception):
    """The program is not Python, or does not define its entry point."""

    def __init__(self, type_name: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.type_name, self.line = type_name, line


def compile_program(source: str | ast.Module, name: str) -> Any:
    """Compile untrusted source; whatever goes wrong is a `CompileError`."""
    try:
        return compile(source, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise CompileError(type(error).__name__, str(error.msg), error.lineno) from None
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        raise CompileError(type(error).__name__, str(error) or "the program is nested too deeply") from None


def new_module(name: str, path: str = "") -> ModuleType:
    """An empty module of this name, registered as imported.

    Args:
        name: Such as __main__.
        path: What the program finds as its `__file__`.
    """
    module = sys.modules[name] = ModuleType(name)
    if path:
        module.__file__ = path
    return module


def run_module(job: dict[str, Any], module: ModuleType) -> dict[str, Any]:
    """Run preamble and source in a module and give its namespace."""
    preamble, source = job.get("preamble", ""), job["source"]
    main = compile_program(source, SOURCE_NAME)
    linecache.cache[SOURCE_NAME] = (len(source), None, source.splitlines(keepends=True), SOURCE_NAME)  # for tracebacks
    namespace = module.__dict__
    if preamble:
        exec(compile_program(preamble, "<preamble>"), namespace)
    exec(main, namespace)
    return namespace


def find(entry_point: str, namespace: dict[str, Any]) -> Callable[[], Any]:
    """A function that gives the entry point anew for every test: a fresh instance where it is a method."""
    owner, dot, method = entry_point.replace("()", "").rpartition(".")
    if not dot and method not in namespace and hasattr(namespace.get("Solution"), method):
        owner = "Solution"
    target = namespace.get(owner or method)
    if target is None or (owner and not hasattr(target, method)):
        raise CompileError("NameError", f"the program does not define {entry_point}")
    return (lambda: getattr(target(), method)) if owner else (lambda: target)


@dataclass(slots=True)
class Program:
    """A loaded program that answers one test after another."""

    namespace: dict[str, Any]
    get: Callable[[], Any]
    job: dict[str, Any]
    converters: dict[str | int, str] | None = None

    @classmethod
    def load(cls, job: dict[str, Any]) -> Program:
        """Run the program's top level; anything it raises goes through, `CompileError` is ours."""
        namespace = run_module(job, new_module("solution"))
        return cls(namespace, find(job["entry_point"], namespace), job)

    def answer(self, data: bytes) -> bytes:
        """The encoded answer to one test's encoded inputs."""
        args, kwargs = codec.decode(data)
        result = _RUN[self.job["kind"]](self, args, kwargs)
        return codec.encode(result, self.job.get("answer", ANSWER_LIMIT))

    def call(self, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """The value returned."""
        function = self.get()
        plan = self._plan(function)
        if not plan:
            return function(*args, **kwargs)
        self._convert(plan, args, kwargs)
        return self._back(plan.get("return", "none"), function(*args, **kwargs))

    def in_place(self, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """The argument named by the job, as the call leaves it."""
        function = self.get()
        plan = self._plan(function)
        self._convert(plan, args, kwargs)
        function(*args, **kwargs)
        key = self.job["in_place"]
        changed = args[key] if isinstance(key, int) else kwargs[key]
        return self._back(plan.get(key, "none"), changed)

    def design(self, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """The values of a sequence of operations on one object."""
        (_, *operations), (first, *rest) = args
        instance = self.get()(*first)
        return [None, *(getattr(instance, name)(*given) for name, given in zip(operations, rest, strict=True))]

    def _plan(self, function: Any) -> dict[str | int, str]:
        if self.converters is None:
            self.converters = nodes.plan(function, self.job.get("converters", {}))
        return self.converters

    def _convert(self, plan: dict[str | int, str], args: list[Any], kwargs: dict[str, Any]) -> None:
        for at, value in enumerate(args):
            args[at] = nodes.from_data(plan.get(at, "none"), value, self.namespace)
        for name, value in kwargs.items():
            kwargs[name] = nodes.from_data(plan.get(name, "none"), value, self.namespace)

    @staticmethod
    def _back(converter: str, value: Any) -> Any:
        return value if converter == "none" else nodes.to_data(converter, value)


_RUN: dict[str, Callable[[Program, list[Any], dict[str, Any]], Any]] = {
    "call": Program.call,
    "in_place": Program.in_place,
    "design": Program.design,
    "assert_code": Program.call,
}
