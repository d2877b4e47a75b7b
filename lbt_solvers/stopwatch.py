"""How long a sample, and the whole run, waited for grades: time in which no model worked but a grade was awaited.

    watch = Stopwatch(parent=RUN)
    with watch.generating(): ...     # around a model call
    with watch.grading(): ...        # around a grade, a check of visible tests, a comparison of answers
    watch.waited                     # seconds

Grading that overlaps generation costs nothing here: what counts is the time that faster grading would have saved.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager


class Stopwatch:
    """Counts what is under way, and the time in which that was grading alone; for use within one event loop.

    Args:
        parent: Another watch that counts the same, for instance that of the whole run.
        clock: Seconds, never going back.
    """

    def __init__(self, parent: "Stopwatch | None" = None, clock: Callable[[], float] = time.perf_counter) -> None:
        self._parent, self._clock = parent, clock
        self._models = self._grades = 0
        self._last = clock()
        self.waited = 0.0
        """Seconds with a grade under way and no model call."""
        self.graded = 0.0
        """Seconds with a grade under way, whatever else was."""

    @contextmanager
    def generating(self) -> Generator[None]:
        """While a model call is under way."""
        self._count(1, 0)
        try:
            yield
        finally:
            self._count(-1, 0)

    @contextmanager
    def grading(self) -> Generator[None]:
        """While a grade is awaited."""
        self._count(0, 1)
        try:
            yield
        finally:
            self._count(0, -1)

    def _count(self, models: int, grades: int) -> None:
        now = self._clock()
        if self._grades:
            self.graded += now - self._last
            self.waited += 0.0 if self._models else now - self._last
        self._last, self._models, self._grades = now, self._models + models, self._grades + grades
        if self._parent:
            self._parent._count(models, grades)


RUN = Stopwatch()
"""Everything that this process has generated and graded."""
