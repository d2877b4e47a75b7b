"""What tests of faults share: a good and a slow submission, and a guest that is killed behind its owner's back.

tasks.start_soon(kill_after, sandbox, 0.7)
assert await grades(sandbox, SLEEPY)
"""

import anyio
from lbt_sandbox import Sandbox, Verdict
from lbt_sandbox.engines import DockerGuest, Guest, ProcessGuest, with_daemon

from .conftest import ADD

GOOD = "def add(a, b): return a + b"
SLEEPY = "import time\ndef add(a, b):\n    time.sleep(1.5)\n    return a + b"


async def grades(sandbox: Sandbox, code: str = GOOD) -> bool:
    return (await sandbox.grade(ADD, code)).verdict is Verdict.AC


def kill(guest: Guest) -> None:
    """End a guest behind its owner's back."""
    if isinstance(guest, DockerGuest):
        with_daemon(lambda client: client.kill(guest.container))
    elif isinstance(guest, ProcessGuest):
        guest.process.kill()


async def kill_after(sandbox: Sandbox, seconds: float) -> None:
    """Kill the guest that is at work in some moments."""
    guest = sandbox.pool._workers[0].guest
    await anyio.sleep(seconds)
    await anyio.to_thread.run_sync(kill, guest)
