"""What Inspect finds under `lbt_solvers/...`: importing this module registers it.

inspect eval my_task.py --solver lbt_solvers/learn_by_teaching -S exam=similar -S bank=problems.jsonl
"""

from lbt_solvers.local_models import hf_batch
from lbt_solvers.scorer import selection_accuracy
from lbt_solvers.solvers import examine, learn_by_teaching, select_answer, self_debug, teach

__all__ = [
    "examine",
    "hf_batch",
    "learn_by_teaching",
    "select_answer",
    "selection_accuracy",
    "self_debug",
    "teach",
]
