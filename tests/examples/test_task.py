"""`lbt_tasks/examples` on Inspect with scripted models, on the real fallacy data and on files of one's own."""

import json

import anyio
import pytest
import yaml
from click.testing import CliRunner
from inspect_ai import score
from inspect_ai.model._model import init_model_roles

from lbt_solvers.examples import Options, planned_answers
from lbt_solvers.examples.needs import run_needs
from lbt_solvers.statistics import mean_interval
from lbt_tasks.cli import main
from lbt_tasks.configs import config_path
from lbt_tasks.examples.curves import ArmRun, curves_of
from lbt_tasks.examples.data import fallacy, liar, own_data
from lbt_tasks.examples.record import ExamplesRecord
from lbt_tasks.examples.scorer import examples_f1
from lbt_tasks.examples.solver import ARMS
from lbt_tasks.examples.task import examples
from tests.examples.conftest import SMALL
from tests.examples.world import keywords, predicted


def record(sample) -> ExamplesRecord:
    return sample.store_as(ExamplesRecord)


def test_the_papers_data(m3) -> None:
    data = fallacy(m3)
    assert (len(data.test), sum(row.label == "Yes" for row in data.test)) == (300, 61)
    rows = liar(m3)
    assert len(rows.test) == 461 + 432
    assert (len(rows.train), sum(row.label == "Yes" for row in rows.train)) == (3681, 1998)
    assert rows.task.positive == "No" and liar(m3, positive="Yes").task.positive == "Yes"
    tests = {row.text for row in rows.test}
    assert not any(row.text in tests for row in rows.train)


def test_own_data_limits_and_picky_students(optimised, reviews) -> None:
    log = optimised(task=reviews, description="Is it general?", students=("picky",), eval_args={"limit": 1}, seeds=3)
    assert [sample.id for sample in log.samples] == ["no_student-seed-0"]
    kept = record(log.samples[0])
    assert kept.train_rows == 42 and len(kept.test_labels) == 18 and kept.example_task().positive is None


def test_the_budget_ends_a_run_before_it_is_exceeded(optimised, reviews) -> None:
    log = optimised(task=reviews, description="Is it general?", arms="several_students", max_calls=70)
    kept = record(log.samples[0])
    spent = sum(used.calls for role, used in kept.usage.items() if role != "test")
    assert 0 < spent <= 70 and "max_calls=70" in kept.stopped
    assert set(log.samples[0].scores["examples_f1"].value) == {"round_0", "round_1", "round_2"}


def test_failures_are_errors_and_never_a_zero(optimised, reviews) -> None:
    mute = keywords("teacher", text="")
    log = optimised(task=reviews, description="d", teacher=mute, students=(), eval_args={"fail_on_error": False})
    assert log.samples[0].error and "not one with usable text" in log.samples[0].error.message
    assert not log.samples[0].scores
    rambling = keywords("rambling", text="I will not write any example, since they are all alike.")
    log = optimised(task=reviews, description="d", teacher=rambling, students=(), eval_args={"fail_on_error": False})
    assert "no usable set of 8 examples in 3 attempts" in log.samples[0].error.message


@pytest.mark.parametrize(("name", "cost"), [("liar", (16_800, 19_000)), ("fallacy", (13_300, 15_400))])
def test_the_papers_tables_are_configs(m3, name, cost) -> None:
    path = config_path(f"paper_table5/{name}")
    config, text = yaml.safe_load(path.read_text()), path.read_text()
    for arm, numbers in config["metadata"]["published"].items():
        assert len(numbers) == 5 and f"{arm.replace('_', ' ')} " in text
        assert ", ".join(f"{number:.2f}" for number in numbers) in text
    init_model_roles({"student": [keywords("a"), keywords("b")]})
    try:
        task = examples(**config["task"]["args"], data_dir=m3)
    finally:
        init_model_roles({})
    assert [sample.id for sample in task.dataset][:3] == [f"{arm}-seed-0" for arm in ARMS] and len(task.dataset) == 42
    rows, options = (liar if name == "liar" else fallacy)(m3), Options()
    for students, expected in ((1, cost[0]), (3, cost[1])):
        answers = options.minibatch * students * (1 + options.beam_size * (options.rounds - 1))
        answers += planned_answers(options, 1 + options.new_sets_of_one, len(rows.train))
        answers += planned_answers(options, options.most_candidates, len(rows.train)) * (options.rounds - 1)
        texts = 2 * options.reflections * (1 + options.beam_size * (options.rounds - 1))
        total = answers + texts + len(rows.test) * (options.rounds + 1)
        assert total == pytest.approx(expected, rel=0.01) and f"{expected:,}" in text
        most = run_needs(options, len(rows.train), len(rows.test))
        bound = most.answers.high * students + most.evaluations.high + 2 * most.reflections.high + most.tests.high
        assert expected <= bound <= 1.02 * expected, "what an estimate says at most"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "lair"}, "task: classroom, liar, fallacy"),
        ({"task": "gone.csv", "description": "d"}, "found nothing at gone.csv"),
        ({"description": ""}, "description:"),
        ({"task": "classroom", "init": "train"}, "init=written"),
        ({"task": "classroom", "type_count": 99}, "type_count: 1 to"),
        ({"arms": "two_students"}, "arms: some of"),
        ({"arms": "one_student", "students": ()}, "needs students"),
        ({"rouns": 2}, "Did you mean 'rounds'?"),
        ({"prompts": "papr"}, "No prompts 'papr'"),
        ({"positive": "Maybe"}, "positive: one of No, Yes"),
        ({"otherwise": "Maybe"}, "otherwise: one of No, Yes"),
        ({"answer_config": {"temperature": "hot"}}, "answer_config: temperature"),
        ({"answer_config": {"tempreature": 1}}, "answer_config: "),
    ],
)
def test_mistakes_are_one_line_before_any_call(optimised, reviews, options, message) -> None:
    from lbt_solvers.errors import UsageError

    with pytest.raises(UsageError) as error:
        optimised(**{"task": reviews, "description": "d", **options})
    assert message in str(error.value)


def test_files_of_ones_own(tmp_path) -> None:
    path = tmp_path / "own.csv"
    path.write_text('text,label,split\n"a, {b}",x,train\nc,y,train\nd,z,train\n"a, {B}",x,test\n')
    data = own_data(str(path), "d")
    assert data.task.labels == ("x", "y", "z") and [row.text for row in data.train] == ["c", "d"]
    assert data.notes == ("1 of 3 training rows left out: the test split has their text",)
    for text, message in [
        ("text\na\n", "missing label"),
        ("text,label\na,x\nb,x\n", "at least two labels"),
        ("text,label\n,x\n", "row 1: a text and a label"),
        ("text,label\na\n", "fewer cells"),
        ("text,label,split\na,x,train\nb,y,train\n", "test rows were needed"),
    ]:
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            own_data(str(path), "d")


def test_every_arm_asks_what_the_algorithm_predicts(optimised, reviews, tmp_path, monkeypatch) -> None:
    calls, expected = tmp_path / "calls", 0
    options = Options(**{name: value for name, value in SMALL.items() if name != "seeds"})
    monkeypatch.setenv("LBT_SCRIPTED_CALLS", str(calls))
    log = optimised(task=reviews, description="Is it general?")
    for sample in log.samples:
        kept = record(sample)
        plain = anyio.run(predicted, own_data(reviews, "Is it general?"), options, kept.students)
        assert kept.asked == plain.asked
        assert sum(used.calls for used in kept.usage.values()) == len(plain.paid)
        expected += len(plain.paid)
    assert len(calls.read_text().splitlines()) == expected
    metrics = {score.name: {name.split("/")[-1] for name in score.metrics} for score in log.results.scores}
    arms = ("no_student", "one_student", "several_students")
    assert metrics["round_2"] == {f"arm_{name}{end}" for name in arms for end in ("", "_stderr")}


def test_results_of_a_run(optimised, reviews, tmp_path) -> None:
    log, out = optimised(task=reviews, description="Is it general?", seeds=2, rounds=1), tmp_path / "out"
    shown = CliRunner().invoke(main, ["examples", log.location, "--out", str(out)])
    assert shown.exit_code == 0, shown.output
    assert "several students" in shown.output and "macro F1" in shown.output
    best = json.loads((out / "best.json").read_text())
    assert len(best["examples"]) == 8 and {example["label"] for example in best["examples"]} == {"Yes", "No"}
    rows = [json.loads(line) for line in (out / "fewshot_inspect.jsonl").read_text().splitlines()]
    assert [row["input"] for row in rows] == [example["text"] for example in best["examples"]]
    config = yaml.safe_load((out / "fewshot_lm_eval.yaml").read_text())
    assert [each["text"] for each in config["fewshot_config"]["samples"]] == [row["input"] for row in rows]
    assert (out / "curve.csv").read_text().count("several_students") == 2
    if (out / "curve.png").exists():
        assert (out / "curve.png").read_bytes()[:4] == b"\x89PNG"
    rescored = score(log, examples_f1(), action="overwrite")
    assert [each.scores for each in rescored.samples or []] == [each.scores for each in log.samples or []]


def test_mistakes_of_the_command_are_one_line(tmp_path) -> None:
    shown = CliRunner().invoke(main, ["examples", str(tmp_path / "gone")])
    assert shown.exit_code == 1 and "found nothing at" in shown.output and "Traceback" not in shown.output


def test_curves_have_intervals_over_seeds() -> None:
    assert mean_interval([0.5, 0.7]) == pytest.approx((0.6, 0.6 - 1.2706, 0.6 + 1.2706), abs=1e-3)
    runs = [ArmRun("log", ExamplesRecord(arm="no_student"), (0.5, each)) for each in (0.6, 1.0)]
    assert curves_of(runs) == {"no_student": [(0.5, 0.5, 0.5), (0.8, 0.0, 1.0)]}  # a share stays one
    assert mean_interval([0.5])[0] == 0.5 and mean_interval([0.5])[1] != mean_interval([0.5])[1]
