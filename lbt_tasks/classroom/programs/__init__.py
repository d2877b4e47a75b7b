"""The code classroom: programming problems with misconceptions, and small real models that write programs for them.

    >>> from lbt_tasks.classroom.programs import method_of, problems, variants
    >>> taught = problems("held_out", 96, seed=0)
    >>> exam = variants(taught[0], 3, seed=0)

`world` has the problems; the models are `coder`, `coder_student_a` and `coder_student_b`.
"""

from lbt_tasks.optional_sandbox import need_sandbox

need_sandbox()

from lbt_tasks.classroom.programs.world import (  # noqa: E402  (after what says which package is missing)
    PROBLEM_TYPES,
    UNSEEN_TYPES,
    constants_of,
    kind_of,
    method_of,
    problems,
    variants,
)

__all__ = ["PROBLEM_TYPES", "UNSEEN_TYPES", "constants_of", "kind_of", "method_of", "problems", "variants"]
