"""Each protection is needed: with it switched off, an attack that is otherwise held gets through.

The guest is started with a few lines more, which take one protection away before anything runs; nothing in the package
itself can do that. On the process engine; only attacks that harm nobody when they succeed.
"""

import pytest
from lbt_sandbox import Sandbox, engines, worker
from lbt_sandbox.attack_suite import load_attacks, run_attack
from lbt_sandbox.attack_types import Attack, Status

from .conftest import need

pytestmark = pytest.mark.anyio

FORKS_ITSELF = """
import ctypes, os
from lbt_sandbox.guest import template
fork = ctypes.PyDLL(None).fork
class InTheSupervisor(template.Template):
    @classmethod
    def start(cls, hardening, serve):
        made = cls(None)
        made.hardening, made.serve, made.pids = hardening, serve, []
        return made
    def ask(self, count, folders=()):
        channels = [template.Channels.make() for _ in range(count)]
        parent, pids = os.getpid(), []
        for number, each in enumerate(channels):
            pids.append(fork())
            if pids[-1] == 0:
                folder = folders[number] if folders else None
                template._become_child(self.hardening, parent, list(each.of_child), folder, self.serve)
        for each in channels:
            each.close_child_ends()
        self.pids.append(pids)
        self._asked.append((channels, folders))
    def collect(self):
        (channels, folders), pids = self._asked.popleft(), self.pids.pop(0)
        ends = [(each.control, each.stdout, each.stderr, each.stdin) for each in channels]
        return [
            template.Child.of(pid, *fds, folder)
            for pid, fds, folder in template.zip_longest(pids, ends, folders)
        ]
template.Template = InTheSupervisor
"""
MUTATIONS = {
    "children come from a process that never reads a job": (FORKS_ITSELF, ["nothing-leaks/objects, call, after nine"]),
    "the filter of system calls": (
        "from lbt_sandbox.guest import seccomp\nseccomp.Filter.install = lambda self, pid: None\n",
        ["no-network/unix-socket", "no-network/socket-pair", "no-dangerous-system-calls"],
    ),
    "what files can be read": (
        "from lbt_sandbox.guest import harden\nharden._readable_paths = lambda: ['/']\n",
        ["no-secrets/password-hashes"],
    ),
    "where files can be written": (
        "from lbt_sandbox.guest import landlock\n"
        "of = landlock.ruleset_for\n"
        "landlock.ruleset_for = lambda readable, own=None: of(readable, '/' if own else None)\n",
        ["no-writes/program-writes-outside-its-folder"],
    ),
    "folders are emptied": (
        "from lbt_sandbox.guest import folders\nfolders._empty, folders.PLACES = lambda folder: None, 2\n",
        ["nothing-is-left-for-the-next/files-of-a-program"],
    ),
    "tests and checkers draw differently": (
        "from lbt_sandbox.guest import child\nchild.draw_differently = lambda: None\n",
        ["tests-as-code-stay-apart/draws-what-the-tests-draw", "tests-as-code-stay-apart/draws-what-the-checker-draws"],
    ),
    "memory": (
        "from lbt_sandbox.guest.process import Child\nChild.limit = lambda self, *given: None\n",
        ["memory-is-limited/slowly-growing-list"],
    ),
    "output": (
        "from lbt_sandbox.guest.process import Child\n"
        "take = Child._take_output\n"
        "Child._take_output = lambda self, fd, limit: take(self, fd, 1 << 40)\n",
        ["output-is-limited/one-giant-print"],
    ),
}


def attacks(names: list[str]) -> list[Attack]:
    return [attack for attack in load_attacks() for name in names if attack.name.startswith(name)]


async def statuses(names: list[str]) -> list[Status]:
    async with Sandbox(engine="process", workers=1) as sandbox:
        return [(await run_attack(sandbox, attack)).status for attack in attacks(names)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("protection", MUTATIONS)
async def test_without_the_protection_an_attack_gets_through(protection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    need("process")
    mutation, names = MUTATIONS[protection]
    monkeypatch.setattr(worker, "_SELF_CHECK", worker._SELF_CHECK[:1])  # the rest misses the filter
    held = await statuses(names)
    assert held
    assert set(held) == {Status.HELD}
    start = "from lbt_sandbox.guest.supervisor import main\n"
    assert start in engines.START_GUEST
    escaped = mutation.replace("{", "{{").replace("}", "}}")
    monkeypatch.setattr(engines, "START_GUEST", engines.START_GUEST.replace(start, escaped + start))
    assert set(await statuses(names)) - {Status.HELD}
