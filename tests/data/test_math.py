"""The MATH files: rows, archives of snapshots, and what the paper says of them."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lbt_solvers.exam_bank import exam_without_models, question_key
from lbt_solvers.exams import variants
from lbt_solvers.leakage import leaks
from lbt_tasks.data import math_functional
from lbt_tasks.data.download import DataError, DataFile
from lbt_tasks.data.math500 import load_math500, math_problem
from lbt_tasks.data.math_functional import load_variants, snapshot_rows, teaching_problems, variant_problem
from lbt_tasks.math import math_exams

SHARED = Path(__file__).parents[3] / "shared" / "data" / "math"
needs_math = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the MATH files are not at {SHARED}")


def row(number: int, question: str = "What is $3+4$?", **other: Any) -> dict[str, Any]:
    return {
        "problem": f"{question} {number}",
        "level": "Level 2",
        "type": "Algebra",
        "solution": rf"\boxed{{{number}}}",
        "is_static": False,
    } | other


def archive(path: Path, month: str, rows: Mapping[str, Any]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        folder = tarfile.TarInfo(f"{month}/test")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for unique_id, content in rows.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(f"{month}/{unique_id}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def test_a_row_becomes_a_problem_with_its_solution() -> None:
    problem = math_problem(
        {"unique_id": "u", "problem": "q", "answer": "a", "subject": "S", "level": 3, "solution": "why"}
    )
    assert (problem.id, problem.question, problem.answer) == ("u", "q", "a")
    assert problem.metadata == {"subject": "S", "level": 3, "solution": "why"}


def test_an_archive_becomes_rows(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", "Oct-2023", {"test/algebra/7.json": row(7), "test/geometry/1.json": row(1)})
    rows = list(snapshot_rows(path, "Oct-2023"))
    assert [each["unique_id"] for each in rows] == ["test/algebra/7.json", "test/geometry/1.json"]
    assert rows[0] == {"unique_id": "test/algebra/7.json", "snapshot": "Oct-2023", **row(7)}


def test_a_folder_of_archives_becomes_variants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned: dict[str, DataFile] = {}
    for month, number in [("Oct-2023", 1), ("Nov-2023", 2)]:
        path = archive(tmp_path / f"{month}.tar.gz", month, {"test/algebra/7.json": row(number)})
        pinned[month] = DataFile(month, "", hashlib.sha256(path.read_bytes()).hexdigest(), (path.name,))
    monkeypatch.setattr(math_functional, "SNAPSHOTS", pinned)
    bank = load_variants(tmp_path)
    assert [variant.id for variant in bank] == ["test/algebra/7.json#Oct-2023", "test/algebra/7.json#Nov-2023"]
    assert [variant.answer for variant in bank] == ["1", "2"]
    assert bank[0].metadata == {
        "variant_of": "test/algebra/7.json",
        "snapshot": "Oct-2023",
        "subject": "Algebra",
        "level": 2,
    }


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", json.dumps({"problem": "q"}).encode(), json.dumps(row(1, level=None)).encode()]
)
def test_a_member_that_is_no_problem_is_named(tmp_path: Path, content: bytes) -> None:
    path = archive(tmp_path / "a.tar.gz", "Oct-2023", {"test/x.json": content})
    with pytest.raises(DataError, match=r"test/x\.json: .*needed"):
        for each in snapshot_rows(path, "Oct-2023"):
            variant_problem(each)


def test_the_archive_of_another_month_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", "Nov-2023", {"test/x.json": row(1)})
    with pytest.raises(DataError, match="under Oct-2023/ was needed"):
        list(snapshot_rows(path, "Oct-2023"))


@pytest.mark.parametrize("keep", [0, 20, 60])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, keep: int) -> None:
    path = archive(tmp_path / "a.tar.gz", "Oct-2023", {"test/x.json": row(1)})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match="a tar archive of Oct-2023 was needed"):
        list(snapshot_rows(path, "Oct-2023"))


@pytest.mark.parametrize("solution", ["7", r"\boxed{7}.", r"So \boxed{7}"])
def test_a_solution_that_is_more_than_the_boxed_answer_is_refused(solution: str) -> None:
    with pytest.raises(DataError, match="were needed, found"):
        variant_problem({"unique_id": "u", "snapshot": "Oct-2023", **row(7, solution=solution)})


@needs_math
def test_math500_as_published() -> None:
    problems = load_math500(SHARED)
    assert len({problem.id for problem in problems}) == 500
    assert {problem.metadata["level"] for problem in problems} == {1, 2, 3, 4, 5}
    assert len({problem.metadata["subject"] for problem in problems}) == 7


@needs_math
def test_the_181_teaching_problems_and_their_variants() -> None:
    problems, bank = load_math500(SHARED), load_variants(SHARED)
    taught = teaching_problems(problems, bank)
    assert (len(taught), len(bank)) == (181, 543)
    assert [p.id for p in taught] == [p.id for p in problems if p in taught]
    by_id = {p.id: p for p in problems}
    for variant in bank:
        original = by_id[variant.metadata["variant_of"]]
        assert variant.metadata["subject"] == original.metadata["subject"]
        assert question_key(variant.question) != question_key(original.question)


needs_archives = pytest.mark.skipif(
    not all((SHARED / f"{month}.tar.gz").is_file() for month in math_functional.SNAPSHOTS),
    reason=f"the archives of MATH() are not at {SHARED}",
)


@needs_math
@needs_archives
def test_the_1564_problems_to_learn_from_are_none_of_math500() -> None:
    bank = load_variants(SHARED, from_archives=True)
    varied = {variant.metadata["variant_of"] for variant in bank}
    measured = {problem.id for problem in load_math500(SHARED)}
    assert (len(bank), len(varied), len(varied & measured), len(varied - measured)) == (5235, 1745, 181, 1564)
    assert all(name.startswith("test/") for name in varied)


@needs_math
def test_what_is_known_of_the_published_variants() -> None:
    """Of 181 problems 12 have copies among their variants, 5 share their answer with one, 3 have one answer for all."""
    bank = load_variants(SHARED)
    taught = teaching_problems(load_math500(SHARED), bank)
    exams = [exam_without_models(variants(bank), problem) for problem in taught]
    assert sum(len(exam.items) == 2 for exam in exams) == 12
    assert sum(len(exam.items) == 3 for exam in exams) == 169
    assert all(("copies left out" in exam.note) == (len(exam.items) == 2) for exam in exams)
    assert sum(len({item.answer for item in exam.items}) == 1 for exam in exams) == 3
    found = leaks((problem, exam.items) for problem, exam in zip(taught, exams, strict=True))
    assert len({leak.problem for leak in found if leak.kind == "same answer"}) == 5


@needs_math
@pytest.mark.network
def test_the_published_archives_hold_the_same_rows() -> None:
    assert set(map(repr, load_variants(SHARED))) <= set(map(repr, load_variants()))
    assert load_math500() == load_math500(SHARED)


@pytest.mark.network
def test_the_published_1564_problems_to_learn_from() -> None:
    learned, exam = math_exams(split="train")
    assert len({problem.id for problem in learned}) == 1564
    assert not {problem.id for problem in learned} & {problem.id for problem in load_math500()}
    assert all(exam_without_models(exam, problem).items for problem in learned)
