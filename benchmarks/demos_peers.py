"""Demonstrations optimised by teaching (M3), by DSPy and by GEPA: same slot, data, models and budget of answers.

    python -m pip install dspy gepa
    python -m benchmarks.demos_peers --seeds 5

The slot is a set of worked problems of the classroom, of which a reader follows the most similar one. The budget counts
answers to training rows, by whoever gives them, with repetitions; what the teacher writes is counted apart. Every
method ends with one set, which the teacher uses on the same test rows.

What the methods know differs, and is theirs: DSPy's BootstrapFewShot keeps a worked problem only if its answer is the
label; M3 and GEPA look at labels of training rows alone and never learn whether a demonstration is right. GEPA's
reflection is M3's here (the kind of problem that fails is worked in another way), because the models know no words.
Nothing here goes through Inspect: the models answer in this process.
"""

import argparse
import json
import math
import random
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import anyio

from lbt_solvers.demos import Demo, DemoSet, Optimisation, Options, Prediction, Row, SetRules
from lbt_solvers.demos.optimise import TEACHER, Asked, Rewriting
from lbt_solvers.demos.steps import Gradient
from lbt_solvers.demos.types import Failure
from lbt_solvers.prompts import Demonstration
from lbt_tasks.classroom.models import classroom_model_path
from lbt_tasks.classroom.talking import Speaker
from lbt_tasks.demos.classroom import ClassroomData, ClassroomWorld, classroom_data, most_similar
from lbt_tasks.demos.curves import t_interval
from lbt_tasks.demos.models import TEST, Models

DEMOS, TYPES, TRAIN_ROWS, TEST_ROWS = 8, 8, 64, 64
VALIDATION_ROWS = 32
"""Rows on which DSPy's random search and GEPA compare whole sets."""


class BudgetSpentError(Exception):
    """No answers are left."""


@dataclass
class Class:
    """The models, what they have answered, and how many answers a method has used."""

    speakers: dict[str, Speaker]
    known: dict[tuple[str, str, Demo | None], Demo] = field(default_factory=dict)
    used: int = 0
    written: int = 0
    budget: int = 0

    def answers(self, asked: Sequence[tuple[str, DemoSet, str]]) -> list[Demo]:
        """Worked answers of (role, set, question); equal requests are computed once, but count each time."""
        self._spend(sum(role != TEST for role, _, _ in asked))
        keys = [
            ("teacher" if role == TEST else role, question, most_similar(demos, question) if demos else None)
            for role, demos, question in asked
        ]
        new = [key for key in dict.fromkeys(keys) if key not in self.known]
        for role in dict.fromkeys(role for role, _, _ in new):
            mine = [key for key in new if key[0] == role]
            shown = [(q, [Demonstration(d.text, d.rationale, d.label)] if d else []) for _, q, d in mine]
            for key, said in zip(mine, self.speakers[role.removeprefix("student: ")].solve(shown), strict=True):
                self.known[key] = Demo(said.question, said.answer, said.rationale)
        return [self.known[key] for key in keys]

    def works(self, questions: Sequence[tuple[str, str]]) -> list[Demo | None]:
        """The teacher's own solutions, sampled at temperature 1."""
        if not questions:
            return []
        self.written += len(questions)
        seed = zlib.crc32(questions[0][0].encode())
        said = self.speakers["teacher"].solve([(question, []) for _, question in questions], "chat", 1.0, seed)
        return [Demo(each.question, each.answer, each.rationale) if each.answer else None for each in said]

    def _spend(self, count: int) -> None:
        if count and self.used + count > self.budget:
            raise BudgetSpentError
        self.used += count


@dataclass(frozen=True)
class ClassWorld(ClassroomWorld):
    """The classroom's world without Inspect."""

    people: Class = field(default_factory=lambda: Class({}))

    async def answer(self, asked: Sequence[Asked]) -> list[Prediction]:
        """In batches."""
        said = self.people.answers([(each.who, each.demos, each.row.text) for each in asked])
        return [Prediction(each.label or None) for each in said]

    async def _work(self, questions: Sequence[tuple[str, str]]) -> list[Demo | None]:
        return self.people.works(questions)


class Setting(NamedTuple):
    """What all methods are given for a seed."""

    room: ClassroomData
    people: Class
    seed: int

    def world(self, options: Options) -> ClassWorld:
        return ClassWorld(Models("peers", {}), self.room, options, self.people)

    def accuracy(self, demos: DemoSet, rows: Sequence[Row], who: str = TEST) -> float:
        """Share of right answers of the teacher."""
        said = self.people.answers([(who, demos, row.text) for row in rows])
        return sum(each.label == row.label for each, row in zip(said, rows, strict=True)) / len(rows)


def first_set(setting: Setting, options: Options) -> DemoSet:
    """The set that every method but DSPy's begins with."""
    return anyio.run(run_of(setting, options, ()).begin, setting.world(options))[0]


def run_of(setting: Setting, options: Options, students: Sequence[str]) -> Optimisation:
    data = setting.room.data
    return Optimisation(options, data.train, SetRules(options.demos), data.task, students)


def teaching(students: Sequence[str], setting: Setting, options: Options) -> DemoSet:
    """M3 until the budget is spent."""

    async def optimise() -> DemoSet:
        run, world = run_of(setting, options, students), setting.world(options)
        beam = await run.begin(world)
        try:
            for number in range(1, 100):
                beam, _ = await run.advance(world, beam, number)
        except BudgetSpentError:
            pass
        return beam[0]

    return anyio.run(optimise)


def unchanged(setting: Setting, options: Options) -> DemoSet:
    """The first set, as the teacher wrote it."""
    return first_set(setting, options)


def dspy_bootstrap(setting: Setting, options: Options, search: bool = False) -> DemoSet:
    """DSPy's BootstrapFewShot, once or with random search over the budget."""
    dspy: Any = import_module("dspy")
    program = _dspy_program(dspy, setting)
    rows = setting.room.data.train
    examples = [
        dspy.Example(question=row.text, answer=row.label).with_inputs("question")
        for row in random.Random(setting.seed).sample(list(rows), len(rows))
    ]

    def right(example: Any, prediction: Any, trace: Any = None) -> bool:
        return bool(prediction.answer == example.answer)

    common: dict[str, Any] = {"metric": right, "max_bootstrapped_demos": DEMOS, "max_labeled_demos": 0}
    if not search:
        compiled = dspy.BootstrapFewShot(**common).compile(program, trainset=examples)
    else:
        # a program costs the validation rows and its bootstrap (about 12 answers); DSPy tries three of its own
        candidates = max(1, setting.people.budget // (VALIDATION_ROWS + 12) - 3)
        optimiser = dspy.BootstrapFewShotWithRandomSearch(**common, num_candidate_programs=candidates, num_threads=1)
        compiled = optimiser.compile(program, trainset=examples, valset=examples[:VALIDATION_ROWS])
    return tuple(Demo(demo["question"], demo["answer"], demo["solution"]) for demo in compiled.demos)


def _dspy_program(dspy: Any, setting: Setting) -> Any:
    class Reader(dspy.Adapter):
        """Hands question and demonstrations to the classroom instead of writing a prompt of DSPy's own."""

        def __call__(self, lm: Any, lm_kwargs: Any, signature: Any, demos: Any, inputs: Any) -> list[dict[str, str]]:
            shown = tuple(Demo(demo["question"], demo["answer"], demo["solution"]) for demo in demos)
            [said] = setting.people.answers([(TEACHER, shown, inputs["question"])])
            return [{"solution": said.rationale, "answer": said.label}]

    dspy.configure(lm=dspy.utils.DummyLM([]), adapter=Reader())
    return dspy.Predict("question -> solution, answer")


def gepa_optimised(setting: Setting, options: Options) -> DemoSet:
    """GEPA with the set as its one component."""
    gepa: Any = import_module("gepa")
    rows = list(setting.room.data.train)
    result = gepa.optimize(
        seed_candidate={"demos": _to_text(first_set(setting, options))},
        trainset=rows,
        valset=rows[:VALIDATION_ROWS],
        adapter=GepaClass(setting, options),
        max_metric_calls=setting.people.budget - VALIDATION_ROWS - 2 * options.errors_per_reflection,
        reflection_minibatch_size=options.errors_per_reflection,
        seed=setting.seed,
        logger=_Silent(),
    )
    return _from_text(result.best_candidate["demos"])


class _Silent:
    def log(self, message: str) -> None:
        pass


class GepaClass:
    """GEPA's adapter: answers by the set, failures as reflective data, M3's rewriting as the proposal."""

    def __init__(self, setting: Setting, options: Options) -> None:
        self.setting, self.options, self.proposals = setting, options, 0
        self.eval_batch_type: Any = import_module("gepa").EvaluationBatch

    def evaluate(self, batch: list[Row], candidate: dict[str, str], capture_traces: bool = False) -> Any:
        demos = _from_text(candidate["demos"])
        said = self.setting.people.answers([(TEACHER, demos, row.text) for row in batch])
        scores = [float(each.label == row.label) for each, row in zip(said, batch, strict=True)]
        traces = list(zip(batch, said, strict=True)) if capture_traces else None
        return self.eval_batch_type(outputs=said, scores=scores, trajectories=traces)

    def make_reflective_dataset(self, candidate: Any, eval_batch: Any, components_to_update: list[str]) -> Any:
        failed = [(row, said) for row, said in eval_batch.trajectories if said.label != row.label]
        return {"demos": [{"row": row, "answer": said.label} for row, said in failed]}

    def propose_new_texts(self, candidate: dict[str, str], reflective_dataset: Any, components_to_update: Any) -> Any:
        self.proposals += 1
        failures = tuple(
            Failure(each["row"], Prediction(each["answer"]), TEACHER) for each in reflective_dataset["demos"]
        )
        demos = _from_text(candidate["demos"])
        if not failures:
            return dict(candidate)
        kinds = Counter(self.setting.room.type_of[each.row.text] for each in failures)
        gradient = Gradient((f"The kind '{kinds.most_common(1)[0][0]}' fails.",), failures)
        request = Rewriting(f"gepa/{self.proposals}", demos, gradient)
        [written] = anyio.run(self.setting.world(self.options).rewrite, [request])
        return {"demos": _to_text(tuple(written.demos))}


def _to_text(demos: DemoSet) -> str:
    return json.dumps([[demo.text, demo.label, demo.rationale] for demo in demos])


def _from_text(text: str) -> DemoSet:
    return tuple(Demo(*each) for each in json.loads(text))


Method = Callable[[Setting, Options], DemoSet]
METHODS: dict[str, tuple[str, Method]] = {
    "first set": ("", unchanged),
    "M3, no student": ("", partial(teaching, (TEACHER,))),
    "M3, one student": ("", partial(teaching, ("student: student_a",))),
    "M3, several students": ("", partial(teaching, (TEACHER, "student: student_a", "student: student_b"))),
    "DSPy BootstrapFewShot": ("dspy", dspy_bootstrap),
    "DSPy BootstrapFewShot, random search": ("dspy", partial(dspy_bootstrap, search=True)),
    "GEPA": ("gepa", gepa_optimised),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--budget", type=int, default=600, help="answers to training rows, for each method and seed")
    parser.add_argument("--results", type=Path, help="file that keeps finished seeds, so that a run can be continued")
    options = parser.parse_args(arguments)
    missing = sorted({package for package, _ in METHODS.values() if package and not find_spec(package)})
    if missing:
        parser.error(f"needs {' and '.join(missing)}: python -m pip install {' '.join(missing)}")
    names = ("teacher", "student_a", "student_b")
    speakers = {name: Speaker.load(classroom_model_path(name)) for name in names}
    kept: Path | None = options.results
    finished: dict[str, Any] = json.loads(kept.read_text()) if kept and kept.is_file() else {}
    for seed in range(options.seeds):
        if f"{options.budget}/{seed}" not in finished:
            finished[f"{options.budget}/{seed}"] = one_seed(speakers, seed, options.budget)
            if kept:
                kept.write_text(json.dumps(finished))
    print_table([finished[f"{options.budget}/{seed}"] for seed in range(options.seeds)])


def one_seed(speakers: dict[str, Speaker], seed: int, budget: int) -> dict[str, list[float]]:
    """Accuracy, answers, texts and seconds of every method; each begins with nothing known, so that times compare."""
    room = classroom_data(seed, TYPES, TRAIN_ROWS, TEST_ROWS)
    return {
        name: measured(method, Setting(room, Class(speakers, budget=budget), seed))
        for name, (_, method) in METHODS.items()
    }


def print_table(seeds: Sequence[dict[str, list[float]]]) -> None:
    """Means over seeds, as markdown."""
    print(f"| method | test accuracy [95 % over {len(seeds)} seeds] | answers used | texts written | seconds |")
    print("|---|---|---|---|---|")
    for name in METHODS:
        accuracy, low, high = t_interval([seed[name][0] for seed in seeds])
        bounds = "" if math.isnan(low) else f" [{low:.3f}, {high:.3f}]"
        used, written, seconds = (sum(seed[name][at] for seed in seeds) / len(seeds) for at in (1, 2, 3))
        print(f"| {name} | {accuracy:.3f}{bounds} | {used:.0f} | {written:.0f} | {seconds:.1f} |")


def measured(method: Method, setting: Setting) -> list[float]:
    """Test accuracy, answers used, texts written, seconds (of the optimisation alone)."""
    options = Options(
        beam_size=2,
        demos=DEMOS,
        minibatch=16,
        reflections=4,
        evaluation_budget=96,
        measure="accuracy",
        seed=setting.seed,
    )
    started = time.perf_counter()
    demos = method(setting, options)
    seconds = time.perf_counter() - started
    return [setting.accuracy(demos, setting.room.data.test), setting.people.used, setting.people.written, seconds]


if __name__ == "__main__":
    main()
