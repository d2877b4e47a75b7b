"""Fixtures of the local provider's tests: a tiny model, instances of the provider, both event loops.

    async def test_something(local, tiny):
        output = await generate(local(tiny), "Hello", max_tokens=5)

Whatever a test starts is closed after it.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import torch
from inspect_ai.model import ChatMessage, ChatMessageUser, GenerateConfig, ModelAPI, ModelOutput
from transformers import AutoModelForCausalLM, Gemma3ForCausalLM, Gemma3TextConfig

from lbt_solvers.local_models._provider import LocalModelAPI
from tests.local_models.tiny_models import make_tiny_gpt2, make_tiny_model

Local = Callable[..., LocalModelAPI]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model whose replies end now and then."""
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def tiny_llama(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(make_tiny_model(folder)).eval()


def tiny_gpt2(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(make_tiny_gpt2(folder, context=64)).eval()


def tiny_gemma(folder: Path) -> Any:
    """Layers that look at the last eight tokens only, between layers that look at all."""
    torch.manual_seed(0)
    sizes = Gemma3TextConfig(
        vocab_size=256,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=8,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        initializer_range=0.3,
    )
    return Gemma3ForCausalLM(sizes).eval()


@pytest.fixture(scope="module", params=[tiny_llama, tiny_gpt2, tiny_gemma], ids=["llama", "gpt2", "gemma"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    make: Callable[[Path], Any] = request.param
    return make(tmp_path_factory.mktemp("model"))


@pytest.fixture
def local() -> Generator[Local]:
    """Makes providers on the CPU."""
    made: list[LocalModelAPI] = []

    def make(path: Path | str, **arguments: Any) -> LocalModelAPI:
        arguments = {"device": "cpu"} | arguments
        made.append(LocalModelAPI(str(path), **arguments))
        return made[-1]

    yield make
    for api in made:
        api.close()


async def generate(api: ModelAPI, asked: str | list[ChatMessage], **config: Any) -> ModelOutput:
    """What the provider answers; greedy unless told otherwise."""
    messages: list[ChatMessage] = [ChatMessageUser(content=asked)] if isinstance(asked, str) else asked
    settings = GenerateConfig.model_validate({"temperature": 0} | config)
    output = await api.generate(messages, [], "auto", settings)
    assert isinstance(output, ModelOutput)
    return output
