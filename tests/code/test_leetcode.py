"""`lbt fetch leetcode` and `lbt submit leetcode` against a server on this machine that speaks LeetCode's protocol."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lbt_tasks.cli import main
from lbt_tasks.code.data import SAMPLES, load_code_problems
from lbt_tasks.code.leetcode import client
from lbt_tasks.code.leetcode.client import ATTEMPTS, LeetCode, LeetCodeError, TryAgain, retrying
from lbt_tasks.code.leetcode.journal import Journal
from tests.code.fake_leetcode import CSRF, SESSION, Site, fake_leetcode
from tests.code.test_prepare import PLAN

REFERENCES = {problem.id: problem.reference or "" for problem in load_code_problems(SAMPLES)}
WRONG = "class Solution:\n    def firstFitting(self, boxes, wanted):\n        return []\n"


@pytest.fixture(autouse=True)
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEETCODE_SESSION", SESSION)
    monkeypatch.setenv("LEETCODE_CSRFTOKEN", CSRF)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def site() -> Iterator[Site]:
    with fake_leetcode() as site:
        site.plans["halving"] = PLAN
        yield site


@pytest.fixture(autouse=True)
def the_session_is_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does, neither cookie is in a file that it wrote or in a log."""
    caplog.set_level("DEBUG")
    yield
    texts = [caplog.text, *(path.read_text() for path in tmp_path.rglob("*") if path.is_file())]
    assert not any(secret in text for secret in (SESSION, CSRF) for text in texts)


def arguments(site: Site, *given: Any) -> list[str]:
    return [*map(str, given), "--base-url", site.url, "--pause", "0"]


def lbt(site: Site, *given: Any) -> Result:
    result = CliRunner().invoke(main, arguments(site, *given))
    assert SESSION not in result.output and CSRF not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def fetch(site: Site, out: Path, *given: str) -> Result:
    return lbt(site, "fetch", "leetcode", "--out", out, *given)


def submit(site: Site, folder: Path) -> Result:
    return lbt(site, "submit", "leetcode", "--solutions", folder / "s.jsonl", "--out", folder / "r.jsonl")


def solutions(folder: Path, **programs: str) -> None:
    rows = [{"task_id": name.replace("_", "-"), "completion": code} for name, code in programs.items()]
    (folder / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


# --- fetch ---------------------------------------------------------------------------------------------------------


def test_fetched_problems_can_be_prepared(site: Site, tmp_path: Path) -> None:
    raw, out = tmp_path / "raw.jsonl", tmp_path / "problems.jsonl"
    slugs = "lantern-rows,https://leetcode.com/problems/first-fit/"
    result = fetch(site, raw, "--slugs", slugs, "--study-plan", "halving")
    assert result.exit_code == 0 and "3 problems fetched, 0 were there." in result.output
    assert site.asked == ["userStatus", "studyPlanV2Detail", "question", "question", "question"]
    assert CliRunner().invoke(main, ["prepare", "leetcode", str(raw), "--out", str(out)]).exit_code == 0
    problems = load_code_problems(out)
    assert [problem.id for problem in problems] == ["lantern-rows", "first-fit", "ferry-hours"]
    assert problems[1].metadata["study_plans"] == ["Halving", "Halving / First Steps", "Halving / More"]


def test_what_is_there_is_not_fetched_again(site: Site, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    fetch(site, raw, "--study-plan", "halving")
    before = raw.read_bytes()
    raw.write_bytes(before + b'{"question": {"titleSl')  # what a kill in the middle of a line leaves
    site.asked.clear()
    result = fetch(site, raw, "--study-plan", "halving", "--slugs", "quiet-shelf")
    assert "1 problems fetched, 2 were there." in result.output
    assert site.asked == ["userStatus", "question"]
    assert raw.read_bytes().startswith(before) and len(lines(raw)) == 4


@pytest.mark.parametrize("trouble", ["429", "500", "503", "cut", "says <html>", "taken, then silent"])
def test_what_may_pass_is_tried_again(site: Site, tmp_path: Path, trouble: str) -> None:
    site.trouble["question"] = [trouble] * (ATTEMPTS - 1)
    result = fetch(site, tmp_path / "raw.jsonl", "--slugs", "first-fit")
    assert result.exit_code == 0, result.output
    assert site.asked.count("question") == ATTEMPTS


def test_what_does_not_pass_ends_with_one_line_and_goes_on_later(site: Site, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    fetch(site, raw, "--slugs", "quiet-shelf")
    site.trouble["question"] = ["429"] * ATTEMPTS
    result = fetch(site, raw, "--slugs", "quiet-shelf,first-fit,ferry-hours")
    assert result.exit_code == 1
    assert f"Gave up after {ATTEMPTS} attempts" in result.output and "requests come too fast" in result.output
    assert "The same command goes on from here" in result.output and len(lines(raw)) == 1
    assert "2 problems fetched, 1 were there" in fetch(site, raw, "--slugs", "quiet-shelf,first-fit,ferry-hours").output


@pytest.mark.parametrize("variable", ["LEETCODE_SESSION", "LEETCODE_CSRFTOKEN"])
def test_without_a_session_it_says_what_to_set(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv(variable)
    result = fetch(site, tmp_path / "raw.jsonl", "--slugs", "first-fit")
    assert result.exit_code == 1 and f"{variable} is not set" in result.output and "your browser" in result.output
    assert site.asked == []


def test_an_expired_session_says_what_to_set(site: Site, tmp_path: Path) -> None:
    site.signed_in = False
    result = fetch(site, tmp_path / "raw.jsonl", "--slugs", "first-fit")
    assert result.exit_code == 1 and "has expired or is not valid" in result.output
    assert "LEETCODE_SESSION and LEETCODE_CSRFTOKEN" in result.output
    assert site.asked == ["userStatus"]


@pytest.mark.parametrize("trouble", ["login", "401", "403"])
def test_a_session_that_expires_meanwhile(site: Site, tmp_path: Path, trouble: str) -> None:
    site.trouble["question"] = [trouble]
    result = fetch(site, tmp_path / "raw.jsonl", "--slugs", "first-fit")
    assert "has expired or is not valid: it refused the request" in result.output
    assert site.asked == ["userStatus", "question"]  # no redirect is followed with the session


@pytest.mark.parametrize(
    ("kind", "trouble", "said"),
    [
        ("question", "without data.question.metaData", "in the problem 'first-fit', metaData is missing"),
        ("question", "without data.question", "the answer for question has no 'question'"),
        ("question", "without data", "the answer for question has no 'data'"),
        ("studyPlanV2Detail", "without data.studyPlanV2Detail.planSubGroups", "planSubGroups is missing"),
        ("userStatus", "without data.userStatus", "has no 'userStatus'"),
        ("question", 'says {"errors": [{"message": "Cannot query field metaData"}]}', "Cannot query field metaData"),
        ("question", "says [1]", "answered with a list"),
        ("question", "404", "HTTP 404"),
    ],
)
def test_a_changed_schema_names_what_is_missing(site: Site, tmp_path: Path, kind: str, trouble: str, said: str) -> None:
    site.trouble[kind] = [trouble]
    raw = tmp_path / "raw.jsonl"
    result = fetch(site, raw, "--slugs", "first-fit", "--study-plan", "halving")
    assert result.exit_code == 1 and said in result.output
    assert not any("question" in row for row in lines(raw))


def test_names_that_the_server_does_not_know(site: Site, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    assert "has no question for {'titleSlug': 'nothing'}" in fetch(site, raw, "--slugs", "nothing").output
    assert "has no studyPlanV2Detail for" in fetch(site, raw, "--study-plan", "nothing").output
    assert "Nothing to fetch" in fetch(site, raw).output


@pytest.mark.parametrize("content", ["my notes\n", "my notes", "[1]\n", "{1}\n{}"])
def test_a_file_that_holds_something_else_is_left_alone(site: Site, tmp_path: Path, content: str) -> None:
    raw = tmp_path / "raw.jsonl"
    raw.write_text(content)
    result = fetch(site, raw, "--slugs", "first-fit")
    assert "is no file of JSON objects" in result.output and raw.read_text() == content


def test_a_last_line_without_its_end_is_kept(site: Site, tmp_path: Path) -> None:
    raw = tmp_path / "raw.jsonl"
    raw.write_text(json.dumps({"question": site.questions["first-fit"]}))
    assert "1 problems fetched, 1 were there." in fetch(site, raw, "--slugs", "first-fit,quiet-shelf").output
    assert [row["question"]["titleSlug"] for row in lines(raw)] == ["first-fit", "quiet-shelf"]


def test_two_runs_do_not_write_one_file(site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "raw.jsonl"):
        assert "is being written by another run" in fetch(site, tmp_path / "raw.jsonl", "--slugs", "first-fit").output


def test_the_session_goes_to_no_unencrypted_address() -> None:
    with pytest.raises(LeetCodeError, match="an https address is needed"):
        LeetCode.from_environment("http://example.org", pause=0)


def test_requests_are_a_pause_apart(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(client.time, "sleep", waits.append)
    with LeetCode.from_environment(site.url, pause=500) as leetcode:
        for _ in range(3):
            leetcode.check_session()
    assert waits[0] == 0 and len(waits) == 3
    assert all(400 < wait <= 500 for wait in waits[1:])


@pytest.mark.parametrize(("after", "expected"), [(None, [2, 4, 8, 16, 32]), (7.0, [7] * 5), (9e9, [300] * 5)])
def test_back_off(after: float | None, expected: list[float]) -> None:
    waits: list[float] = []
    again = retrying(1).copy(sleep=waits.append)

    def fail() -> None:
        raise TryAgain("busy", after)

    with pytest.raises(LeetCodeError, match="busy"):
        again(fail)
    assert waits == expected


# --- submit --------------------------------------------------------------------------------------------------------


def test_official_scores(site: Site, tmp_path: Path) -> None:
    site.verdicts = {
        "return []": {"state": "SUCCESS", "status_code": 11, "total_correct": 3, "total_testcases": 60},
        "oops": {"state": "SUCCESS", "status_code": 20, "total_correct": None, "total_testcases": None},
        "broken judge": {"state": "SUCCESS", "status_code": 16, "status_msg": "Internal Error"},
    }
    solutions(
        tmp_path,
        first_fit=WRONG,
        stone_path=f"It is like this:\n```python\n{REFERENCES['stone-path']}```\n",
        ferry_hours="class Solution:\n    oops(",
        quiet_shelf="class Solution:\n    pass  # broken judge\n",
        lantern_rows="I cannot do that.",
    )
    result = submit(site, tmp_path)
    assert result.exit_code == 0, result.output
    rows = lines(tmp_path / "r.jsonl")
    assert [row["task_id"] for row in rows] == ["first-fit", "stone-path", "ferry-hours", "quiet-shelf"]
    assert [row["verdict"] for row in rows] == ["WA", "AC", "CE", None]
    assert [row["s_score"] for row in rows] == [0.05, 1.0, 0.0, None]
    assert rows[3]["message"] == "the judge itself failed: Internal Error"
    assert site.submissions[1]["code"] == REFERENCES["stone-path"]
    assert "line 5: the completion defines no class Solution" in result.output
    assert "S-score 0.350, the mean of 3" in result.output and "1 programs have no verdict" in result.output
    assert site.asked.count("check") == 4 * 3  # PENDING, STARTED, SUCCESS


def test_equal_programs_are_submitted_once(site: Site, tmp_path: Path) -> None:
    row = json.dumps({"task_id": "first-fit", "completion": WRONG}) + "\n"
    (tmp_path / "s.jsonl").write_text(row * 3)
    assert submit(site, tmp_path).exit_code == 0
    assert len(site.submissions) == 1 and len(lines(tmp_path / "r.jsonl")) == 3
    site.asked.clear()
    assert submit(site, tmp_path).exit_code == 0
    assert site.asked == ["userStatus"]


@pytest.mark.parametrize("trouble", ["429", "500", "cut", "taken, then silent"])
def test_a_submission_that_failed_is_looked_for_before_it_is_sent_again(
    site: Site, tmp_path: Path, trouble: str
) -> None:
    site.submissions = [{"id": 4999, "slug": "first-fit", "code": REFERENCES["first-fit"]}]  # an older one
    site.trouble["submit"] = [trouble]
    solutions(tmp_path, first_fit=WRONG)
    assert submit(site, tmp_path).exit_code == 0
    assert [each["code"] for each in site.submissions[1:]] == [WRONG]
    taken = trouble in ("cut", "taken, then silent")
    assert site.asked.count("submit") == (1 if taken else 2)


@pytest.mark.parametrize("moment", ["submit", "check"])
def test_after_a_kill_nothing_is_submitted_twice(site: Site, tmp_path: Path, moment: str) -> None:
    """`kill -9` when the server has taken the second program and not said so, or while the judge is asked about it."""
    solutions(tmp_path, first_fit=WRONG, stone_path=REFERENCES["stone-path"], ferry_hours=REFERENCES["ferry-hours"])
    reached, go_on = threading.Event(), threading.Event()

    def stop_there(kind: str) -> None:
        if kind == moment and len(site.submissions) == 2:
            reached.set()
            go_on.wait(30)

    site.meanwhile = stop_there
    command = ["submit", "leetcode", "--solutions", tmp_path / "s.jsonl", "--out", tmp_path / "r.jsonl"]
    environment = os.environ | {"NO_PROXY": "127.0.0.1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "lbt_tasks.cli", *arguments(site, *command)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert reached.wait(30)
    process.send_signal(signal.SIGKILL)
    process.wait()
    go_on.set()
    site.meanwhile = lambda kind: None
    assert not (tmp_path / "r.jsonl").exists()

    result = submit(site, tmp_path)
    assert result.exit_code == 0, result.output
    assert [each["slug"] for each in site.submissions] == ["first-fit", "stone-path", "ferry-hours"]
    assert [row["submission_id"] for row in lines(tmp_path / "r.jsonl")] == [5000, 5001, 5002]


def test_a_kill_before_the_request_left_submits_then(site: Site, tmp_path: Path) -> None:
    solutions(tmp_path, first_fit=WRONG)
    site.trouble["submit"] = ["403"]
    assert "has expired" in submit(site, tmp_path).output
    assert [row["event"] for row in lines(tmp_path / "r.jsonl.submitted")] == ["question", "sending"]
    assert submit(site, tmp_path).exit_code == 0
    assert len(site.submissions) == 1


@pytest.mark.parametrize(
    ("kind", "trouble", "said"),
    [
        ("check", "without state", "the answer for the judge has no 'state' (found nothing)"),
        ("submit", "without submission_id", "the answer for a submission has no 'submission_id'"),
        ("check", 'says {"state": "SUCCESS"}', "has no 'status_code' (found state)"),
        ("check", 'says {"state": "SUCCESS", "status_code": 11}', "needs 'total_correct' and 'total_testcases'"),
    ],
)
def test_a_changed_judge_is_no_score_of_0(site: Site, tmp_path: Path, kind: str, trouble: str, said: str) -> None:
    site.trouble[kind] = [trouble]
    solutions(tmp_path, first_fit=WRONG)
    result = submit(site, tmp_path)
    assert result.exit_code == 1 and said in result.output
    assert not (tmp_path / "r.jsonl").exists()
    assert submit(site, tmp_path).exit_code == 0 and len(site.submissions) == 1


def test_a_judge_that_never_ends_is_asked_again_later(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lbt_tasks.code.leetcode.submit.LOOKS", 3)
    site.states = ["PENDING"] * 3
    solutions(tmp_path, first_fit=WRONG)
    assert "has not judged submission 5000 (first-fit) after 3 looks" in submit(site, tmp_path).output
    assert submit(site, tmp_path).exit_code == 0 and len(site.submissions) == 1


def test_mistakes_are_one_line(site: Site, tmp_path: Path) -> None:
    result = submit(site, tmp_path)
    assert result.exit_code == 1 and result.output.startswith("Error: Cannot read")
    solutions(tmp_path, first_fit="I cannot.")
    result = submit(site, tmp_path)
    assert result.exit_code == 1 and "holds no program" in result.output and site.asked == []
