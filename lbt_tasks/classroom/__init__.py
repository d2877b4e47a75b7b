"""The classroom: small real models with misconceptions, which show Learning by Teaching on a laptop.

    >>> from lbt_tasks.classroom import classroom_model_path, method_of, problems, variants
    >>> taught = problems("held_out", 100, seed=0)
    >>> exam = variants(taught[0], 3, seed=0)

`arithmetic` has its word problems, `programs` the programming problems, `models` the weights of both. Importing this
needs no torch.
"""

from lbt_tasks.classroom.arithmetic.world import (
    LUCKY_TYPES,
    PROBLEM_TYPES,
    UNSEEN_TYPES,
    kind_of,
    method_of,
    numbers_of,
    problems,
    variants,
)
from lbt_tasks.classroom.models import classroom_model_path, model_names

__all__ = [
    "LUCKY_TYPES",
    "PROBLEM_TYPES",
    "UNSEEN_TYPES",
    "classroom_model_path",
    "kind_of",
    "method_of",
    "model_names",
    "numbers_of",
    "problems",
    "variants",
]
