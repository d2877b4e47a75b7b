"""What Inspect finds under `lbt_tasks/...`: importing this module registers it.

    inspect eval lbt_tasks/classroom
    inspect eval lbt_tasks/math -T data=FOLDER --model openai/gpt-4o-mini

The task `lbt_tasks/qa` teaches the questions of a file, `lbt_tasks/code` programming problems, `lbt_tasks/wrap` those
of any other task; `lbt_tasks/examples` optimises in-context examples, `lbt_tasks/teaching` scores models as teachers.
The scorer `lbt_tasks/code_verdict` grades programs, for any task whose output is code.
"""

from lbt_tasks.classroom.arithmetic.task import classroom
from lbt_tasks.examples.scorer import examples_f1
from lbt_tasks.examples.task import examples
from lbt_tasks.gsm8k import gsm8k
from lbt_tasks.math import math
from lbt_tasks.optional_sandbox import sandbox_is_installed
from lbt_tasks.qa import qa
from lbt_tasks.teaching.scorer import teaching_gain
from lbt_tasks.teaching.task import teaching
from lbt_tasks.wrap.scorer import wrapped_accuracy, wrapped_choice
from lbt_tasks.wrap.task import wrap

if sandbox_is_installed():
    from lbt_tasks.code.scorer import code_accuracy
    from lbt_tasks.code.task import code
    from lbt_tasks.code_verdict import code_verdict
else:
    from lbt_tasks.without_sandbox import code, code_accuracy, code_verdict

__all__ = [
    "classroom",
    "code",
    "code_accuracy",
    "code_verdict",
    "examples",
    "examples_f1",
    "gsm8k",
    "math",
    "qa",
    "teaching",
    "teaching_gain",
    "wrap",
    "wrapped_accuracy",
    "wrapped_choice",
]
