"""Lessons and sizes of the code classroom's models."""
