"""Every shipped run-config is one that Inspect takes and that the task takes; the paper's rows are the paper's."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai._cli.eval import RunConfigInput, parse_run_config
from inspect_ai.model import Model

from lbt_tasks import configs
from lbt_tasks.configs import config_names, config_path
from lbt_tasks.math import math

HUB = {
    "GPT-4o": "openai/gpt-4o-2024-08-06",
    "4o-mini": "openai/gpt-4o-mini-2024-07-18",
    "GPT-3.5": "openai/gpt-3.5-turbo-0125",
    "L3-8B": "vllm/meta-llama/Meta-Llama-3-8B-Instruct",
    "L3-70B": "vllm/meta-llama/Meta-Llama-3-70B-Instruct",
    "Mistral": "vllm/mistralai/Mistral-7B-Instruct-v0.2",
}
# The paper's table 2: teacher, students, greedy, self-consistency, M1 MAX, M1 SUM, and the last minus SC as printed.
TABLE_2 = [
    ("GPT-4o", "4o-mini", 87.84, 91.71, 95.03, 96.69, 4.98),
    ("GPT-4o", "L3-8B", 87.84, 91.71, 94.48, 95.03, 3.32),
    ("GPT-4o", "4o-mini & L3-8B", 87.84, 91.71, 96.13, 95.58, 3.87),
    ("GPT-3.5", "L3-8B", 59.11, 77.90, 83.43, 83.43, 5.53),
    ("GPT-3.5", "Mistral", 59.11, 77.90, 81.22, 83.43, 5.53),
    ("GPT-3.5", "L3-8B & Mistral", 59.11, 77.90, 84.53, 84.53, 6.63),
    ("L3-70B", "L3-8B", 70.16, 81.77, 86.74, 87.85, 6.08),
    ("L3-70B", "Mistral", 70.16, 81.77, 86.19, 85.08, 3.31),
    ("L3-70B", "L3-8B & Mistral", 70.16, 81.77, 87.85, 87.29, 5.52),
    ("L3-8B", "L3-8B", 45.85, 64.64, 77.90, 82.87, 18.23),
    ("Mistral", "L3-8B", 19.88, 40.88, 51.93, 53.59, 12.71),
]
PAPER = [name for name in config_names() if name.startswith("paper_table2/")]
every_config = pytest.mark.parametrize("name", config_names())


def content(name: str) -> dict[str, Any]:
    return yaml.safe_load(config_path(name).read_text(encoding="utf-8"))


def models(name: str, role: str) -> list[str]:
    return [each["model"] for each in content(name)["model_roles"][role]]


@every_config
def test_inspect_takes_it(name: str) -> None:
    checked = RunConfigInput.model_validate(content(name))
    assert set(checked.model_roles) == {"teacher", "student"}


@every_config
def test_inspect_makes_a_run_of_it(name: str, tmp_path: Path) -> None:
    """As `inspect eval --run-config` would, with a mock in place of models that need keys or GPUs."""
    config = content(name)
    for role in config["model_roles"].values():
        for each in role:
            each["model"] = f"mockllm/{each['model']}"
            each.pop("args", None)
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    run = parse_run_config(str(path))
    students = run["model_roles"]["student"]
    assert [str(student) for student in students] == [f"mockllm/{model}" for model in models(name, "student")]
    assert all(isinstance(student, Model) and student.config.temperature is not None for student in students)
    assert run["tasks"].startswith("lbt_tasks/")


@every_config
def test_its_header_says_how_to_run_it(name: str) -> None:
    text = config_path(name).read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert f"inspect eval --run-config configs/{name}.yaml" in text


def test_there_is_a_config_for_every_row_of_table_2_and_no_other() -> None:
    rows = {
        " & ".join([HUB[teacher], *[HUB[student] for student in students.split(" & ")]]): numbers
        for teacher, students, *numbers in TABLE_2
    }
    assert len(PAPER) == len(rows) == 11
    for name in PAPER:
        greedy, vote, best, total, gain = rows[" & ".join(models(name, "teacher") + models(name, "student"))]
        assert content(name)["metadata"]["published"] == {"greedy": greedy, "maj": vote, "max": best, "sum": total}
        assert total - vote == pytest.approx(gain, abs=0.0051)
        header = f"greedy {greedy:.2f}, self-consistency {vote:.2f}, M1 MAX {best:.2f}, M1 SUM {total:.2f}."
        assert header in config_path(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAPER)
def test_paper_rows_have_the_papers_parameters(name: str, shared_data: Path) -> None:
    config = content(name)
    assert config["model"] == models(name, "teacher")[0]
    for each in [*config["model_roles"]["teacher"], *config["model_roles"]["student"]]:
        assert each["config"]["temperature"] == 0.7
        if each["model"].startswith("vllm/"):
            assert each["config"]["extra_body"] == {"top_k": 20}
            assert (each["config"]["top_p"], each["config"]["max_tokens"]) == (1.0, 1024)
    arguments = config["task"]["args"]
    assert (arguments["rationales"], arguments["items"], arguments["repetitions"]) == (256, 3, 3)
    assert len(math(data_dir=str(shared_data), **arguments).dataset) == 181


def test_the_papers_m2_learns_from_32_whole_exams_a_problem_of_the_training_split() -> None:
    config = content("paper_m2")
    arguments = config["task"]["args"]
    assert (arguments["split"], arguments["rationales"], arguments["budget"]) == ("train", 32, "full")
    assert models("paper_m2", "teacher") == models("paper_m2", "student") == [HUB["L3-8B"]]
    like = content("paper_table2/llama3_8b_teaches_llama3_8b")
    assert config["model_roles"] == like["model_roles"]
    shared = ("exam", "items", "repetitions", "prompt")
    assert [arguments[name] for name in shared] == [like["task"]["args"][name] for name in shared]


def test_a_name_a_name_with_its_ending_and_a_path(tmp_path: Path) -> None:
    assert config_path("classroom") == config_path("classroom.yaml")
    mine = tmp_path / "mine.yaml"
    mine.touch()
    assert config_path(mine) == config_path(str(mine)) == mine


def test_an_unknown_name_lists_the_names_and_the_nearest() -> None:
    with pytest.raises(
        ValueError, match=r"No run-config 'clasroom'.*there are classroom, .*Did you mean 'classroom'\?"
    ):
        config_path("clasroom")


def test_the_installed_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a wheel the configs are inside the package."""
    for place in ("package", "repository"):
        (tmp_path / place / "group").mkdir(parents=True)
        (tmp_path / place / "group" / f"{place}.yaml").touch()
    monkeypatch.setattr(configs, "_FOLDERS", (tmp_path / "package", tmp_path / "repository"))
    assert config_names() == ["group/package"]
    monkeypatch.setattr(configs, "_FOLDERS", (tmp_path / "nowhere", tmp_path / "repository"))
    assert config_path("group/repository") == tmp_path / "repository" / "group" / "repository.yaml"
    monkeypatch.setattr(configs, "_FOLDERS", (tmp_path / "nowhere",))
    with pytest.raises(ValueError, match="there are none"):
        config_path("group/repository")
