"""Lessons and sizes of the arithmetic classroom's models."""
