"""`lbt doctor`: what this machine can run, and the command that repairs what it cannot.

lbt doctor
lbt doctor --json
"""
