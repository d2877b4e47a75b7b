"""From scores to a better teacher: DPO on pairs, GRPO with exams as the reward, rounds of both, and the comparison.

    lbt train-dpo --config dpo_classroom --pairs pairs.jsonl --output_dir models/lbt

Needs the extra `train`. Importing this package imports none of it.
"""
