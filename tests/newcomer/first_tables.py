"""What a newcomer does, with a stop-watch: five things of one's own, each at most two commands to a table.

    python tests/newcomer/first_tables.py .venv/bin          # the folder with `inspect` and `lbt`
    make newcomer                                             # the same in a fresh environment

Questions in JSONL and in CSV, an Inspect task in a file, a folder of weights, a server on the loopback interface. The
weights that ship with the project stand in for a model of one's own.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

QUESTIONS = [(f"Compute {a} plus {b}.", str(a + b)) for a, b in ((n % 9 + 1, 3 * n % 7 + 2) for n in range(20))]
WEIGHTS = Path(__file__).parents[2] / "lbt_tasks/classroom/models/teacher"
TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.scorer import match
from inspect_ai.solver import generate

@task
def sums():
    questions = json_dataset("mine.jsonl", FieldSpec(input="question", target="answer"))
    return Task(dataset=questions, solver=generate(), scorer=match(numeric=True))
"""
SHIPPED = ["--model", "hf-batch/classroom/teacher"]
SMALL = ["-T", "rationales=3", "--limit", "6", "--display", "plain"]
"""So that the script takes minutes; a newcomer may leave both out."""


class _Server(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that adds, and errs now and then."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        count = asked.get("n") or 1
        numbers = [int(each) for each in re.findall(r"\d+", str(asked["messages"][-1]["content"]))[:2]]
        texts = [
            f"{numbers} add up. ANSWER: {sum(numbers) + (at + (asked.get('seed') or 0)) % 3}" for at in range(count)
        ]
        choices = [
            {"index": at, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
            for at, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 20, "completion_tokens": 10 * count, "total_tokens": 20 + 10 * count}
        body = json.dumps(
            {"id": "1", "object": "chat.completion", "created": 0, "model": "mine", "choices": choices, "usage": usage}
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def prepare(folder: Path) -> None:
    """The files that a newcomer has."""
    rows = [{"question": question, "answer": answer} for question, answer in QUESTIONS]
    (folder / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with (folder / "mine.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("prompt", "gold"), *QUESTIONS])
    (folder / "my_task.py").write_text(TASK)
    shutil.copytree(WEIGHTS, folder / "weights")


def routes(address: str) -> dict[str, list[str]]:
    """The first command of each; the second is `lbt report`."""
    qa = ["inspect", "eval", "lbt_tasks/qa", "-T", "data=mine.jsonl"]
    server = ["--model", "openai-api/local/mine", "--model-base-url", address]
    return {
        "own JSONL": [*qa, *SHIPPED],
        "own CSV": [*qa[:3], "-T", "data=mine.csv", "-T", "question=prompt", "-T", "answer=gold", *SHIPPED],
        "own Inspect task": ["inspect", "eval", "lbt_tasks/wrap", "-T", "base=my_task.py@sums", *SHIPPED],
        "own weights": [*qa, "--model", "hf-batch/./weights"],
        "own server": [*qa, *server],
    }


def main(binaries: Path) -> int:
    """Runs every route; says how long each took, and what did not end in a table."""
    failed = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        for route, command in routes(f"http://127.0.0.1:{server.server_address[1]}/v1").items():
            logs, begun = f"logs-{route.replace(' ', '-')}", time.monotonic()
            said = _run(binaries, folder, [*command, *SMALL, "--log-dir", logs])
            said += _run(binaries, folder, ["lbt", "report", logs])
            whole = "SUM: vote weighted by LbT scores" in said
            failed += not whole
            print(f"{route}: {'a table' if whole else 'NO TABLE'} after {time.monotonic() - begun:.0f} s", flush=True)
            if not whole:
                print(said)
    with suppress(OSError):
        server.shutdown()
    server.server_close()
    print(f"{5 - failed} passed, {failed} failed")
    return failed


def _run(binaries: Path, folder: Path, command: list[str]) -> str:
    environment = {**os.environ, "LOCAL_API_KEY": "none", "HF_HUB_OFFLINE": "1", "NO_COLOR": "1"}
    script = [str(binaries / command[0]), *command[1:]]
    done = subprocess.run(script, cwd=folder, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(sys.executable).parent).absolute()))
