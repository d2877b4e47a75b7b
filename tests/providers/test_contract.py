"""What the method relies on in a provider, through Inspect's real client against a server on the loopback interface."""

from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import GenerateConfig, get_model

from tests.evaluating import evaluate
from tests.providers.fake_server import FakeServer, Trouble, fake_server
from tests.synthetic.running import reasons, record, scores, sittings, toy_task, values

pytest.importorskip("openai", reason="Inspect's client for OpenAI-compatible servers is not installed (openai)")
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # sockets of the client at the interpreter's mercy
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def run(server: FakeServer, folder: Path, count: int = 2, config: dict[str, Any] | None = None) -> EvalLog:
    def model(name: str) -> Any:
        settings = GenerateConfig(**(config or {}))
        return get_model(f"openai-api/fake/{name}", base_url=server.url, api_key="none", config=settings, memoize=False)

    return evaluate(
        toy_task(count, rationales=4),
        model=model("teacher"),
        model_roles={"student": model("student")},
        log_dir=str(folder / "logs"),
    )


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "cache"))


def _sampled(server: FakeServer) -> list[dict[str, Any]]:
    return [body for body in server.requests if body["model"] == "teacher" and body["temperature"]]


def test_several_choices_come_from_one_call(tmp_path: Path) -> None:
    with fake_server() as server:
        log = run(server, tmp_path)
    assert [body["n"] for body in _sampled(server)] == [4, 4]
    assert values(log)["oracle"] == 1.0
    assert all(len(record(log, at)["rationales"]) == 4 for at in range(2))


def test_a_server_that_ignores_n_is_asked_again_with_other_seeds(tmp_path: Path) -> None:
    with fake_server(Trouble(ignores_n=True)) as server:
        log = run(server, tmp_path, count=1)
    sampled = _sampled(server)
    assert len(sampled) == 4
    assert len({body["seed"] for body in sampled}) == 4
    assert len(record(log)["rationales"]) == 4


def test_seeds_make_the_same_table(tmp_path: Path) -> None:
    with fake_server() as server:
        first = run(server, tmp_path / "a")
        paid = len(server.paid)
        again = run(server, tmp_path / "b")
    assert scores(first) == scores(again)
    assert len(server.paid) == paid  # the cache had every reply


@pytest.mark.parametrize(
    "trouble",
    [Trouble(status=429, times=3, retry_after="0"), Trouble(status=500, times=3), Trouble(cut_off=True, times=2)],
    ids=["429 with retry-after", "500", "a truncated reply"],
)
def test_passing_trouble_is_waited_out(trouble: Trouble, tmp_path: Path) -> None:
    with fake_server() as server:
        calm = run(server, tmp_path / "calm")
    with fake_server(trouble) as server:
        log = run(server, tmp_path / "trouble")
    assert log.status == "success", log.error or reasons(log)
    assert scores(log) == scores(calm)
    assert record(log)["usage"] == record(calm)["usage"]


def test_a_silent_server_is_an_error_with_its_reason_and_no_score(tmp_path: Path) -> None:
    with fake_server(Trouble(silent=True, only_for="student")) as server:
        log = run(server, tmp_path, count=1, config={"attempt_timeout": 1, "max_retries": 0})
    assert log.status == "error"
    assert "student" in reasons(log)
    assert not (log.samples or [])[0].scores


@pytest.mark.parametrize(
    "trouble",
    [Trouble(no_text=True, only_for="student"), Trouble(content_filter=True, only_for="student")],
    ids=["empty replies", "content filter"],
)
def test_students_without_a_reply_are_an_error_not_a_score_of_zero(trouble: Trouble, tmp_path: Path) -> None:
    with fake_server(trouble) as server:
        log = run(server, tmp_path, count=1)
    assert log.status == "error"
    assert "no usable reply" in reasons(log)


def test_one_empty_reply_is_asked_for_again(tmp_path: Path) -> None:
    with fake_server(Trouble(no_text=True, only_for="student", times=1)) as server:
        log = run(server, tmp_path, count=1)
    assert log.status == "success"
    assert all(row.score is not None for row in sittings(log))


def test_no_choices_at_all_is_an_error_with_its_reason(tmp_path: Path) -> None:
    with fake_server(Trouble(no_choices=True, only_for="teacher")) as server:
        log = run(server, tmp_path, count=1, config={"max_retries": 0})
    assert log.status == "error"
    assert reasons(log)


def test_refused_keys_end_the_run_at_once(tmp_path: Path) -> None:
    with fake_server(Trouble(status=401)) as server:
        log = run(server, tmp_path, count=1)
    assert log.status == "error"
    assert len(server.requests) <= 2  # nobody retries a wrong key
