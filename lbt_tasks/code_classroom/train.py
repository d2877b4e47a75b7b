"""Trains the models of the code classroom from nothing.

    python -m lbt_tasks.code_classroom.train --model all --threads 1 --out lbt_tasks/classroom/models

The training itself is the classroom's (`lbt_tasks.classroom.train`), with lessons and a tokenizer of its own.
"""

from lbt_tasks.classroom.train import run
from lbt_tasks.code_classroom.recipes import RECIPES
from lbt_tasks.code_classroom.tokenizer import build_code_tokenizer


def main() -> None:
    """Command line."""
    run("lbt_tasks.code_classroom.train", RECIPES, build_code_tokenizer)


if __name__ == "__main__":
    main()
