"""Tasks, data, logs and commands of Learning by Teaching.

    inspect eval lbt_tasks/classroom
    lbt report logs/

For a task of one's own: `lbt_task(problems, variants(bank), name="mine")`. Inspect finds the tasks in `_registry`.
What is listed here is what other code may rely on; docs/architecture.md says where everything else is.
"""

from typing import TYPE_CHECKING

from lbt_solvers._late import late_names

if TYPE_CHECKING:
    from lbt_tasks._task import lbt_task
    from lbt_tasks.code.data import read_code_problems
    from lbt_tasks.data.exam_bank import exam_over
    from lbt_tasks.logs import find_logs, open_log

_LOADED_LATE = {
    "exam_over": "data.exam_bank",
    "find_logs": "logs",
    "lbt_task": "_task",
    "open_log": "logs",
    "read_code_problems": "code.data",
}

__all__ = ["exam_over", "find_logs", "lbt_task", "open_log", "read_code_problems"]

__getattr__, __dir__ = late_names(__name__, _LOADED_LATE, __all__)
