"""Progress: counters where Inspect's display has them, lines where it has none, early, and steady while they count."""

import heapq
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai import eval
from inspect_ai.model import ModelCost, ModelInfo, set_model_info
from inspect_ai.model._model_info import _custom_models

from lbt_solvers import progress as module
from lbt_solvers.concurrency import beside
from lbt_solvers.pace import RATIONALE, SITTING, Pace
from lbt_solvers.progress import Progress, duration
from tests.synthetic.running import scripted, toy_task


def scripted_progress(now: list[float], plain: bool = False) -> tuple[Progress, dict[str, str], list[str]]:
    shown, said = dict[str, str](), list[str]()
    return Progress(shown.__setitem__, lambda: plain, said.append, clock=lambda: now[0]), shown, said


def call(progress: Progress, now: list[float], role: str, seconds: float, replies: int = 1, tokens: int = 0) -> None:
    with progress.calling(role, replies) as result:
        now[0] += seconds
        result.replies, result.tokens = replies, tokens


def test_progress_counts_and_estimates_the_time_left() -> None:
    now = [0.0]
    progress, shown, _ = scripted_progress(now)
    progress.problem(8)
    progress.plan(100, whole=False)
    call(progress, now, "teacher", 8, replies=8)
    for _ in range(10):
        call(progress, now, "student: a", 1, tokens=30)
    assert shown["left (begun problems)"] == "at most 1:30"
    now[0] += 1
    progress.saved(100, spared=50)
    assert shown["sittings"] == "10 of 50" and shown["saved sittings"] == "50 (50 %)" and shown["tokens"] == "300"
    assert shown["rationales"] == "8 of 8" and shown["calls running"] == "0"
    assert shown["left (begun problems)"] == "0:42"  # 40 sittings; a second in 19 was idle


def test_further_exams_and_controls_are_counted_apart() -> None:
    """Their calls were never counted as the sittings that they were planned as: the time left grew to the end."""
    now = [0.0]
    progress, shown, _ = scripted_progress(now)
    progress.plan(20)
    for _ in range(10):
        call(progress, now, "student: a", 1)
    progress.plan(100, role="likelihood: student: a")
    progress.plan(8, role="few-shot control: teacher")
    for _ in range(40):
        call(progress, now, "likelihood: student: a", 0.1)
    progress.saved(100, spared=20, role="likelihood: student: a")  # equal rationales share an exam
    call(progress, now, "few-shot control: teacher", 16, replies=8)
    assert (shown["sittings"], shown["likelihood"]) == ("10 of 20", "40 of 80")
    assert shown["few-shot control"] == "8 of 8" and "saved sittings" not in shown
    assert shown["left (begun problems)"] == "0:14"  # 10 sittings of a second and 40 likelihoods of a tenth


def test_money_and_what_is_right_so_far_are_shown_where_they_are_known() -> None:
    now = [0.0]
    progress, shown, _ = scripted_progress(now)
    call(progress, now, "teacher", 1)
    assert "cost" not in shown and not any(caption.endswith("right") for caption in shown)
    with progress.calling("teacher", 1) as result:
        now[0], result.dollars = 2.0, 1.234
    progress.scored({"sum": 1.0, "maj": 0.0})
    now[0] = 3.0
    progress.scored({"sum": 0.5, "maj": 0.0})
    assert shown["cost"] == "$1.23" and (shown["SUM right"], shown["MAJ right"]) == ("75 % of 2", "0 % of 2")


def test_without_a_plan_nothing_is_counted_down() -> None:
    now = [0.0]
    progress, shown, _ = scripted_progress(now)
    call(progress, now, "student: a", 2, replies=4)
    call(progress, now, "student: a", 2)
    assert shown["sittings"] == "5" and not any(caption.startswith("left") for caption in shown)


def test_the_first_line_comes_before_the_first_reply() -> None:
    now = [0.0]
    progress, _, said = scripted_progress(now, plain=True)
    progress.problem(17)

    async def slow() -> None:
        with progress.calling("teacher", 16):
            for _ in range(300):  # five minutes without a reply
                now[0] += 1
                progress._update()

    anyio.run(slow)
    assert said[0] == "Teaching: rationales 0 of 17, sittings 0, calls running 1, tokens 0"
    assert len(said) == 20 and module.FIRST_LINE <= 5


def test_what_is_shown_stays_new_while_a_call_runs() -> None:
    async def wait() -> None:
        said, clock = anyio.Event(), iter(range(0, 10_000, 20))
        progress = Progress(plain=lambda: True, say=lambda _: said.set(), clock=lambda: next(clock))
        async with beside(progress._update, every=0.001):
            await said.wait()

    anyio.run(wait)


@pytest.mark.parametrize("error", [ValueError("as it is"), KeyboardInterrupt()])
def test_what_a_body_raises_beside_a_step_comes_out_as_it_is(error: BaseException) -> None:
    async def fail() -> None:
        async with beside(lambda: None, every=9):
            raise error

    with pytest.raises(type(error)) as found:
        anyio.run(fail)
    assert found.value is error


def test_a_failed_call_is_no_reply_and_no_longer_runs() -> None:
    now = [0.0]
    progress, _, _ = scripted_progress(now)
    with pytest.raises(OSError), progress.calling("student: a", 4):
        raise OSError
    assert progress.pace.done[SITTING] == 0 and not progress.pace.running


def test_replies_of_a_cache_say_nothing_about_the_pace() -> None:
    now = [0.0]
    progress, _, _ = scripted_progress(now)
    progress.plan(20)
    for _ in range(10):
        with progress.calling("student: a", 1) as result:
            now[0] += 0.001
            result.replies, result.seconds_when_made = 1, 5.0
    assert progress.pace.seconds_left(now[0]) is None
    call(progress, now, "student: a", 5)
    assert progress.pace.seconds_left(now[0]) == pytest.approx(45, rel=0.01)


def simulated(
    look: Callable[[float, float | None, bool], None], batch: int, problems: int, sat: float, known: bool
) -> float:
    """A slow model that answers batches at once, as they are full; a rationale takes twice a sitting.

    Tells the time and the time left after every reply; returns when the run was over.
    """
    now, pace = 0.0, Pace(expected=problems if known else 0)
    rationales, sittings = 8, 40
    waiting = [(RATIONALE, problem) for problem in range(problems) for _ in range(rationales)]
    left = {problem: rationales for problem in range(problems)}
    to_sit = {problem: round(sittings * sat) for problem in range(problems)}
    for _ in range(problems):
        pace.teach(rationales)
    while waiting:
        group, waiting = waiting[:batch], waiting[batch:]
        running = [(pace.begin(kind, 1, now), problem) for kind, problem in group]
        ends = [(now + (20 if kind == RATIONALE else 10) * (0.5 + at / len(group)), at) for at, (kind, _) in
                enumerate(group)]  # fmt: skip
        heapq.heapify(ends)
        while ends:
            now, at = heapq.heappop(ends)
            begun, problem = running[at]
            pace.finish(begun, now, 1)
            if begun.kind == RATIONALE:
                left[problem] -= 1
                if not left[problem]:
                    pace.examine(sittings, whole=False)
                    waiting += [(SITTING, problem)] * to_sit[problem]
            else:
                to_sit[problem] -= 1
                if not to_sit[problem]:
                    pace.end(sittings, spared=sittings - round(sittings * sat))
            look(now, pace.seconds_left(now), pace.is_bound)
    return now


@given(st.sampled_from([1, 4, 16, 64]), st.integers(4, 12), st.sampled_from([0.5, 0.75, 1.0]), st.booleans())
def test_the_time_left_is_steady_and_near_the_truth(batch: int, problems: int, sat: float, known: bool) -> None:
    looks = list[tuple[float, float | None, bool]]()
    over = simulated(lambda *look: looks.append(look), batch, problems, sat, known)
    told = [((now + left) / over, bound) for now, left, bound in looks if left is not None]
    assert looks[len(looks) - len(told)][0] <= 0.6 * over  # no exam begins before the last rationale
    totals = [total for total, _ in told]
    assert all(0.5 <= total <= 1.4 / (sat if bound else 1) for total, bound in told)
    assert fmean(abs(b - a) for a, b in zip(totals, totals[1:], strict=False)) < 0.04
    assert totals[-1] == pytest.approx(1)


def test_hours_are_told_as_hours() -> None:
    assert [duration(seconds) for seconds in (5, 65, 7445)] == ["0:05", "1:05", "2:04:05"]


def test_a_plain_run_prints_them_and_knows_how_many_problems_are_to_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EVERY", "FIRST_LINE", "LINE_EVERY"):
        monkeypatch.setattr(module, name, 0.0)
    monkeypatch.setattr(module.RUN_PROGRESS, "pace", Pace())
    roles = {"student": [scripted("a"), scripted("b")]}
    task, logs = toy_task(4, budget="lossless"), str(tmp_path / "logs")
    eval(task, model=scripted("teacher"), model_roles=roles, display="plain", log_dir=logs, limit=2, epochs=2)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Teaching: ")]
    words = ("rationales 36 of 36", "sittings", "calls running", "tokens", ", left ", "saved sittings")
    assert lines and all(word in lines[-1] for word in words)
    assert module.RUN_PROGRESS.pace.expected == 4


def test_a_run_says_of_what_its_mean_is_and_what_it_costs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EVERY", "FIRST_LINE", "LINE_EVERY"):
        monkeypatch.setattr(module, name, 0.0)
    monkeypatch.setattr(module.RUN_PROGRESS, "_scored", {})
    monkeypatch.setattr(module.RUN_PROGRESS, "dollars", None)
    set_model_info(
        "scripted/teacher",
        ModelInfo(cost=ModelCost(input=100.0, output=100.0, input_cache_write=0.0, input_cache_read=0.0)),
    )
    try:
        [log] = eval(
            toy_task(3, rule="max"),
            model=scripted("teacher"),
            display="plain",
            log_dir=str(tmp_path / "logs"),
        )
    finally:
        _custom_models.clear()
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Teaching: ")]
    assert any("cost $" in line for line in lines)
    assert module.RUN_PROGRESS.counters().keys() >= {"MAX right", "MAJ right", "cost"}
    assert log.results and log.results.headline and log.results.headline.score == "max"
    assert [score.name for score in log.results.scores][:2] == ["max", "maj"]  # those that the viewer shows above a log
    assert log.eval.scorers and log.eval.scorers[0].options == {"answers": "math"}  # no empty fields there
