"""What the CPU of this machine can do, and how many of its cores are free.

    choose_threads(None)      # before a step: as many threads as other processes leave cores
    choose_threads(2)         # always two

A step runs hundreds of small parallel loops, and at the end of each its threads wait for the slowest. Where another
process keeps one of the cores busy, all wait for the thread on that core, and two threads are slower than one.
"""

import functools
import os
import time
from pathlib import Path

import torch

BFLOAT16_FLAGS = frozenset({"amx_bf16", "avx512_bf16", "bf16", "svebf16"})
"""Flags of CPUs that multiply in bfloat16; others convert every number and are slower than in float32."""
SECONDS_BETWEEN_LOOKS = 2.0


@functools.cache
def fast_in_bfloat16() -> bool:
    """Whether this CPU multiplies in bfloat16; where that is not known: no."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return bool(BFLOAT16_FLAGS & set(flags.split()))


def free_cores(allowed: int, cores: int, busy_elsewhere: float) -> int:
    """Threads worth having: at most as many as are allowed, at least one.

    Args:
        allowed: threads that this process may have.
        cores: cores of the machine.
        busy_elsewhere: how many of them other processes keep busy.
    """
    return max(1, min(allowed, cores - round(busy_elsewhere)))


MOST_THREADS = torch.get_num_threads()
"""What torch takes by itself: the cores that this process may use, or the user's OMP_NUM_THREADS."""


class _Load:
    """How busy other processes kept the cores between two looks."""

    def __init__(self) -> None:
        self._at = 0.0
        self._busy = self._own = 0.0
        self._threads = MOST_THREADS

    def threads(self) -> int:
        """Threads worth having now."""
        now = time.monotonic()
        if now - self._at >= SECONDS_BETWEEN_LOOKS:
            busy, own = busy_seconds(), sum(os.times()[:2])
            if self._at and busy is not None:
                elsewhere = (busy - self._busy - (own - self._own)) / (now - self._at)
                self._threads = free_cores(MOST_THREADS, os.cpu_count() or 1, elsewhere)
            self._at, self._busy, self._own = now, busy or 0.0, own
        return self._threads


def choose_threads(wanted: int | None) -> None:
    """Set torch's number of threads for this thread's loops: as wanted, or as many as there are free cores."""
    threads = wanted or _load.threads()
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


def busy_seconds() -> float | None:
    """Seconds that all cores together have computed since the machine started; `None` where that is not told.

    Processes that are nice make way and do not count, unless this one is nice itself.
    """
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return None
    user, nice, system = (int(field) for field in fields[:3])
    return (user + system + (nice if os.nice(0) > 0 else 0)) / os.sysconf("SC_CLK_TCK")


_load = _Load()
