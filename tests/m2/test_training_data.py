"""Pairs on their way into the trainer: mistakes, overlong texts, weights, the split by problem, resuming, configs."""

import dataclasses
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from lbt_solvers.errors import UsageError
from lbt_tasks.configs import config_names, config_path
from lbt_tasks.training.arguments import PairArguments, parse
from lbt_tasks.training.resuming import SETTINGS, is_finished, mark_finished
from tests.m2.teaching_pairs import write_pairs

pytest.importorskip("trl", reason="needs the extra train")

import torch
from transformers import AutoTokenizer

from lbt_tasks.classroom.models import classroom_model_path
from lbt_tasks.training.pairs_data import fit_pairs, load_pairs, repeat_by_margin, split_by_problem

# Of the libraries, which this project cannot change.
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing. is deprecated:FutureWarning")


@pytest.fixture(autouse=True)
def own_data_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")


@pytest.fixture
def tokenizer():
    return AutoTokenizer.from_pretrained(classroom_model_path("teacher"))


@pytest.fixture
def data(tmp_path):
    return load_pairs([write_pairs(tmp_path / "pairs.jsonl", 12)])


def test_nothing_to_learn_from_is_said_so(tmp_path) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "other.jsonl").write_text('{"prompt": "a", "completion": "b"}\n')
    for sources, message in [
        ([], "--pairs: a file"),
        ([str(tmp_path / "gone.jsonl")], "nothing at"),
        ([str(tmp_path / "empty.jsonl")], "not one pair"),
        ([str(tmp_path / "other.jsonl")], r"\['chosen', 'rejected'\] missing"),
    ]:
        with pytest.raises(UsageError, match=message):
            load_pairs(sources)


def test_overlong_pairs_are_counted_and_dropped_or_cut_or_refused(data, tokenizer) -> None:
    every = fit_pairs(data, tokenizer, 512, "error")
    assert every.overlong == 0 and len(every.data) == 12
    limit = every.longest - 1
    dropped = fit_pairs(data, tokenizer, limit, "drop")
    assert 0 < dropped.overlong < 12 and len(dropped.data) == 12 - dropped.overlong
    cut = fit_pairs(data, tokenizer, limit, "cut")
    assert cut.overlong == dropped.overlong and len(cut.data) == 12
    with pytest.raises(UsageError, match=f"{dropped.overlong} of 12 pairs are longer than {limit} tokens"):
        fit_pairs(data, tokenizer, limit, "error")
    with pytest.raises(UsageError, match="Each of the 12 pairs"):
        fit_pairs(data, tokenizer, 3, "drop")


def test_messages_need_a_chat_template(data, tokenizer) -> None:
    tokenizer.chat_template = None
    with pytest.raises(UsageError, match="no chat template"):
        fit_pairs(data, tokenizer, 512, "drop")


def test_pairs_are_repeated_by_margin(data) -> None:
    counts = dict.fromkeys(data["problem"], 0)
    for seed in range(200):
        for problem in repeat_by_margin(data, seed)["problem"]:
            counts[problem] += 1
    mean = sum(data["margin"]) / len(data)
    for problem, margin in zip(data["problem"], data["margin"], strict=True):
        assert counts[problem] / 200 == pytest.approx(margin / mean, abs=0.15)


def test_the_pairs_of_a_problem_stay_together(tmp_path) -> None:
    path = Path(write_pairs(tmp_path / "pairs.jsonl", 10))
    path.write_text(path.read_text() * 2)
    learned, held_back = split_by_problem(load_pairs([str(path)]), 0.3, seed=0)
    assert held_back is not None and len(held_back) == 6 and len(learned) == 14
    assert set(learned["problem"]).isdisjoint(held_back["problem"])
    with pytest.raises(UsageError, match="leaves none on one side"):
        split_by_problem(learned, 0.01, seed=0)


def test_a_folder_belongs_to_one_run(tmp_path) -> None:
    settings = {"training": {"beta": 0.1, "seed": 0}, "data": ["abc"]}
    (tmp_path / SETTINGS).write_text(json.dumps(settings))
    assert not is_finished(tmp_path, settings)
    mark_finished(tmp_path, {"pairs": 3})
    assert is_finished(tmp_path, settings)
    with pytest.raises(UsageError, match=r"other settings \(beta differ\)"):
        is_finished(tmp_path, {"training": {"beta": 0.2, "seed": 0}, "data": ["abc"]})


@pytest.mark.parametrize("name", config_names("training"))
def test_shipped_training_configs_are_taken(name, tmp_path) -> None:
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.grpo_config import GRPOConfig

    from lbt_tasks.training.grpo import ExamArguments

    kinds = (PairArguments, DPOConfig) if name.startswith("dpo_") else (ExamArguments, GRPOConfig)
    # `bf16` needs a GPU that has it; whether a config is known does not.
    arguments = ["--config", name, "--output_dir", str(tmp_path), "--bf16", "False", "--use_cpu", "True"]
    _, training, model = parse(arguments, *kinds)
    written = yaml.safe_load(config_path(name).read_text())
    assert training.learning_rate == written["learning_rate"] and model.model_name_or_path
    comment = " ".join(line for line in config_path(name).read_text().splitlines() if line.startswith("#"))
    assert f"--config {name}" in comment
    taken = {field.name for kind in kinds for field in dataclasses.fields(kind)} | {"config"}
    assert set(re.findall(r"--(\w+)", comment.partition(f"--config {name}")[2])) <= taken


def test_the_papers_settings() -> None:
    paper = yaml.safe_load(config_path("dpo_paper").read_text())
    assert (paper["beta"], paper["learning_rate"], paper["num_train_epochs"]) == (0.1, 5e-7, 1)
    assert paper["per_device_train_batch_size"] * paper["gradient_accumulation_steps"] == 16
    assert dict(zip(paper["loss_type"], paper["loss_weights"], strict=True)) == {"sigmoid": 1.0, "sft": 50.0}


def test_mistyped_arguments_and_configs(tmp_path) -> None:
    from trl.trainer.dpo_config import DPOConfig

    (tmp_path / "mine.yaml").write_text("learning_rat: 1.0e-4\n")
    for arguments, message in [
        (["--config", "dpo_papr"], "Did you mean 'dpo_paper'"),
        (["--config", str(tmp_path / "mine.yaml"), "--output_dir", "x", "--use_cpu"], "--learning_rat"),
        (["--output_dir", "x", "--overlong", "shorten"], "invalid choice: 'shorten'"),
    ]:
        with pytest.raises(UsageError, match=message):
            parse(arguments, PairArguments, DPOConfig)


def test_training_on_a_cpu_needs_no_option(tmp_path, monkeypatch) -> None:
    from trl.trainer.dpo_config import DPOConfig

    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    _, training, _ = parse(["--output_dir", str(tmp_path)], PairArguments, DPOConfig)
    assert training.use_cpu and not training.bf16
    _, training, _ = parse(["--output_dir", str(tmp_path), "--bf16", "True"], PairArguments, DPOConfig)
    assert training.use_cpu and training.bf16


@pytest.mark.parametrize("name", config_names("accelerate"))
def test_accelerate_takes_the_shipped_configs(name) -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    loaded: Any = load_config_from_file(str(config_path(name)))
    assert loaded.num_processes == 8 and f'"$(lbt configs {name})"' in config_path(name).read_text()


def test_the_revision_is_the_models_and_a_folder_has_none(monkeypatch, tmp_path) -> None:
    """For DPO and GRPO: configuration, weights and the model's own tokenizer, not another's."""
    import transformers
    from trl.trainer.model_config import ModelConfig

    from lbt_tasks.training.loading import load_tokenizer, prepare_model

    asked: list[tuple[str, dict[str, Any]]] = []

    def from_pretrained(name: str, **given: Any) -> Any:
        asked.append((name, given))
        return SimpleNamespace(architectures=["LlamaForCausalLM"])

    for kind in ("AutoConfig", "AutoTokenizer"):
        monkeypatch.setattr(getattr(transformers, kind), "from_pretrained", from_pretrained)
    model = ModelConfig(model_revision="v1", dtype="bfloat16")
    training = SimpleNamespace(model_init_kwargs={"use_cache": False})
    prepare_model(training, "org/teacher", model)
    wanted = {"revision": "v1", "dtype": "bfloat16", "attn_implementation": None, "use_cache": False}
    assert training.model_init_kwargs == wanted
    load_tokenizer("org/teacher", model)
    load_tokenizer("org/teacher", model, "org/tokenizer")
    prepare_model(SimpleNamespace(model_init_kwargs=None), str(tmp_path), model)
    of_revision = ("org/teacher", {"revision": "v1"})
    assert asked == [of_revision, of_revision, ("org/tokenizer", {}), (str(tmp_path), {})]
