"""Replies that real models once gave, by place: who was asked which question, after which rationale.

    recording = read_recording("gsm8k")
    evaluate(task, model="recorded/gsm8k/qwen2.5-coder-0.5b", ...)

The provider `recorded` answers with them, so that extraction, votes, scores and reports run on real replies where there
is no model. A place is found by the question that is asked and the rationale that is shown, so that prompts may change.

    python -m tests.recorded.recording LOG.eval tests/recorded/NAME.json.gz --samples 4     # makes one of a log
"""

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from os.path import commonprefix
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalSample, read_eval_log
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)

FOLDER = Path(__file__).parent
Recording = dict[str, Any]


def read_recording(name: str) -> Recording:
    """The recording `name`, such as `gsm8k`."""
    with gzip.open(FOLDER / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        return json.load(file)


def write_recording(recording: Recording, path: Path) -> None:
    """Writes it; the same recording is the same file."""
    text = json.dumps(recording, ensure_ascii=False, indent=0)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def place_of(messages: Sequence[ChatMessage], problems: Sequence[Mapping[str, Any]]) -> tuple[str, str, int]:
    """Problem, question and the rationale that is shown; -1 without a demonstration.

    The longest question in the last user message counts, since one question may contain another; and an exam question
    may be several problems': the demonstration tells whose.
    """
    asked = next(message.text for message in reversed(messages) if message.role == "user")
    known = {(p["id"], q["id"]): q["question"].strip() for p in problems for q in (p, *p["items"])}
    found = sorted((place for place, question in known.items() if question in asked), key=lambda at: -len(known[at]))
    assert found, f"no recorded question in {asked[:200]!r}"
    shown = next((message.text for message in reversed(messages[:-1]) if message.role == "assistant"), "")
    likeness = {
        (problem["id"], at): len(commonprefix([text.strip(), shown.strip()]))
        for problem in problems
        for at, text in enumerate(problem["rationales"])
        if any(problem["id"] == place[0] for place in found)
    }
    best = max(likeness, key=lambda at: likeness[at])
    if not shown or likeness[best] < 20:
        return (*found[0], -1)
    return best[0], next(question for problem, question in found if problem == best[0]), best[1]


@modelapi("recorded")
class Recorded(ModelAPI):
    """Answers as the model of that name did; `recorded/RECORDING/MODEL`."""

    def __init__(
        self, model_name: str, base_url: str | None, api_key: str | None, config: GenerateConfig, **_: Any
    ) -> None:
        super().__init__(model_name, base_url, api_key, config=config)
        name, self._who = model_name.split("/", 1)
        recording = read_recording(name)
        self._problems: list[dict[str, Any]] = recording["problems"]
        self._left: dict[str, list[Any]] = defaultdict(list)
        for call in recording["calls"]:
            if call["model"] == self._who:
                self._left[json.dumps(call["place"])].append(call)

    async def generate(self, input: list[ChatMessage], *args: Any, config: GenerateConfig, **_: Any) -> ModelOutput:
        """The next recorded output of that place."""
        place = [*place_of(input, self._problems), config.temperature == 0]
        calls = self._left[json.dumps(place)]
        assert calls, f"{self._who} was not asked {place} when this was recorded"
        call = calls.pop(0)
        choices = [
            ChatCompletionChoice(message=ChatMessageAssistant(content=text), stop_reason=stop)
            for text, stop in call["choices"]
        ]
        read, written = call["tokens"]
        usage = ModelUsage(input_tokens=read, output_tokens=written, total_tokens=read + written)
        return ModelOutput(model=self._who, choices=choices, usage=usage)


def recording_of(samples: Sequence[EvalSample]) -> Recording:
    """The questions and replies of these samples."""
    problems, calls = [_problem(sample) for sample in samples], list[dict[str, Any]]()
    for sample in samples:
        for event in sample.events:
            if event.event == "model" and event.output.usage:
                usage = event.output.usage
                calls.append(
                    {
                        "model": event.model.rsplit("/", 1)[-1],
                        "place": [*place_of(event.input, problems), event.config.temperature == 0],
                        "choices": [[each.message.text, each.stop_reason] for each in event.output.choices],
                        "tokens": [usage.input_tokens, usage.output_tokens],
                    }
                )
    return {"problems": problems, "calls": calls}


def _problem(sample: EvalSample) -> dict[str, Any]:
    store = {name.removeprefix("TeachingRecord:"): value for name, value in sample.store.items()}
    items = [{name: item[name] for name in ("id", "question", "answer")} for item in store["items"]]
    return {
        "id": str(sample.id),
        "question": sample.input,
        "answer": sample.target,
        "items": items,
        "rationales": [each["text"] for each in store["rationales"]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes a recording of a log.")
    parser.add_argument("log")
    parser.add_argument("out", type=Path)
    parser.add_argument("--samples", type=int, default=4)
    given = parser.parse_args()
    log = read_eval_log(given.log, resolve_attachments=True)
    samples = (log.samples or [])[: given.samples]
    assert samples, f"{given.log} holds no samples"
    first = {name.removeprefix("TeachingRecord:"): value for name, value in samples[0].store.items()}
    about = {
        "date": log.eval.created[:10],
        "teacher": log.eval.model.rsplit("/", 1)[-1],
        "students": [name.rsplit("/", 1)[-1] for name in first["students"]],
        "options": {name: first["settings"][name] for name in ("prompt", "rationales", "answers")},
        "repetitions": first["repetitions"],
    }
    write_recording({"about": about, **recording_of(samples)}, given.out)
    print(f"{given.out}: {len(samples)} problems, {given.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
