"""A programming problem whose tests are split in two: what may be used in selection, and what only reports.

    problem = CodeProblem.split(sandbox_problem, visible=2, question="Given a list of ...")
    report = await sandbox.grade(problem.visible, program)     # the V-score's tests
    report = await sandbox.grade(problem.hidden, program)      # the S-score's tests

Only `question` and `starter_code` may reach a prompt. Source: paper, appendix B.1 (V-score, S-score).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lbt_sandbox import Problem

VISIBLE_BY_DEFAULT = 3
"""The first tests of a problem that does not say which of its tests are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class CodeProblem:
    """A statement, and two sets of tests of the same signature."""

    id: str
    question: str
    """The statement as models read it, without the starter code."""
    visible: Problem
    """The tests in the statement: their V-score may be used in selection and in self-debugging."""
    hidden: Problem
    """The remaining tests: their S-score is reported, and nothing else may look at it."""
    starter_code: str = ""
    """The signature that a program has to fill in; empty where the statement says it."""
    reference: str | None = None
    """A program that is known to be right."""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What exam makers choose by: `tags`, `difficulty`, `study_plans` (lists of names), `question_id`, `type`."""

    @classmethod
    def split(cls, problem: Problem, question: str, visible: int = VISIBLE_BY_DEFAULT, **fields: Any) -> "CodeProblem":
        """The problem with its first tests visible and the others hidden.

        Args:
            problem: With all its tests.
            question: The statement.
            visible: How many tests are shown; at least one test always stays hidden.
            **fields: Further fields of the dataclass.

        Raises:
            ValueError: fewer than two tests, so that there is nothing to split.
        """
        if len(problem.cases) < 2:
            raise ValueError(f"problem {problem.task_id!r} has {len(problem.cases)} tests; at least 2 were needed.")
        shown = max(1, min(visible, len(problem.cases) - 1))
        return cls(
            id=problem.task_id,
            question=question,
            visible=replace(problem, cases=problem.cases[:shown]),
            hidden=replace(problem, cases=problem.cases[shown:]),
            reference=fields.pop("reference", problem.reference),
            **fields,
        )
