"""The floor: a bare fork of the same warm process that runs the same code and answers through a pipe.

    times = bare_fork_seconds("def add(a, b): return a + b", "add", [1, 2], runs=500)

The process has made the same imports as the sandbox's template process and frozen its heap alike; there is no
container, no layer of hardening, no limit, no judge. Runs as a process of its own, so that the benchmark's memory is
not forked.
"""

import json
import subprocess
import sys

FLOOR = """
import gc, json, os, sys, time
from lbt_sandbox.guest.warmup import PRELOAD, prewarm
source, entry, args, runs = json.loads(sys.stdin.read())
prewarm(PRELOAD)
gc.collect(); gc.disable(); gc.freeze()

def once():
    started = time.perf_counter()
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        gc.enable()
        namespace = {}
        exec(compile(source, "<solution>", "exec"), namespace)
        os.write(writable, json.dumps(namespace[entry](*args)).encode())
        os._exit(0)
    os.close(writable)
    answer = os.read(readable, 65536)
    os.close(readable)
    os.waitpid(pid, 0)
    assert answer
    return time.perf_counter() - started

for _ in range(50):
    once()
print(json.dumps([once() for _ in range(runs)]))
"""


def bare_fork_seconds(source: str, entry_point: str, args: list[int], runs: int) -> list[float]:
    """Seconds of every run, fork to reaped child."""
    job = json.dumps([source, entry_point, args, runs])
    done = subprocess.run([sys.executable, "-c", FLOOR], input=job, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
