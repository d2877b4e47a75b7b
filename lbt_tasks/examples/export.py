"""What a user takes away: the best examples as data and as few-shot files, the curve as a table and a picture.

    written = write_results(read_runs(log), Path("results"))

`best.json` has the set and where it comes from; `fewshot_inspect.jsonl` is a dataset for Inspect's few-shot
helpers (`input`, `target`); `fewshot_lm_eval.yaml` is a task for lm-eval with the set as `fewshot_config` samples.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from lbt_solvers.examples import ExampleTask
from lbt_solvers.statistics import Interval
from lbt_solvers.tables import csv_text
from lbt_tasks.examples.curves import ArmRun, Runs, best_run, curves_of, usage_of
from lbt_tasks.examples.record import ExampleItem
from lbt_tasks.report.curves import ARM_COLUMNS, read_curves

ARM_NAMES = {"no_student": "no student", "one_student": "one student", "several_students": "several students"}


def write_results(runs: Runs, out: Path) -> list[Path]:
    """Writes the files; the picture only where matplotlib is installed."""
    out.mkdir(parents=True, exist_ok=True)
    best, curves = best_run(runs.finished), curves_of(runs.finished)
    items = best.record.rounds[-1].best
    written = [
        _write(out / "best.json", json.dumps(_about(best, items), indent=2, ensure_ascii=False) + "\n"),
        _write(out / "fewshot_inspect.jsonl", "".join(_inspect_row(item) for item in items)),
        _write(out / "fewshot_lm_eval.yaml", lm_eval_task(best.record.example_task(), items)),
        _write(out / "curve.csv", csv_text(list(_curve_rows(curves)), ARM_COLUMNS)),
        _write(out / "usage.json", json.dumps(usage_of(runs.finished), indent=2) + "\n"),
    ]
    if has_matplotlib():
        [figure] = read_curves([str(out / "curve.csv")])
        figure.save(str(out / "curve.png"))
        written.append(out / "curve.png")
    return written


def has_matplotlib() -> bool:
    """Whether the picture can be drawn."""
    return find_spec("matplotlib") is not None


def _about(run: ArmRun, items: Sequence[ExampleItem]) -> dict[str, Any]:
    record = run.record
    return {
        "task": record.task,
        "examples": [item.model_dump(exclude_defaults=True) for item in items],
        "arm": record.arm,
        "seed": record.seed,
        "students": record.students,
        "test": {"first": run.curve[0], "last": run.curve[-1], "rows": len(record.test_labels)},
        "log": Path(run.log).name,
    }


def _inspect_row(item: ExampleItem) -> str:
    row: dict[str, Any] = {"input": item.text, "target": item.label}
    if item.rationale:
        row["metadata"] = {"rationale": item.rationale}
    return json.dumps(row, ensure_ascii=False) + "\n"


def lm_eval_task(task: ExampleTask, items: Sequence[ExampleItem]) -> str:
    """A generation task for lm-eval whose few-shot examples are the set; data of the user's own fill in the rows.

    A reply is read as in a run: the label it begins with; where examples are worked out, its last word.
    """
    worked = any(item.rationale for item in items)
    config = {
        "task": f"{task.name}_optimised_examples",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": "test.jsonl"}},
        "test_split": "test",
        "output_type": "generate_until",
        "description": _description(task),
        "doc_to_text": "Question: {{text}}\nAnswer:" if worked else "Text: {{text}}\nLabel:",
        "doc_to_target": "{{target}}",
        "target_delimiter": " ",
        "fewshot_delimiter": "\n\n",
        "num_fewshot": len(items),
        "fewshot_config": {
            "sampler": "first_n",
            "samples": [
                {"text": item.text, "target": " ".join([item.rationale, item.label]).strip()} for item in items
            ],
        },
        "generation_kwargs": {"until": ["\n\n"], "do_sample": False, "max_gen_toks": 128 if worked else 16},
        "metric_list": [
            {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True, "ignore_case": True}
        ],
        "filter_list": [_answer_filter(task, worked)],
        "metadata": {"version": 1.0},
    }
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=120)


def _answer_filter(task: ExampleTask, worked: bool) -> dict[str, Any]:
    labels = "|".join(re.escape(label) for label in sorted(task.labels, key=len, reverse=True))
    label = {"regex_pattern": rf"(?i)^\W*(?:label\W*)?({labels})(?!\w)"}
    read = {"regex_pattern": r"\S+", "group_select": -1} if worked or not labels else label
    return {
        "name": "last word" if read is not label else "label",
        "filter": [{"function": "regex", **read}, {"function": "take_first"}],
    }


def _description(task: ExampleTask) -> str:
    """What stands before the examples; lm-eval reads it as a template, so braces of the user's are marked."""
    text = f"{task.description}\n"
    if task.labels:
        text += f"Answer with the label alone: {', '.join(task.labels)}.\n"
    return f"{{% raw %}}{text}{{% endraw %}}\n" if "{" in text else f"{text}\n"


def _curve_rows(curves: Mapping[str, Sequence[Interval]]) -> Iterator[dict[str, Any]]:
    for arm, points in curves.items():
        for number, point in enumerate(points):
            yield {"arm": arm, "round": number, **point._asdict()}


def measure_name(task: ExampleTask) -> str:
    """What the curve shows."""
    if not task.labels:
        return "accuracy on test rows"
    return f"F1 of '{task.positive}' on test rows" if task.positive else "macro F1 on test rows"


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
