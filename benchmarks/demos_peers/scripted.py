"""A scripted teacher and scripted readers, whose replies depend on the prompt alone and by rules that can be said.

    reply("teacher", prompt)

- A reader gives a text the label of the example that is most like it: by words (the teacher), by words of five letters
  and more (student_a), or by groups of three letters (student_b).
- The teacher's first set is always the same.
- The teacher's reason for errors is that no example is like the first of them.
- The teacher rewrites a set by dropping the first example that has the label of the first error, and by adding that
  error at the end. It does so in M3's prompt and in GEPA's own.

It stands in for a hosted model where none is at hand. It shows that a comparison runs and what each method spends, not
which method is better.
"""

import json
import re
from collections.abc import Callable, Sequence

Example = tuple[str, str]

_EXAMPLE = re.compile(r"^### Example \d+\nText: (.*?)\nLabel: (Yes|No)$", re.DOTALL | re.MULTILINE)
_FAILURE = re.compile(r"^## Failure \d+\nText: (.*?)\nLabel: (Yes|No)\nPrediction: (.*?)$", re.DOTALL | re.MULTILINE)
_FEEDBACK = re.compile(
    r"^## Text\n(.*?)\n\n## Prediction\n(.*?)\n\n## Feedback\nThe label is (Yes|No)\.$", re.DOTALL | re.MULTILINE
)
_BLOCK = re.compile(r"```\n(.*?)\n```", re.DOTALL)

FIRST_SET: Sequence[Example] = (
    ("My two cats are lazy, so all cats are lazy.", "Yes"),
    ("I met a rude waiter in Paris; people there are rude.", "Yes"),
    ("Both films that I saw this year were bad. Films are no longer good.", "Yes"),
    ("My uncle smoked and grew old, so smoking does no harm.", "Yes"),
    ("Everybody buys this phone, so it must be the best.", "No"),
    ("You are too young to be right about taxes.", "No"),
    ("Either we build the road or the town will die.", "No"),
    ("The rooster crowed, then the sun rose: the rooster did it.", "No"),
)


def reply(role: str, prompt: str) -> str:
    """What a role says to a prompt of M3, or to GEPA's prompt for a better text."""
    if "# Prediction\nText: " in prompt:
        text = prompt.rsplit("# Prediction\nText: ", 1)[1].rsplit("\nLabel:", 1)[0]
        return most_alike(_EXAMPLE.findall(prompt), text, _SEEN_BY[role])
    if "# Examples that the students saw" in prompt:
        examples = _EXAMPLE.findall(prompt)
        failures = [(text, label) for text, label, _ in _FAILURE.findall(prompt)]
        return as_list(_rewritten(examples, failures)) if "# Why\n" in prompt else _reason(failures)
    if block := _BLOCK.search(prompt):
        examples = [(each["text"], each["label"]) for each in json.loads(block[1])]
        failures = [(text, label) for text, said, label in _FEEDBACK.findall(prompt) if said != label]
        return f"```json\n{as_list(_rewritten(examples, failures))}\n```"
    return as_list(FIRST_SET)


def as_list(examples: Sequence[Example]) -> str:
    """As M3's prompts ask for it, and as GEPA's component."""
    return json.dumps([{"text": text, "label": label} for text, label in examples], ensure_ascii=False)


def most_alike(examples: Sequence[Example], text: str, seen: Callable[[str], frozenset[str]]) -> str:
    """The label of the example that shares most of what a reader sees (Jaccard); the first of equals."""
    mine = seen(text)

    def shared(example: Example) -> float:
        others = seen(example[0])
        return len(mine & others) / (len(mine | others) or 1)

    return max(examples, key=shared)[1] if examples else "I cannot say."


def _reason(failures: Sequence[Example]) -> str:
    opening = " ".join(failures[0][0].split()[:6]) if failures else ""
    return f"1. No example is like the text that begins with: {opening}"


def _rewritten(examples: Sequence[Example], failures: Sequence[Example]) -> list[Example]:
    new = next((failure for failure in failures if failure not in examples), None)
    dropped = next((example for example in examples if new and example[1] == new[1]), None)
    return [example for example in examples if example != dropped] + [new] if new and dropped else list(examples)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", text.casefold()))


def _long_words(text: str) -> frozenset[str]:
    return frozenset(word for word in _words(text) if len(word) >= 5)


def _letters(text: str) -> frozenset[str]:
    joined = " ".join(text.casefold().split())
    return frozenset(joined[at : at + 3] for at in range(len(joined) - 2))


_SEEN_BY: dict[str, Callable[[str], frozenset[str]]] = {
    "teacher": _words, "test": _words, "student: student_a": _long_words, "student: student_b": _letters,
}  # fmt: skip
