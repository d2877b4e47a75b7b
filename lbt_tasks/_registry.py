"""Registers with Inspect."""
