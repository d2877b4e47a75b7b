"""Who runs next: bounds that always hold, everybody's turn, and shares by time used; against a plain model."""

from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox.service.admission import ByteAllowance, FairQueue, Ticket

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.sampled_from("abc")),
        st.tuples(st.just("start"), st.none()),
        st.tuples(st.just("finish"), st.floats(0, 5)),
        st.tuples(st.just("withdraw"), st.integers(0, 50)),
    ),
    max_size=80,
)


@given(STEPS, st.integers(1, 3), st.integers(0, 6), st.dictionaries(st.sampled_from("abc"), st.integers(1, 2)))
def test_bounds_hold_and_no_ticket_is_lost_or_runs_twice(
    steps: list[tuple[str, object]], places: int, most_waiting: int, limits: dict[str, int]
) -> None:
    queue = FairQueue(places, most_waiting, limits)
    waiting: list[Ticket] = []
    running: list[Ticket] = []
    for step, value in steps:
        if step == "offer":
            ticket = Ticket(str(value))
            assert queue.offer(ticket) == (len(waiting) < most_waiting)
            waiting += [ticket] if len(waiting) < most_waiting else []
        elif step == "start":
            ticket = queue.start()
            able = [
                each for each in waiting if sum(r.tenant == each.tenant for r in running) < limits.get(each.tenant, 9)
            ]
            assert (ticket is None) == (len(running) >= places or not able)
            if ticket is not None:
                assert ticket == next(each for each in waiting if each.tenant == ticket.tenant)  # in order
                waiting.remove(ticket)
                running.append(ticket)
        elif step == "finish" and running:
            queue.finish(running.pop(0), float(str(value)))
        elif step == "withdraw" and waiting:
            queue.withdraw(waiting.pop(int(str(value)) % len(waiting)))
        assert (queue.waiting, queue.running) == (len(waiting), len(running))
        assert len(running) <= places


@given(st.integers(1, 50), st.floats(0.01, 10), st.floats(0.01, 10))
def test_tenants_get_the_same_seconds_whatever_their_programs_take(rounds: int, slow: float, fast: float) -> None:
    seconds = {"slow": slow, "fast": fast}
    used = dict.fromkeys(seconds, 0.0)
    queue = FairQueue(1, 10_000)
    for name in seconds:
        for _ in range(rounds * 100):
            queue.offer(Ticket(name))
    while sum(used.values()) < rounds * max(slow, fast) and min(used.values()) < rounds * 100 * min(slow, fast) / 2:
        ticket = queue.start()
        assert ticket is not None
        queue.finish(ticket, seconds[ticket.tenant])
        used[ticket.tenant] += seconds[ticket.tenant]
    assert abs(used["slow"] - used["fast"]) <= max(slow, fast) * 1.001


def test_a_flood_does_not_keep_another_tenant_waiting() -> None:
    queue = FairQueue(1, 1000)
    for _ in range(500):
        queue.offer(Ticket("flood"))
    first = queue.start()
    assert first is not None
    queue.offer(Ticket("guest"))
    queue.finish(first, 1.0)
    started = [queue.start()]
    assert started[0] is not None
    queue.finish(started[0], 1.0)
    started.append(queue.start())
    assert "guest" in [each.tenant for each in started if each]


def test_who_was_away_has_saved_nothing_up() -> None:
    queue = FairQueue(1, 1000)
    for _ in range(50):
        queue.offer(Ticket("busy"))
    for _ in range(20):
        ticket = queue.start()
        assert ticket is not None
        queue.finish(ticket, 1.0)
    for _ in range(50):
        queue.offer(Ticket("late"))
    turns = []
    for _ in range(10):
        ticket = queue.start()
        assert ticket is not None
        turns.append(ticket.tenant)
        queue.finish(ticket, 1.0)
    assert turns.count("late") in (5, 6)


def test_what_a_full_queue_always_takes() -> None:
    queue = FairQueue(1, 0)
    assert not queue.offer(Ticket("a"))
    assert queue.offer(Ticket("a"), always=True)


@given(st.lists(st.integers(0, 60)), st.integers(0, 100))
def test_room_is_never_exceeded_and_comes_back(sizes: list[int], size: int) -> None:
    allowance = ByteAllowance(size)
    taken = [each for each in sizes if allowance.take(each)]
    assert sum(taken) == allowance.used <= size
    for each in taken:
        allowance.give_back(each)
    assert allowance.used == 0
