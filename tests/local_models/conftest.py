"""Fixtures of the local provider's tests: a tiny model, instances of the provider, both event loops.

    async def test_something(local, tiny):
        output = await generate(local(tiny), "Hello", max_tokens=5)

Whatever a test starts is closed after it.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, ChatMessageUser, GenerateConfig, ModelAPI, ModelOutput

from lbt_solvers.local_models._provider import LocalModelAPI
from tests.local_models.tiny_models import make_tiny_model

Local = Callable[..., LocalModelAPI]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model whose replies end now and then."""
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


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
