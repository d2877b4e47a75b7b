"""Learning by Teaching as an environment: `vf-eval lbt-env -n 2 --model MODEL`.

A teacher explains a problem; a frozen student sits an exam of similar problems with the explanation before it; the
share of the exam that is right is the teacher's reward. Source: Ning et al., NeurIPS 2024, arXiv 2406.14629.
"""

from lbt_env.chat import ChatHarness
from lbt_env.environment import LbtEnv
from lbt_env.problems import LbtTaskset

__all__ = ["ChatHarness", "LbtEnv", "LbtTaskset"]
