"""Samples that refer to images in files: models are sent the images, as in the task's own run.

Invariants:
 1. Teacher and students are sent what the task's own run sends, as data.
 2. A file that is not there is one line that names it.
"""

import base64
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageUser, ContentImage, ContentText

from tests.synthetic.running import reasons
from tests.wrap import local_hub
from tests.wrap.test_given_tasks import OTHER, PIXEL, given, question, sent
from tests.wrap.test_wrap import means, run, wrap_task

pytestmark = pytest.mark.timeout(180)


def pictures(folder: Path, missing: bool = False) -> MemoryDataset:
    made: list[Sample] = []
    for a, b in local_hub.PAIRS:
        path = folder / f"{a}.png"
        if not missing:
            path.write_bytes(base64.b64decode((PIXEL if a % 2 else OTHER).partition(",")[2]))
        content: list[Any] = [ContentText(text=question(a, b)), ContentImage(image=str(path))]
        made.append(Sample(id=f"s{a}", input=[ChatMessageUser(content=content)], target=str(a + 2 * b)))
    return MemoryDataset(made)


def images(log: Any) -> list[list[str]]:
    """What each call shows."""
    return [
        [part.image for message in messages if isinstance(message.content, list)
         for part in message.content if part.type == "image"]
        for messages in sent(log)
    ]  # fmt: skip


def test_1_images_in_files_are_sent_as_data(tmp_path: Path) -> None:
    alone = run(given(dataset=pictures(tmp_path)), tmp_path / "alone", limit=1)
    log = run(wrap_task(given(dataset=pictures(tmp_path)), rationales=8, items=2), tmp_path, limit=1)
    assert means(log)["sum"] == 1.0
    shown = images(log)
    assert shown[0] == images(alone)[0] and all(shown)
    assert {each for call in shown for each in call} == {PIXEL, OTHER}  # exams ask both kinds


def test_2_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The taught sample's is there, those of exam questions are not."""
    made = pictures(tmp_path)
    task = wrap_task(given(dataset=made), rationales=2, items=1)
    for a, _ in local_hub.PAIRS[1:]:
        (tmp_path / f"{a}.png").unlink()
    log = run(task, tmp_path, limit=1)
    said = log.error.message if log.error else reasons(log)
    assert "a question shows it, and it cannot be read" in said and ".png" in said
