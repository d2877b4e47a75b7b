"""Exam makers: which questions students answer after they were taught a problem.

    >>> from lbt_solvers.types import Problem
    >>> taught = Problem("p1", "Compute 2+3*4.", "14")
    >>> bank = [taught, Problem("p1#a", "Compute 5+2*6.", "17", {"variant_of": "p1"})]
    >>> exam_without_models(variants(bank), taught).items[0].id
    'p1#a'

An exam never holds the taught problem or a copy of it, nor two copies of one question. It depends on the taught
problem, the bank's content and the seed alone, never on earlier calls. Run it through a task:
`inspect eval lbt_tasks/math -T exam=similar -T items=2`.

Source: paper, section 3.1 and appendix A.1; the original's names are func, ques_similarity, math_metainfo,
code_metainfo and fixed.
"""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Any, get_args

from lbt_solvers.checks import one_of
from lbt_solvers.exam_bank import (
    ExamMaker,
    Pick,
    check_comparable,
    exam_of,
    meets,
    ordered,
    question_at,
    without_models,
)
from lbt_solvers.exam_bank import NoExamError as NoExamError
from lbt_solvers.label_free_exam import LabelFree
from lbt_solvers.near_match import check_known, no_such
from lbt_solvers.similarity import Encoder, Similarity, embedding_similarity, tfidf_similarity
from lbt_solvers.types import Exam, Problem

SAME_SUBJECT: Mapping[str, Any] = {"subject": "="}


def variants(
    bank: Sequence[Problem], *, items: int | None = 3, repetitions: int = 3, pick: Pick = "first", seed: int = 0
) -> ExamMaker:
    """Functional variants of the taught problem: {e in bank : e.metadata["variant_of"] = taught.id}.

    The paper's main exam (the original's `func`): 3 snapshots of a problem with other numbers x 3 repetitions.

    Args:
        bank: where the variants are.
        items: how many at most; None takes all.
        repetitions: sittings of every item by every student.
        pick: `first` in the bank's order, or `random`.
        seed: for `random`.
    """
    size = exam_of(bank, items, repetitions)
    one_of("pick", pick, get_args(Pick))
    by_original: dict[str, list[Problem]] = defaultdict(list)
    for candidate in bank:
        by_original[str(candidate.metadata.get("variant_of", ""))].append(candidate)

    def make(taught: Problem) -> Exam:
        found = ordered(by_original.get(taught.id, []), pick, seed, taught)
        return size.exam(taught, found, f"functional variants (metadata variant_of = '{taught.id}')", len(bank))

    return without_models(make)


def similar(
    bank: Sequence[Problem],
    *,
    items: int | None = 2,
    repetitions: int = 8,
    embed: str | Encoder = "tfidf",
    minimum: float = 0.0,
) -> ExamMaker:
    """Nearest questions: those with the largest cos(taught.question, question); ties in the order of ids.

    The bank's vectors are computed once, at the first exam. Defaults are those of the paper's figure 4 (right).

    Args:
        bank: where to look, for instance a training split.
        items: how many at most; None takes all that reach `minimum`.
        repetitions: sittings of every item by every student.
        embed: `tfidf`, the name of a sentence-transformers model (the paper's is `all-mpnet-base-v2`; needs
            the extra `retrieval`), or a function from texts to vectors, one row a text.
        minimum: least cosine, in [-1, 1]; a question below it is not similar.
    """
    size = exam_of(bank, items, repetitions)
    fitted: list[Similarity] = []

    def make(taught: Problem) -> Exam:
        if not fitted:
            questions = [candidate.question for candidate in bank]
            fitted.append(tfidf_similarity(questions) if embed == "tfidf" else embedding_similarity(questions, embed))
        cosines = fitted[0](taught.question).tolist()
        nearest = sorted(range(len(bank)), key=lambda index: (-cosines[index], bank[index].id))
        found = (bank[index] for index in nearest if cosines[index] >= minimum)
        return size.exam(taught, found, f"questions with a cosine of at least {minimum:g}", len(bank))

    return without_models(make)


def by_metadata(
    bank: Sequence[Problem],
    *,
    where: Mapping[str, Any] = SAME_SUBJECT,
    items: int | None = 16,
    repetitions: int = 1,
    pick: Pick = "random",
    seed: int = 0,
) -> ExamMaker:
    """Questions whose metadata meet every rule in `where` (the original's `math_metainfo` and `code_metainfo`).

    A rule is `key: operator`, which compares the question's value with the taught problem's, or `key: value`:

    - `"="`, `"<"`, `"<="`, `">"`, `">="`: equal to, below, above the taught problem's value;
    - `"shares"`: at least one element in common, for lists such as tags;
    - any other value: the question's value equals it, or (for lists) contains it.

    So `{"subject": "=", "level": "<"}` asks for easier questions of the same subject, `{"level": 3}` for level 3.

    Args:
        bank: where to look.
        where: the rules.
        items: how many at most; None takes all.
        repetitions: sittings of every item by every student.
        pick: `first` in the bank's order, or `random`.
        seed: for `random`.

    Raises:
        ValueError: a key that no question of the bank has.
    """
    size = exam_of(bank, items, repetitions)
    one_of("pick", pick, get_args(Pick))
    known = sorted({key for candidate in bank for key in candidate.metadata})
    for key in where:
        if key not in known:
            raise ValueError(no_such("question of the bank has metadata", key, known))

    def make(taught: Problem) -> Exam:
        check_comparable(where, taught)
        found = [candidate for candidate in bank if all(meets(candidate, taught, *rule) for rule in where.items())]
        return size.exam(
            taught, ordered(found, pick, seed, taught), f"questions with metadata {dict(where)}", len(bank)
        )

    return without_models(make)


def fixed(
    bank: Sequence[Problem],
    *,
    which: Sequence[str | int] | None = None,
    items: int | None = None,
    repetitions: int = 1,
) -> ExamMaker:
    """The same questions for everybody: the whole bank, or the ids and indexes (from 0) in `which`, in that order.

    Raises:
        ValueError: `which` names an id or an index that the bank does not have.
    """
    size = exam_of(bank, items, repetitions)
    chosen = list(bank) if which is None else [question_at(bank, one) for one in which]

    def make(taught: Problem) -> Exam:
        return size.exam(taught, chosen, "questions other than the taught one", len(chosen))

    return without_models(make)


def random_items(bank: Sequence[Problem], *, items: int | None = 16, repetitions: int = 1, seed: int = 0) -> ExamMaker:
    """Questions at random, others for every taught problem: a control for what similar exams are worth."""
    size = exam_of(bank, items, repetitions)

    def make(taught: Problem) -> Exam:
        shuffled = ordered(bank, "random", seed, taught)
        return size.exam(taught, shuffled, "questions other than the taught one", len(bank))

    return without_models(make)


def label_free(
    bank: Sequence[Problem] = (),
    *,
    items: int = 3,
    repetitions: int = 3,
    drafts: int | None = None,
    votes: int = 4,
    agreement: float = 0.5,
    embed: str | Encoder = "tfidf",
    minimum: float = 0.3,
    questions: str | None = None,
    question_options: Mapping[str, Any] | None = None,
) -> ExamMaker:
    """Variants that the teacher writes, with the answer that most models give: no gold answer is needed.

    A variant's label is the answer class with the most of `votes` plain answers by the teacher and by every student.
    Asked are those with the largest agreement. See `lbt_solvers.label_free_exam`.

    Args:
        bank: where `questions` are; their answers are not looked at, but to report how many labels are wrong.
        items: how many at most.
        repetitions: sittings of every item by every student.
        drafts: variants looked for; twice the items by default.
        votes: plain answers of each model to each variant.
        agreement: least share of the votes that a label has, in [0, 1]; ties never have enough.
        embed: as in `similar`.
        minimum: least cosine of a variant with the taught problem; a variant below it is left out.
        questions: name of an exam maker over the bank that gives the variants; by default the teacher writes them.
        question_options: that exam maker's options.
    """
    wanted = drafts or 2 * items
    maker = make_exam_maker(questions, bank, **{"items": wanted, **(question_options or {})}) if questions else None
    return LabelFree(items, repetitions, wanted, votes, agreement, minimum, embed, maker)


EXAM_MAKERS: Mapping[str, Callable[..., ExamMaker]] = {
    "fixed": fixed,
    "label_free": label_free,
    "metadata": by_metadata,
    "random": random_items,
    "similar": similar,
    "variants": variants,
}
"""The exam makers of this package, by the names that options give them: functions of a bank and their own options."""


@cache
def known_exam_makers() -> Mapping[str, Callable[..., ExamMaker]]:
    """`EXAM_MAKERS`, and those of installed packages (entry points of the group `lbt.exams`).

    Raises:
        ValueError: an entry point with the name of another.
    """
    found = dict(EXAM_MAKERS)
    for entry in entry_points(group="lbt.exams"):
        if entry.name in found:
            raise ValueError(f"lbt.exams, entry point {entry.value}: a new name was needed, found '{entry.name}'.")
        found[entry.name] = entry.load()
    return found


def make_exam_maker(name: str, bank: Sequence[Problem], **options: Any) -> ExamMaker:
    """The exam maker of that name over that bank.

    Raises:
        ValueError: an unknown name or option; the message lists the known ones and the nearest.
    """
    check_exam_options(name, options)
    return known_exam_makers()[name](bank, **options)


def needs_bank(name: str, options: Mapping[str, Any] | None = None) -> bool:
    """Whether that exam maker takes its questions from a bank; one whose bank has a default sets them itself.

    Raises:
        ValueError: an unknown name or option.
    """
    check_exam_options(name, options or {})
    bank = inspect.signature(known_exam_makers()[name]).parameters["bank"]
    return bank.default is bank.empty or bool((options or {}).get("questions"))


def check_exam_options(name: str, options: Iterable[str]) -> None:
    """Refuses an unknown exam maker or option, before a bank is loaded.

    Raises:
        ValueError: the message lists the known ones and the nearest.
    """
    makers = known_exam_makers()
    if name not in makers:
        raise ValueError(no_such("exam maker", name, makers))
    known = sorted(set(inspect.signature(makers[name]).parameters) - {"bank"})
    check_known(options, known, f"Exam maker '{name}'")
