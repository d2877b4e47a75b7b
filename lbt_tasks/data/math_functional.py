r"""MATH(): monthly snapshots of 1,745 MATH problems with other numbers, the exam questions of the paper.

    >>> row = {"unique_id": "test/algebra/1.json", "problem": "$3+4$?", "solution": r"\boxed{7}", "level": "Level 1"}
    >>> variant = variant_problem(row | {"type": "Algebra", "snapshot": "Oct-2023"})
    >>> variant.id, variant.answer, variant.metadata["variant_of"]
    ('test/algebra/1.json#Oct-2023', '7', 'test/algebra/1.json')

Source: Srivastava et al., "Functional benchmarks for robust evaluation of reasoning performance" (2024),
https://github.com/ConsequentAI/fneval. The snapshots are GPL-3.0: they are downloaded by whoever runs this, and
never part of this project. 181 of the ids are in MATH-500: those are the paper's teaching problems (section 3.2). The
other 1,564 are those from which its method M2 learns (section 4).
"""

import json
import tarfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lbt_solvers.types import Problem
from lbt_tasks.data.download import DataError, DataFile, data_file, local_file, rows_of

_REPOSITORY = "https://raw.githubusercontent.com/ConsequentAI/fneval/a89e561466dac1d0a376aaad9d84fa366a9f8e93/"
_SHA256 = {
    "Oct-2023": "11840167a0bc05cc728dd84d039d3ec97036fb28ed5d72bf123ecaf4cfb36324",
    "Nov-2023": "06b667af3759c95db161ec96a84468c6b21b69766a287bf72a1f57c60227fc9f",
    "Dec-2023": "58c5cba5df0f5460f25410ffda46b4624c17bb5748f95071eac084417d422c14",
}
SNAPSHOTS: Mapping[str, DataFile] = {
    month: DataFile(
        title=f"MATH() snapshot {month} (1,745 problems)",
        url=f"{_REPOSITORY}{month}.tar.gz",
        sha256=sha256,
        local_names=(f"{month}.tar.gz", f"math/{month}.tar.gz"),
    )
    for month, sha256 in _SHA256.items()
}
CONVERTED = DataFile(
    title="MATH() snapshots of the 181 teaching problems, as rows",
    url="the archives in https://github.com/ConsequentAI/fneval",
    sha256="1b71d02afe77db49c5b8bd2f65f907f9a68f410e5742142b467c897a3ae819f6",
    local_names=("functional_snapshots_181.jsonl", "math/functional_snapshots_181.jsonl"),
)
"""The rows of `snapshot_rows` for 181 ids, one JSON object a line; taken instead of the archives where it is there."""
_KEYS = ("unique_id", "snapshot", "problem", "solution", "type", "level")


def load_variants(
    data_dir: str | Path | None = None, checksum: bool = True, from_archives: bool = False
) -> list[Problem]:
    """Every variant, months in order; metadata `variant_of`, `snapshot`, `subject`, `level` (1 to 5).

    Args:
        data_dir: a folder with the three archives, or with `functional_snapshots_181.jsonl`; None downloads them.
        checksum: compare local files with the published ones.
        from_archives: do without `functional_snapshots_181.jsonl`, which has the variants of 181 problems alone.

    Raises:
        DataError: see `data_file`; or an archive that holds something else.
    """
    if data_dir is not None and not from_archives and local_file(CONVERTED, Path(data_dir)):
        rows = rows_of(data_file(CONVERTED, data_dir, checksum), _KEYS)
    else:
        rows = [
            row for month in SNAPSHOTS for row in snapshot_rows(data_file(SNAPSHOTS[month], data_dir, checksum), month)
        ]
    return [variant_problem(row) for row in rows]


def teaching_problems(problems: Sequence[Problem], variants: Collection[Problem]) -> list[Problem]:
    """The problems that have a variant, in their order: 181 of MATH-500, 1,564 of the rest (paper, sections 3.2, 4)."""
    varied = {variant.metadata["variant_of"] for variant in variants}
    return [problem for problem in problems if problem.id in varied]


def snapshot_rows(archive: Path, month: str) -> Iterator[dict[str, Any]]:
    """The problems in one archive, whose members are `<month>/<unique_id>`; nothing is unpacked to disk.

    Raises:
        DataError: not an archive of that month's problems.
    """
    try:
        with tarfile.open(archive) as members:
            for member in members:
                if member.isfile():
                    content = members.extractfile(member)
                    yield _row(member.name, month, content.read() if content else b"")
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise DataError(f"{archive}: a tar archive of {month} was needed, found none ({error}).") from error


def _row(name: str, month: str, content: bytes) -> dict[str, Any]:
    folder, _, unique_id = name.removeprefix("./").partition("/")
    try:
        problem: Any = json.loads(content)
    except ValueError:
        problem = None
    missing = set(_KEYS[2:]) - set(problem if isinstance(problem, dict) else ())
    if folder != month or missing:
        raise DataError(
            f"{name}: a problem under {month}/ was needed; missing: {', '.join(sorted(missing)) or 'no key'}."
        )
    return {"unique_id": unique_id, "snapshot": month, **problem}


def variant_problem(row: Mapping[str, Any]) -> Problem:
    r"""A row as a problem; its solution is `\boxed{answer}` and nothing else, its level `Level 1` to `Level 5`.

    Raises:
        DataError: another solution or level.
    """
    unique_id, solution, level = str(row["unique_id"]), str(row["solution"]), str(row["level"])
    boxed, number = solution.startswith(r"\boxed{") and solution.endswith("}"), level.removeprefix("Level ")
    if not boxed or not number.isdigit():
        raise DataError(rf"{unique_id}: \boxed{{answer}} and 'Level n' were needed, found {solution!r} and {level!r}.")
    metadata = {
        "variant_of": unique_id,
        "snapshot": row["snapshot"],
        "subject": row["type"],
        "level": int(number),
    }
    answer = solution.removeprefix(r"\boxed{").removesuffix("}")
    return Problem(f"{unique_id}#{row['snapshot']}", str(row["problem"]), answer, metadata)
