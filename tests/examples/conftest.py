"""A run of `lbt_tasks/examples` with scripted models, on reviews or on the published data."""

import json
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model._model import init_model_roles

from lbt_tasks.examples.task import examples
from tests.evaluating import evaluate
from tests.examples.world import keywords

SMALL: dict[str, Any] = {
    "rounds": 2,
    "beam_size": 2,
    "minibatch": 20,
    "reflections": 2,
    "evaluation_budget": 90,
    "seeds": 1,
}


@pytest.fixture
def m3(shared_data):
    if not (folder := shared_data / "m3").is_dir():
        pytest.skip(f"the data of M3 are not there: {folder}")
    return str(folder)


@pytest.fixture
def optimised(tmp_path):
    def run(students: Any = ("a", "picky"), teacher: Any = "teacher", eval_args: Any = None, **options: Any) -> EvalLog:
        roles: Any = (
            {"student": [keywords(name) if isinstance(name, str) else name for name in students]} if students else {}
        )
        # roles are known to the task only while the evaluation is made, as on the command line
        init_model_roles(roles)
        try:
            task = examples(**{**SMALL, **options})
        finally:
            init_model_roles({})
        further: dict[str, Any] = eval_args or {}
        model = keywords(teacher) if isinstance(teacher, str) else teacher
        return evaluate(task, model=model, model_roles=roles, log_dir=str(tmp_path / "logs"), **further)

    return run


@pytest.fixture
def reviews(tmp_path):
    rows = [
        {"text": f"{'all' if at % 3 == 0 else 'some'} reviews, number {at}", "label": "Yes" if at % 3 == 0 else "No"}
        for at in range(60)
    ]
    path = tmp_path / "reviews.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)
