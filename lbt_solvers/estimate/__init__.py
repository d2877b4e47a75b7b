"""What a run will take, before anybody pays for it: a few problems measured in small, and the whole run from them.

    inspect eval lbt_tasks/gsm8k -T estimate=true --limit 200 --model openai/gpt-4o-mini
    lbt estimate logs/

`measure` calls the models, `drawing` plays the budgets on what was seen, `projection` goes from there to the whole run,
and every number is a range.
"""
