"""Inspect's command line on `lbt_tasks/examples`: counted, killed and resumed, no call paid twice; mistakes."""

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import pytest
from inspect_ai.log import EvalSample, list_eval_logs, read_eval_log

from lbt_solvers.examples import Options
from lbt_tasks.examples.data import ExampleData, fallacy, own_data
from lbt_tasks.examples.record import ExamplesRecord
from tests.cli.conftest import paid, said
from tests.examples.world import label_of, predicted

pytestmark = pytest.mark.timeout(300)
MODELS = ("--model", "keywords/teacher", "--model-role", "student=keywords/a,keywords/picky")
OPTIONS: dict[str, Any] = {
    "rounds": 2,
    "beam_size": 1,
    "minibatch": 20,
    "reflections": 2,
    "evaluation_budget": 90,
    "seed": 1,
}
STUDENTS = ("teacher", "student: keywords/a", "student: keywords/picky")


@pytest.fixture
def keyword_models(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    plugin = tmp_path / "plugin" / "keyword_models-0.dist-info"
    plugin.mkdir()
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: keyword-models\nVersion: 0\n")
    (plugin / "entry_points.txt").write_text("[inspect_ai]\nkeywords = tests.examples.world\n")
    return environment


class Texts(NamedTuple):
    """A task as it is named on the command line, its rows, and its test rows read by another way."""

    arguments: tuple[str, ...]
    data: ExampleData
    test: list[tuple[str, bool]]


@pytest.fixture
def texts(shared_data: Path, tmp_path: Path) -> Texts:
    """Fallacy where its files are; else rows in its likeness."""
    if (folder := shared_data / "m3").is_dir():
        with (folder / "fallacy_edu_test.csv").open(encoding="utf-8", newline="") as lines:
            test = [
                (row["source_article"][:700], row["updated_label"] == "faulty generalization")
                for row in csv.DictReader(lines)
            ]
        return Texts(("-T", "task=fallacy", "-T", f"data_dir={folder}"), fallacy(str(folder)), test)
    words = ("all", "every", "always", "one", "two", "three")
    rows = [
        {"text": f"{word} {split} cats {{{at}}} ?", "label": "Yes" if word in words[:3] else "No", "split": split}
        for split in ("train", "test")
        for at in range(40)
        for word in words
    ]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ("-T", f"task={path}", "-T", "description=Is it general?", "-T", "positive=Yes")
    test = [(row["text"], row["label"] == "Yes") for row in rows if row["split"] == "test"]
    return Texts(arguments, own_data(str(path), "Is it general?", positive="Yes"), test)


def f1_of(examples: list[tuple[str, str]], test: list[tuple[str, bool]]) -> float:
    """By the definition, with the rule by which the scripted teacher reads."""
    told = [label_of(examples, text) == "Yes" for text, _ in test]
    hit = sum(said and gold for said, (_, gold) in zip(told, test, strict=True))
    return 2 * hit / (sum(told) + sum(gold for _, gold in test))


def only_sample(folder: Path) -> EvalSample:
    log = read_eval_log(list_eval_logs(str(folder))[0])
    assert log.status == "success"
    [sample] = log.samples or []
    return sample


def test_calls_and_f1_are_the_predicted_ones_and_a_killed_run_pays_for_no_call_twice(
    keyword_models, kill_midway, command, texts: Texts, tmp_path: Path
) -> None:
    calls, first, second = tmp_path / "calls", tmp_path / "first", tmp_path / "second"
    options = [f"{name}={value}" for name, value in {**OPTIONS, "seeds": 1, "arms": "several_students"}.items()]
    given = tuple(part for option in options for part in ("-T", option))
    arguments = ("eval", "lbt_tasks/examples", *texts.arguments, *given, *MODELS, "--max-connections", "4")
    plain = anyio.run(predicted, texts.data, Options(**OPTIONS), STUDENTS)
    expected = len(plain.paid)

    kill_midway(calls, expected // 2, "inspect", *arguments, "--log-dir", str(first))
    assert paid(calls) < expected
    [log] = list_eval_logs(str(first))
    resumed = command(
        "inspect", "eval-retry", log.name, "--log-dir", str(second), env={"LBT_SCRIPTED_CALLS": str(calls)}
    )
    assert resumed.returncode == 0, said(resumed)
    in_flight = 3 * 4  # answered, but killed before the reply reached the cache
    assert expected <= paid(calls) <= expected + in_flight

    sample = only_sample(second)
    record = sample.store_as(ExamplesRecord)
    assert record.asked == plain.asked and sum(used.calls for used in record.usage.values()) == expected
    curve = [f1_of([(example.text, example.label) for example in each.best], texts.test) for each in record.rounds]
    assert sample.scores and sample.scores["examples_f1"].value == pytest.approx(
        {f"round_{number}": f1 for number, f1 in enumerate(curve)}
    )
    assert len(curve) == 3 and len(set(curve)) > 1


def test_a_mistake_is_one_line(command, keyword_models, tmp_path: Path) -> None:
    done = command(
        "inspect", "eval", "lbt_tasks/examples", "-T", "task=liar", "-T", "data_dir=gone", *MODELS,
        "--log-dir", str(tmp_path),
    )  # fmt: skip
    assert done.returncode != 0 and "no such folder" in " ".join(said(done).split()), said(done)
    assert "Traceback" not in said(done)
