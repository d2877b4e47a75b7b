"""The environment `lbt-env` from verifiers' own command, offline: rewards of four problems, seats, and what is refused.

    make verifiers-smoke

The teacher explains two of the four sample problems rightly, its student does as it is shown: rewards are 1 and 0.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def evaluated(port: str, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """What the command says."""
    client = ("--client.base-url", f"http://127.0.0.1:{port}/v1", "--client.api-key-var", "LOOPBACK_KEY")
    said = ("--no-rich", "--no-push", "-o", str(out))
    command = [str(Path(sys.executable).with_name("vf-eval")), "lbt-env", "--model", "m", *client, *said, *more]
    environment = {**os.environ, "LOOPBACK_KEY": "none"}
    return subprocess.run(command, capture_output=True, text=True, timeout=1800, env=environment, check=False)


def episodes(out: Path) -> list[dict[str, Any]]:
    """Every line of the run's traces."""
    [file] = out.rglob("traces.jsonl")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def reward(trace: dict[str, Any]) -> float:
    """The weighted sum."""
    return sum(each["score"] * each["weight"] for each in trace["rewards"].values())


def check(port: str, folder: Path) -> None:
    """Four episodes, of which two are right; then a file that is not there."""
    run = evaluated(port, folder / "four", "-n", "4")
    assert run.returncode == 0, run.stdout + run.stderr
    found = episodes(folder / "four")
    assert len(found) == 4 and all(each["ok"] for each in found), run.stdout + run.stderr
    seats = [[(trace["agent"]["name"], trace["agent"]["trainable"]) for trace in each["traces"]] for each in found]
    assert all(names == [("teacher", True)] + [("student", False)] * 3 for names in seats), seats
    rewards = sorted(reward(each["traces"][0]) for each in found)
    assert rewards == [0.0, 0.0, 1.0, 1.0], [each["traces"][0]["rewards"] for each in found]
    assert {*found[0]["traces"][0]["rewards"]} == {"lbt", "correct"}
    missing = evaluated(port, folder / "none", "-n", "1", "--env.taskset.data", str(folder / "no.jsonl"))
    assert missing.returncode != 0 and "a JSONL file of problems was needed" in missing.stdout + missing.stderr
    print("lbt-env: 4 episodes, rewards", rewards, "and students are not trained")


def main() -> None:
    """Starts the server and checks."""
    with subprocess.Popen([sys.executable, str(HERE / "server.py")], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            with tempfile.TemporaryDirectory() as folder:
                check(server.stdout.readline().strip(), Path(folder))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
