"""The revision of a model of the hub is that of its weights, and of its tokenizer unless that is another's."""

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from lbt_solvers.local_models._arguments import Weights
from lbt_solvers.local_models._transformers import load_model


@pytest.mark.parametrize(("tokenizer", "revision"), [("org/model", "v1"), ("org/tokenizer", None)])
def test_a_tokenizer_of_another_name_has_no_revision_of_the_models(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, tokenizer: str, revision: str | None
) -> None:
    asked: list[tuple[str, str | None]] = []

    def of_the_folder(kind: Any) -> Any:
        load = kind.from_pretrained

        def from_pretrained(name: str, **given: Any) -> Any:
            if not str(name).startswith("org/"):  # of transformers itself, about the folder
                return load(name, **given)
            asked.append((name, given.pop("revision", None)))
            return load(tiny, **given)

        return from_pretrained

    for kind in (AutoConfig, AutoModelForCausalLM, AutoTokenizer):
        monkeypatch.setattr(kind, "from_pretrained", of_the_folder(kind))
    weights = Weights("org/model", "cpu", "float32", tokenizer, "v1", False, None)
    load_model(weights).close()
    assert set(asked) == {("org/model", "v1"), (tokenizer, revision)}
