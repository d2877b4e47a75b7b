"""A server on this machine that speaks LeetCode's protocol, with its failures; and problems of our own in its shape.

    with fake_leetcode() as site:
        site.trouble["submit"] = ["429", "taken, then silent"]

Its problems are the package's samples and a few written here; nothing is LeetCode's.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lbt_tasks.code.data import SAMPLES

SESSION, CSRF = "eyJ-a-secret-session", "a-secret-csrf-token"
ACCEPTED = {"state": "SUCCESS", "status_code": 10, "status_msg": "Accepted", "total_correct": 9, "total_testcases": 9}
Json = dict[str, Any]


def raw_question(slug: str = "add", **changes: Any) -> Json:
    """A problem as LeetCode's `question` object gives it."""
    meta = {
        "name": "add",
        "params": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}],
        "return": {"type": "integer"},
    } | changes.pop("meta", {})
    snippet = "class Solution:\n    def add(self, a: int, b: int) -> int:\n        "
    return {
        "questionId": "1901",
        "questionFrontendId": "17",
        "title": "Add Two Numbers of Ours",
        "titleSlug": slug,
        "content": html("Add <code>a</code> and <code>b</code>.", ("a = 1, b = 2", "3"), ("a = 4, b = 5", "9")),
        "difficulty": "Easy",
        "isPaidOnly": False,
        "topicTags": [{"name": "Math", "slug": "math"}],
        "codeSnippets": [
            {"lang": "C++", "langSlug": "cpp", "code": "class Solution {};"},
            {"lang": "Python3", "langSlug": "python3", "code": snippet},
        ],
        "exampleTestcases": "1\n2\n4\n5",
        "metaData": json.dumps(meta),
    } | changes


def html(text: str, *examples: tuple[str, str]) -> str:
    """A statement in the form that most problems have."""
    blocks = [
        f'<p><strong class="example">Example {at}:</strong></p>\n\n<pre>\n<strong>Input:</strong> {given}\n'
        f"<strong>Output:</strong> {answer}\n<strong>Explanation:</strong> as it says.\n</pre>\n"
        for at, (given, answer) in enumerate(examples, 1)
    ]
    limits = (
        "<p><strong>Constraints:</strong></p>\n\n<ul>\n\t<li><code>0 &lt;= a &lt;= 10<sup>5</sup></code></li>\n</ul>"
    )
    return "\n".join([f"<p>{text}</p>\n\n<p>&nbsp;</p>", *blocks, limits])


def raw_sample(row: Json, number: int) -> Json:
    """A sample problem of the package as if it were LeetCode's."""
    text, _, _ = row["metadata"]["question"].partition("\n\nExample 1:")
    tests = [
        (
            ", ".join(f"{name} = {json.dumps(value)}" for name, value in test["kwargs"].items()),
            json.dumps(test["expected"]),
        )
        for test in row["tests"][:3]
    ]
    hints = row["prompt"].split("(self, ")[1].split(") ->")
    types = {"int": "integer", "List[int]": "integer[]"}
    params = [dict(zip(("name", "type"), pair.split(": "), strict=True)) for pair in hints[0].split(", ")]
    meta = {
        "name": row["entry_point"].removeprefix("Solution()."),
        "params": [param | {"type": types[param["type"]]} for param in params],
        "return": {"type": types[hints[1].strip(" :\n")]},
    }
    return raw_question(
        row["task_id"], questionId=str(1000 + number), questionFrontendId=str(number), content=html(text, *tests),
        topicTags=[{"name": tag} for tag in row["metadata"]["tags"]], meta=meta,
        codeSnippets=[{"lang": "Python3", "langSlug": "python3", "code": row["prompt"]}],
    )  # fmt: skip


def samples() -> dict[str, Json]:
    """The package's samples by name."""
    rows = [json.loads(line) for line in SAMPLES.read_text().splitlines()]
    return {row["task_id"]: raw_sample(row, number) for number, row in enumerate(rows, 1)}


@dataclass
class Site:
    """What the server knows, what was asked of it, and what shall go wrong."""

    url: str = ""
    questions: dict[str, Json] = field(default_factory=samples)
    plans: dict[str, Json] = field(default_factory=dict[str, Json])
    submissions: list[Json] = field(default_factory=list[Json])
    """`id`, `slug`, `question_id` and `code` of each, the oldest first."""
    verdicts: dict[str, Json] = field(default_factory=dict[str, Json])
    """What the judge says of a program in the end, by a text in it; else it is accepted."""
    states: list[str] = field(default_factory=lambda: ["PENDING", "STARTED"])
    """What the judge says first, about every submission."""
    trouble: dict[str, list[str]] = field(default_factory=lambda: defaultdict[str, list[str]](list))
    """Failures of the next requests of a kind: userStatus, question, studyPlanV2Detail, submit, check, ..."""
    asked: list[str] = field(default_factory=list[str])
    """The kinds of all requests."""
    looks: dict[int, int] = field(default_factory=lambda: defaultdict[int, int](int))
    signed_in: bool = True
    meanwhile: Callable[[str], None] = lambda kind: None
    """Called when a request has been worked on and before it is answered."""

    def graphql(self, body: Json) -> tuple[str, Any]:
        """The field that a query asks for, and its value."""
        query, variables = body["query"], body["variables"]
        if "userStatus" in query:
            return "userStatus", {"isSignedIn": self.signed_in}
        if "studyPlanV2Detail(" in query:
            return "studyPlanV2Detail", self.plans.get(variables["slug"])
        if "questionSubmissionList(" in query:
            mine = [{"id": str(each["id"])} for each in self.submissions if each["slug"] == variables["questionSlug"]]
            return "questionSubmissionList", {"submissions": mine[::-1][: variables["limit"]]}
        if "submissionDetails(" in query:
            return "submissionDetails", {"code": self.submission(variables["submissionId"])["code"]}
        return "question", self.questions.get(variables["titleSlug"])

    def submission(self, number: int) -> Json:
        """The submission of that number."""
        return next(each for each in self.submissions if each["id"] == number)

    def submit(self, slug: str, body: Json) -> Json:
        """Take a program."""
        assert body["lang"] == "python3"
        assert body["question_id"] == self.questions[slug]["questionId"]
        number = 5000 + len(self.submissions)
        self.submissions.append({"id": number, "slug": slug, "code": body["typed_code"]})
        return {"submission_id": number}

    def check(self, number: int) -> Json:
        """What the judge says at this look."""
        look = self.looks[number]
        self.looks[number] += 1
        if look < len(self.states):
            return {"state": self.states[look]}
        code = self.submission(number)["code"]
        return next((verdict for text, verdict in self.verdicts.items() if text in code), ACCEPTED)


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/graphql/":
            kind, value = self.site.graphql(body)
            self._answer(kind, lambda: {"data": {kind: value}})
        else:
            slug = self.path.split("/")[2]
            self._answer("submit", lambda: self.site.submit(slug, body))

    def do_GET(self) -> None:
        number = int(self.path.split("/")[3])
        self._answer("check", lambda: self.site.check(number))

    def _answer(self, kind: str, work: Callable[[], Json]) -> None:
        site = self.site
        site.asked.append(kind)
        trouble = site.trouble[kind].pop(0) if site.trouble[kind] else ""
        if not self._is_signed_in():
            return self._send(403, b"<html>CSRF verification failed</html>")
        if trouble.isdigit():
            return self._send(int(trouble), b"{}", {"Retry-After": "0"} if trouble == "429" else {})
        if trouble == "login":
            return self._send(302, b"", {"Location": f"{site.url}/accounts/login/"})
        answer = json.loads(json.dumps(work()))
        site.meanwhile(kind)
        if trouble.startswith("without "):
            _remove(answer, trouble.removeprefix("without "))
        content = trouble.removeprefix("says ").encode() if trouble.startswith("says ") else json.dumps(answer).encode()
        if trouble == "taken, then silent":
            self.close_connection = True
            return None
        cut = len(content) // 2 if trouble == "cut" else len(content)
        return self._send(200, content[:cut], {"Content-Length": str(len(content))})

    def _is_signed_in(self) -> bool:
        cookies = SimpleCookie(self.headers["Cookie"])
        sent = [cookies[name].value if name in cookies else "" for name in ("LEETCODE_SESSION", "csrftoken")]
        return sent == [SESSION, CSRF] and self.headers["x-csrftoken"] == CSRF and "Referer" in self.headers

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content)), "Connection": "close"} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _remove(answer: Json, path: str) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        answer = answer[parent]
    del answer[last]


@contextmanager
def fake_leetcode() -> Generator[Site]:
    """The server, while the block runs."""
    site = Site()
    handler = type("Handler", (_Handler,), {"site": site})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        http.daemon_threads = True
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        site.url = f"http://127.0.0.1:{http.server_address[1]}"
        try:
            yield site
        finally:
            http.shutdown()
            thread.join()
