"""A server on the loopback interface that speaks OpenAI's chat protocol and misbehaves on demand.

    with fake_server(Trouble(status=429, times=2)) as server:
        get_model("openai-api/fake/teacher", base_url=server.url, api_key="none")

Models live in the toy world (tests/synthetic/world.py): `teacher` samples, everybody else follows the demonstration.
`fake_server(text=...)` lets them say something else.
"""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.synthetic.world import RIGHT, WRONG, right_share, solve

Text = Callable[[dict[str, Any], int], str]
"""What a model says to a request as its so-manyeth choice."""


@dataclass
class Trouble:
    """What goes wrong, and for how many requests (all of them by default)."""

    status: int = 200
    times: int = 10**9
    retry_after: str | None = None
    ignores_n: bool = False
    no_choices: bool = False
    no_text: bool = False
    content_filter: bool = False
    cut_off: bool = False
    """The connection ends in the middle of the body."""
    silent: bool = False
    """Nothing is sent until the client gives up."""
    only_for: str = ""
    """The model it happens to; any by default."""


@dataclass
class FakeServer:
    """Where the server is, and what it was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    paid: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The requests that got a whole reply."""
    closing: threading.Event = field(default_factory=threading.Event)


def _text(body: dict[str, Any], choice: int) -> str:
    question = body["messages"][-1]["content"].split("\n\n")[-1]
    shown = [message["content"] for message in body["messages"] if message["role"] == "assistant"]
    if shown:
        return solve(question, RIGHT if RIGHT in shown[-1] else WRONG)
    sampled = body["model"] == "teacher" and body.get("temperature")
    return solve(question, RIGHT if sampled and right_share((body.get("seed") or 0) + choice) else WRONG)


def _reply(body: dict[str, Any], trouble: Trouble | None, text: Text) -> dict[str, Any]:
    count = 1 if trouble and trouble.ignores_n else body.get("n") or 1
    count = 0 if trouble and trouble.no_choices else count
    texts = ["" if trouble and (trouble.no_text or trouble.content_filter) else text(body, i) for i in range(count)]
    reason = "content_filter" if trouble and trouble.content_filter else "stop"
    choices = [
        {"index": i, "finish_reason": reason, "message": {"role": "assistant", "content": text}}
        for i, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 10, "completion_tokens": 5 * count, "total_tokens": 10 + 5 * count}
    about = {"id": "chat", "object": "chat.completion", "created": 0, "model": body["model"]}
    return {**about, "choices": choices, "usage": usage}


@contextmanager
def fake_server(trouble: Trouble | None = None, text: Text = _text) -> Generator[FakeServer]:
    """A running server."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                server.requests.append(body)
                mine = trouble if trouble and trouble.only_for in ("", body["model"]) else None
                if mine:
                    mine.times -= 1
                    mine = mine if mine.times >= 0 else None
            if mine and mine.silent:
                server.closing.wait(60)
                self.close_connection = True
                return
            if mine and mine.status != 200:
                self._send(mine.status, json.dumps({"error": {"message": "trouble"}}).encode(), mine)
                return
            data = json.dumps(_reply(body, mine, text)).encode()
            if not (mine and mine.cut_off):
                with lock:
                    server.paid.append(body)
            self._send(200, data, mine)

        def _send(self, status: int, data: bytes, trouble: Trouble | None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")  # Inspect does not close its clients' connections
            if trouble and trouble.retry_after:
                self.send_header("Retry-After", trouble.retry_after)
            self.end_headers()
            cut = trouble is not None and trouble.cut_off
            self.wfile.write(data[: len(data) // 2] if cut else data)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Listening(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256  # of 5, which is the default, connections that come at once wait a second and more

    listening = Listening(("127.0.0.1", 0), Handler)
    server = FakeServer(f"http://127.0.0.1:{listening.server_address[1]}/v1")
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        listening.shutdown()
        listening.server_close()
        thread.join()
