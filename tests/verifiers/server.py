"""A model on the loopback: a teacher that explains its first problems rightly, and a student that does as it is shown.

python tests/verifiers/server.py     # prints its port
"""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RIGHT, WRONG = "METHOD RIGHT", "METHOD WRONG"


def solved(question: str, method: str) -> str:
    """`a plus twice b`, or one more."""
    a, b = map(int, re.findall(r"Compute (\d+) plus twice (\d+)", question)[-1])
    return f"{method}: I compute. \\boxed{{{a + 2 * b + (method == WRONG)}}}"


def reply(messages: list[dict[str, Any]]) -> str:
    """The student's, where something was shown before; else the teacher's, right for numbers below 5."""
    asked = messages[-1]["content"]
    if len(messages) > 1:
        return solved(asked, RIGHT if RIGHT in messages[-2]["content"] else WRONG)
    return solved(asked, RIGHT if int(re.findall(r"Compute (\d+)", asked)[-1]) < 5 else WRONG)


class Handler(BaseHTTPRequestHandler):
    """Chat completions, and nothing else."""

    def do_POST(self) -> None:
        """One completion."""
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = reply(given["messages"])
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        about = {"id": "1", "object": "chat.completion", "created": 0, "model": given["model"]}
        body = json.dumps({**about, "choices": [choice], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
