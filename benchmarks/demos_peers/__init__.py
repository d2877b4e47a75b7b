"""Demonstrations optimised by teaching (M3), by DSPy and by GEPA: same slot, data, models and budget of answers."""
