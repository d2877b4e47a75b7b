"""`lbt report LOG...`: accuracy of every selection rule, its interval, its cost.

lbt report logs/demo
lbt report a.eval b.eval --json
"""
