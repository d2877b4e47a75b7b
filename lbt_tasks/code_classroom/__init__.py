"""The code classroom: programming problems with misconceptions, and small real models that write programs for them.

    >>> from lbt_tasks.code_classroom import method_of, problems, variants
    >>> taught = problems("held_out", 96, seed=0)
    >>> exam = variants(taught[0], 3, seed=0)

`world` has the problems, `train` brings the models up, `evaluate` measures them; the models lie beside those of
`lbt_tasks.classroom` under the names `coder`, `coder_student_a` and `coder_student_b`. Importing this needs no torch.
"""

from lbt_tasks.optional_sandbox import need_sandbox

need_sandbox()

from lbt_tasks.code_classroom.world import (  # noqa: E402  (after what says which package is missing)
    PROBLEM_TYPES,
    UNSEEN_TYPES,
    constants_of,
    kind_of,
    method_of,
    problems,
    variants,
)

__all__ = ["PROBLEM_TYPES", "UNSEEN_TYPES", "constants_of", "kind_of", "method_of", "problems", "variants"]
