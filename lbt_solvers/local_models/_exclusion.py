"""Work that may share its time with its like, and work that must be alone.

    exclusion = Exclusion()
    with exclusion.together(): ...   # any number of threads
    with exclusion.alone(): ...      # one thread, and nobody together meanwhile

Threads that wait to be alone take turns in the order in which they came, before whoever comes together later.
"""

import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager


class Exclusion:
    """A readers-writer lock for threads; not reentrant."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._together = 0
        self._alone = False
        self._waiting: deque[object] = deque()

    @contextmanager
    def together(self) -> Generator[None]:
        """Waits while a thread is alone or waits to be."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone and not self._waiting)
            self._together += 1
        try:
            yield
        finally:
            with self._changed:
                self._together -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Generator[None]:
        """Waits until nobody else is inside."""
        turn = object()
        with self._changed:
            self._waiting.append(turn)
            try:
                self._changed.wait_for(lambda: self._waiting[0] is turn and not self._alone and not self._together)
                self._alone = True
            finally:
                self._waiting.remove(turn)
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()
