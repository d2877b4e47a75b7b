"""Tasks as people write them, wrapped: what they say, how they grade and how they are scored again.

Invariants:
 1. The teacher and the untaught student are sent what the task itself would send: images, system messages, turns.
 2. Grades are the task's own: partial credit, scales, several values, words; a judge's silence is no grade.
 3. Where nothing can vote, exams are sat and MAX chooses.
 4. A log is scored again as it was scored.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from inspect_ai import Task, score
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    ContentImage,
    ContentText,
)
from inspect_ai.scorer import (
    Metric,
    SampleScore,
    Score,
    Scorer,
    Target,
    accuracy,
    choice,
    includes,
    match,
    mean,
    metric,
    scorer,
    stderr,
    value_to_float,
)
from inspect_ai.solver import (
    Generate,
    Solver,
    TaskState,
    generate,
    multiple_choice,
    prompt_template,
    solver,
    system_message,
)

from lbt_solvers.errors import UsageError
from lbt_solvers.types import Problem
from lbt_tasks.wrap.answers import TaskAnswers
from lbt_tasks.wrap.base_task import AS_WRITTEN, BaseTask
from tests.synthetic.running import reasons, record, sittings
from tests.synthetic.world import RIGHT
from tests.wrap import local_hub
from tests.wrap.test_wrap import means, run, wrap_task

pytestmark = pytest.mark.timeout(180)
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # noqa: E501
OTHER = PIXEL.replace("DUlE", "DUlF")


def question(a: int, b: int) -> str:
    return f"Compute {a} plus twice {b}."


def samples(**fields: Any) -> list[Sample]:
    return [
        Sample(id=f"s{a}", input=question(a, b), target=str(a + 2 * b), **{k: v(a, b) for k, v in fields.items()})
        for a, b in local_hub.PAIRS
    ]


def given(inputs: Any = None, **fields: Any) -> Task:
    made = samples()
    for sample, (a, b) in zip(made, local_hub.PAIRS, strict=True):
        if inputs:
            sample.input = inputs(a, b)
    options: dict[str, Any] = {"dataset": MemoryDataset(made), "solver": generate(), "scorer": match(), **fields}
    return Task(**options)


def sent(log: EvalLog) -> list[list[ChatMessage]]:
    """Every conversation that a model was sent, in the order of the calls."""
    events = (read_eval_log(log.location, resolve_attachments="full").samples or [])[0].events
    return [event.input for event in events if event.event == "model"]


def said(messages: Sequence[ChatMessage]) -> list[tuple[str, Any]]:
    return [
        (each.role, each.content if isinstance(each.content, str) else [repr(part) for part in each.content])
        for each in messages
    ]


def with_image(a: int, b: int, text: str = "") -> list[ChatMessage]:
    image = PIXEL if a % 2 else OTHER
    return [ChatMessageUser(content=[ContentText(text=text or question(a, b)), ContentImage(image=image)])]


def with_own_system(a: int, b: int) -> list[ChatMessage]:
    return [ChatMessageSystem(content=f"You are number {a}."), ChatMessageUser(content=question(a, b))]


def with_turns(a: int, b: int) -> list[ChatMessage]:
    return [
        ChatMessageUser(content="Compute 1 plus twice 1."),
        ChatMessageAssistant(content="METHOD WRONG: I compute.\n\nANSWER: 3"),
        ChatMessageUser(content=question(a, b)),
    ]


@pytest.mark.parametrize(
    ("inputs", "steps"),
    [
        (None, [generate()]),
        (with_image, [generate()]),
        (None, [system_message("Be brief."), prompt_template("{prompt}\n\nEnd with ANSWER."), generate()]),
        (with_own_system, [generate()]),
        (with_turns, [system_message("Be brief."), generate()]),
    ],
)
def test_1_teacher_and_untaught_student_read_what_the_task_says(
    inputs: Any, steps: list[Solver], tmp_path: Path
) -> None:
    alone = run(given(inputs, solver=steps), tmp_path / "alone", limit=1)
    own = said(sent(alone)[0])
    log = run(wrap_task(given(inputs, solver=steps), budget="full", items=1, rationales=2), tmp_path, limit=1)
    asked = [said(messages) for messages in sent(log)]
    assert asked[0] == own
    # The control: another of its problems, as the task itself asks that.
    item = record(log)["items"][0]["id"]
    its_own = said(sent(run(given(inputs, solver=steps), tmp_path / "item", sample_id=item))[0])
    assert its_own in asked
    # After a demonstration the question stands as it does alone, and what stands before both is said once.
    taught = [messages for messages in asked if "METHOD" in str(messages) and messages[-1] == its_own[-1]]
    assert taught
    for common in (("system", "Be brief."), ("user", "Compute 1 plus twice 1.")):
        assert all(messages.count(common) == own.count(common) for messages in asked)


def test_1_images_make_questions_of_one_text_different(tmp_path: Path) -> None:
    made = [Sample(id=str(number), input=with_image(number, 2, question(1, 2)), target="5") for number in range(2)]
    log = run(wrap_task(given(dataset=MemoryDataset(made)), items=1, rationales=2), tmp_path, limit=1)
    assert [item["id"] for item in record(log)["items"]] == ["1"]


def test_1_what_has_no_place_is_refused(tmp_path: Path) -> None:
    one_message = replace(AS_WRITTEN, layout="single_turn")
    log = run(wrap_task(given(with_turns), prompt=one_message, rationales=2), tmp_path, limit=1)
    assert log.status == "success", reasons(log)  # turns that all questions share are said once
    log = run(wrap_task(given(with_own_system), prompt=one_message, rationales=2), tmp_path, limit=1)
    assert "demonstrations in one message" in reasons(log)


def test_1_a_solver_that_asks_differently_each_time_is_refused() -> None:
    @solver
    def moody() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            state.messages.append(ChatMessageUser(content=f"Mood {random.random()}."))
            return await generate(state)

        return solve

    with pytest.raises(UsageError, match="asks differently each time"):
        wrap_task(given(solver=moody()))


def _options(a: int, b: int) -> list[str]:
    return [str(2 * (a + b)), "0", str(a + 2 * b)]


def multiple(**fields: Any) -> Task:
    made = [sample.model_copy(update={"target": "C"}) for sample in samples(choices=_options)]
    options: dict[str, Any] = {
        "dataset": MemoryDataset(made),
        "solver": multiple_choice(),
        "scorer": choice(),
        **fields,
    }
    return Task(**options)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_1_shuffled_options_are_graded_in_the_order_in_which_they_were_shown(tmp_path: Path) -> None:
    log = run(wrap_task(multiple(solver=multiple_choice(shuffle=True)), rationales=8), tmp_path)
    found = means(log)
    assert found["sum"] == found["choice"] == 1.0
    shown = [re.findall(r"^[A-C]\) (\d+)$", messages[-1].text, re.MULTILINE) for messages in sent(log)[:1]]
    assert sorted(shown[0]) == sorted(_options(*local_hub.PAIRS[0]))


@pytest.mark.parametrize("several", [False, True])
def test_1_in_place_of_the_solver_options_are_shown_and_marked(several: bool, tmp_path: Path) -> None:
    from lbt_solvers.exams import random_items
    from lbt_solvers.solvers import learn_by_teaching
    from tests.synthetic import world

    task = multiple(solver=learn_by_teaching(random_items(world.bank(world.problems(2)), items=1), rationales=8))
    log = run(task, tmp_path, limit=1)
    assert means(log)["choice"] == 1.0
    assert re.search(r"^C\) 16$", sent(log)[0][-1].text, re.MULTILINE)


def test_1_files_of_one_s_own_are_refused() -> None:
    made = samples(files=lambda a, b: {"a.txt": str(a)})
    with pytest.raises(UsageError, match="files, a setup or a sandbox of their own"):
        wrap_task(given(dataset=MemoryDataset(made)))


def test_1_two_samples_with_one_id_are_refused() -> None:
    made = [sample.model_copy(update={"id": "same"}) for sample in samples()]
    with pytest.raises(UsageError, match="two samples have the id same"):
        wrap_task(given(dataset=MemoryDataset(made)))


def judge(values: Any, metrics: Any) -> Scorer:
    """A scorer that says what `values` makes of whether the reply is right."""

    @scorer(metrics=metrics)
    def judged() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            return Score(value=values(state.output.completion.strip().endswith(f" {target.text}")))

        return score

    return judged()


@metric
def passes() -> Metric:
    def compute(scores: list[SampleScore]) -> float:
        return sum(each.score.value == "pass" for each in scores) / len(scores)

    return compute


PARTIAL = {"a": [mean()], "b": [mean()]}


@pytest.mark.parametrize(
    ("values", "metrics", "options", "worth"),
    [
        (lambda right: 9 if right else 1, [mean()], {"grade_range": [0, 10]}, (0.9, 0.1)),
        (lambda right: {"length": 1, "quality": float(right)}, {"*": [mean()]}, {"grade": "quality"}, (1.0, 0.0)),
        (lambda right: "pass" if right else "fail", [passes()], {}, (1.0, 0.0)),
        (lambda right: 0.9 if right else 0.2, [mean(), stderr()], {}, (0.9, 0.2)),
        (lambda right: "P" if right else "I", [accuracy()], {}, (0.5, 0.0)),
        (lambda right: "good" if right else "bad", [accuracy(value_to_float("good", "bad"))], {}, (1.0, 0.0)),
        (lambda right: [float(right)], [mean()], {}, (1.0, 0.0)),
    ],
)
def test_2_grades_are_the_task_s_own(
    values: Any, metrics: Any, options: dict[str, Any], worth: Any, tmp_path: Path
) -> None:
    log = run(wrap_task(given(scorer=judge(values, metrics)), rationales=8, **options), tmp_path, limit=1)
    assert log.status == "success", log.error or reasons(log)
    assert log.samples and log.samples[0].scores
    value: Any = log.samples[0].scores["selection_accuracy"].value
    assert (value["sum"], value["oracle"], value["greedy"]) == pytest.approx((worth[0], worth[0], worth[1]))
    assert {round(row.score or 0.0, 6) for row in sittings(log)} == set(worth)


@pytest.mark.parametrize(
    ("values", "metrics", "options", "said"),
    [
        (lambda right: 9, [mean()], {}, "grade_range=.0, 10."),
        (lambda right: {"a": 1, "b": 0}, {"*": [mean()]}, {}, "-T grade=a"),
        (lambda right: {"a": 1, "b": 0}, {"*": [mean()]}, {"grade": "aa"}, "Did you mean 'a'"),
        (lambda right: "splendid", [accuracy()], {}, "no metric that makes it one"),
    ],
)
def test_2_what_is_no_grade_is_asked_about(
    values: Any, metrics: Any, options: dict[str, Any], said: str, tmp_path: Path
) -> None:
    log = run(wrap_task(given(scorer=judge(values, metrics)), rationales=2, **options), tmp_path, limit=1)
    assert log.error and re.search(said, log.error.message)


def test_2_named_values_are_asked_about_before_the_run() -> None:
    with pytest.raises(UsageError, match="several values: a, b"):
        wrap_task(given(scorer=judge(lambda right: {"a": 1, "b": 0}, PARTIAL)))


@pytest.mark.parametrize("silent", [float("nan"), None])
def test_2_a_judge_s_silence_is_left_out_and_noted(silent: Any, tmp_path: Path) -> None:
    calls = 0

    def values(right: bool) -> float:
        nonlocal calls
        calls += 1
        return float("nan") if calls == 3 else float(right)

    log = run(wrap_task(given(scorer=judge(values, [mean()])), rationales=8), tmp_path, limit=1)
    assert log.status == "success", log.error or reasons(log)
    assert sum(row.score is None for row in sittings(log)) >= 1
    assert any("without a usable reply or a grade" in note for note in record(log)["notes"])


def test_2_metrics_of_the_task_stay(tmp_path: Path) -> None:
    log = run(wrap_task(given(metrics=[mean(), passes()])), tmp_path, limit=1)
    assert log.status == "success" and log.results
    (own,) = [each for each in log.results.scores if each.name == "match"]
    assert set(own.metrics) == {"mean", "passes"}


def test_2_several_targets_are_each_right(tmp_path: Path) -> None:
    made = [sample.model_copy(update={"target": ["-1", str(sample.target)]}) for sample in samples()]
    log = run(wrap_task(given(dataset=MemoryDataset(made), scorer=includes())), tmp_path, limit=1)
    assert means(log)["sum"] == means(log)["includes"] == 1.0


def in_words(a: int, b: int) -> str:
    return f"the sum of the numbers, said in a long sentence that could not be any shorter than this, is {a + 2 * b}"


def test_3_where_nothing_votes_exams_are_sat_and_max_chooses(tmp_path: Path) -> None:
    @scorer(metrics=[accuracy()])
    def by_method() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            return Score(value="C" if RIGHT in state.output.completion else "I")

        return score

    made = samples()
    for sample, (a, b) in zip(made, local_hub.PAIRS, strict=True):
        sample.input = f"{question(a, b)} Reply in prose."
    made[1].choices = ["one", "two"]  # one sample with options does not decide for the others
    task = wrap_task(given(dataset=MemoryDataset(made), scorer=by_method()), rationales=8)
    log = run(task, tmp_path, model="wrapped/prose-teacher", limit=1)
    found = means(log)
    assert found["oracle"] == found["max"] == found["sum"] == 1.0
    assert any("nothing votes" in note for note in record(log)["notes"])


def test_3_words_are_compared_as_words() -> None:
    import anyio

    from lbt_tasks.wrap.answers import TaskAnswers

    made = [Sample(id=str(n), input=f"Word {n}?", target=word) for n, word in enumerate(("on", "act", "Paris"))]
    kind = TaskAnswers(BaseTask(given(dataset=MemoryDataset(made)), "given/task"))
    problem = kind.base.problems[0]
    replies = ["ANSWER: on", "ANSWER: no", "ANSWER: on."]
    assert anyio.run(kind.classes, replies, problem) == [0, 1, 0]


def test_4_a_log_is_scored_again_as_it_was_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `inspect score LOG --scorer lbt_solvers/selection_accuracy`, and `--scorer lbt_tasks/choice`."""
    from lbt_solvers.scorer import selection_accuracy
    from lbt_tasks.wrap import scorer as module

    loaded: list[str] = []
    log = run(wrap_task(multiple(metrics=[mean()]), rationales=8), tmp_path, limit=2)
    first = means(log)
    monkeypatch.setattr(module, "load_base", lambda name, _: loaded.append(name) or multiple(metrics=[mean()]))
    again = score(read_eval_log(log.location), selection_accuracy(), action="overwrite", display="none")
    assert means(again) == {name: value for name, value in first.items() if name != "choice"}
    assert loaded == ["given/task"]  # once
    again = score(read_eval_log(log.location), module.wrapped_choice(), action="overwrite", display="none")
    assert means(again) == {"choice": first["choice"]} == {"choice": 1.0}


def test_4_a_log_whose_grades_cannot_be_made_again_is_refused(tmp_path: Path) -> None:
    from lbt_solvers.record import TeachingRecord
    from lbt_solvers.scorer import selection_accuracy

    log = read_eval_log(run(wrap_task(given()), tmp_path, limit=1).location)
    for sample in log.samples or []:
        del sample.store["TeachingRecord:settings"]["graded_by"]
        assert sample.store_as(TeachingRecord).settings["answers"] == "TaskAnswers"
    with pytest.raises(UsageError, match="cannot compare. Name the scorer"):
        score(log, selection_accuracy(), display="none")


def test_replies_without_a_marker_vote_by_their_number_where_gold_answers_are_numbers() -> None:
    samples = [Sample(id="1", input="How much?", target="25000"), Sample(id="2", input="How many?", target="7")]
    kind = TaskAnswers(BaseTask(Task(samples, solver=generate(), scorer=match(numeric=True)), "sums"))
    replies = [
        "Josh made a profit of $25,000.",
        "He makes 5 * 5 = 25000 dollars.",
        "It is \\boxed{130}.",
        "I do not know.",
    ]
    assert anyio.run(kind.classes, replies, Problem("1", "How much?", "25000")) == [0, 0, 1, None]
