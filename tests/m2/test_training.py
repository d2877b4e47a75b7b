"""A few steps of real training on the shipped teacher: it moves, resumes, merges its adapter, and says what it is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.m2.teaching_pairs import write_pairs

pytest.importorskip("trl", reason="needs the extra train")

import torch
from safetensors.torch import load_file

from lbt_solvers.errors import UsageError
from lbt_tasks.classroom.models import classroom_model_path
from lbt_tasks.training.dpo import main

# Of the libraries, which this project cannot change.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing. is deprecated:FutureWarning"),
    pytest.mark.timeout(300),
]


@pytest.fixture(autouse=True)
def own_data_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")
    monkeypatch.setenv("TQDM_DISABLE", "1")


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    return write_pairs(tmp_path / "pairs.jsonl", 16)


def command(pairs: str, out: Path, *extra: str) -> list[str]:
    few = ["--max_steps", "4", "--save_steps", "2", "--logging_steps", "1", "--per_device_train_batch_size", "4"]
    return ["--config", "dpo_classroom", "--pairs", pairs, "--output_dir", str(out), *few, *extra]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def losses(folder: Path) -> list[float]:
    history = json.loads((folder / "trainer_state.json").read_text())["log_history"]
    return [entry["loss"] for entry in history if "loss" in entry]


def test_a_killed_run_resumes_to_the_same_weights(pairs, tmp_path, capsys) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    main(command(pairs, whole))
    before = load_file(classroom_model_path("teacher") / "model.safetensors")
    assert any(not torch.equal(before[name].float(), now) for name, now in weights(whole).items())

    # What a run leaves that is killed after its second step.
    killed.mkdir()
    for name in ("settings.json", "checkpoint-2"):
        source = whole / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, killed / name)
    main(command(pairs, killed))
    for name, expected in weights(whole).items():
        torch.testing.assert_close(weights(killed)[name], expected, rtol=0, atol=0)
    assert losses(killed) == losses(whole)

    main(command(pairs, whole))
    assert "trained already" in capsys.readouterr().out


def test_a_model_of_the_hub_at_a_revision(pairs, tmp_path) -> None:
    """Offline: weights and tokenizer are of the revision, since the newest has none; TRL looks there for the class."""
    repository, commit, newest = tmp_path / "hub" / "models--org--teacher", "0" * 40, "1" * 40
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "v1").write_text(commit)
    (repository / "refs" / "main").write_text(newest)
    shutil.copytree(classroom_model_path("teacher"), repository / "snapshots" / commit)
    (repository / "snapshots" / newest).mkdir()
    shutil.copy(classroom_model_path("teacher") / "config.json", repository / "snapshots" / newest)
    words = command(pairs, tmp_path / "out", "--max_steps", "1", "--model_name_or_path", "org/teacher")
    offline = {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    told = [sys.executable, "-m", "lbt_tasks.training.dpo", *words, "--model_revision", "v1"]
    done = subprocess.run(told, env=os.environ | offline, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "revision `v1`" in (tmp_path / "out" / "README.md").read_text()


def test_a_configuration_without_the_models_class(pairs, tmp_path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(classroom_model_path("teacher"), folder)
    config = json.loads((folder / "config.json").read_text())
    del config["architectures"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UsageError, match=r'Add "architectures": \["LlamaForCausalLM"\]'):
        main(command(pairs, tmp_path / "out", "--model_name_or_path", str(folder)))


def test_an_adapter_is_merged_and_the_card_tells_all(pairs, tmp_path) -> None:
    out = tmp_path / "lora"
    options = ["--use_peft", "--lora_r", "4", "--eval_share", "0.25", "--repeat_by_margin", "True", "--max_steps", "2"]
    main(command(pairs, out, *options))
    assert (out / "model.safetensors").is_file() and not (out / "adapter_config.json").exists()
    card = (out / "README.md").read_text()
    for told in ("base_model: classroom/teacher", "pairs.jsonl`, sha256", "beta: 0.1", "eval_loss", '"lora_r": 4'):
        assert told in card, told


def test_an_offset_asks_for_more_than_it_has(pairs, tmp_path) -> None:
    """At the first step pi = ref, so the loss is -log sigmoid(-scale * margin) for every pair."""
    out = tmp_path / "offset"
    main(
        command(
            pairs, out, "--margin_scale", "2.0", "--max_steps", "1", "--loss_type", "sigmoid", "--loss_weights", "1"
        )
    )
    margins = torch.tensor([json.loads(line)["margin"] for line in Path(pairs).read_text().splitlines()])
    expected = torch.nn.functional.softplus(2.0 * margins)
    assert expected.min() - 1e-3 <= losses(out)[0] <= expected.max() + 1e-3
