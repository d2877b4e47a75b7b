"""Rows in the forms of HumanEval+ and MBPP+: evalplus' own files, and the data sets on the hub.

The problems are our own, but for the names of functions that evalplus has rules for.
"""

from typing import Any

PROMPT = 'import math\n\ndef near(x: float) -> float:\n    """A third of x."""\n'
HUMANEVAL_PLUS: dict[str, Any] = {
    "task_id": "HumanEval/900", "prompt": PROMPT, "entry_point": "near", "canonical_solution": "    return x / 3\n",
    "test": "def check(candidate):\n    assert candidate(3) == 1\n", "contract": "    assert x >= 0\n",
    "base_input": [[3], [6.0]], "plus_input": [[1], [0]], "atol": 0,
}  # fmt: skip
_SHARED = """def similar_elements(a, b):
    assert type(a) is type(b) is tuple
    return tuple(set(a) & set(b))
"""
MBPP_PLUS: dict[str, Any] = {
    "task_id": "Mbpp/2", "prompt": '"""\nShared elements.\nassert similar_elements((3,), (3,)) == (3,)\n"""\n',
    "entry_point": "similar_elements", "canonical_solution": _SHARED, "contract": "", "atol": 0,
    "assertion": "assert similar_elements((3,), (3,)) == (3,)",
    "base_input": [[[3, 4, 5], [5, 4]], [[1], [2]]], "plus_input": [[[7, 8], [8, 7]]],
}  # fmt: skip
_HUB_HEAD = """import numpy as np
from math import inf

def is_floats(x) -> bool:
    return isinstance(x, float)

def assertion(out, exp, atol):
    exact_match = out == exp
    if atol == 0 and is_floats(exp):
        atol = 1e-6
    if not exact_match and atol != 0:
        assert np.allclose(out, exp, rtol=1e-07, atol=atol)
    else:
        assert exact_match

"""
HUB_HUMANEVAL_PLUS: dict[str, Any] = {
    "task_id": "HumanEval/900", "prompt": PROMPT, "entry_point": "near", "canonical_solution": "    return x / 3\n",
    "test": _HUB_HEAD + "def check(candidate):\n    inputs = [[3], [6.0], [1]]\n    results = [1, 2.0, 1 / 3]\n"
    "    for i, (inp, exp) in enumerate(zip(inputs, results)):\n        assertion(candidate(*inp), exp, 0)\n",
}  # fmt: skip
HUB_REFERENCE: dict[str, Any] = {
    **HUB_HUMANEVAL_PLUS,
    "test": _HUB_HEAD + "def ref_func(x): return x / 3\n\ndef check(candidate):\n    inputs = [[3], [6.0], [1]]\n"
    "    for i, inp in enumerate(inputs):\n        assertion(candidate(*inp), ref_func(*inp), 0)\n",
}
HUB_MBPP_PLUS: dict[str, Any] = {
    "task_id": 900, "code": "def near(x):\n    return x / 3", "prompt": "A third.", "source_file": "",
    "test_imports": [], "test_list": ["assert near(3) == 1"],
    "test": _HUB_HEAD + "inputs = [[3], [6.0], [1]]\nresults = [1, 2.0, 1 / 3]\n"
    "for i, (inp, exp) in enumerate(zip(inputs, results)):\n    assertion(near(*inp), exp, 0)\n",
}  # fmt: skip
