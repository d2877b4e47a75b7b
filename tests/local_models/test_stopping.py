"""Cutting at stop strings, on tokens that are plain pieces of text, against a search of every prefix."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.local_models._stopping import cut_at_stop

PIECES = ["a", "b", "ab", "ba", "aab", "<s>"]
SPECIAL = PIECES.index("<s>")
TOKENS = st.lists(st.integers(0, len(PIECES) - 1), max_size=12)


def raw(tokens: Sequence[int]) -> str:
    return "".join(PIECES[token] for token in tokens)


def plain(tokens: Sequence[int]) -> str:
    return raw([token for token in tokens if token != SPECIAL])


@given(TOKENS, st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=3))
def test_the_text_ends_where_the_earliest_stop_string_begins(tokens: list[int], stop: list[str]) -> None:
    found = cut_at_stop(tokens, stop, raw, plain)
    complete = [n for n in range(len(tokens) + 1) if any(string in raw(tokens[:n]) for string in stop)]
    if not complete:
        assert found is None
        return
    assert found is not None
    count, text = found
    assert count == complete[0]
    assert plain(tokens[:count]).startswith(text)
    assert not any(string in text for string in stop)
    assert any(plain(tokens[:count])[len(text) :].startswith(string) for string in stop)


def test_a_special_token_as_stop_string_leaves_the_tokens_before_it() -> None:
    assert cut_at_stop([0, 1, SPECIAL, 0], ["<s>"], raw, plain) == (3, "ab")
    assert cut_at_stop([SPECIAL, 0], ["<s>a", "zzz"], raw, plain) == (2, "")


def test_without_stop_strings_nothing_is_decoded() -> None:
    def never(tokens: Sequence[int]) -> str:
        raise AssertionError("decoded")

    assert cut_at_stop([0, 1], [], never, never) is None
