"""Several models that are loaded and used at once in one process, as teacher and students are."""

import threading

from lbt_solvers.local_models._exclusion import Exclusion


def test_whoever_is_alone_is_alone() -> None:
    exclusion, inside, seen = Exclusion(), [0, 0], []
    guard = threading.Lock()

    def enter(kind: int, change: int) -> None:
        with guard:
            inside[kind] += change
            seen.append(tuple(inside))

    def work(number: int) -> None:
        for turn in range(50):
            kind = (number + turn) % 3 == 0
            with exclusion.alone() if kind else exclusion.together():
                enter(int(kind), 1)
                enter(int(kind), -1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert inside == [0, 0]
    assert all(alone == 0 or (alone == 1 and together == 0) for together, alone in seen)
    assert max(together for together, _ in seen) >= 1
