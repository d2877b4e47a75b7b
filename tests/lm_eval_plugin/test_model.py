"""The models `lbt` and `lbt-recorded`, the weighted vote, and the entry points, on the scripted world."""

import importlib
import json
import random
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

from tests.lm_eval_plugin.world import BANK, PROBLEMS, ScriptedLM, jsonl, problem_rows
from tests.providers.fake_server import fake_server
from tests.synthetic import world as toy_world

from datasets import Dataset  # isort: skip
from lm_eval import simple_evaluate  # isort: skip
from lm_eval.api import registry  # isort: skip
from lm_eval.tasks import TaskManager  # isort: skip

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_bank import ExamMaker, without_models
from lbt_solvers.exam_forms import Student
from lbt_solvers.exams import EXAM_MAKERS
from lbt_solvers.prompts import Turn
from lbt_solvers.selection import choose
from lbt_solvers.types import Exam, GradedReply, Problem
from lbt_tasks.cli import main
from lbt_tasks.lm_eval_plugin.back_ends import parse_spec, parse_specs
from lbt_tasks.lm_eval_plugin.candidates import doc_hash
from lbt_tasks.lm_eval_plugin.model import LearningByTeachingLM
from lbt_tasks.lm_eval_plugin.weighted_vote import WeightedVote

pytestmark = pytest.mark.timeout(180)  # the first use of an API model imports half of transformers
ANSWER = {"function": "regex", "regex_pattern": "ANSWER: (.*)"}
FIRST = {"function": "take_first"}


def task(**more: Any) -> dict[str, Any]:
    """A task that knows nothing of teaching."""
    rows = [{"id": p.id, "question": p.question, "solution": f"So it is.\n#### {p.answer}"} for p in PROBLEMS]
    return {
        "task": "plain",
        "custom_dataset": lambda **_: {"test": Dataset.from_list(rows)},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "{{question}}",
        "doc_to_target": "{{solution.split('#### ')[1]}}",
        "generation_kwargs": {"until": [], "max_gen_toks": 64},
        "filter_list": [{"name": "last", "filter": [ANSWER, FIRST]}],
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
        **more,
    }


def evaluate(model: Any, plain: dict[str, Any], **options: Any) -> Any:
    manager = TaskManager(include_defaults=False)
    return cast(Any, simple_evaluate)(model=model, tasks=[plain], task_manager=manager, bootstrap_iters=0, **options)


@pytest.fixture
def arguments(tmp_path: Path) -> dict[str, Any]:
    return {
        "teacher": "scripted:role=teacher",
        "students": "scripted:role=student|scripted:role=other",
        "answer": "solution",
        "exam": "random",
        "rationales": 6,
        "items": 2,
        "candidates": str(tmp_path / "candidates.jsonl"),
    }


def exact(results: Any, name: str = "last") -> float:
    return results["results"]["plain"][f"exact_match,{name}"]


def test_what_is_thought_neither_answers_nor_teaches(arguments) -> None:
    """Shown to students, the thoughts of wrong replies would teach the right method."""
    thinking = {"teacher": "scripted:role=teacher;thinks=True", "students": "scripted:role=student;thinks=True"}
    tables = [
        [json.loads(line) for line in Path(str(arguments["candidates"])).read_text().splitlines()]
        for models in ({}, thinking)
        if evaluate("lbt", task(), model_args={**arguments, "rule": "sum", **models})
    ]
    plain, thought = ([(row["problem"], row["scores"], row["correctness"]) for row in table] for table in tables)
    assert plain == thought and {score for _, scores, _ in plain for score in scores} == {0, 1}


@pytest.mark.parametrize("rule", ["maj", "sum", "max"])
def test_a_teacher_that_never_answers_is_wrong_in_every_row_and_ends_no_run(arguments, rule: str) -> None:
    silent = {**arguments, "teacher": "scripted:role=teacher;silent=True", "rule": rule}
    assert exact(evaluate("lbt", task(), model_args=silent)) == 0
    rows = [json.loads(line) for line in Path(arguments["candidates"]).read_text().splitlines()]
    assert len(rows) == len(PROBLEMS) and not any(any(row["scores"]) for row in rows), rows


@pytest.mark.parametrize(("rule", "right"), [("maj", 0), ("sum", 1), ("max", 1)])
def test_any_task_becomes_learning_by_teaching(arguments, rule: str, right: float) -> None:
    assert exact(evaluate("lbt", task(), model_args={**arguments, "rule": rule})) == right


def test_exam_questions_of_a_bank_need_no_gold_answers(arguments, tmp_path: Path) -> None:
    bank = jsonl(tmp_path / "bank.jsonl", problem_rows(BANK))
    given = {**arguments, "bank": bank}
    del given["answer"]
    assert exact(evaluate("lbt", task(), model_args=given)) == 1
    row = json.loads(Path(given["candidates"]).read_text().splitlines()[0])
    assert "correctness" not in row  # nobody knows


def test_a_cached_run_keeps_the_lines_and_the_questions_of_the_cached(arguments, tmp_path: Path) -> None:
    """As `--use_cache`: what the cache holds does not come to the model any more."""
    cache = str(tmp_path / "cache" / "replies")
    evaluate("lbt", task(), model_args=arguments, use_cache=cache, limit=2)
    first = Path(arguments["candidates"]).read_text().splitlines()
    assert len(first) == 2
    evaluate("lbt", task(), model_args={**arguments, "items": 2}, use_cache=cache)
    rows = [json.loads(line) for line in Path(arguments["candidates"]).read_text().splitlines()]
    assert [row["problem"] for row in rows] == [f"plain/{number}" for number in range(3)]
    assert rows[2]["scores"][0] == 1  # examined on the two that came from the cache
    evaluate("lbt", task(), model_args=arguments)
    assert len(Path(arguments["candidates"]).read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("own", "asked", "used"),
    [({}, {}, 0.7), ({}, {"temperature": 1.2}, 1.2), ({"teacher_temperature": 0.3}, {"temperature": 1.2}, 0.3)],
)
def test_the_requests_temperature_is_the_teacher_s(
    arguments, own: Any, asked: Any, used: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[float] = set()
    ask = ScriptedLM.generate_until

    def spy(self: Any, requests: Any) -> list[str]:
        seen.update(request.args[1]["temperature"] for request in requests if self.role == "teacher")
        return ask(self, requests)

    monkeypatch.setattr(ScriptedLM, "generate_until", spy)
    evaluate("lbt", task(), model_args={**arguments, **own}, gen_kwargs=asked or None)
    assert seen == {used}


def test_candidates_become_preference_pairs(arguments, tmp_path: Path) -> None:
    evaluate("lbt", task(), model_args=arguments, apply_chat_template=True)
    table = Path(arguments["candidates"])
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    assert [row["scores"] for row in rows] == [[1, 0, 0, 1, 0, 0]] * 3
    assert [row["correctness"] for row in rows] == [[1, 0, 0, 1, 0, 0]] * 3
    assert rows[0]["prompt"] == [{"role": "user", "content": PROBLEMS[0].question}]
    assert rows[0]["students"] == ["scripted/", "scripted/"] and rows[0]["chosen"] == 0
    done = CliRunner().invoke(
        main, ["export-preferences", str(table), "--out", str(tmp_path / "pairs.jsonl"), "--any-split"]
    )
    assert done.exit_code == 0, done.output
    pairs = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]
    assert len(pairs) == 3 and all("Double first" in pair["chosen"][0]["content"] for pair in pairs)


def test_chat_models_behind_an_api_get_messages_and_seeds_of_their_own(arguments) -> None:
    toy = toy_world.problems(2)
    rows = [{"question": problem.question, "answer": problem.answer} for problem in toy]
    plain = task(custom_dataset=lambda **_: {"test": Dataset.from_list(rows)}, doc_to_target="answer")
    with fake_server() as server:
        api = f"local-chat-completions:base_url={server.url}/chat/completions;eos_string=END;num_concurrent=4;model="
        given = {**arguments, "teacher": api + "teacher", "students": api + "a", "answer": "answer", "items": 1}
        results = evaluate("lbt", plain, model_args=given, apply_chat_template=True, fewshot_as_multiturn=True)
    assert exact(results) == 1
    teacher, student = ([body for body in server.requests if body["model"] == name] for name in ("teacher", "a"))
    assert len(teacher) == len(student) == 2 * 6
    assert len({body["seed"] for body in teacher}) == 6 and {body["temperature"] for body in teacher} == {0.7}
    assert [message["role"] for message in student[0]["messages"]] == ["user", "assistant", "user"]
    row = json.loads(Path(arguments["candidates"]).read_text().splitlines()[0])
    assert row["prompt"][0]["role"] == "user" and row["prompt"][0]["content"] == toy[0].question


def test_students_see_the_demonstration_before_the_question(arguments) -> None:
    model: Any = LearningByTeachingLM(**{**arguments, "students": "scripted:chat=true"})
    evaluate(model, task())
    student = model._students[0].lm
    assert isinstance(student, ScriptedLM)
    assert len(student.asked) == 3 * 6 * 2
    assert student.asked[0].count("<user>") == 2 and student.asked[0].endswith("<assistant>")
    shown = [prompt.rsplit("<user>", 1)[0] for prompt in student.asked]
    assert shown[0] == shown[1] != shown[2]  # requests of one rationale stand together


class Dialogue:
    """An exam of another form: a student answers, is asked again, and is scored by its second reply alone."""

    async def sit(self, student: Student, shown: Any, item: Problem, repetitions: int, key: str) -> list[GradedReply]:
        turns = student.prompt.messages(item.question, shown)
        [first] = await student.replies(turns, 1, key)
        asked = [*turns, Turn("assistant", first.text), Turn("user", f"{item.question} Once more?")]
        replies = await student.replies(asked, repetitions, f"{key}/again")
        return [GradedReply(None, 0.25 + 0.5 * ("Double first" in reply.text)) for reply in replies]


def test_an_exam_of_another_form_is_sat_in_that_form(arguments, monkeypatch: pytest.MonkeyPatch) -> None:
    def dialogue(bank: Any, *, items: int = 1, repetitions: int = 1) -> ExamMaker:
        return without_models(lambda taught: Exam(tuple(bank[:items]), repetitions, form=Dialogue()))

    monkeypatch.setattr("lbt_solvers.exams.known_exam_makers", lambda: {**EXAM_MAKERS, "dialogue": dialogue})
    model: Any = LearningByTeachingLM(**{**arguments, "exam": "dialogue", "repetitions": 2})
    assert exact(evaluate(model, task())) == 1
    rows = [json.loads(line) for line in Path(arguments["candidates"]).read_text().splitlines()]
    assert [row["scores"] for row in rows] == [[0.75, 0.25, 0.25, 0.75, 0.25, 0.25]] * 3
    assert len(model._students[0].lm.asked) == 3 * 6 * 2 * (1 + 2)


def test_a_student_that_fails_ends_the_run_with_its_own_error(arguments, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = LearningByTeachingLM(**arguments)

    def fails(requests: Any) -> list[str]:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(model._students[1].lm, "generate_until", fails)
    with pytest.raises(RuntimeError, match="out of memory"):
        evaluate(model, task())


def test_log_likelihoods_are_the_teachers(arguments) -> None:
    model = LearningByTeachingLM(**arguments)
    assert model.loglikelihood([None]) == [(-1.0, True)] and model.loglikelihood_rolling([None]) == [-1.0]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"teacher": ""}, "needs a teacher"),
        ({"teacher": "hf:pretrained"}, "A model is NAME:key=value"),
        ({"teacher": "huggingfase:a=b"}, "no model for this name found"),
        ({"answer": ""}, "needs graded exam questions"),
        ({"rational": 3}, "has no option 'rational'.*Did you mean 'rationales'"),
        ({"rule": "summ"}, "Did you mean 'sum'"),
        ({"exam": "variant"}, "Did you mean 'variants'"),
        ({"rationales": 0}, "at least 1 was needed"),
    ],
)
def test_mistakes_in_the_models_arguments(arguments, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        LearningByTeachingLM(**{**arguments, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [({"answer": "answer"}, "no column 'answer'.*They have id, question"), ({"question": "text"}, "no column text")],
)
def test_documents_without_the_columns(arguments, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        evaluate("lbt", task(), model_args={**arguments, **change})


def test_models_from_text_and_mappings() -> None:
    assert parse_spec("hf:pretrained=a/b;dtype=float32;n=2").arguments == (
        ("pretrained", "a/b"), ("dtype", "float32"), ("n", 2),
    )  # fmt: skip
    assert parse_specs([{"model": "hf", "pretrained": "a"}, "vllm:pretrained=b"])[0] == parse_spec("hf:pretrained=a")


def voting(scores: str) -> list[dict[str, Any]]:
    return [
        {"name": "first", "filter": [ANSWER, FIRST]},
        {"name": "maj", "filter": [{"function": "lbt_weighted_vote", "rule": "maj"}, ANSWER, FIRST]},
        {"name": "lbt", "filter": [{"function": "lbt_weighted_vote", "scores_path": scores}, ANSWER, FIRST]},
    ]


def test_a_vote_over_the_replies_that_were_examined(arguments, tmp_path: Path) -> None:
    evaluate("lbt", task(), model_args=arguments)
    rows = [json.loads(line) for line in Path(arguments["candidates"]).read_text().splitlines()]
    log = jsonl(tmp_path / "samples.jsonl", [{"doc_hash": r["doc_hash"], "resps": [r["rationales"]]} for r in rows])
    plain = task(repeats=6, filter_list=voting(arguments["candidates"]))
    results = evaluate("lbt-recorded", plain, model_args={"samples": log})
    assert [exact(results, name) for name in ("first", "maj", "lbt")] == [1, 0, 1]
    with pytest.raises(UsageError, match="has 6 replies to document 0 of plain; more were asked for"):
        evaluate("lbt-recorded", {**plain, "repeats": 7}, model_args={"samples": log})


def test_a_reply_without_a_score_is_an_error(tmp_path: Path) -> None:
    doc = {"id": "p1"}
    table = jsonl(
        tmp_path / "c.jsonl", [{"problem": "x", "doc_hash": doc_hash(doc), "rationales": ["ANSWER: 4"], "scores": [1]}]
    )
    vote = WeightedVote(scores_path=table)
    assert vote.apply([["ANSWER: 4", "no answer at all, and so no vote:"]], [doc]) == [["ANSWER: 4"]]
    with pytest.raises(UsageError, match="has no score for the reply 'ANSWER: 5'"):
        vote.apply([["ANSWER: 4", "ANSWER: 5"]], [doc])
    with pytest.raises(UsageError, match="needs scores_path"):
        WeightedVote()


@pytest.mark.parametrize("rule", ["sum", "max", "avg"])
def test_equal_replies_have_the_scores_of_their_own_exams(rule: str, tmp_path: Path) -> None:
    """The vote is the core's, whatever copies and scores there are."""
    rng = random.Random(rule)
    for _ in range(60):
        replies = [f"ANSWER: {rng.choice('4567')}" for _ in range(rng.randint(1, 6))]
        scores = [rng.choice([0.0, 0.0, 0.6, 1.0]) for _ in replies]
        table = jsonl(tmp_path / "c.jsonl", [{"problem": "p1", "rationales": replies, "scores": scores}])
        answers: list[int | None] = [int(reply[-1]) for reply in replies]
        choice = choose(answers, scores, rule)
        vote = WeightedVote(rule=rule, scores_path=table)
        assert choice and vote.apply([replies], [{"id": "p1"}]) == [[replies[choice.rationale]]]
        with pytest.raises(UsageError, match="copies of the reply|no score for"):
            vote.apply([[*replies, replies[0]]], [{"id": "p1"}])


def test_entry_points_name_what_is_registered() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    of_group = {
        "models": registry.model_registry, "filters": registry.filter_registry,
        "metrics": registry.metric_registry,  # aggregations are those of the exams' own task class
    }  # fmt: skip
    for group, known in of_group.items():
        entries = project["entry-points"][f"lm_eval.{group}"]
        ours = {name for name in known if name.startswith("lbt")}
        assert set(entries) == ours
        for name, target in entries.items():
            module, _, attribute = target.partition(":")
            found = getattr(importlib.import_module(module), attribute)
            # lm-eval takes an entry point and the decorator under it for one thing where they name the same path.
            assert found is known.get(name) and f"{found.__module__}:{found.__name__}" == target


def test_the_metric_for_any_task(arguments) -> None:
    plain = task(filter_list=[{"name": "last", "filter": [FIRST]}], metric_list=[{"metric": "lbt_equal"}])
    results = evaluate(ScriptedLM("teacher"), plain)
    assert results["results"]["plain"]["lbt_equal,last"] == pytest.approx(1 / 3)
