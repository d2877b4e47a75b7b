"""Optimising in-context examples on Inspect: the task, its data, its record and what is made of it.

inspect eval lbt_tasks/examples
lbt examples logs/demos --out results/
"""
