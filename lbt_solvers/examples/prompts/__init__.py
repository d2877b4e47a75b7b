r"""What teacher and students are told when examples are optimised: the preset `paper`, or a YAML file.

    >>> prompts = load_example_prompts("paper")
    >>> prompts.answer(task, examples, "All swans are white.")[-35:]
    'Text: All swans are white.\nLabel:'

The structure is the paper's (appendix A.3): task, examples, output format, prediction; the words are our own. In a
file, keys that are left out are the preset's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from lbt_solvers.examples.types import ExampleSet, ExampleTask, Failure

_SLOTS = re.compile(r"\{(task|labels|examples|text|label|prediction|number|count|reasons|failures)\}")
_NO_LABEL = "(no label)"


@dataclass(frozen=True, slots=True)
class ExamplePrompts:
    """The templates; filled in one pass, so that braces in a text are never read as slots."""

    example: str
    answer_to: str
    write_first: str
    failure: str
    explain: str
    write_again: str

    def answer(self, task: ExampleTask, examples: ExampleSet, text: str) -> str:
        """What a student is asked about a text."""
        return _fill(self.answer_to, task, examples=self.shown(examples), text=text)

    def write(self, task: ExampleTask, count: int) -> str:
        """How the teacher is asked for a first set."""
        return _fill(self.write_first, task, count=str(count))

    def reflect(self, task: ExampleTask, examples: ExampleSet, failures: Sequence[Failure], count: int) -> str:
        """How the teacher is asked for reasons of the students' mistakes."""
        return _fill(
            self.explain, task, examples=self.shown(examples), failures=self._failures(failures), count=str(count)
        )

    def rewrite(
        self, task: ExampleTask, examples: ExampleSet, failures: Sequence[Failure], reasons: Sequence[str], count: int
    ) -> str:
        """How the teacher is asked for a better set."""
        return _fill(
            self.write_again,
            task,
            examples=self.shown(examples),
            failures=self._failures(failures),
            reasons="; ".join(reasons),
            count=str(count),
        )

    def shown(self, examples: ExampleSet) -> str:
        """The examples as they stand in every prompt."""
        return "\n\n".join(
            _slots(self.example, number=str(number), text=example.text, label=example.label)
            for number, example in enumerate(examples, 1)
        )

    def _failures(self, failures: Sequence[Failure]) -> str:
        return "\n\n".join(
            _slots(
                self.failure,
                number=str(number),
                text=failure.row.text,
                label=failure.row.label,
                prediction=failure.prediction.label or _NO_LABEL,
            )
            for number, failure in enumerate(failures, 1)
        )


_KEYS = {
    "example": "example",
    "answer": "answer_to",
    "write": "write_first",
    "failure": "failure",
    "reflect": "explain",
    "rewrite": "write_again",
}


def load_example_prompts(name_or_path: str = "paper") -> ExamplePrompts:
    """The preset of that name, or the texts in that YAML file.

    Raises:
        ValueError: neither, not YAML, or an unknown key.
    """
    given = _read(name_or_path)
    if unknown := sorted(set(given) - set(_KEYS)):
        raise ValueError(f"Prompts {name_or_path}: unknown keys {unknown}; known are {', '.join(_KEYS)}.")
    texts = {**_read("paper"), **given}
    prompts = ExamplePrompts(**{field: str(texts[key]) for key, field in _KEYS.items()})
    for field, slot in (("answer_to", "text"), ("answer_to", "examples"), ("example", "text"), ("example", "label")):
        if f"{{{slot}}}" not in getattr(prompts, field):
            key = next(key for key, name in _KEYS.items() if name == field)
            raise ValueError(f"Prompts {name_or_path}: the text '{key}' needs the slot {{{slot}}}.")
    return prompts


def _read(name_or_path: str) -> dict[str, Any]:
    preset = resources.files(__name__) / f"{name_or_path}.yaml"
    if re.fullmatch(r"\w+", name_or_path) and preset.is_file():
        text = preset.read_text(encoding="utf-8")
    elif Path(name_or_path).is_file():
        text = Path(name_or_path).read_text(encoding="utf-8")
    else:
        raise ValueError(f"No prompts '{name_or_path}': the preset 'paper' or a YAML file was needed.")
    try:
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"Prompts {name_or_path}: not valid YAML ({error}).") from None
    if not isinstance(data, dict):
        raise ValueError(f"Prompts {name_or_path}: a YAML mapping was needed, found {type(data).__name__}.")
    return data


def _fill(template: str, task: ExampleTask, **slots: str) -> str:
    return _slots(template, task=task.description, labels=", ".join(task.labels), **slots)


def _slots(template: str, **slots: str) -> str:
    return _SLOTS.sub(lambda match: slots.get(match[1], match[0]), template)
