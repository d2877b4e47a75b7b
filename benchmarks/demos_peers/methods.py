"""The methods: the first set as it is, M3, DSPy's BootstrapFewShot and GEPA, the latter two from their own packages.

    demos = METHODS["GEPA"].run(room)

What they know differs, and is theirs: BootstrapFewShot takes demonstrations from training rows and keeps an answer only
if it is the label; M3 and GEPA let the teacher write and never learn whether a demonstration is right.
"""

import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

import anyio

from benchmarks.demos_peers.rooms import Room, first_set, optimisation
from lbt_solvers.demos import Demo, DemoSet, Prediction, Row
from lbt_solvers.demos.optimise import TEACHER
from lbt_solvers.demos.types import Failure
from lbt_tasks.demos.models import BudgetSpentError


def teaching(room: Room, students: int, teacher_too: bool) -> DemoSet:
    """M3 until a round would exceed the budget."""
    named = [TEACHER] * teacher_too + list(room.students[:students])

    async def optimise() -> DemoSet:
        run, world = optimisation(room, named), room.world()
        beam = await run.begin(world)
        with contextlib.suppress(BudgetSpentError):
            for number in range(1, 100):
                beam, _ = await run.advance(world, beam, number)
        return beam[0]

    return anyio.run(optimise)


def dspy_bootstrap(room: Room) -> DemoSet:
    """DSPy's BootstrapFewShot: the first rows that the teacher gets right, in one random order."""
    dspy: Any = import_module("dspy")
    optimiser = dspy.BootstrapFewShot(**_dspy_options(room, room.options.demos))
    return _demos(optimiser.compile(_dspy_program(dspy, room), trainset=_examples(dspy, room, room.train)))


def dspy_search(room: Room) -> DemoSet:
    """BootstrapFewShotWithRandomSearch over the budget; sets are compared on rows that are not in them."""
    dspy: Any = import_module("dspy")
    examples = _examples(dspy, room, room.train)
    validation, train = examples[: room.validation], examples[room.validation :]
    return _dspy_searched(dspy, room, train, validation, room.options.demos, room.account.budget)


def dspy_by_kind(room: Room) -> DemoSet:
    """The same for every kind of row on its own: one demonstration of each kind, an equal part of the budget."""
    dspy: Any = import_module("dspy")
    kinds = sorted({room.kinds[row.text] for row in room.train})
    found: list[Demo] = []
    for at, kind in enumerate(kinds):
        rows = _examples(dspy, room, [row for row in room.train if room.kinds[row.text] == kind])
        found += _dspy_searched(dspy, room, rows, rows, 1, room.account.left // (len(kinds) - at))
    return tuple(found)


def _dspy_searched(
    dspy: Any, room: Room, train: Sequence[Any], validation: Sequence[Any], demos: int, budget: int
) -> DemoSet:
    """One candidate at a time, as long as the dearest one so far could be paid for again."""
    best, score, start, dearest = (), -1.0, room.account.answers, 0
    first = -2 if room.labelled else -1  # DSPy's seeds: -2 shows labels alone, -1 rows in their order, then at random
    for seed in range(first, 1_000):
        before = room.account.answers
        if seed > first and before - start + dearest > budget:
            break
        optimiser = dspy.BootstrapFewShotWithRandomSearch(
            **_dspy_options(room, demos), num_candidate_programs=max(0, seed + 1), num_threads=1
        )
        try:
            compiled = optimiser.compile(
                _dspy_program(dspy, room), trainset=list(train), valset=list(validation), restrict=[seed]
            )
        except Exception:  # DSPy puts an error of its own in the place of ours
            if room.account.refused:
                break
            raise
        dearest = max(dearest, room.account.answers - before)
        reached = compiled.candidate_programs[0]["score"]
        if reached > score:
            best, score = _demos(compiled), reached
    return best


def _dspy_options(room: Room, demos: int) -> dict[str, Any]:
    def right(example: Any, prediction: Any, trace: Any = None) -> bool:
        return bool(prediction.answer == example.answer)

    return {
        "metric": right,
        "max_bootstrapped_demos": demos,
        "max_labeled_demos": room.labelled,
        "max_rounds": room.attempts,
        "max_errors": 1,  # an error is ours, not a wrong answer
    }


def _examples(dspy: Any, room: Room, rows: Sequence[Row]) -> list[Any]:
    shuffled = random.Random(room.seed).sample(list(rows), len(rows))
    return [dspy.Example(question=row.text, answer=row.label).with_inputs("question") for row in shuffled]


def _dspy_program(dspy: Any, room: Room) -> Any:
    class Reader(dspy.Adapter):
        """Fills the slot that all methods fill, instead of writing a prompt of DSPy's own."""

        def __call__(self, lm: Any, lm_kwargs: Any, signature: Any, demos: Any, inputs: Any) -> list[dict[str, str]]:
            attempt = lm.kwargs.get("rollout_id") or 0
            [said] = room.answers([(TEACHER, _demo_set(demos), inputs["question"])], attempt)
            return [{"solution": said.rationale, "answer": said.label}]

    dspy.configure(lm=dspy.utils.DummyLM([]), adapter=Reader())
    return dspy.Predict("question -> solution, answer")


def _demos(compiled: Any) -> DemoSet:
    return _demo_set(compiled.demos)


def _demo_set(demos: Sequence[Any]) -> DemoSet:
    return tuple(Demo(demo["question"], demo["answer"], demo.get("solution") or "") for demo in demos)


def gepa_optimised(room: Room) -> DemoSet:
    """GEPA with the set as its one component."""
    gepa: Any = import_module("gepa")
    rows, errors = list(room.train), room.options.errors_per_reflection
    result = gepa.optimize(
        seed_candidate={"demos": room.as_text(first_set(room))},
        trainset=rows,
        valset=rows[: room.validation],
        adapter=GepaAdapter(room),
        reflection_lm=room.reflect,
        max_metric_calls=room.account.budget - room.validation - 2 * errors,  # GEPA finishes what it has begun
        reflection_minibatch_size=errors,
        seed=room.seed,
        logger=_Silent(),
    )
    return room.from_text(result.best_candidate["demos"]) or ()


class _Silent:
    def log(self, message: str) -> None:
        pass


class GepaAdapter:
    """Answers by the set; failures as reflective data; where the models know no words, the room's own proposal."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.eval_batch_type: Any = import_module("gepa").EvaluationBatch
        self.propose_new_texts = self._proposed if room.proposal else None

    def evaluate(self, batch: list[Row], candidate: dict[str, str], capture_traces: bool = False) -> Any:
        demos = self.room.from_text(candidate["demos"])
        if demos is None:
            said = [Demo(row.text, "") for row in batch]  # a set that cannot be used gets nothing right
        else:
            said = self.room.answers([(TEACHER, demos, row.text) for row in batch])
        scores = [float(each.label == row.label) for each, row in zip(said, batch, strict=True)]
        traces = list(zip(batch, said, strict=True)) if capture_traces else None
        return self.eval_batch_type(outputs=said, scores=scores, trajectories=traces)

    def make_reflective_dataset(self, candidate: Any, eval_batch: Any, components_to_update: list[str]) -> Any:
        if self.propose_new_texts:
            return {"demos": [{"row": row, "said": said.label} for row, said in eval_batch.trajectories]}
        return {
            "demos": [
                {"Text": row.text, "Prediction": said.label, "Feedback": f"The label is {row.label}."}
                for row, said in eval_batch.trajectories
            ]
        }

    def _proposed(self, candidate: dict[str, str], reflective_dataset: Any, components_to_update: Any) -> Any:
        told = [(each["row"], each["said"]) for each in reflective_dataset["demos"]]
        failures = [Failure(row, Prediction(said), TEACHER) for row, said in told if said != row.label]
        demos = self.room.from_text(candidate["demos"])
        if not failures or demos is None or self.room.proposal is None:
            return dict(candidate)
        return {"demos": self.room.as_text(self.room.proposal(demos, failures))}


class Method(NamedTuple):
    """A way to a set, the package that it needs, and whether it needs rows of several kinds."""

    run: Callable[[Room], DemoSet]
    package: str = ""
    by_kind: bool = False


METHODS: Mapping[str, Method] = {
    "first set": Method(first_set),
    "M3, no student": Method(partial(teaching, students=0, teacher_too=True)),
    "M3, one student": Method(partial(teaching, students=1, teacher_too=False)),
    "M3, several students": Method(partial(teaching, students=2, teacher_too=True)),
    "DSPy BootstrapFewShot": Method(dspy_bootstrap, "dspy"),
    "DSPy BootstrapFewShotWithRandomSearch": Method(dspy_search, "dspy"),
    "DSPy, the same kind by kind": Method(dspy_by_kind, "dspy", by_kind=True),
    "GEPA": Method(gepa_optimised, "gepa"),
}
