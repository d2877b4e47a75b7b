"""Tokens and quotas: who is let in, how often, and what a file must say."""

import base64
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lbt_sandbox.loaders import DataError
from lbt_sandbox.service.refusals import Refused
from lbt_sandbox.service.tenants import ANYONE, Quota, Tenants, load, tokens_of

FILE = "tenants:\n  - {name: alice, token: s3cret, running: 2, per_minute: 60}\n  - {name: bob, token_sha256: HASH}\n"


@pytest.fixture
def tenants(tmp_path: Path) -> Tenants:
    """Two of them."""
    path = tmp_path / "tenants.yaml"
    path.write_text(FILE.replace("HASH", hashlib.sha256(b"b:ob").hexdigest()), encoding="utf-8")
    return load(path)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Bearer s3cret", "alice"),
        ("bearer  s3cret", "alice"),
        (basic("any", "s3cret"), "alice"),
        (basic("s3cret", ""), "alice"),
        ("Bearer b:ob", "bob"),
    ],
)
def test_a_token_is_known_however_it_comes(tenants: Tenants, header: str, name: str) -> None:
    assert tenants.of(header) == name


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic !!", "Basic " + "A" * 7, "Digest s3cret", basic("", "")]
)
def test_others_are_told_what_is_needed(tenants: Tenants, header: str | None) -> None:
    with pytest.raises(Refused, match="Authorization: Bearer") as refused:
        tenants.of(header)
    assert refused.value.status == 401


@given(st.text(max_size=60))
def test_no_header_does_harm(header: str) -> None:
    assert all(isinstance(token, bytes) for token in tokens_of(header))
    assert Tenants({}).of(header) == ANYONE


def test_limits_are_those_of_the_file(tenants: Tenants) -> None:
    assert tenants.limits == {"alice": 2}
    tenants.charge("alice", 60, now=0.0)
    with pytest.raises(Refused) as refused:
        tenants.charge("alice", 1, now=0.0)
    assert refused.value.status == 429
    assert refused.value.retry_after == pytest.approx(1.0)
    tenants.charge("bob", 10**6, now=0.0)


@given(st.integers(1, 600), st.lists(st.tuples(st.floats(0, 10), st.integers(1, 20)), max_size=60))
def test_no_minute_holds_more_than_twice_the_quota(per_minute: int, calls: list[tuple[float, int]]) -> None:
    quota, now, taken = Quota(per_minute), 0.0, 0
    for pause, count in calls:
        now += pause
        wait = quota.take(count, now)
        assert wait >= 0
        taken += count if wait == 0 else 0
        assert taken <= per_minute * (1 + now / 60) + 1e-6  # a bucket and what has flowed in


@given(st.integers(1, 600), st.integers(1, 50))
def test_after_the_wait_there_is_enough(per_minute: int, count: int) -> None:
    quota = Quota(per_minute)
    count = min(count, per_minute)
    quota.take(per_minute, 0.0)
    wait = quota.take(count, 0.0)
    assert quota.take(count, wait + 1e-6) == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tenants: []", "tenants"),
        ("- a", "valid dictionary"),
        ("tenants: [{name: a}]", "token"),
        ("tenants: [{name: a, token: x, token_sha256: y}]", "token"),
        ("tenants: [{name: a, token: x, per_minute: 0}]", "per_minute"),
        ("tenants: [{name: a, token: x, colour: red}]", "colour"),
        ("tenants: [{name: a, token: x}, {name: a, token: y}]", "same name"),
        ("tenants: [", "no YAML"),
    ],
)
def test_a_file_that_will_not_do_is_named_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=reason) as error:
        load(path)
    assert str(path) in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Cannot read"):
        load(tmp_path / "none.yaml")
