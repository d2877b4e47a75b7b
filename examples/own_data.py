"""Questions of your own in Python: what `inspect eval lbt_tasks/qa -T data=mine.csv` does, to be changed as you like.

    python examples/own_data.py mine.csv openai/gpt-4o-mini

Without arguments it runs twelve questions on the weights that ship with the project.
"""

import sys

from inspect_ai import eval

from lbt_solvers import Problem, load_problems, similar
from lbt_tasks import lbt_task

QUESTIONS = [Problem(str(n), f"Compute {n} plus {n + 4}.", str(2 * n + 4)) for n in range(1, 13)]


def main(data: str | None = None, model: str = "hf-batch/classroom/teacher") -> None:
    """Teaches the questions of a file, and says where the log is."""
    problems = load_problems(data) if data else QUESTIONS
    exams = similar(problems, items=3, repetitions=1)  # never the taught question or a copy of it
    task = lbt_task(problems, exams, name="own_data", rationales=4)
    (log,) = eval(task, model=model, display="plain")
    print(f"What came of it: lbt report {log.location}")


if __name__ == "__main__":
    main(*sys.argv[1:])
