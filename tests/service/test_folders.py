"""Folders that whoever starts the grader has mounted: where a container without rights lets programs write."""

from pathlib import Path

import anyio
from lbt_sandbox import Case, Kind, Problem, Sandbox, Verdict
from lbt_sandbox.engines import ProcessEngine

KEEPS = "open('kept', 'w').write('x')\nprint(open('given').read())"
LOOKS = "import os\nprint(sorted(os.listdir('.')))"


def test_each_worker_has_one_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    places = [tmp_path / "0", tmp_path / "1"]
    for place in places:
        place.mkdir()
    (places[0] / "3").mkdir()
    (places[0] / "3" / "left").write_text("by a worker that was killed")

    def problem(answer: str) -> Problem:
        return Problem("p", "", (Case(("",), expected=answer),), Kind.STDIO, files={"given": b"hi"})

    async def run() -> list[Verdict]:
        engine = ProcessEngine(folders=tuple(map(str, places)))
        async with Sandbox(engine, workers=2, runs_per_worker=6) as sandbox:
            work = [(problem("hi"), KEEPS), (problem("['given', 'solution.py']"), LOOKS)] * 6
            return [report.verdict async for report in sandbox.grade_many(work)]  # type: ignore[union-attr]

    assert anyio.run(run) == [Verdict.AC] * 12
    assert anyio.run(run) == [Verdict.AC] * 12  # on what the workers of the first have left
