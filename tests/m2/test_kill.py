"""A training that is killed with -9 and started again ends where one ends that was left alone."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.m2.teaching_pairs import write_pairs

pytest.importorskip("trl", reason="needs the extra train")

from safetensors.torch import load_file

STEPS, SAVE = 12, 3


def command(pairs: str, out: Path) -> list[str]:
    lbt = str(Path(sys.executable).with_name("lbt"))
    few = ["--max_steps", str(STEPS), "--save_steps", str(SAVE), "--logging_steps", "1"]
    return [lbt, "train-dpo", "--config", "dpo_classroom", "--pairs", pairs, "--output_dir", str(out), *few]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_and_resumed(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "pairs.jsonl", 64)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_DATASETS_CACHE": str(tmp_path / "datasets")}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(command(pairs, whole), env=environment, check=True, capture_output=True)

    running = subprocess.Popen(
        command(pairs, killed), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not (killed / f"checkpoint-{SAVE}" / "trainer_state.json").is_file():
        assert running.poll() is None, "it ended before its first checkpoint"
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not (killed / "finished.json").exists()

    subprocess.run(command(pairs, killed), env=environment, check=True, capture_output=True)
    histories = [json.loads((folder / "trainer_state.json").read_text())["log_history"] for folder in (whole, killed)]
    losses = [[entry["loss"] for entry in history if "loss" in entry] for history in histories]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6) and len(losses[0]) == STEPS
    for name, weight in load_file(whole / "model.safetensors").items():
        assert (load_file(killed / "model.safetensors")[name] - weight).abs().max() < 1e-6
