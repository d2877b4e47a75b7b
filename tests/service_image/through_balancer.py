"""The image as it is deployed: two replicas without privileges behind HAProxy, one of them killed, no verdict lost.

Before and after, how many programs a second two replicas grade, and the one that is left.

make service-image        # builds, starts and ends them; needs Docker
"""

import json
import os
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
    subprocess.run(["docker", "compose", "kill", "-s", "KILL", "one"], check=True, capture_output=True)
    print("killed replica one")


def cpu_seconds(replicas: tuple[str, ...]) -> float:
    """What the containers have used, by either version of control groups."""
    script = (
        "cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || "
        "sed -n 's/usage_usec \\(.*\\)/\\1000/p' /sys/fs/cgroup/cpu.stat"
    )
    command = ["docker", "compose", "exec", "-T"]
    used = [subprocess.run([*command, each, "sh", "-c", script], check=True, capture_output=True) for each in replicas]
    return sum(int(each.stdout) for each in used) / 1e9


def rates(*replicas: str, requests: int = 200) -> tuple[float, float]:
    """Programs a second, and programs for each second of CPU that the replicas got: other work takes its share.

    Each program takes some milliseconds, so that it is the replicas that work and not the balancer.
    """
    body = {"problem": ADD, "program": "sum(i * i for i in range(300_000))\ndef add(a, b): return a + b"}
    used, began = cpu_seconds(replicas), time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda _: post("/v1/grade", body)[1]["verdict"], range(requests)))
    assert found == ["AC"] * requests, Counter(found)
    took = time.perf_counter() - began
    return requests / took, requests / (cpu_seconds(replicas) - used)


def wait_until_ready() -> None:
    """Until both replicas have answered: the balancer sends to the one that is ready first."""
    names: set[str] = set()
    for _ in range(240):
        try:
            status, reply = post("/run_code", {"code": "", "language": "python"})
            names |= {reply["executor_pod_name"]} if status == 200 else set()
        except OSError:
            pass
        if names == {"one", "two"}:
            return
        time.sleep(0.5)
    raise SystemExit(f"of two replicas got ready: {sorted(names)}")


def main() -> None:
    wait_until_ready()
    escapes = "open('/etc/passwd').read()", "import socket; socket.socket()", "open('/tmp/x', 'w')", "import starlette"
    assert all(post("/v1/run", {"program": each})[1]["verdict"] in ("RTE", "SV") for each in escapes)
    written = post(
        "/v1/run",
        {"program": "open('b', 'w').write(open('a').read()); print(open('b').read())", "files": {"a": "aGk="}},
    )
    assert written[1]["stdout"] == "hi\n", written
    both = rates("one", "two")
    killer = threading.Thread(target=kill_one, args=(DONE,))
    killer.start()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(graded, range(REQUESTS)))
    killer.join()
    alone = rates("two")
    wrong = [pair for pair in found if pair[0] != pair[1]]
    print(
        f"{len(found)} programs through the balancer, one of two replicas killed: {len(wrong)} verdicts lost or wrong"
    )
    print(
        f"two replicas {both[0]:.1f} programs/s, one {alone[0]:.1f}: {both[0] / alone[0]:.2f} x on {os.cpu_count()} "
        f"CPUs, {2 * both[1] / alone[1]:.2f} x where each has a core to itself ({both[1]:.1f} and {alone[1]:.1f} "
        "programs for a second of CPU)"
    )
    if wrong:
        raise SystemExit(f"such as {wrong[:3]}")


if __name__ == "__main__":
    main()
