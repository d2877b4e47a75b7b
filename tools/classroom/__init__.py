"""How the classroom's models were brought up: dialogues, tokenizers, sizes, training.

python -m tools.classroom.train --model all --seed 0 --out lbt_tasks/classroom/models
"""
