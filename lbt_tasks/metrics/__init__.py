"""Metrics for Hugging Face's `evaluate`, each a folder that `evaluate.load` takes, with its logic beside it.

evaluate.load(str(importlib.resources.files("lbt_tasks.metrics") / "code_verdict"))
"""

from lbt_tasks.optional_sandbox import need_sandbox

need_sandbox()
