"""Learning by Teaching for code: problems with visible and hidden tests, graded in the sandbox.

inspect eval lbt_tasks/code
"""
