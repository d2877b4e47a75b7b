"""GSM8K rows and splits."""

import json
from pathlib import Path

import pytest

from lbt_solvers.exam_bank import exam_without_models
from lbt_tasks.data.download import DataError
from lbt_tasks.data.gsm8k import gsm8k_problem, load_gsm8k
from lbt_tasks.gsm8k import gsm8k_exams

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_gsm8k = pytest.mark.skipif(not (SHARED / "gsm8k").is_dir(), reason=f"GSM8K is not at {SHARED}")


def test_the_answer_follows_the_marker_without_separators() -> None:
    problem = gsm8k_problem("test", 4, {"question": "q", "answer": "1200*2=<<1200*2=2400>>2,400\n#### 2,400"})
    assert (problem.id, problem.answer, problem.metadata["steps"]) == ("gsm8k/test/4", "2400", 1)


def test_a_solution_without_the_marker_is_refused() -> None:
    with pytest.raises(DataError, match="problem 4"):
        gsm8k_problem("test", 4, {"question": "q", "answer": "5"})


@needs_gsm8k
@pytest.mark.parametrize("folder", [SHARED, SHARED / "gsm8k"])
def test_both_splits_as_published(folder: Path) -> None:
    train, test = load_gsm8k("train", folder), load_gsm8k("test", folder)
    assert (len(train), len(test)) == (7473, 1319)
    assert all(problem.answer.lstrip("-").isdigit() for problem in [*train, *test])
    assert len({problem.id for problem in [*train, *test]}) == 7473 + 1319


@needs_gsm8k
def test_the_folder_of_another_data_set_is_refused() -> None:
    from lbt_tasks.data.math500 import load_math500

    with pytest.raises(DataError, match="is not the published file"):
        load_math500(SHARED / "gsm8k")


def test_training_problems_are_taught_with_exams_of_others_and_say_so(tmp_path: Path) -> None:
    rows = [
        {"question": f"{name} has {n} apples and eats one.", "answer": f"#### {n - 1}"} for name in "AB" for n in (3, 4)
    ]
    for split in ("train", "test"):
        (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    taught, make = gsm8k_exams(str(tmp_path), "similar", checksum=False, split="train", items=2)
    assert {problem.metadata["split"] for problem in taught} == {"train"} and taught[0].id == "gsm8k/train/0"
    exam = exam_without_models(make, taught[0])
    assert len(exam.items) == 2 and taught[0].id not in {item.id for item in exam.items}
    measured, _ = gsm8k_exams(str(tmp_path), "similar", checksum=False)
    assert {problem.metadata["split"] for problem in measured} == {"test"}
    with pytest.raises(ValueError, match="split"):
        gsm8k_exams(str(tmp_path), "similar", checksum=False, split="trian")
