"""Arithmetic word problems with misconceptions: the problems, and the task `lbt_tasks/classroom`.

from lbt_tasks.classroom.arithmetic.world import problems, variants
"""
