"""Replay gives what a run would have given: the same scores, the same choices, the calls that were counted.

Invariants:
 1. Arrays and `select` choose alike, under every rule, with ties and missing answers, also among uneven problems.
 2. The full exam agrees with itself; lossless agrees with it for fewer calls; nothing is random without a reason.
 3. A recording survives Parquet; what is no recording is refused in one line.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from lbt_solvers.budget import Budget
from lbt_solvers.rules import known_rules
from lbt_solvers.scoring import lbt_score
from lbt_solvers.selection import select
from lbt_solvers.types import ExamResult, Rationale, Scored
from lbt_tasks.cli import main
from lbt_tasks.replay.matrix import Matrix, choose, lbt_scores, matrix_of
from lbt_tasks.replay.policies import Policy, replay
from lbt_tasks.replay.recording import chosen_students, pa, pq, read_recordings, write_parquet
from tests.replay.recorded import recorded

UNEVEN = pa.concat_tables([recorded(6), recorded(5, rationales=3, students=1, items=2, seed=1)])
"""The second table's problems are longer series of the first's log and name, so only their shapes tell them apart."""


def by_hand(matrix: Matrix, problem: int) -> tuple[np.ndarray, list[Scored]]:
    rows = np.flatnonzero(matrix.problem == problem)
    scored: list[Scored] = []
    for row in rows:
        students, items, repetitions = matrix.shape[row]
        sat = matrix.scores[row, :students, :items, :repetitions]
        results = [
            ExamResult("s", tuple(tuple(None if np.isnan(x) else float(x) for x in item) for item in each))
            for each in sat
        ]
        number = int(matrix.answer_class[row])
        usable = bool((~np.isnan(sat)).any())
        score = lbt_score(results) if usable else 0.0
        scored.append(Scored(Rationale("", ""), None if number < 0 else number, (), score, float(matrix.visible[row])))
    return rows, scored


@pytest.mark.parametrize("rule", known_rules())
def test_arrays_choose_as_select_does(rule: str) -> None:
    for seed in range(5):
        matrix = matrix_of(recorded(30, seed=seed))
        scores = lbt_scores(matrix)
        chosen = choose(matrix, scores, rule)
        for problem in range(matrix.problems):
            rows, scored = by_hand(matrix, problem)
            assert scores[rows].tolist() == pytest.approx([each.score for each in scored])
            choice = select(scored, rule)
            assert chosen[problem] == (rows[choice.rationale] if choice else -1)


def test_problems_of_different_shapes_stand_side_by_side() -> None:
    table = UNEVEN.set_column(0, "log", pa.array(["a"] * 48 + ["b"] * 15).dictionary_encode())
    matrix = matrix_of(table)
    assert matrix.problems == 11 and matrix.scores.shape == (63, 2, 3, 1)
    for problem in range(matrix.problems):
        rows, scored = by_hand(matrix, problem)
        assert lbt_scores(matrix)[rows].tolist() == pytest.approx([each.score for each in scored])


def test_lossless_agrees_with_the_full_exam_for_fewer_calls() -> None:
    matrix = matrix_of(recorded(40))
    full = replay(matrix, Policy(Budget("full")))
    lossless = replay(matrix, Policy(Budget("lossless")))
    assert full.agreement.mean == lossless.agreement.mean == full.share == 1.0
    assert lossless.accuracy.mean == full.accuracy.mean
    assert lossless.share < 0.9 and lossless.tokens < full.tokens == full.full_tokens
    answered = int((matrix.answer_class >= 0).sum())
    assert full.calls == pytest.approx(answered * 6 / 40)
    assert full.tokens == pytest.approx(8 * 100 + full.calls * 50)


def test_parts_of_a_recording() -> None:
    matrix = matrix_of(recorded(10))
    part = matrix.sampled(rationales=3, students=1, seed=4)
    assert part.scores.shape == (30, 1, 3, 1)
    assert np.bincount(part.problem).tolist() == [3] * 10
    assert np.array_equal(part.scores, matrix.sampled(3, 1, 4).scores, equal_nan=True)
    assert not np.array_equal(part.correct, matrix.sampled(3, 1, 5).correct)
    assert np.array_equal(part.same_as, np.arange(30))


def test_equal_rationales_are_examined_once_where_asked() -> None:
    table = recorded(5)
    index = table.schema.get_field_index("same_as")
    first = [row["rationale"] - row["rationale"] % 2 for row in table.to_pylist()]
    classes = [table["answer_class"][i - i % 2].as_py() for i in range(len(first))]
    table = table.set_column(index, "same_as", pa.array(first, pa.int32()))
    table = table.set_column(
        table.schema.get_field_index("answer_class"), "answer_class", pa.array(classes, pa.int32())
    )
    matrix = matrix_of(table)
    apart, once = (replay(matrix, Policy(Budget("full", examine_once=each))) for each in (False, True))
    assert apart.share == 1.0
    lossless = replay(matrix, Policy(Budget("lossless", examine_once=True)))
    assert lossless.calls <= once.calls


def test_a_teacher_that_stops_early_samples_less() -> None:
    matrix = matrix_of(recorded(30))
    sure = replay(matrix, Policy(Budget("full", rule="maj"), stop_sampling=1.0))
    assert sure.agreement.mean == 1.0 and sure.samples < 8
    hasty = replay(matrix, Policy(Budget("full", rule="maj"), stop_sampling=0.7))
    assert hasty.samples < sure.samples


def test_the_command_and_its_parquet(tmp_path: Path) -> None:
    path = str(tmp_path / "recorded.parquet")
    write_parquet(recorded(12), path)
    assert read_recordings([path]).equals(recorded(12))
    arguments = ["replay", path, "--rule", "sum", "--rule", "max", "--rationales", "4", "--seeds", "2", "--json"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    table = json.loads(result.output)
    assert table["problems"] == 12 and len(table["policies"]) == 6
    lossless = next(row for row in table["policies"] if row["budget"] == "lossless" and row["rule"] == "max")
    assert lossless["agreement"] == 1.0 and 0 < lossless["share"] < 1
    text = CliRunner().invoke(main, ["replay", path, "--budget", "thompson"]).output
    assert "12 problems, 10 draws each; no model was called." in text


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    write_parquet(recorded(2), str(tmp_path / "good.parquet"))
    (tmp_path / "bad.parquet").write_text("no table")
    for arguments, message in [
        (["gone"], "found nothing at"),
        ([str(tmp_path / "bad.parquet")], "written by `lbt replay --save`"),
        ([str(tmp_path / "good.parquet"), "--budget", "losless"], "Did you mean 'lossless'"),
        ([str(tmp_path / "good.parquet"), "--rule", "median"], "No selection rule 'median'"),
    ]:
        result = CliRunner().invoke(main, ["replay", *arguments])
        assert result.exit_code == 1 and message in result.output and "Traceback" not in result.output


def test_one_of_several_students_is_replayed_by_name(tmp_path: Path) -> None:
    table = recorded(30, students=3)
    write_parquet(table, path := str(tmp_path / "three.parquet"))
    shared = ["replay", path, "--budget", "full", "--json"]
    alone = json.loads(CliRunner().invoke(main, [*shared, "--student", "s1"]).output)["policies"][0]
    both = json.loads(CliRunner().invoke(main, [*shared, "--student", "vllm/org/s1", "--student", "s2"]).output)
    by_hand = replay(matrix_of(table).of_students([1]), Policy(Budget("full")))
    assert alone["accuracy"] == by_hand.accuracy.mean and alone["calls"] == by_hand.calls
    assert both["policies"][0]["calls"] == 2 * by_hand.calls
    assert chosen_students(table, ["s2", "s0"]) == [0, 2]

    unknown = CliRunner().invoke(main, [*shared, "--student", "s7"])
    assert unknown.exit_code == 1 and "No student 's7': there are vllm/org/s0, vllm/org/s1" in unknown.output
    nameless = table.drop_columns("student_names")
    pq.write_table(nameless, str(tmp_path / "old.parquet"))
    old = CliRunner().invoke(main, ["replay", str(tmp_path / "old.parquet"), "--student", "s1"])
    assert old.exit_code == 1 and "name them" in old.output
