"""The provider as Inspect uses it: arguments, errors of the user, shared weights, whole evaluations."""

import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog
from inspect_ai.model import (
    ChatMessage,
    ChatMessageTool,
    ChatMessageUser,
    ContentImage,
    GenerateConfig,
    get_model,
)
from inspect_ai.scorer import includes
from inspect_ai.solver import Generate, TaskState, solver
from inspect_ai.tool import ToolInfo

from lbt_solvers._compat import PrerequisiteError
from lbt_solvers.installation import install_command
from lbt_solvers.local_models import _arguments, _provider
from lbt_solvers.local_models._provider import LocalModelAPI
from lbt_solvers.local_models._worker import Worker
from tests.evaluating import evaluate
from tests.local_models.conftest import Local, generate
from tests.local_models.test_worker import ScriptedBackend


def message_of(call: Callable[[], object]) -> str:
    with pytest.raises(PrerequisiteError) as error:
        call()
    message = str(error.value.message)
    assert "\n" not in message
    return message


def test_importing_and_making_a_model_loads_neither_torch_nor_transformers(tiny: Path) -> None:
    code = (
        "import sys, lbt_solvers.local_models\n"
        "from inspect_ai.model import get_model\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
        f"get_model('hf-batch/{tiny}', device='cpu')\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_missing_package_is_one_line_with_the_command(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
    monkeypatch.setattr(_arguments, "find_spec", lambda name: None if name == "transformers" else object())
    message = message_of(lambda: get_model(f"hf-batch/{tiny}", memoize=False))
    command = install_command("local").replace("[", "\\[")  # escaped for rich
    assert message == f"hf-batch needs transformers, not found here. Type: {command}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"batchsize": 4}, "hf-batch has no option 'batchsize'.*Did you mean 'batch_size'?"),
        ({"batch_size": 0}, "model argument batch_size=0: Input should be greater than or equal to 1"),
        ({"dtype": "int3"}, "model argument dtype='int3': Input should be 'auto', 'float32'"),
        ({"chat_template": "/no/such.jinja"}, "chat_template=/no/such.jinja: needs a Jinja file, or none"),
    ],
)
def test_wrong_arguments_are_one_line(tiny: Path, arguments: dict[str, Any], expected: str) -> None:
    message = message_of(lambda: LocalModelAPI(str(tiny), **arguments))
    assert re.search(expected, message), message


def test_a_folder_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    message = message_of(lambda: get_model(f"hf-batch/{tmp_path}/nothing"))
    assert message == (
        f"hf-batch/{tmp_path}/nothing: no folder {tmp_path}/nothing. Give the folder of a model or a name on the hub."
    )


def test_a_folder_without_a_model_is_one_line(tmp_path: Path) -> None:
    assert f"{tmp_path} holds no config.json" in message_of(lambda: LocalModelAPI(str(tmp_path)))


def made(folder: Path, **files: bytes) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return folder


@pytest.mark.parametrize("config", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_gguf_is_one_line_that_says_how_to_serve_or_convert_it(tmp_path: Path, config: bool, whole: bool) -> None:
    folder = made(tmp_path / "m", small__Q4_1__GGUF=b"GGUF", **({"config__json": b"{}"} if config else {}))
    message = message_of(lambda: LocalModelAPI(str(folder if whole else folder / "small.Q4_1.GGUF")))
    assert "small.Q4_1.GGUF is GGUF, which hf-batch does not read" in message
    assert f"llama-server -m {folder}/small.Q4_1.GGUF" in message and "openai-api/local/" in message
    assert f'from_pretrained("{folder}", gguf_file="small.Q4_1.GGUF")' in message


def test_a_gguf_repository_of_the_hub_is_refused_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transformers.AutoConfig.from_pretrained", lambda *_, **__: pytest.fail("asked"))
    message = message_of(lambda: LocalModelAPI("some/model-GGUF"))
    assert "llama-server -hf some/model-GGUF" in message and 'from_pretrained("some/model-GGUF", gguf_file=' in message


def test_a_gguf_file_that_is_not_there_is_no_gguf(tmp_path: Path) -> None:
    assert "no folder" in message_of(lambda: LocalModelAPI(f"{tmp_path}/no.gguf"))


def test_gguf_beside_weights_is_left_alone(tiny: Path, tmp_path: Path) -> None:
    files = {path.name.replace(".", "__"): path.read_bytes() for path in tiny.iterdir()}
    folder = made(tmp_path / "both", **files, q__gguf=b"GGUF")
    assert LocalModelAPI(str(folder)).connection_key()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"adapter_config__json": b"{}", "adapter_model__safetensors": b""}, "holds an adapter.*merge_and_unload"),
        ({"config__json": b"{}", "training_args__bin": b""}, "holds a config.json and no weights.*hf download"),
        (
            {"config__json": b"{}", "model__safetensors": b"version https://git-lfs.github.com/spec/v1\noid sha256:0"},
            "model.safetensors is a pointer of Git LFS.*lfs pull",
        ),
    ],
)
def test_a_folder_without_its_weights_is_one_line(tmp_path: Path, files: dict[str, bytes], expected: str) -> None:
    message = message_of(lambda: LocalModelAPI(str(made(tmp_path / "m", **files))))
    assert re.search(expected, message), message


@pytest.mark.parametrize(
    ("offline", "expected"),
    [
        ("", "hf download some/model --local-dir FOLDER on a machine that reaches it.*HF_HUB_OFFLINE=1"),
        ("0", "hf download some/model --local-dir FOLDER on a machine that reaches it"),
        ("1", "HF_HUB_OFFLINE is set, so nothing is downloaded: unset it"),
        ("true", "HF_HUB_OFFLINE is set, so nothing is downloaded: unset it"),
    ],
)
def test_a_hub_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch, offline: str, expected: str) -> None:
    def unreachable(*args: Any, **kwargs: Any) -> None:
        raise OSError("We couldn't connect to the hub")

    monkeypatch.setenv("HF_HUB_OFFLINE", offline)
    monkeypatch.setattr("transformers.AutoConfig.from_pretrained", unreachable)
    assert re.search(expected, message_of(lambda: LocalModelAPI("some/model")))


def test_a_name_that_no_hub_has_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args: Any, **kwargs: Any) -> None:
        raise OSError("We couldn't connect\nto the hub")

    monkeypatch.setattr("transformers.AutoConfig.from_pretrained", unreachable)
    message = message_of(lambda: LocalModelAPI("some/model"))
    assert "not to be had from the Hugging Face hub or its local cache (We couldn't connect)" in message
    assert "hf download some/model" in message


def test_a_shipped_name_goes_through_its_entry_point(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
    def locate(name: str) -> Path:
        if name != "teacher":
            raise ValueError(f"No classroom model '{name}': there are teacher.")
        return tiny

    def entry_points(group: str, name: str) -> list[Any]:
        known = group == "lbt.models" and name == "classroom"
        return [SimpleNamespace(load=lambda: locate)] if known else []

    monkeypatch.setattr(_arguments, "entry_points", entry_points)
    assert _arguments.resolve_model_path("classroom/teacher") == str(tiny)
    message = message_of(lambda: _arguments.resolve_model_path("classroom/dean"))
    assert message == "hf-batch/classroom/dean: No classroom model 'dean': there are teacher."
    assert _arguments.resolve_model_path("other/teacher") == "other/teacher"


READ_CONTINUED = GenerateConfig(prompt_logprobs=1, max_tokens=1, extra_body={"prompt_logprobs_of": "continued"})


@pytest.mark.anyio
async def test_what_the_provider_cannot_do_is_said(local: Local, tiny: Path, caplog: pytest.LogCaptureFixture) -> None:
    api = local(tiny)
    user: ChatMessage = ChatMessageUser(content="x")
    tool_result: ChatMessage = ChatMessageTool(content="done")
    picture: ChatMessage = ChatMessageUser(content=[ContentImage(image="data:image/png;base64,AA==")])
    tool = ToolInfo(name="bash", description="runs")
    cases: list[tuple[list[ChatMessage], list[ToolInfo], GenerateConfig, str]] = [
        ([user], [tool], GenerateConfig(), "no tools: asked for bash"),
        ([tool_result], [], GenerateConfig(), "no tools: found a tool's message"),
        ([picture], [], GenerateConfig(), "text only: found content of type 'image'"),
        (
            [user],
            [],
            GenerateConfig(prompt_logprobs=1),
            "max_tokens=1 and one choice were needed, found max_tokens=None",
        ),
        (
            [user],
            [],
            GenerateConfig(prompt_logprobs=1, max_tokens=1, num_choices=2),
            "found max_tokens=1, num_choices=2",
        ),
        ([user], [], READ_CONTINUED, "needs a conversation that ends with the assistant's turn"),
    ]
    for messages, tools, config, expected in cases:
        with pytest.raises(PrerequisiteError) as error:
            await api.generate(messages, tools, "auto", config)
        assert expected in str(error.value.message)
    for _ in range(2):
        await generate(api, "x", max_tokens=1, frequency_penalty=1.0)
    assert caplog.text.count("'frequency_penalty' has no effect") == 1


@pytest.mark.anyio
async def test_instances_on_one_model_share_its_weights_until_the_last_closes(local: Local, tiny: Path) -> None:
    teacher, student, other = local(tiny), local(tiny, batch_size=8), local(tiny, dtype="bfloat16")
    for api in (teacher, student, other):
        await generate(api, "x", max_tokens=2)
    assert worker_of(teacher) is worker_of(student) is not worker_of(other)
    assert worker_of(teacher).batch_size == 8
    shared = worker_of(teacher)
    teacher.close()
    await generate(student, "x", max_tokens=2)
    student.close()
    shared.join(30)
    assert shared.ended
    assert (await generate(teacher, "x", max_tokens=2)).usage  # Loads them again.


def worker_of(api: LocalModelAPI) -> Worker:
    return api._worker()  # pyright: ignore[reportPrivateUsage]


@pytest.mark.anyio
async def test_an_instance_that_is_forgotten_lets_go_of_the_weights(tiny: Path) -> None:
    api = LocalModelAPI(str(tiny), device="cpu")
    await generate(api, "x", max_tokens=2)
    worker = worker_of(api)
    del api
    worker.join(30)
    assert worker.ended


@pytest.mark.anyio
async def test_inspects_adaptive_limit_does_not_starve_the_batches(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await at_once(tiny, monkeypatch, GenerateConfig()) == 256
    assert await at_once(tiny, monkeypatch, GenerateConfig(max_connections=7)) == 7
    assert await at_once(tiny, monkeypatch, GenerateConfig(adaptive_connections=15)) == 15


async def at_once(tiny: Path, monkeypatch: pytest.MonkeyPatch, config: GenerateConfig) -> int:
    """How many of 300 requests are with the worker while it is busy."""
    backend = ScriptedBackend()
    backend.gate.clear()
    key = uuid.uuid4().hex  # A limiter of its own: Inspect keeps them for the whole process.
    with monkeypatch.context() as patched:
        patched.setattr(_provider, "load_backend", lambda weights: backend)
        patched.setattr(LocalModelAPI, "connection_key", lambda self: key)
        waiting = 0
        async with get_model(f"hf-batch/{tiny}", memoize=False) as model, anyio.create_task_group() as group:
            for number in range(300):
                group.start_soon(lambda n=number: model.generate(f"x{n}", config=config))
            await anyio.to_thread.run_sync(backend.started.wait, 30)
            await anyio.wait_all_tasks_blocked()
            assert isinstance(model.api, LocalModelAPI)
            waiting = worker_of(model.api).waiting
            backend.gate.set()
    return waiting


@solver
def ask_a_lot(calls: int) -> Any:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        async def ask(number: int) -> None:
            config = GenerateConfig(num_choices=2, max_tokens=3, temperature=1.0, seed=number)
            output = await get_model().generate(f"{state.input_text} {number}", config=config)
            answers[number] = [choice.message.text for choice in output.choices]

        answers: dict[int, list[str]] = {}
        async with anyio.create_task_group() as group:
            for number in range(calls):
                group.start_soon(ask, number)
        state.metadata["answers"] = [answers[number] for number in range(calls)]
        return await generate(state)

    return solve


def test_a_whole_evaluation_runs_on_either_event_loop_with_the_same_result(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs: list[EvalLog] = []
    for backend in ("asyncio", "trio"):
        monkeypatch.setenv("INSPECT_ASYNC_BACKEND", backend)
        dataset = [Sample(input=f"q{number}", target="a") for number in range(3)]
        task = Task(dataset=dataset, solver=ask_a_lot(20), scorer=includes())
        model = get_model(f"hf-batch/{tiny}", device="cpu")
        logs += [evaluate(task, model=model, log_dir=str(tmp_path), temperature=0, max_tokens=6)]
    assert [log.status for log in logs] == ["success", "success"]
    assert logs[0].eval.model == f"hf-batch/{tiny}"
    asyncio, trio = [
        [(sample.metadata["answers"], sample.output.completion, sample.output.usage) for sample in log.samples or []]
        for log in logs
    ]
    assert asyncio == trio and len(trio) == 3
    for log in logs:
        for sample in log.samples or []:
            assert 20 * 2 < sample.model_usage[f"hf-batch/{tiny}"].output_tokens <= 20 * 2 * 3 + 6


@pytest.mark.parametrize("name", ["./models/tiny", "models/../models/tiny", "../here/models/tiny", "models/tiny"])
def test_replies_of_a_folder_are_kept_however_it_is_named(
    name: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "models").mkdir(parents=True)
    (tmp_path / "here" / "models" / "tiny").symlink_to(tiny)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path / "cache"))
    task = Task(dataset=[Sample(input="x")], config=GenerateConfig(max_tokens=2, seed=1, cache=True))
    evaluate(task, model=f"hf-batch/{name}", model_args={"device": "cpu"}, log_dir=str(tmp_path))
    assert sum(path.is_file() for path in (tmp_path / "cache").rglob("*")) == 1
