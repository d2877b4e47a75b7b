r"""How a question and its demonstrations become messages: a preset or a file.

    >>> chat = load_prompt("chat")
    >>> chat.messages("Compute 2+3*4.", demonstrations=[Demonstration("Compute 1+2*3.", "2*3=6. 1+6=7.", "7")])[1]
    Turn(role='assistant', text='2*3=6. 1+6=7.\n\nANSWER: 7')

The taught demonstration is always the last one before the question, so all requests of one rationale share their
prefix and a serving engine can reuse it. Presets: `chat`, `paper`, `paper_math`; `boxed`, `boxed_brief` for
models that were trained to box their answers; for programs `code`, `paper_code`. `PACKAGE/NAME` is one that a package
brings.
Source: paper, appendices A.1 and B.1.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from lbt_solvers.near_match import no_such
from lbt_solvers.turns import Turn, common_beginning, joined, placed

VARY = """\
Here is a problem:

{question}

Write {count} new problems that the same method solves, with other numbers, names or objects. Keep everything else: \
the form of the wording, the difficulty, and any instruction on how to answer. Each problem must be complete, and have \
exactly one answer. Do not solve them. Put each between <problem> and </problem>.
"""


_FIRST_ANSWER = re.compile(r"\[\[Final Answer\]\]:\n[^\n]+\n")


class Demonstration(NamedTuple):
    """A worked problem as it is shown to a model."""

    question: str
    rationale: str
    answer: str
    turns: Sequence[Turn] = ()
    """The messages in which the question is asked, where it is more than one text."""


@dataclass(frozen=True, slots=True)
class PromptFormat:
    """Templates with the slots `{question}`, `{rationale}`, `{answer}`, `{report}`, `{count}`; other braces stay."""

    layout: Literal["single_turn", "multi_turn"]
    instruction: str
    question: str
    solution: str
    separator: str = "\n\n"
    prefill: str = ""
    """Text with which the assistant's reply begins, for providers that can continue a reply."""
    prefill_always: bool = False
    """Send the prefill to the other providers too, as a last message of the assistant that they answer."""
    system: str = ""
    """The system message; none where it is empty."""
    marker: Literal["last", "first"] = "last"
    """Which `[[Final Answer]]:` of a reply counts. After the line of the `first`, nothing is read."""
    demonstrations: tuple[Demonstration, ...] = ()
    """Fixed demonstrations that stand before the taught one."""
    shown_question: str = ""
    """A demonstration's question, where it is not written like the question that is asked."""
    taught: "PromptFormat | None" = None
    """The format for whoever is shown a rationale, where it is not this one with one demonstration more. In a file: the
    keys that differ."""
    debug: str = ""
    """What the teacher is told about an answer that fails visible tests; `{report}` says which."""
    vary: str = VARY
    """How the teacher is asked for `{count}` variants of a question, each between `<problem>` and `</problem>`."""

    def messages(
        self, question: str, demonstrations: Sequence[Demonstration] = (), turns: Sequence[Turn] = ()
    ) -> list[Turn]:
        """Turns up to and including the question, the system message first; the prefill is not among them.

        Args:
            question: What is asked.
            demonstrations: What is shown before it.
            turns: The messages in which the question is asked, where it is more than one text. With what all questions
                have before them, the conversation begins.

        Raises:
            ValueError: a demonstration has earlier turns, which cannot stand in one message with the question.
        """
        if demonstrations and self.taught:
            return self.taught.messages(question, demonstrations, turns)
        common = common_beginning([turns[:-1], *(demo.turns[:-1] for demo in demonstrations)])
        asked = _asked(self.question, question, turns)
        shown = [*self.demonstrations, *demonstrations]
        if self.layout == "single_turn":
            built = [*common, *turns[len(common) : -1], self._one_turn(asked, shown, len(common))]
        else:
            built = [*common, *self._turns(shown, len(common)), *turns[len(common) : -1], asked]
            built = self._instructed(built)
        return self._with_system(built)

    def _one_turn(self, asked: Turn, shown: Sequence[Demonstration], common: int) -> Turn:
        if any(demo.turns[common:-1] for demo in shown):
            raise ValueError(
                "This prompt format shows demonstrations in one message, where the earlier turns of a question have no "
                "place: take one of several messages, such as prompt=chat."
            )
        worked = [placed("", self._shown(demo), "\n\n" + self.worked_solution(demo)) for demo in shown]
        instruction = [Turn("user", self.instruction)] if self.instruction else []
        return joined("user", [*instruction, *(turn for turn in (*worked, asked) if turn.text)], self.separator)

    def _turns(self, shown: Sequence[Demonstration], common: int) -> Iterator[Turn]:
        for demo in shown:
            yield from demo.turns[common:-1]
            yield self._shown(demo)
            yield Turn("assistant", self.worked_solution(demo))

    def _instructed(self, turns: Sequence[Turn]) -> list[Turn]:
        """The instruction stands before the first thing that the user says."""
        first = next(number for number, turn in enumerate(turns) if turn.role == "user")
        begun = placed(self.instruction + self.separator, turns[first]) if self.instruction else turns[first]
        return [*turns[:first], begun, *turns[first + 1 :]]

    def _with_system(self, turns: list[Turn]) -> list[Turn]:
        """Many chat templates take one system message, and it stands first."""
        if not self.system:
            return turns
        if turns[0].role == "system":
            return [placed(f"{self.system}\n\n", turns[0]), *turns[1:]]
        return [Turn("system", self.system), *turns]

    def begun(self, turns: Sequence[Turn]) -> str:
        """With what the reply to these turns is begun: the prefill, where the last of them does not end with it."""
        return "" if turns[-1].text.endswith(self.prefill) else self.prefill

    def debug_messages(self, demo: Demonstration, reply: str, report: str) -> list[Turn]:
        """Turns that show the teacher its own reply and what the visible tests say about it."""
        request = _fill(self.debug, question=demo.question, rationale=demo.rationale, answer=demo.answer, report=report)
        return [*self.messages(demo.question, turns=demo.turns), Turn("assistant", reply), Turn("user", request)]

    def variant_request(self, question: str, count: int) -> list[Turn]:
        """The turn that asks the teacher for variants of a question, for label-free exams."""
        return [Turn("user", _fill(self.vary, question=question, count=str(count)))]

    def worked_solution(self, demo: Demonstration) -> str:
        """The demonstration's rationale and answer, as an assistant writes them."""
        # Of a solved question without a rationale nothing but its answer is left.
        return _fill(self.solution, rationale=demo.rationale, answer=demo.answer).lstrip("\n")

    def read(self, reply: str) -> str:
        """What counts of a reply: all of it, or where `marker` is `first` nothing after the first final answer."""
        return read_reply(reply, self.marker)

    def _shown(self, demo: Demonstration) -> Turn:
        return _asked(self.shown_question or self.question, demo.question, demo.turns)


def _asked(template: str, question: str, turns: Sequence[Turn]) -> Turn:
    """The last of the turns in the template's frame."""
    last = turns[-1] if turns else Turn("user", question)
    if not last.parts:
        return Turn("user", _fill(template, question=last.text))
    before, _, after = template.partition("{question}")
    return placed(before, last, after)


def read_reply(reply: str, marker: str) -> str:
    """`PromptFormat.read` of a format with that marker."""
    answered = _FIRST_ANSWER.search(reply) if marker == "first" else None
    return reply[: answered.end()] if answered else reply


def load_prompt(name_or_path: str) -> PromptFormat:
    """The preset of that name, or the format in that YAML file; its key `base` names a format to start from.

    Raises:
        ValueError: neither a preset nor a file, or a file with unknown or missing keys.
    """
    return _format(name_or_path, _load(name_or_path))


def recorded_prompt(described: str | Mapping[str, Any]) -> PromptFormat:
    """The format that a log describes: by its name, or by its fields where it had none.

    Raises:
        ValueError: as `load_prompt`.
    """
    if isinstance(described, str):
        return load_prompt(described)
    taught = described.get("taught")
    demonstrations = tuple(Demonstration(*shown[:3]) for shown in described.get("demonstrations", ()))
    given: dict[str, Any] = {
        **described,
        "demonstrations": demonstrations,
        "taught": recorded_prompt(taught) if taught else None,
    }
    return PromptFormat(**given)


def _format(name_or_path: str, data: dict[str, Any]) -> PromptFormat:
    known = {field.name for field in fields(PromptFormat)}
    if unknown := sorted(set(data) - known):
        raise ValueError(f"Prompt format {name_or_path}: unknown keys {unknown}; known are base, {', '.join(known)}.")
    if missing := sorted({"layout", "instruction", "question", "solution"} - set(data)):
        raise ValueError(f"Prompt format {name_or_path}: missing keys {missing}.")
    if data["layout"] not in ("single_turn", "multi_turn"):
        raise ValueError(f"Prompt format {name_or_path}: layout is single_turn or multi_turn, not {data['layout']!r}.")
    if (marker := data.get("marker", "last")) not in ("first", "last"):
        raise ValueError(f"Prompt format {name_or_path}: marker is first or last, not {marker!r}.")
    try:
        demonstrations = tuple(Demonstration(**demo) for demo in data.pop("demonstrations", None) or ())
    except TypeError:
        raise ValueError(f"Prompt format {name_or_path}: demonstrations need question, rationale, answer.") from None
    if taught := data.pop("taught", None):
        own = {key: value for key, value in data.items() if key not in ("debug", "vary")}
        data["taught"] = _format(f"{name_or_path}, taught", {**own, **taught})
    return PromptFormat(**data, demonstrations=demonstrations)


def _load(name_or_path: str) -> dict[str, Any]:
    try:
        data: Any = yaml.safe_load(_read(name_or_path))
    except yaml.YAMLError as error:
        raise ValueError(f"Prompt format {name_or_path}: not valid YAML ({error}).") from None
    if not isinstance(data, dict):
        raise ValueError(f"Prompt format {name_or_path}: a YAML mapping was needed, found {type(data).__name__}.")
    base = data.pop("base", None)
    return {**(_load(base) if base else {}), **data}


def _read(name_or_path: str) -> str:
    presets = resources.files(__name__)
    shipped = sorted(entry.name.removesuffix(".yaml") for entry in presets.iterdir() if entry.name.endswith(".yaml"))
    if name_or_path in shipped:
        return (presets / f"{name_or_path}.yaml").read_text(encoding="utf-8")
    if Path(name_or_path).is_file():
        return Path(name_or_path).read_text(encoding="utf-8")
    if (brought := _brought(name_or_path)) is not None:
        return brought
    raise ValueError(no_such("prompt format", name_or_path, shipped, ", or give a YAML file"))


def _brought(name: str) -> str | None:
    """The preset `PACKAGE/NAME` of an installed package; `None` where that is not its form, or it has none."""
    package, _, preset = name.partition("/")
    if not (all(part.isidentifier() for part in package.split(".")) and preset.isidentifier()):
        return None
    try:
        file = resources.files(package) / f"{preset}.yaml"
    except (ImportError, TypeError):  # no such package, or a module
        return None
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _fill(template: str, **slots: str) -> str:
    """One pass, so that braces inside a question or a rationale are never read as slots."""
    return re.sub(
        r"\{(question|rationale|answer|report|count)\}", lambda match: slots.get(match[1], match[0]), template
    )
