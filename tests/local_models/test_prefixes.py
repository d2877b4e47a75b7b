"""Common beginnings of prompts, against the plain definition on lists of tokens."""

from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.local_models._prefixes import (
    PrefixStore,
    common_tokens,
    first_tokens,
    key_of,
    length,
    longest_shared,
    tokens_of,
)

TOKENS = st.lists(st.sampled_from([0, 1, 255, 256, 2**32 - 1]), max_size=6)


def common(first: list[int], second: list[int]) -> int:
    pairs = zip(first, second, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


@given(TOKENS, TOKENS)
def test_keys_are_ordered_and_compared_as_their_tokens(first: list[int], second: list[int]) -> None:
    assert tokens_of(key_of(first)) == first
    assert (key_of(first) < key_of(second)) == (first < second)
    assert common_tokens(key_of(first), key_of(second)) == common(first, second)
    assert tokens_of(first_tokens(key_of(first), 2)) == first[:2]


@given(TOKENS.filter(bool), st.lists(TOKENS, max_size=12))
def test_the_longest_shared_beginning_is_that_of_a_search_through_all(key: list[int], others: list[list[int]]) -> None:
    shared = [count for other in others if (count := common(key, other)) < len(key)]
    assert longest_shared(key_of(key), sorted(map(key_of, others))) == max(shared, default=0)


@given(st.lists(TOKENS, max_size=12), TOKENS)
def test_the_store_knows_the_longest_beginning_that_it_has(kept: list[list[int]], key: list[int]) -> None:
    store: PrefixStore[int] = PrefixStore(max_bytes=10**6)
    for tokens in kept:
        store.put(key_of(tokens), len(tokens), 1)
    begins = [len(tokens) for tokens in kept if key[: len(tokens)] == tokens]
    assert length(store.longest(key_of(key))) == max(begins, default=0)


def test_what_was_not_used_for_longest_goes_first() -> None:
    store: PrefixStore[str] = PrefixStore(max_bytes=10)
    a, b, c = key_of([1]), key_of([2]), key_of([3])
    store.put(a, "a", 4)
    store.put(b, "b", 4)
    store.put(a, "a again", 5)
    assert store.get(a) == "a again"
    store.put(c, "c", 5)
    assert [store.get(key) for key in (a, b, c)] == ["a again", None, "c"]
    store.put(b, "larger than all", 11)
    assert [store.get(key) for key in (a, b, c)] == [None, None, None]
