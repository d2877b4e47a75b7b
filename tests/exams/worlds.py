"""Random little banks in which copies, missing metadata and ties are common."""

from dataclasses import replace

from hypothesis import strategies as st

from lbt_solvers.types import Problem

QUESTIONS = ["Compute 2+3.", "compute  2+3.", "Compute 2+4.", "How many eggs?", "How many\n eggs?", r"Find $\pi/2$."]
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.sampled_from(["Algebra", "Geometry"]),
        "level": st.integers(1, 3),
        "tags": st.lists(st.sampled_from(["dp", "greedy", "bits"]), max_size=2),
        "variant_of": st.sampled_from(["p0", "p1"]),
    },
)
PROBLEMS = st.builds(
    Problem,
    id=st.sampled_from([f"p{number}" for number in range(8)]),
    question=st.sampled_from(QUESTIONS),
    answer=st.sampled_from(["5", "6"]),
    metadata=METADATA,
)


def _with_own_ids(problems: list[Problem]) -> list[Problem]:
    """The same, where an id names one question: of an id's questions the first."""
    first = {each.id: each.question for each in reversed(problems)}
    return [replace(each, question=first[each.id]) for each in problems]


BANKS = st.lists(PROBLEMS, max_size=12).map(_with_own_ids)
