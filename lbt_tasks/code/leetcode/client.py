"""LeetCode's protocol as its web page speaks it: queries to GraphQL, submissions, the judge's answer.

    with LeetCode.from_environment("https://leetcode.com", pause=2) as leetcode:
        question = leetcode.question("two-sum")

The session is the user's own and comes from the environment. It is sent to the address that the user named and
nowhere else (no redirect is followed), and is never written or logged. Requests are `pause` seconds apart; a request
that failed for a reason that may pass is made again, later each time, or when the server says (`Retry-After`).
"""

import os
import time
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx
import tenacity
from pydantic import BaseModel, ValidationError

from lbt_tasks.code.leetcode.raw import Question, StudyPlan, what_is_wrong

SESSION, CSRF = "LEETCODE_SESSION", "LEETCODE_CSRFTOKEN"
ATTEMPTS = 6
LONGEST_WAIT = 300.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HOW = (
    f"Log in to it with your browser and set the environment variables {SESSION} and {CSRF} to the values of its "
    "cookies LEETCODE_SESSION and csrftoken. They are like your password: put them into no file that others read."
)
_QUERIES = {
    "userStatus": "query globalData { userStatus { isSignedIn } }",
    "question": (
        "query questionData($titleSlug: String!) { question(titleSlug: $titleSlug) { questionId questionFrontendId "
        "title titleSlug content difficulty isPaidOnly topicTags { name slug } codeSnippets { lang langSlug code } "
        "exampleTestcases metaData } }"
    ),
    "studyPlanV2Detail": (
        "query studyPlanDetail($slug: String!) { studyPlanV2Detail(planSlug: $slug) { slug name planSubGroups { slug "
        "name questions { titleSlug } } } }"
    ),
    "questionSubmissionList": (
        "query submissionList($offset: Int!, $limit: Int!, $questionSlug: String!) { questionSubmissionList("
        "offset: $offset, limit: $limit, questionSlug: $questionSlug) { submissions { id } } }"
    ),
    "submissionDetails": (
        "query submissionDetails($submissionId: Int!) { submissionDetails(submissionId: $submissionId) { code } }"
    ),
}


class LeetCodeError(ValueError):
    """What the user should know: no session, a changed protocol, a server that stays away."""


class TryAgain(Exception):  # noqa: N818 - a signal to tenacity
    """A request that may succeed later; whether the server acted on it is not known."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class LeetCode:
    """A signed-in session; one request at a time."""

    def __init__(self, base_url: str, session: str, csrf: str, pause: float) -> None:
        self._base, self._pause, self._ready = base_url.rstrip("/"), pause, 0.0
        url = httpx.URL(self._base)
        if url.scheme != "https" and url.host not in _LOOPBACK:
            raise LeetCodeError(f"The session would go to {self._base} unencrypted: an https address is needed.")
        self._http = httpx.Client(
            base_url=self._base,
            cookies={"LEETCODE_SESSION": session, "csrftoken": csrf},
            headers={"x-csrftoken": csrf, "Referer": self._base, "User-Agent": "lbt-tasks"},
            timeout=30,
        )

    @classmethod
    def from_environment(cls, base_url: str, pause: float) -> Self:
        """A session from LEETCODE_SESSION and LEETCODE_CSRFTOKEN.

        Raises:
            LeetCodeError: one of them is not set, or holds what no cookie can.
        """
        session, csrf = os.environ.get(SESSION, "").strip(), os.environ.get(CSRF, "").strip()
        for name, value in ((SESSION, session), (CSRF, csrf)):
            if not value or not value.isascii() or not value.isprintable():
                raise LeetCodeError(
                    f"{name} {'holds no cookie' if value else 'is not set'}: {base_url} needs it. {_HOW}"
                )
        return cls(base_url, session, csrf, pause)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def check_session(self) -> None:
        """Raises `LeetCodeError` where the server does not know the session."""
        if not self._graphql("userStatus").get("isSignedIn"):
            raise self._expired("it does not know your session")

    def question(self, slug: str) -> dict[str, Any]:
        """A problem as the server gives it, of the form of `raw.Question`.

        Raises:
            LeetCodeError: there is none of that name, or it has another form.
        """
        question = self._graphql("question", titleSlug=slug)
        _check(Question, question, f"the problem '{slug}'")
        return question

    def study_plan(self, slug: str) -> dict[str, Any]:
        """A study plan as the server gives it, of the form of `raw.StudyPlan`; raises as `question` does."""
        plan = self._graphql("studyPlanV2Detail", slug=slug)
        _check(StudyPlan, plan, f"the study plan '{slug}'")
        return plan

    def submit_once(self, slug: str, question_id: str, code: str) -> int:
        """Submit a Python program and give the submission's number.

        Raises:
            TryAgain: it failed; the server may have taken the program all the same.
            LeetCodeError: it will fail again.
        """
        body = {"lang": "python3", "question_id": question_id, "typed_code": code}
        referer = {"Referer": f"{self._base}/problems/{slug}/"}
        answer = self._request("POST", f"/problems/{slug}/submit/", json=body, headers=referer)
        return int(_held(answer, "submission_id", "a submission"))

    def check(self, submission: int) -> dict[str, Any]:
        """What the judge says so far; its `state` is PENDING, STARTED or SUCCESS."""
        answer = self._again("GET", f"/submissions/detail/{submission}/check/")
        _held(answer, "state", "the judge")
        return answer

    def find_submission(self, slug: str, code: str, newest: int = 20) -> int | None:
        """The user's submission of exactly that program among the newest for that problem."""
        listed = self._graphql("questionSubmissionList", offset=0, limit=newest, questionSlug=slug)
        for submission in _held(listed, "submissions", "the list of submissions") or ():
            number = int(_held(submission, "id", "the list of submissions"))
            details = self._graphql("submissionDetails", submissionId=number)
            if _same_code(str(_held(details, "code", "a submission")), code):
                return number
        return None

    def _graphql(self, name: str, **variables: Any) -> dict[str, Any]:
        answer = self._again("POST", "/graphql/", json={"query": _QUERIES[name], "variables": variables})
        if errors := answer.get("errors"):
            message = errors[0].get("message", errors[0]) if isinstance(errors, list) else errors
            raise LeetCodeError(f"{self._base} refused the query '{name}': {message}. Its protocol may have changed.")
        found = _held(_held(answer, "data", name), name, name)
        if not isinstance(found, dict):
            raise LeetCodeError(f"{self._base} has no {name} for {variables or 'you'}.")
        return found

    def _again(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return retrying(self._pause)(self._request, method, path, **options)

    def _request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        time.sleep(max(0.0, self._ready - time.monotonic()))
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise TryAgain(f"{self._base} did not answer properly ({type(error).__name__}: {error})") from None
        finally:
            self._ready = time.monotonic() + self._pause
        self._check_status(response)
        try:
            answer = response.json()
        except ValueError:
            raise TryAgain(f"the answer of {self._base} was no whole JSON ({len(response.content)} bytes)") from None
        if not isinstance(answer, dict):
            raise LeetCodeError(f"{self._base}{path} answered with a {type(answer).__name__}; an object was needed.")
        return answer

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise TryAgain(f"{self._base} says that requests come too fast (HTTP 429)", _seconds(response))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TryAgain(f"{self._base} failed (HTTP {status})", _seconds(response))
        if response.is_redirect or status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise self._expired(f"it refused the request (HTTP {status})")
        if not response.is_success:
            raise LeetCodeError(
                f"{self._base} answered {response.url.path} with HTTP {status}; its protocol may differ."
            )

    def _expired(self, what: str) -> LeetCodeError:
        return LeetCodeError(f"Your session at {self._base} has expired or is not valid: {what}. {_HOW}")


def retrying(pause: float) -> tenacity.Retrying:
    """Calls again after `TryAgain`, each time after twice as long; when attempts run out, a `LeetCodeError`."""

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        after = error.after if isinstance(error, TryAgain) else None
        return min(pause * 2**state.attempt_number if after is None else after, LONGEST_WAIT)

    def give_up(state: tenacity.RetryCallState) -> Any:
        reason = state.outcome.exception() if state.outcome else None
        raise LeetCodeError(f"Gave up after {ATTEMPTS} attempts: {reason}. The same command goes on from here, later.")

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TryAgain),
        wait=wait,
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        retry_error_callback=give_up,
    )


def _seconds(response: httpx.Response) -> float | None:
    """`Retry-After` where it is a number of seconds."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None


def _held(answer: Any, name: str, what: str) -> Any:
    if not isinstance(answer, Mapping) or name not in answer:
        found = ", ".join(sorted(map(str, answer))) if isinstance(answer, Mapping) else type(answer).__name__
        raise LeetCodeError(
            f"LeetCode's protocol has changed: the answer for {what} has no '{name}' (found {found or 'nothing'}). "
            "Please report it, with this line."
        )
    return answer[name]


def _check(model: type[BaseModel], data: dict[str, Any], what: str) -> None:
    try:
        model.model_validate(data)
    except ValidationError as error:
        raise LeetCodeError(
            f"LeetCode's protocol has changed: in {what}, {what_is_wrong(error)}. Please report it, with this line."
        ) from None


def _same_code(found: str, wanted: str) -> bool:
    return found.replace("\r\n", "\n").strip() == wanted.replace("\r\n", "\n").strip()
