"""Where the classroom's models lie.

    >>> classroom_model_path("student_a")
    PosixPath('.../lbt_tasks/classroom/models/student_a')

The folder is what `transformers`, Inspect's `hf/local` (`model_path` and `tokenizer_path`), vLLM and lm-eval load.
What the models are, and what they are not: docs/classroom.md.
"""

from pathlib import Path

from lbt_solvers.near_match import no_such

MODELS = Path(__file__).parent / "models"
CLASSROOM_PROMPT = "lbt_tasks.classroom/chat"
"""The prompt that the shipped arithmetic models were trained on; they know no other wording than this and the next."""
CLASSROOM_PAPER = "lbt_tasks.classroom/paper"
CLASSROOM_PAPER_CODE = "lbt_tasks.classroom/paper_code"
"""The paper's layout in the wording that the shipped coders know, besides the preset `code`."""


def model_names() -> list[str]:
    """Names of the shipped models."""
    return sorted(folder.parent.name for folder in MODELS.glob("*/config.json"))


def classroom_model_path(name: str) -> Path:
    """The folder of a shipped model.

    Raises:
        ValueError: no model of that name is shipped.
    """
    shipped = model_names()
    if name in shipped:
        return MODELS / name
    raise ValueError(no_such("classroom model", name, shipped))
