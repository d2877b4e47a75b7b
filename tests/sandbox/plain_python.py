"""What plain Python says about a solution and its tests: both in one namespace, as in harnesses without isolation.

accepts_plainly("def f(): return 1", "assert f() == 1")   # True
"""

import math
import sys
import types
from typing import Any

from lbt_sandbox import Problem
from lbt_sandbox.loaders.tests_as_code import fields_of_check


def accepts_plainly(solution: str, tests: str, entry_point: str = "f") -> bool:
    """Whether nothing is raised; only for programs of the test suite itself."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(solution, "<solution>", "exec"), namespace)
        namespace["candidate"] = namespace[entry_point]
        namespace.update(math=math, sys=sys)
        sys.modules["solution"] = types.ModuleType("solution")
        sys.modules["solution"].__dict__.update(namespace)
        exec(compile(tests, "<tests>", "exec"), namespace)
        if "check" in namespace:
            namespace["check"](namespace["candidate"])
    except Exception:
        return False
    finally:
        sys.modules.pop("solution", None)
    return True


def code_problem(tests: str, entry_point: str = "f") -> Problem:
    """The problem of a test program, as the loaders make it."""
    return Problem("t", entry_point, **fields_of_check(tests, entry_point))
