"""The tasks on small files: which problems, which exams, which errors; and one run through Inspect."""

import json
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_bank import exam_without_models
from lbt_solvers.label_free_exam import LabelFree
from lbt_tasks.gsm8k import gsm8k, gsm8k_exams
from lbt_tasks.math import math, math_exams
from lbt_tasks.preferences.sources import Origin, TaughtProblem
from tests.data.test_math import archive
from tests.evaluating import evaluate

SHARED = Path(__file__).parents[3] / "shared" / "data"


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def math_row(split: str, number: int) -> dict[str, Any]:
    return {
        "unique_id": f"{split}/algebra/{number}.json",
        "problem": f"What is ${number}+1$?",
        "answer": str(number + 1),
        "subject": "Algebra",
        "level": 1 + number % 5,
    }


def variant_row(number: int, month: str, summand: int) -> dict[str, Any]:
    return {
        "unique_id": f"test/algebra/{number}.json",
        "snapshot": month,
        "problem": f"What is ${summand}+1$?",
        "solution": rf"\boxed{{{summand + 1}}}",
        "type": "Algebra",
        "level": "Level 1",
    }


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Four problems, of which the third and the first have variants; six others, of which four are for training."""
    write(tmp_path / "math500_test.jsonl", [math_row("test", number) for number in (10, 20, 30, 40)])
    write(
        tmp_path / "functional_snapshots_181.jsonl",
        [
            variant_row(number, month, 10 * number + k)
            for number in (30, 10)
            for k, month in enumerate(["Oct-2023", "Nov-2023", "Dec-2023"])
        ],
    )
    others = [math_row("train", number) for number in (11, 12, 13, 14)] + [math_row("test", n) for n in (50, 60)]
    write(tmp_path / "math_rest.jsonl", others)
    return str(tmp_path)


def test_label_free_exams_write_or_take_the_variants(folder: str) -> None:
    taught, writes = math_exams(folder, exam="label_free", checksum=False)
    assert isinstance(writes, LabelFree) and writes.questions is None
    options = {"questions": "variants"}
    taught, takes = math_exams(folder, exam="label_free", exam_options=options, checksum=False)
    assert (
        isinstance(takes, LabelFree)
        and takes.questions
        and len(exam_without_models(takes.questions, taught[0]).items) == 3
    )
    with pytest.raises(ValueError, match="subset=181"):
        math_exams(folder, subset="500", exam="label_free", exam_options=options, checksum=False)


def test_problems_with_variants_in_the_order_of_math500(folder: str) -> None:
    taught, exam = math_exams(folder, checksum=False)
    assert [problem.id for problem in taught] == ["test/algebra/10.json", "test/algebra/30.json"]
    assert [item.id.rpartition("#")[2] for item in exam_without_models(exam, taught[0]).items] == [
        "Oct-2023",
        "Nov-2023",
        "Dec-2023",
    ]
    assert exam_without_models(exam, taught[0]).sittings == 9


@pytest.fixture
def archives(folder: str) -> str:
    """The same with the archives, which have variants of a fifth and a sixth problem, too."""
    for k, month in enumerate(["Oct-2023", "Nov-2023", "Dec-2023"]):
        rows = {f"test/algebra/{n}.json": variant_row(n, month, 10 * n + k) for n in (60, 30, 10, 50)}
        archive(Path(folder) / f"{month}.tar.gz", month, rows)
    return folder


def test_the_problems_to_learn_from_are_the_others_that_have_variants(archives: str) -> None:
    measured, _ = math_exams(archives, checksum=False)
    learned, exam = math_exams(archives, split="train", checksum=False)
    assert [problem.id for problem in learned] == ["test/algebra/50.json", "test/algebra/60.json"]
    assert [problem.id for problem in measured] == ["test/algebra/10.json", "test/algebra/30.json"]
    for problem in learned:
        items = exam_without_models(exam, problem).items
        assert [item.metadata["variant_of"] for item in items] == [problem.id] * 3


@pytest.mark.parametrize("split", ["test", "train"])
def test_samples_say_of_which_split_they_are(archives: str, split: str) -> None:
    """Pairs are made of the split to learn from alone."""
    samples = list(math(data_dir=archives, split=split, checksum=False).dataset)
    assert [(sample.metadata or {})["split"] for sample in samples] == [split] * 2
    taught = TaughtProblem(
        str(samples[0].id), "", (), Origin("", "", "", "", (), 0), (samples[0].metadata or {})["split"]
    )
    assert taught.for_training == (split == "train")


def test_without_the_archives_there_is_nothing_to_learn_from(folder: str) -> None:
    with pytest.raises(UsageError, match=r"Oct-2023\.tar\.gz"):
        math(data_dir=folder, split="train", checksum=False)


def test_all_of_math500_with_similar_training_problems(folder: str) -> None:
    taught, exam = math_exams(folder, subset="500", exam="similar", items=3, checksum=False)
    assert len(taught) == 4
    assert all(item.id.startswith("train/") for problem in taught for item in exam_without_models(exam, problem).items)
    assert (len(exam_without_models(exam, taught[0]).items), exam_without_models(exam, taught[0]).repetitions) == (3, 8)


def test_a_bank_and_options_of_ones_own(folder: str, tmp_path: Path) -> None:
    bank = tmp_path / "bank.jsonl"
    write(
        bank, [{"id": f"b{n}", "question": f"Question {n}?", "answer": "1", "metadata": {"level": n}} for n in range(5)]
    )
    options = {"where": {"level": ">"}, "pick": "first"}
    taught, exam = math_exams(folder, 500, "metadata", bank=str(bank), exam_options=options, checksum=False)
    assert taught[0].metadata["level"] == 1
    assert [item.id for item in exam_without_models(exam, taught[0]).items] == ["b2", "b3", "b4"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subset": 100}, "subset is 181"),
        ({"problems": 500}, "Did you mean 'subset'"),
        ({"split": "trian"}, "Did you mean 'train'"),
        ({"split": "train", "subset": 500}, "leave it out with split=train"),
        ({"data": "x"}, "Did you mean 'data_dir'"),
        ({"subset": "500"}, "Only 181 of the 500"),
        ({"exam": "similiar"}, "Did you mean 'similar'"),
        ({"exam_options": {"seeds": 1}}, "Did you mean 'seed'"),
        ({"bank": "nowhere.jsonl"}, r"nowhere\.jsonl"),
        ({"checksum": True}, "is not the published file"),
        ({"data_dir": "nowhere"}, "found no such folder"),
        ({"rationals": 3}, "rationale"),
    ],
)
def test_mistakes_are_the_users_and_say_so(folder: str, options: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"data_dir": folder, "checksum": False, **options}
    with pytest.raises(UsageError, match=message):
        math(**arguments)


def test_gsm8k_has_no_variants() -> None:
    with pytest.raises(UsageError, match="exam=similar"):
        gsm8k(exam="variants")


@pytest.mark.skipif(not (SHARED / "gsm8k").is_dir(), reason=f"GSM8K is not at {SHARED}")
def test_gsm8k_by_number_of_steps() -> None:
    taught, exam = gsm8k_exams(str(SHARED), exam="metadata", items=4, exam_options={"where": {"steps": "="}, "seed": 1})
    for problem in taught[:20]:
        items = exam_without_models(exam, problem).items
        assert len(items) == 4
        assert {item.metadata["steps"] for item in items} == {problem.metadata["steps"]}
        assert all(item.id.startswith("gsm8k/train/") for item in items)


@pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning")  # Inspect's own streams
def test_a_run_through_inspect(folder: str, tmp_path: Path) -> None:
    """A model that adds correctly solves both problems and all exams."""

    def reply(messages: Any, *_: Any) -> ModelOutput:
        summand = int(messages[-1].text.rsplit("$", 2)[1].removesuffix("+1"))
        output = ModelOutput.from_content("mockllm/model", f"Add one.\n\nANSWER: {summand + 1}")
        output.usage = ModelUsage(input_tokens=20, output_tokens=5, total_tokens=25)
        return output

    model = get_model("mockllm/model", custom_outputs=reply)
    task = math(folder, checksum=False, rationales=2, repetitions=1, cache=False)
    log = evaluate(task, model=model, log_dir=str(tmp_path / "logs"))
    assert log.status == "success", log.error
    assert [sample.id for sample in log.samples or []] == ["test/algebra/10.json", "test/algebra/30.json"]
    means = {score.name: score.metrics["mean"].value for score in log.results.scores} if log.results else {}
    assert means["sum"] == means["greedy"] == means["control"] == 1.0
