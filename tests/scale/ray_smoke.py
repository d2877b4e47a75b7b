"""`lbt scale --ray` on a cluster of two nodes on this machine: `make ray-smoke`, in an environment with the extra ray.

The tables are those of one process: undisturbed, with a worker killed, with a node killed, and with the driver killed
and started again, each at three random moments. The server's counter says what was paid for twice. Arguments name some
of these.
"""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "OMP_NUM_THREADS": "1"}

import psutil

from tests.providers.fake_server import FakeServer, fake_server
from tests.scale.running import STUDENTS, TEACHER, TOY, scale, tables

OPTIONS, FEW = ("count=6", "rationales=6", "budget=full"), {"shard_size": 1, "connections": 4}


def cluster() -> Any:
    make: Any = import_module("ray.cluster_utils").Cluster
    found = make(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    return found, found.add_node(num_cpus=1)


def kill_a_worker(_: Any, __: Any) -> None:
    for process in psutil.Process().children(recursive=True):
        if process.name().startswith("ray::_work"):
            process.kill()
            return
    raise RuntimeError("no worker was at work")


def kill_a_node(of: Any, node: Any) -> None:
    of.remove_node(node, allow_graceful=False)


def until(server: FakeServer, calls: float) -> None:
    while len(server.paid) < calls:
        time.sleep(0.005)


def after(server: FakeServer, calls: float, harm: Callable[[], None]) -> threading.Thread:
    def wait() -> None:
        until(server, calls)
        harm()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def disturbed(
    name: str, whole: dict[str, bytes], calls: int, share: float, harm: Callable[[Any, Any], None] | None
) -> None:
    of, node = cluster()
    try:
        with tempfile.TemporaryDirectory() as folder, fake_server() as server:
            thread = after(server, share * calls, lambda: harm(of, node) if harm else None)
            scale(server, Path(folder, "run"), *OPTIONS, ray=of.address, **FEW)
            thread.join()
            same(name, tables(Path(folder, "run")) == whole, len(server.paid) - calls)
    finally:
        of.shutdown()


def driver_killed(name: str, whole: dict[str, bytes], calls: int, share: float) -> None:
    of, _ = cluster()
    try:
        with tempfile.TemporaryDirectory() as folder, fake_server() as server:
            students = [part for each in STUDENTS for part in ("--student", each)]
            options = [part for each in OPTIONS for part in ("-T", each)]
            command = [sys.executable, "-m", "lbt_tasks.cli", "scale", f"{TOY}@toy", "--teacher", TEACHER, *students]
            command += [*options, "--server", server.url, "--out", folder + "/run", "--ray", of.address]
            command += ["--shard-size", "1", "--connections", "4"]
            with subprocess.Popen(command) as running:
                until(server, share * calls)
                running.kill()
            subprocess.run(command, check=True)
            same(name, tables(Path(folder, "run")) == whole, len(server.paid) - calls)
    finally:
        of.shutdown()


def same(name: str, equal: bool, again: int) -> None:
    print(
        f"{name}: the tables are {'the same' if equal else 'OTHERS'}, {again} replies were paid for again", flush=True
    )
    if not equal:
        sys.exit(1)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as alone, fake_server() as one:
        scale(one, Path(alone, "run"), *OPTIONS, **FEW)
        expected, paid = tables(Path(alone, "run")), len(one.paid)
    harms = {"undisturbed": None, "worker": kill_a_worker, "node": kill_a_node}
    for asked in sys.argv[1:] or [*harms, "driver"]:
        for moment in [0.5] if asked == "undisturbed" else [random.uniform(0.1, 0.8) for _ in range(3)]:
            what = asked if asked == "undisturbed" else f"{asked} killed at {moment:.0%}"
            if asked == "driver":
                driver_killed(what, expected, paid, moment)
            else:
                disturbed(what, expected, paid, moment, harms[asked])
