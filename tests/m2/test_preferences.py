"""Pairs of scored rationales: what they must be for any scores, and the paper's consequences of its numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.preferences import Candidate, Pair, Pairing, distinct, preference_pairs

share = st.sampled_from([0.0, 1 / 6, 1 / 3, 0.5, 2 / 3, 5 / 6, 1.0])
candidate = st.builds(Candidate, st.sampled_from("abcdefgh"), st.sampled_from([0.0, 1.0]), st.none() | share)
candidates = st.lists(candidate, max_size=12)
choose = st.sampled_from(["largest_gap", "uniform", "best_vs_worst"])
pairings = st.builds(
    Pairing,
    weight=st.sampled_from([0.0, 0.3, 0.5, 1.0]),
    threshold=st.sampled_from([0.0, 0.3, 0.5]),
    max_pairs=st.integers(1, 9),
    choose=choose,
    seed=st.integers(0, 5),
)


def mean_scores(given: list[Candidate], weight: float) -> dict[str, float]:
    """By brute force: the score of each text, from the means of its copies."""
    scores: dict[str, float] = {}
    for text in {each.text for each in given}:
        correctness = [each.correctness for each in given if each.text == text]
        exams = [each.lbt for each in given if each.text == text and each.lbt is not None]
        if weight == 1 or exams:
            lbt = sum(exams) / len(exams) if exams else 0.0
            scores[text] = weight * sum(correctness) / len(correctness) + (1 - weight) * lbt
    return scores


def texts(given: list[Candidate], pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(given[pair.chosen].text, given[pair.rejected].text) for pair in pairs]


@given(candidates, pairings)
def test_every_pair_is_of_two_texts_further_apart_than_the_threshold(given, pairing) -> None:
    scores = mean_scores(given, pairing.weight)
    pairs = preference_pairs(given, pairing, "p")
    assert len(pairs) <= pairing.max_pairs and len(set(texts(given, pairs))) == len(pairs)
    for pair, (better, worse) in zip(pairs, texts(given, pairs), strict=True):
        assert better != worse and pair.margin > pairing.threshold
        assert pair.margin == pytest.approx(scores[better] - scores[worse], abs=1e-8)
    assert [pair.margin for pair in pairs] == sorted((pair.margin for pair in pairs), reverse=True)


@given(candidates, pairings, st.randoms(use_true_random=False))
def test_the_order_of_the_rationales_does_not_matter(given, pairing, random) -> None:
    shuffled = random.sample(given, len(given))
    before, after = preference_pairs(given, pairing, "p"), preference_pairs(shuffled, pairing, "p")
    assert texts(given, before) == texts(shuffled, after)


@given(candidates, pairings)
def test_nothing_wide_enough_is_left_out_while_there_is_room(given, pairing) -> None:
    scores = mean_scores(given, pairing.weight)
    wide = [(a, b) for a in scores for b in scores if scores[a] - scores[b] > pairing.threshold + 1e-8]
    found = texts(given, preference_pairs(given, pairing, "p"))
    if pairing.choose == "best_vs_worst":
        assert bool(found) == bool(wide)
        used = [text for pair in found for text in pair]
        assert len(used) == len(set(used))
    else:
        assert len(found) == min(len(wide), pairing.max_pairs) and set(found) <= set(wide)


@given(candidates, pairings)
def test_largest_gap_leaves_no_larger_gap(given, pairing) -> None:
    scores = mean_scores(given, pairing.weight)
    largest = Pairing(pairing.weight, pairing.threshold, pairing.max_pairs, "largest_gap", pairing.seed)
    pairs = preference_pairs(given, largest, "p")
    found = set(texts(given, pairs))
    others = [scores[a] - scores[b] for a in scores for b in scores if a != b and (a, b) not in found]
    if len(pairs) == largest.max_pairs:
        assert max(others, default=0) <= pairs[-1].margin + 1e-8


@given(candidates)
def test_at_the_papers_numbers_a_wrong_answer_is_never_preferred_to_a_right_one(given) -> None:
    distinct = list({each.text: each for each in given}.values())
    for pair in preference_pairs(distinct, Pairing()):
        better, worse = distinct[pair.chosen], distinct[pair.rejected]
        assert better.correctness >= worse.correctness
        if better.correctness == worse.correctness:
            assert (better.lbt or 0) - (worse.lbt or 0) > 0.6 - 1e-8
        else:
            assert (better.lbt or 0) - (worse.lbt or 0) > -0.4 - 1e-8


@given(candidates)
def test_copies_are_one_candidate_with_their_mean(given) -> None:
    merged = distinct(given)
    assert [each.text for each in merged] == list(dict.fromkeys(each.text for each in given))
    assert distinct(merged) == merged
    for weight in (0.5, 1.0):
        assert mean_scores(merged, weight) == pytest.approx(mean_scores(given, weight))


@given(candidates, st.integers(0, 3))
def test_weight_one_never_looks_at_exams_and_weight_zero_never_at_answers(given, seed) -> None:
    unexamined = [each._replace(lbt=None) for each in given]
    correctness = Pairing(weight=1.0, seed=seed)
    assert preference_pairs(given, correctness) == preference_pairs(unexamined, correctness)
    ungraded = [each._replace(correctness=0.0) for each in given]
    exams = Pairing(weight=0.0, seed=seed)
    assert preference_pairs(given, exams) == preference_pairs(ungraded, exams)


def test_seeds_draw_differently_and_again_the_same() -> None:
    many = [Candidate(str(i), float(i % 2), 0.5) for i in range(20)]
    draws = [preference_pairs(many, Pairing(choose="uniform", seed=seed), "p") for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]
    assert preference_pairs(many, Pairing(choose="uniform"), "q") != draws[0]


@given(choose)
def test_ties_do_not_all_go_to_one_text(choose) -> None:
    many = [Candidate(str(i), float(i % 2), 0.5) for i in range(20)]
    pairs = preference_pairs(many, Pairing(choose=choose))
    assert len({pair.chosen for pair in pairs}) > 2 and len({pair.rejected for pair in pairs}) > 2


def test_a_gap_equal_to_the_threshold_is_not_above_it() -> None:
    just = [Candidate("a", 1.0, 0.1), Candidate("b", 1.0, 0.7)]
    assert preference_pairs(just, Pairing(threshold=0.3)) == []
    assert preference_pairs(just, Pairing(threshold=0.29))[0].margin == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight": 1.5}, r"weight: .* found 1\.5"),
        ({"threshold": 1.0}, "threshold"),
        ({"max_pairs": 0}, "max_pairs"),
        ({"choose": "largest"}, "Did you mean 'largest_gap'"),
    ],
)
def test_impossible_options_say_what_is_possible(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        Pairing(**options)
