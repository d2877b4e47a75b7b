"""Optimising in-context examples on Inspect: the task, its data, its record and what is made of it.

inspect eval lbt_tasks/demos
lbt demos logs/demos --out results/
"""
