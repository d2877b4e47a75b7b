"""What Inspect finds under `lbt_solvers/...`: importing this module registers it.

inspect eval my_task.py --solver lbt_solvers/learn_by_teaching -S exam=similar -S bank=problems.jsonl
"""

from lbt_solvers.learn_by_teaching import examine, learn_by_teaching, select_answer, self_debug, teach
from lbt_solvers.local_models import hf_batch
from lbt_solvers.scorer import selection_accuracy

__all__ = [
    "examine",
    "hf_batch",
    "learn_by_teaching",
    "select_answer",
    "selection_accuracy",
    "self_debug",
    "teach",
]
