"""Teaching as a benchmark: models are scored by how much their explanations help students.

inspect eval lbt_tasks/teaching
lbt report --teaching logs/
"""
