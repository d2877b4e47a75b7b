"""The options of the optimisation, with the paper's defaults, checked once.

    options_of({"rounds": 3, "evaluator": "ucb"})

In brackets: the name in the original code. Where paper and code differ, the default is the paper's, and the
docstring says what the code does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

from lbt_solvers.checks import at_least, one_of
from lbt_solvers.examples.metrics import MEASURES, Measure
from lbt_solvers.near_match import check_known

Evaluator: TypeAlias = Literal["brute_force", "ucb", "ucb_e", "successive_rejects", "successive_halving"]
EVALUATORS: tuple[str, ...] = get_args(Evaluator)


@dataclass(frozen=True, slots=True)
class Options:
    """How examples are optimised."""

    rounds: int = 5
    """Rounds after the initial set [rounds]."""
    beam_size: int = 4
    """Sets that are kept after each round [beam_size]."""
    examples: int = 8
    """Examples of a set [n_icl]."""
    init: Literal["written", "train"] = "written"
    """First set: `written` by the teacher, or drawn from the training rows, balanced [init_method: gen, train]."""
    write_attempts: int = 3
    """How often the teacher is asked for a first set that can be used."""
    minibatch: int = 64
    """Training rows that students answer in a round, the same for the whole beam [minibatch_size]."""
    reflections: int = 8
    """Groups of errors that the teacher explains, per set of the beam [n_gradients; the code's default is 4]."""
    errors_per_reflection: int = 4
    """Errors of such a group, at most [errors_per_gradient]."""
    reasons_per_reflection: int = 1
    """Reasons that the teacher gives for a group [gradients_per_error]."""
    rewrites_per_reason: int = 1
    """Sets that the teacher writes for each reason [steps_per_gradient]."""
    mix: int = 1
    """Reasons of several groups that go into one rewriting [gradient_mix]."""
    errors: Literal["pooled", "per_student"] = "pooled"
    """Errors of all students in one pool, as in the original, or each reflection on those of one student in turn."""
    least_reason_words: int = 6
    """Shorter reasons are dropped and counted."""
    new_sets: int = 8
    """New sets per set of the beam, at most, chosen at random [max_expansion_factor]."""
    accept_short: bool = False
    """Take sets with fewer examples than asked for, instead of rejecting them."""
    measure: Measure = "f1"
    """What ranks sets on training rows: the paper's F1, or `accuracy` as in the code [scorer 01]."""
    evaluator: Evaluator = "brute_force"
    """How the sets to keep are found [evaluator: bf, ucb, ucb-e, sr, sh]."""
    evaluation_budget: int = 2048
    """Answers of the teacher in a round's evaluation, at most [eval_rounds x eval_prompts_per_round x
    samples_per_eval]. The paper does not say how many rows it takes."""
    bandit_rounds: int = 8
    """Rounds of UCB and UCB-E [eval_rounds]."""
    bandit_sets: int = 8
    """Sets that answer in a round of a bandit [eval_prompts_per_round]."""
    bandit_rows: int = 32
    """Rows that they answer [samples_per_eval]."""
    exploration: float = 1.0
    """Weight of the uncertainty in UCB and UCB-E [c]."""
    seed: int = 0
    """Of rows, groups, combinations and of the models' sampling."""

    def __post_init__(self) -> None:
        at_least(1, **{name: getattr(self, name) for name in _AT_LEAST_ONE})
        at_least(0, rounds=self.rounds)
        one_of("init", self.init, ("written", "train"))
        one_of("errors", self.errors, ("pooled", "per_student"))
        one_of("measure", self.measure, MEASURES)
        one_of("evaluator", self.evaluator, EVALUATORS)
        if self.evaluation_budget < self.most_candidates:
            raise ValueError(
                f"evaluation_budget: at least one answer for each of up to {self.most_candidates} sets was needed, "
                f"found {self.evaluation_budget}."
            )

    @property
    def new_sets_of_one(self) -> int:
        """Sets that come of one set of the beam in a round, at most."""
        return min(self.new_sets, self.reflections * self.reasons_per_reflection * self.rewrites_per_reason)

    @property
    def most_candidates(self) -> int:
        """Sets that a round evaluates, at most: the beam and what comes of it."""
        return self.beam_size * (1 + self.new_sets_of_one)


_AT_LEAST_ONE = (
    "beam_size", "examples", "write_attempts", "minibatch", "reflections", "errors_per_reflection",
    "reasons_per_reflection", "rewrites_per_reason", "mix", "new_sets", "bandit_rounds", "bandit_sets", "bandit_rows",
)  # fmt: skip

ORIGINAL_CODE: Mapping[str, Any] = {"reflections": 4, "measure": "accuracy"}
"""What the original code does where it departs from the paper (and `positive=Yes` for LIAR)."""


def options_of(given: Mapping[str, Any]) -> Options:
    """Checked options.

    Raises:
        ValueError: an unknown option, with the nearest known one, or a value that cannot be.
    """
    check_known(given, [field.name for field in fields(Options)], "The optimisation of examples")
    return Options(**given)
