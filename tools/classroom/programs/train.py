"""Trains the models of the code classroom from nothing.

    python -m tools.classroom.programs.train --model all --threads 1 --out lbt_tasks/classroom/models

The training itself is the classroom's (`tools.classroom.train`), with dialogues and a tokenizer of its own.
"""

from tools.classroom.programs.recipes import RECIPES
from tools.classroom.programs.tokenizer import build_code_tokenizer
from tools.classroom.train import run


def main() -> None:
    """Command line."""
    run("tools.classroom.programs.train", RECIPES, build_code_tokenizer)


if __name__ == "__main__":
    main()
