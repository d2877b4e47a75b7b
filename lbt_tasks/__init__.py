"""Tasks, data, reports and commands of Learning by Teaching, on Inspect, lm-eval and TRL.

    inspect eval lbt_tasks/classroom
    lbt report logs/

The tasks are in `_registry`, where Inspect finds them; docs/architecture.md says where everything else is.
"""
