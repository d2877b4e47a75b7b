"""The loaded models of this process: whoever asks for the same weights shares one worker.

    worker = borrow(weights, name, load)
    give_back(weights)

The last one to give weights back closes their worker, which frees them.
"""

import atexit
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from weakref import WeakSet

from lbt_solvers.local_models._worker import Backend, Worker

EXIT_SECONDS = 30.0
"""How long the end of the process waits for a worker: a thread that is killed inside torch can crash it."""


@dataclass(slots=True)
class _Shared:
    worker: Worker
    users: int = 0


_lock = threading.Lock()
_shared: dict[Hashable, _Shared] = {}
_started: WeakSet[Worker] = WeakSet()


def borrow(weights: Hashable, name: str, load: Callable[[], Backend]) -> Worker:
    """The worker of `weights`, started where there is none. Each call needs one `give_back`."""
    with _lock:
        if weights not in _shared:
            _shared[weights] = _Shared(Worker(name, load))
            _started.add(_shared[weights].worker)
        _shared[weights].users += 1
        return _shared[weights].worker


def give_back(weights: Hashable) -> None:
    """Undo one `borrow`."""
    with _lock:
        shared = _shared[weights]
        shared.users -= 1
        if shared.users:
            return
        del _shared[weights]
    shared.worker.close()


@atexit.register
def end_all() -> None:
    """Close every worker and wait for the threads."""
    workers = list(_started)
    for worker in workers:
        worker.close("the process ended")
    for worker in workers:
        worker.join(EXIT_SECONDS)
