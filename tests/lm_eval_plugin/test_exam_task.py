"""The exam task inside lm-eval: rows of the core, conversations, aggregations, and mistakes as one line."""

import logging
from pathlib import Path
from typing import Any, cast

import pytest

from tests.lm_eval_plugin.world import (
    BANK,
    PROBLEMS,
    ScriptedLM,
    jsonl,
    numbers,
    problem_rows,
    rationale_rows,
)

from lm_eval import simple_evaluate  # isort: skip
from lm_eval.tasks import TaskManager  # isort: skip

from lbt_solvers.answers import MathAnswers
from lbt_solvers.exams import fixed
from lbt_solvers.prompts import load_prompt
from lbt_tasks.lm_eval_plugin import TASKS
from lbt_tasks.lm_eval_plugin.candidates import candidates_of_log
from lbt_tasks.lm_eval_plugin.exam_rows import CONTROL, exam_rows
from lbt_tasks.lm_eval_plugin.exam_scores import AnsweredRow, accuracy, examined
from lbt_tasks.lm_eval_plugin.exam_task import exam_dataset, exam_results
from lbt_tasks.lm_eval_plugin.rationales import read_rationales
from lbt_tasks.lm_eval_plugin.weighted_vote import WeightedVote


@pytest.fixture
def metadata(tmp_path: Path) -> dict[str, Any]:
    return {
        "pretrained": "an argument of the model's, which lm-eval passes on as well",
        "lbt_data": jsonl(tmp_path / "problems.jsonl", problem_rows(PROBLEMS)),
        "lbt_bank": jsonl(tmp_path / "bank.jsonl", problem_rows(BANK)),
        "lbt_rationale_file": jsonl(tmp_path / "rationales.jsonl", rationale_rows()),
        "lbt_exam": "fixed",
    }


def evaluate(model: Any, metadata: dict[str, Any], task: str = "lbt_exam_math", **options: Any) -> Any:
    manager = TaskManager(include_path=str(TASKS), include_defaults=False, metadata=metadata)
    return cast(Any, simple_evaluate)(model=model, tasks=[task], task_manager=manager, bootstrap_iters=0, **options)


def values(results: Any, task: str = "lbt_exam_math") -> dict[str, float]:
    found = results["results"][task]
    return {key.removesuffix(",none"): value for key, value in found.items() if key.endswith(",none")}


def test_the_vote_is_wrong_and_teaching_tells(metadata) -> None:
    found = values(evaluate(ScriptedLM(), metadata))
    assert {key: found[key] for key in ("lbt_maj", "lbt_max", "lbt_sum", "lbt_avg", "lbt_oracle", "lbt_control")} == {
        "lbt_maj": 0, "lbt_max": 1, "lbt_sum": 1, "lbt_avg": 1, "lbt_oracle": 1, "lbt_control": 0,
    }  # fmt: skip
    assert found["lbt_score"] == pytest.approx(1 / 3)


def test_rows_of_one_rationale_stand_together_and_the_last_are_the_control(metadata) -> None:
    sampled = read_rationales(metadata["lbt_rationale_file"], PROBLEMS, MathAnswers())
    rows = list(exam_rows(PROBLEMS, sampled, fixed(BANK, repetitions=2), load_prompt("chat"), MathAnswers()))
    first = [row["rationale"] for row in rows if row["problem"] == PROBLEMS[0].id]
    assert first == [index for index in (0, 1, 2, CONTROL) for _ in range(2 * len(BANK))]  # the fourth has no answer
    assert {row["rows"] for row in rows} == {len(first)}
    assert [row["correct"] for row in rows[:12:4]] == [False, True, False]
    assert [row["answer_class"] for row in rows[:12:4]] == [0, 1, 0]


@pytest.mark.parametrize("fewshot", [None, 0, 5])
def test_demonstrations_are_earlier_turns_whatever_number_is_asked_for(metadata, fewshot: int | None) -> None:
    model = ScriptedLM()
    evaluate(model, metadata, apply_chat_template=True, fewshot_as_multiturn=True, num_fewshot=fewshot)
    taught, control = model.asked[0], model.asked[-1]
    expected = load_prompt("chat").messages("Q")
    assert taught.startswith(f"<user>{expected[0].text.removesuffix('Q')}{PROBLEMS[0].question}<assistant>Add first")
    assert taught.endswith(f"<user>{BANK[0].question}<assistant>")
    assert control == f"<user>{expected[0].text.removesuffix('Q')}{BANK[1].question}<assistant>"


def test_a_single_turn_layout_with_a_begun_reply(metadata) -> None:
    model = ScriptedLM()
    evaluate(model, {**metadata, "lbt_prompt": "paper"}, apply_chat_template=True, fewshot_as_multiturn=True)
    assert model.asked[0].startswith("<system>You are a helpful assistant.<user>")
    assert model.asked[0].count("<user>") == 1
    assert model.asked[0].endswith("<assistant>[[Solution]]:\nLet's think step by step.\n\n")
    assert "[[Final Answer]]:\n$14$" in model.asked[0]  # the first demonstration is the wrong one


def test_the_first_final_answer_counts_where_the_format_says_so(metadata) -> None:
    for prompt, score in (("paper", 0.0), ("lbt_tasks.classroom/paper", 1.0)):
        row = cast(dict[str, Any], exam_dataset(**metadata, lbt_prompt=prompt)["test"][0])
        reply = f"[[Final Answer]]:\n$-1$\n\nNo.\n\n[[Final Answer]]:\n${row['target']}$\n"
        assert {result.score for result in exam_results(row, [reply]).values()} == {score}
        plain = f"ANSWER: {row['target']}"
        vote = WeightedVote(rule="maj").apply([[plain, reply, "ANSWER: -1"]], [row])
        assert vote == [[plain if score else reply]]


def test_an_exam_that_is_cut_is_left_out_and_named(metadata, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = values(evaluate(ScriptedLM(), metadata, limit=11))
    assert found["lbt_sum"] == 1  # of the one problem that is whole: 4 x 2 rows
    assert "Problems left out, their exams are cut (by --limit?): 1" in caplog.text


def test_empty_replies_are_no_zero(metadata, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = values(evaluate(ScriptedLM(silent=True), metadata))
    assert str(found["lbt_sum"]) == "nan"
    assert "Problems left out, a whole exam of empty replies: 3" in caplog.text


def test_a_problem_without_any_answer_counts_as_wrong() -> None:
    sittings = [
        AnsweredRow("p1", 0, 0, True, 1.0, 2),
        AnsweredRow("p1", CONTROL, -1, False, 0.0, 2),
        AnsweredRow("p2", CONTROL, -1, False, 1.0, 1),
    ]
    assert accuracy(examined(sittings), "max") == 0.5


def test_the_log_of_samples_becomes_a_table_of_candidates(metadata, tmp_path: Path) -> None:
    results = evaluate(ScriptedLM(), metadata, log_samples=True)
    log = jsonl(tmp_path / "samples.jsonl", results["samples"]["lbt_exam_math"])
    first = candidates_of_log(log, load_prompt("chat"))[0]
    assert (first.problem, first.scores, first.correctness, first.split) == ("p3", [0, 1, 0], [0, 1, 0], "train")
    assert first.rationales[1] == rationale_rows()[1]["completion"]


def test_a_teachers_log_is_a_source_of_rationales(metadata, tmp_path: Path) -> None:
    teacher = evaluate(ScriptedLM("teacher"), metadata, "lbt_teach_math", log_samples=True)
    found = teacher["results"]["lbt_teach_math"]
    assert found["lbt_equal,maj"] == 0
    log = jsonl(tmp_path / "samples.jsonl", teacher["samples"]["lbt_teach_math"])
    sampled = read_rationales(log, PROBLEMS, MathAnswers())
    assert [len(samples) for samples in sampled.values()] == [16, 16, 16]
    assert sampled["p3"][0].answer == "10" and sampled["p3"][0].doc_hash
    found = values(evaluate(ScriptedLM(), {**metadata, "lbt_rationale_file": log}))
    assert (found["lbt_maj"], found["lbt_sum"]) == (0, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lbt_problems": "x"}, "has no option 'lbt_problems'.*Did you mean 'lbt_data'"),
        ({"lbt_data": "gone.jsonl"}, "found nothing at gone.jsonl"),
        ({"lbt_rationale_file": ""}, "--metadata lbt_rationale_file=FILE.jsonl"),
        ({"lbt_exam": "variant"}, "No exam maker 'variant'.*Did you mean 'variants'"),
        ({"lbt_exam": "variants"}, "No exam for problem 'p3'"),
        ({"lbt_prompt": "chatt"}, "Did you mean 'chat'"),
        ({"lbt_answers": "maths"}, "No kind of answers 'maths': .* Did you mean 'math'"),
    ],
)
def test_a_users_mistake_ends_the_run_with_a_line(metadata, change: dict[str, str], message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        evaluate(ScriptedLM(), {**metadata, **change})


def test_a_problem_without_rationales_is_named(metadata, tmp_path: Path) -> None:
    rows = [row for row in rationale_rows() if row["problem"] != "p5"]
    with pytest.raises(SystemExit, match="no rationale for 1 of 3 problems, e.g. p5"):
        evaluate(ScriptedLM(), {**metadata, "lbt_rationale_file": jsonl(tmp_path / "few.jsonl", rows)})


def test_the_world_is_as_described() -> None:
    assert numbers("twice 1 plus 2, twice 3 plus 4") == (3, 4)
