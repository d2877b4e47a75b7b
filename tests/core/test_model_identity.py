"""Replies are kept under the weights and arguments that made them, so a model that was trained again is asked again.

Invariants:
 1. Other weights, another chat template, another revision: another identity; a copy or other hardware: the same.
 2. A run's second teacher of the same name is asked, a repeated one is not.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from inspect_ai.model import GenerateConfig, Model, ModelAPI, ModelOutput, get_model, modelapi

from lbt_solvers import model_identity
from lbt_solvers.generation import Caller
from lbt_solvers.model_identity import digest_of, identity_of
from lbt_solvers.prompts import Turn, load_prompt

CALLS: list[str] = []


@modelapi("counted")
class Counted(ModelAPI):
    """Answers with the number of the call."""

    def __init__(
        self, model_name: str, base_url: str | None, api_key: str | None, config: GenerateConfig, **_: Any
    ) -> None:
        super().__init__(model_name, base_url, api_key, config=config)

    async def generate(self, *_: Any, **__: Any) -> ModelOutput:
        CALLS.append(self.model_name)
        return ModelOutput.from_content("counted", f"{len(CALLS)}")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Model]:
    monkeypatch.setattr(model_identity, "LOCAL", {"counted"})
    return lambda name, **arguments: get_model(f"counted/{name}", memoize=False, **arguments)


def folder(path: Path, weights: bytes = b"w" * 100) -> Path:
    path.mkdir()
    (path / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(weights)
    return path


def test_other_weights_are_another_model_and_a_copy_is_the_same(tmp_path: Path, made: Callable[..., Model]) -> None:
    first, copy, trained = folder(tmp_path / "a"), folder(tmp_path / "b"), folder(tmp_path / "c", b"x" + b"w" * 99)
    assert identity_of(made(str(first))) == identity_of(made(str(copy))) != identity_of(made(str(trained)))
    assert identity_of(made(str(first)))["weights"].startswith("sampled ")
    (first / "model.safetensors").write_bytes(b"x" + b"w" * 99)
    assert identity_of(made(str(first))) == identity_of(made(str(trained)))
    (copy / "chat_template.jinja").write_text("{{ messages }}")
    assert digest_of(copy) != digest_of(first)


def test_large_files_are_sampled_at_both_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_identity, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(model_identity, "SAMPLE_BYTES", 10)
    content = bytearray(b"w" * 5000)
    digests = set[str]()
    for number, at in enumerate([None, 0, 4999, 5000 // 63 * 31]):
        changed = content.copy()
        if at is not None:
            changed[at] ^= 1
        (tmp_path / f"{number}").mkdir()
        path = tmp_path / f"{number}" / "model.safetensors"
        path.write_bytes(changed)
        digests.add(digest_of(path.parent))
    assert len(digests) >= 3


def test_arguments_that_change_replies_count_and_others_do_not(tmp_path: Path, made: Callable[..., Model]) -> None:
    template = tmp_path / "chat.jinja"
    template.write_text("one")
    base = identity_of(made("org/name"))
    assert base == {}
    assert identity_of(made("org/name", device="cuda", batch_size=4, api_key="k", hf_token="t", made=object())) == base
    assert identity_of(made("org/name", revision="a")) != identity_of(made("org/name", revision="b"))
    before = identity_of(made("org/name", chat_template=str(template)))
    template.write_text("another one")
    assert identity_of(made("org/name", chat_template=str(template))) != before
    assert "k" not in str(identity_of(made("org/name", api_key="k", revision="a"))["arguments"]).split('"')


def test_a_model_that_was_trained_again_is_asked_again(
    tmp_path: Path, made: Callable[..., Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "cache"))
    place = folder(tmp_path / "model")

    async def asked() -> str:
        prompt = load_prompt("chat")
        caller = Caller(made(str(place)), "teacher", GenerateConfig(temperature=1.0), prompt, "p1")
        return (await caller.replies([Turn("user", "2+2?")], 1, "sample"))[0].text

    once = anyio.run(asked)
    assert anyio.run(asked) == once
    (place / "model.safetensors").write_bytes(b"trained")
    assert anyio.run(asked) != once
