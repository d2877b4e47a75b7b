"""Learning by Teaching for code: problems with visible and hidden tests, graded in the sandbox.

inspect eval lbt_tasks/code
"""

from lbt_tasks.optional_sandbox import need_sandbox

need_sandbox()
