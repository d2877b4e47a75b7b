"""Learning by Teaching on any Inspect task, with that task's own prompts, scorer and sandbox.

inspect eval lbt_tasks/wrap -T base=inspect_evals/gsm8k
"""
