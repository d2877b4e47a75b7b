"""Fetches raw problems, one by one; what the file has already is not asked for again.

    with Journal(out) as raw:
        fetch(leetcode, wanted_slugs(leetcode, ["two-sum"], ["binary-search"], raw), raw)

The rows are LeetCode's own answers, `{"question": {...}}` and `{"studyPlanV2Detail": {...}}`, for `lbt prepare`.
"""

from collections.abc import Callable, Sequence

from lbt_tasks.code.leetcode.client import LeetCode
from lbt_tasks.code.leetcode.journal import Journal
from lbt_tasks.code.leetcode.raw import StudyPlan


def wanted_slugs(leetcode: LeetCode, slugs: Sequence[str], plans: Sequence[str], raw: Journal) -> list[str]:
    """These problems and those of these study plans, each once; a plan that the file lacks is fetched into it.

    Raises:
        LeetCodeError: there is no such plan, or the server refuses.
    """
    planned = [slug for plan in plans for slug in _plan(leetcode, plan, raw).slugs()]
    return list(dict.fromkeys([*slugs, *planned]))


def fetch(
    leetcode: LeetCode, slugs: Sequence[str], raw: Journal, progress: Callable[[int], None] = lambda done: None
) -> int:
    """Add the problems that the file lacks.

    Args:
        leetcode: signed in.
        slugs: names of problems as they stand in their addresses.
        raw: grows by one row for each.
        progress: called with the number of problems that are there.

    Returns:
        How many were fetched; the others were there before.

    Raises:
        LeetCodeError: what was fetched before stays in the file.
    """
    held = {row["question"].get("titleSlug") for row in raw.rows if "question" in row}
    missing = [slug for slug in slugs if slug not in held]
    for count, slug in enumerate(missing, 1):
        raw.append({"question": leetcode.question(slug)})
        progress(len(slugs) - len(missing) + count)
    return len(missing)


def _plan(leetcode: LeetCode, slug: str, raw: Journal) -> StudyPlan:
    for row in raw.rows:
        if row.get("studyPlanV2Detail", {}).get("slug") == slug:
            return StudyPlan.model_validate(row["studyPlanV2Detail"])
    plan = leetcode.study_plan(slug)
    raw.append({"studyPlanV2Detail": plan})
    return StudyPlan.model_validate(plan)
