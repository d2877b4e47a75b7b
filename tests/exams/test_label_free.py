"""Label-free exams in the toy world: variants in words, labels by agreement, and nothing that knows a gold answer.

Invariants:
 1. The teacher's variants are asked but for copies, strangers and those that break off; all are in the record.
 2. Where most models are right, exams choose as those with gold answers do; where they are wrong, the report shows it.
 3. A teacher that writes nothing makes an errored sample that says so, never a score.
 4. What is killed and started again pays for nothing twice.
"""

from pathlib import Path
from typing import Any

import anyio
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.answers import MathAnswers, TextAnswers
from lbt_solvers.answers.agreement import ByAgreement
from lbt_solvers.exam_bank import NoExamError, exam_without_models
from lbt_solvers.exams import label_free, make_exam_maker
from lbt_solvers.label_free_exam import Draft, LabelFree, gate, read_variants, settle, winner
from lbt_solvers.types import Problem
from lbt_tasks.cli import main
from tests.synthetic import world
from tests.synthetic.running import reasons, record, scripted, toy_task, values

WISE = ("wise a", "wise b")
TAUGHT = Problem("t", "Compute 10 plus twice 3.", "")


def drafts(*agreements: float | None) -> list[Draft]:
    return [
        Draft(str(at), f"q{at}", "spare", 1.0, None if share is None else "1", share)
        for at, share in enumerate(agreements)
    ]


def test_only_whole_problems_are_read() -> None:
    assert read_variants("<problem> a\nb </problem><PROBLEM>c</PROBLEM><problem> </problem><problem>cut") == [
        "a\nb",
        "c",
    ]
    assert read_variants("I would rather not.") == []


def test_copies_and_strangers_stay_out() -> None:
    texts = ["compute  10 plus twice 3.", "Compute 9 plus twice 4.", "Compute 9 plus twice 4.", "Who wrote Faust?"]
    found = gate(TAUGHT, [Problem(str(at), text, "") for at, text in enumerate(texts)], LabelFree())
    assert [draft.fate for draft in found] == ["copy", "spare", "copy", "too far"]
    assert found[1].similarity > 0.3 > found[3].similarity


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=12), st.randoms(use_true_random=False))
def test_the_winner_leads_alone_in_any_order(classes: list[int | None], random: Any) -> None:
    number, share = winner(classes)
    shuffled = random.sample(classes, len(classes))
    assert winner(shuffled) == (number, share)
    if number is not None:
        assert share == classes.count(number) / len(classes)
        assert all(classes.count(other) < classes.count(number) for other in set(classes) - {None, number})


def test_the_most_agreed_variants_are_asked() -> None:
    settled = settle(drafts(0.6, None, 0.9, 0.4, 0.6), LabelFree(items=2, drafts=5))
    assert [draft.fate for draft in settled] == ["item", "no agreement", "item", "no agreement", "spare"]


@pytest.mark.parametrize("kind", [MathAnswers(), TextAnswers()])
def test_answers_are_graded_by_the_label(kind: MathAnswers | TextAnswers) -> None:
    grades = anyio.run(ByAgreement(kind).grade, Problem("v", "q", "0.5"), ["0.5", "2", "1/2"])
    assert [grade.score for grade in grades] == [1.0, 0.0, float(isinstance(kind, MathAnswers))]


@pytest.mark.parametrize("options", [{"items": 0}, {"drafts": 1}, {"agreement": 2}, {"votes": 0}, {"questions": "new"}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"^{next(iter(options))}: |No exam maker"):
        make_exam_maker("label_free", [], **options)


def test_no_exam_outside_a_run() -> None:
    with pytest.raises(NoExamError, match="set by models"):
        exam_without_models(label_free(), TAUGHT)


def test_the_teacher_writes_and_the_models_agree(run) -> None:
    log = run(toy_task(3, exam=label_free(items=3, repetitions=1)), students=WISE)
    assert values(log)["sum"] == values(log)["max"] == 1.0 and values(log)["maj"] == 0.0
    kept = record(log)
    assert [draft["fate"] for draft in kept["drafts"]] == ["item", "copy", "too far", "item", "item"]
    assert [item["answer"] for item in kept["items"]] == ["130", "244", "358"]
    assert all(draft["right"] is None for draft in kept["drafts"])
    assert "Label-free exam: 3 of 3 items; 6 variants wanted, 5 there" in " ".join(kept["notes"])
    assert kept["usage"]["exam writer"]["calls"] == 1
    labelled_by = {role for role in kept["usage"] if role.startswith("labels: ")}
    assert labelled_by == {"labels: scripted/teacher", "labels: scripted/wise a", "labels: scripted/wise b"}


@pytest.mark.parametrize("prompt", ["paper", "chat"])
def test_presets_ask_for_variants(run, prompt: str) -> None:
    log = run(toy_task(1, exam=label_free(items=3, repetitions=1), prompt=prompt), students=WISE)
    assert len(record(log)["drafts"]) == 5


def test_too_few_variants_are_said(run) -> None:
    log = run(toy_task(1, exam=label_free(items=5, repetitions=1)), students=WISE)
    assert record(log)["exam_note"] == "3 of 5 items"
    assert record(log)["usage"]["exam writer"]["calls"] == 1  # five could be read


def test_a_teacher_that_writes_nothing_makes_an_error_and_no_score(run) -> None:
    log = run(toy_task(2, exam=label_free()), teacher=scripted("mute teacher"), students=WISE, fail_on_error=False)
    assert "0 of 3 items; 6 variants wanted, 0 there" in reasons(log)
    assert not any(sample.scores for sample in log.samples or [])


def test_nothing_agreed_is_said(run) -> None:
    log = run(toy_task(1, exam=label_free(agreement=1.0)), students=WISE, fail_on_error=False)
    assert "3 without enough agreement" in reasons(log) and "drafts" in reasons(log)


def test_a_model_that_fails_while_labelling_is_named(run) -> None:
    log = run(toy_task(1, exam=label_free()), students=(scripted("wise", fail_after=1),), fail_on_error=False)
    assert "labels: scripted/wise failed while the exam was set" in reasons(log)


def test_nothing_is_paid_twice(run, tmp_path: Path, monkeypatch) -> None:
    paid = tmp_path / "paid"
    monkeypatch.setenv("LBT_SCRIPTED_CALLS", str(paid))
    first = run(toy_task(2, exam=label_free()), students=WISE)
    calls = len(paid.read_text().splitlines())
    again = run(toy_task(2, exam=label_free()), students=WISE)
    assert len(paid.read_text().splitlines()) == calls
    assert record(again)["items"] == record(first)["items"] and values(again) == values(first)


def test_the_report_shows_what_wrong_labels_cost(run) -> None:
    bank = world.bank(world.problems(4))
    labelled = run(toy_task(4), students=("a", "b"))
    misled = run(toy_task(4, exam=label_free(bank, questions="variants", drafts=3)), students=("a", "b"))
    assert values(labelled)["sum"] == 1.0 and values(misled)["sum"] == 0.0
    said = CliRunner().invoke(main, ["report", labelled.location, misled.location])
    assert said.exit_code == 0, said.output
    assert "100.0 %" in said.output and "of 12 labels are wrong" in said.output
    assert "4 problems, the same rationales in 4" in said.output
    assert "SUM, labels all wrong" in said.output and "-100.0" in said.output


def test_a_budget_and_a_label_free_exam_go_together(run) -> None:
    log = run(toy_task(2, exam=label_free(), budget="lossless"), students=WISE)
    assert values(log)["sum"] == 1.0 and record(log)["budget"]["calls"] < record(log)["budget"]["full_calls"]
