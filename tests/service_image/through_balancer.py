"""The image as it is deployed: two replicas without privileges behind HAProxy, one of them killed, no verdict lost.

make service-image        # builds, starts and ends them; needs Docker
"""

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

URL, REQUESTS, AT_ONCE = sys.argv[1], int(sys.argv[2]), 16
COMPOSE = ["docker", "compose", "-f", "sandbox/deploy/compose.yaml"]
ADD = {"task_id": "add", "entry_point": "add", "tests": [{"args": [1, 2], "expected": 3}]}
DONE: list[str] = []
PROGRAMS = {
    "AC": "def add(a, b): return a + b",
    "WA": "def add(a, b): return a - b",
    "RTE": "def add(a, b): return a / 0",
    "SV": "import os\ndef add(a, b): os.fork()",
}


def post(path: str, body: Any) -> tuple[int, Any]:
    request = urllib.request.Request(URL + path, json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=120) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def graded(number: int) -> tuple[str, Any]:
    """The verdict that was due, and what came."""
    due, program = list(PROGRAMS.items())[number % len(PROGRAMS)]
    status, row = post("/v1/grade", {"problem": ADD, "program": program})
    DONE.append(due)
    return due, row["verdict"] if status == 200 else f"{status} {row}"


def kill_one(done: list[str]) -> None:
    """In the middle of the work."""
    while len(done) < REQUESTS // 3:
        time.sleep(0.01)
    subprocess.run([*COMPOSE, "kill", "-s", "KILL", "one"], check=True, capture_output=True)
    print("killed replica one")


def wait_until_ready() -> None:
    for _ in range(240):
        try:
            if post("/v1/run", {"program": "print(1)"})[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit("no replica got ready")


def main() -> None:
    wait_until_ready()
    escapes = "open('/etc/passwd').read()", "import socket; socket.socket()", "open('/tmp/x', 'w')", "import starlette"
    assert all(post("/v1/run", {"program": each})[1]["verdict"] in ("RTE", "SV") for each in escapes)
    written = post(
        "/v1/run",
        {"program": "open('b', 'w').write(open('a').read()); print(open('b').read())", "files": {"a": "aGk="}},
    )
    assert written[1]["stdout"] == "hi\n", written
    names = Counter(post("/run_code", {"code": "", "language": "python"})[1]["executor_pod_name"] for _ in range(20))
    assert names.keys() == {"one", "two"}, names
    killer = threading.Thread(target=kill_one, args=(DONE,))
    killer.start()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(graded, range(REQUESTS)))
    killer.join()
    wrong = [pair for pair in found if pair[0] != pair[1]]
    print(
        f"{len(found)} programs through the balancer, one of two replicas killed: {len(wrong)} verdicts lost or wrong"
    )
    if wrong:
        raise SystemExit(f"such as {wrong[:3]}")


if __name__ == "__main__":
    main()
