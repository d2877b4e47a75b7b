"""The official S-score: programs judged by LeetCode, none of them submitted twice.

    with Journal(Path("official.jsonl.submitted")) as journal:
        rows = submit(leetcode, read_programs(Path("best.jsonl")).programs, journal, pause=5)

Every step is in the journal before and after it is taken. After a kill, a program that was sent but whose number was
never received is looked for among the user's newest submissions before it is sent again; one that has a number is only
asked for. Equal programs for one problem are submitted once.

Source: paper, appendix B.1 (S-score: correct test cases / test cases, -1 where LeetCode gave none; here that is null).
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tenacity
from lbt_sandbox.code_extraction import defines, extract_code
from lbt_sandbox.loaders import describe_broken, load_solutions

from lbt_tasks.code.leetcode.client import LeetCode, LeetCodeError, retrying
from lbt_tasks.code.leetcode.journal import Journal

VERDICTS = {10: "AC", 11: "WA", 12: "MLE", 13: "OLE", 14: "TLE", 15: "RTE", 20: "CE"}
"""LeetCode's `status_code`; any other is a failure of the judge and no verdict."""
LOOKS = 100


class Program(NamedTuple):
    """What is submitted."""

    task_id: str
    code: str

    @property
    def key(self) -> str:
        """Equal for equal programs for one problem."""
        return hashlib.sha256(f"{self.task_id}\0{self.code}".encode()).hexdigest()[:16]


class Programs(NamedTuple):
    """What a file of solutions holds."""

    programs: list[Program]
    left_out: list[str]
    """Lines that are none, with their number and the reason."""


def read_programs(path: Path) -> Programs:
    """The programs in a file of `task_id` and `completion`; out of a model's reply its code is taken.

    Raises:
        DataError: there is no such file, or no line of it is a solution.
        ValueError: no solution holds a program.
    """
    loaded = load_solutions(path)
    left_out = describe_broken(path, loaded.broken)
    programs: list[Program] = []
    for solution in loaded.solutions:
        code = extract_code(solution.completion, "Solution")
        if defines(code, "Solution"):
            programs.append(Program(solution.task_id, code))
        else:
            left_out.append(f"{path}, line {solution.line}: the completion defines no class Solution")
    if not programs:
        raise ValueError(f"{path} holds no program that can be submitted. The first: {left_out[0]}")
    return Programs(programs, left_out)


def submit(
    leetcode: LeetCode,
    programs: Sequence[Program],
    journal: Journal,
    pause: float,
    progress: Callable[[int], None] = lambda done: None,
) -> list[dict[str, Any]]:
    """The judge's verdict on every program, in their order.

    Args:
        leetcode: signed in.
        programs: from `read_programs`.
        journal: of this run, or of one that was stopped.
        pause: seconds between two looks at the judge, and the first wait after a failure.
        progress: called with the number of programs that are judged.

    Returns:
        `task_id`, `verdict`, `passed`, `total`, `s_score` and `submission_id` of each; verdict and S-score are None
        where the judge itself failed.

    Raises:
        LeetCodeError: the journal keeps what was done.
    """
    rows: list[dict[str, Any]] = []
    for program in programs:
        judged = _event(journal, program, "judged")
        if judged is None:
            judged = _judged(leetcode, program, _submitted(leetcode, program, journal, pause), pause)
            journal.append(judged)
        rows.append({name: value for name, value in judged.items() if name not in ("program", "event")})
        progress(len(rows))
    return rows


def _submitted(leetcode: LeetCode, program: Program, journal: Journal, pause: float) -> int:
    """The number of the program's submission, which is made unless there is one."""
    if done := _event(journal, program, "submitted"):
        return int(done["submission_id"])
    question_id = _question_id(leetcode, program.task_id, journal)
    number = retrying(pause)(_find_or_send, leetcode, program, question_id, journal)
    journal.append(_row(program, "submitted", submission_id=number))
    return number


def _find_or_send(leetcode: LeetCode, program: Program, question_id: str, journal: Journal) -> int:
    if _event(journal, program, "sending"):
        if found := leetcode.find_submission(program.task_id, program.code):
            return found
    else:
        journal.append(_row(program, "sending"))
    return leetcode.submit_once(program.task_id, question_id, program.code)


def _question_id(leetcode: LeetCode, slug: str, journal: Journal) -> str:
    """LeetCode's inner number of a problem; asked for once."""
    for row in journal.rows:
        if row.get("event") == "question" and row["task_id"] == slug:
            return str(row["question_id"])
    number = str(leetcode.question(slug)["questionId"])
    journal.append({"event": "question", "task_id": slug, "question_id": number})
    return number


def _judged(leetcode: LeetCode, program: Program, number: int, pause: float) -> dict[str, Any]:
    def none_yet(state: tenacity.RetryCallState) -> Any:
        raise LeetCodeError(
            f"LeetCode has not judged submission {number} ({program.task_id}) after {LOOKS} looks. "
            "The same command goes on from here, later."
        )

    looking = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda answer: answer["state"] != "SUCCESS"),
        wait=tenacity.wait_fixed(pause),
        stop=tenacity.stop_after_attempt(LOOKS),
        retry_error_callback=none_yet,
    )
    return _row(program, "judged", **verdict_of(looking(leetcode.check, number), number))


def verdict_of(answer: dict[str, Any], number: int) -> dict[str, Any]:
    """What a finished judge said.

    Raises:
        LeetCodeError: its answer lacks what a verdict needs.
    """
    if "status_code" not in answer:
        raise LeetCodeError(
            f"LeetCode's protocol has changed: the judge's answer on submission {number} has no 'status_code' "
            f"(found {', '.join(sorted(answer))})."
        )
    verdict = VERDICTS.get(answer["status_code"])
    if verdict is None:
        message = f"the judge itself failed: {answer.get('status_msg', answer['status_code'])}"
        return {"verdict": None, "passed": None, "total": None, "s_score": None, "submission_id": number} | {
            "message": message
        }
    passed, total = _counts(answer, verdict, number)
    score = passed / total if total else 0.0
    return {"verdict": verdict, "passed": passed, "total": total, "s_score": score, "submission_id": number}


def _counts(answer: dict[str, Any], verdict: str, number: int) -> tuple[int, int]:
    """Test cases passed and in all; a program that does not compile ran on none."""
    passed, total = answer.get("total_correct"), answer.get("total_testcases")
    if isinstance(passed, int) and isinstance(total, int) and 0 <= passed <= total and (total or verdict == "CE"):
        return passed, total
    if verdict == "CE":
        return 0, 0
    raise LeetCodeError(
        f"LeetCode's protocol has changed: the judge's answer on submission {number} ({verdict}) needs 'total_correct' "
        f"and 'total_testcases', found {passed!r} and {total!r}."
    )


def _event(journal: Journal, program: Program, event: str) -> dict[str, Any] | None:
    key = program.key
    return next((row for row in journal.rows if row.get("program") == key and row.get("event") == event), None)


def _row(program: Program, event: str, **more: Any) -> dict[str, Any]:
    return {"event": event, "program": program.key, "task_id": program.task_id, **more}
