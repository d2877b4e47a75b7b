"""Recorded exams as numpy arrays: every sitting in one block, rows sorted by problem.

matrix = matrix_of(read_recordings(["recorded.parquet"]))
matrix.scores.shape      # (rationales, students, items, repetitions); nan where there is no usable reply
part = matrix.sampled(rationales=16, students=1, seed=3)
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lbt_solvers.rules import Floats, Ints, Rule
from lbt_solvers.selection import select_rows
from lbt_tasks.replay.recording import Table, pa, pc


@dataclass(frozen=True, slots=True)
class Matrix:
    """Parallel arrays, one entry a rationale; those of one problem stand together, in the order of sampling."""

    problem: Ints
    """Number of the problem, from 0, ascending."""
    answer_class: Ints
    """-1 where there is none."""
    same_as: Ints
    """Row of the first equal rationale of the problem."""
    correct: Floats
    taught: NDArray[np.bool_]
    """Whether an exam was sat with it; a rationale that nobody was taught votes and scores 0."""
    visible: Floats
    """nan where no test is visible."""
    shape: Ints
    """(rows, 3): the problem's students, items and repetitions, within the padded block of scores."""
    scores: Floats
    """(rows, students, items, repetitions)."""
    control: Floats
    """The same shape, of the problem without a demonstration; nan where it was not sat."""
    teacher_tokens: Floats
    student_tokens: Floats
    """(rows, students): tokens of one reply."""
    names: Sequence[str]
    """Of the problems; several epochs and logs of a problem are played apart and have its name."""
    families: Sequence[str]
    """Of the problems: those that are made alike, see `lbt_solvers.families`."""

    @property
    def problems(self) -> int:
        """Number of problems that are played, each epoch for one."""
        return len(self.names)

    def rows(self, keep: NDArray[Any]) -> "Matrix":
        """Only those rows (a mask); `same_as` is renumbered, a group of equals by its first row that is left."""
        index = np.flatnonzero(keep)
        # The first kept row of every group of equals.
        groups, inverse = np.unique(self.same_as[index], return_inverse=True)
        first = np.full(len(groups), len(index))
        np.minimum.at(first, inverse, np.arange(len(index)))
        per_row = [each.name for each in fields(self) if each.name not in ("names", "families")]
        taken = replace(self, **{name: getattr(self, name)[index] for name in per_row})
        return replace(taken, same_as=first[inverse])

    def of_students(self, students: Sequence[int]) -> "Matrix":
        """Only those students."""
        chosen = list(students)
        return replace(
            self,
            scores=self.scores[:, chosen],
            control=self.control[:, chosen],
            student_tokens=self.student_tokens[:, chosen],
            shape=np.column_stack([np.minimum(self.shape[:, 0], len(chosen)), self.shape[:, 1:]]),
        )

    def drawn(self, rationales: int | None = None, seed: int = 0) -> NDArray[np.bool_]:
        """A mask of that many random rationales of every problem."""
        if rationales is None:
            return np.ones(len(self.problem), dtype=bool)
        luck = np.random.default_rng([seed, 1]).random(len(self.problem))
        by_luck = np.lexsort((luck, self.problem))
        starts = np.searchsorted(self.problem, np.arange(self.problems))
        rank = np.empty(len(by_luck), dtype=np.int64)
        rank[by_luck] = np.arange(len(by_luck)) - starts[self.problem]
        return rank < rationales

    def with_students(self, students: int | None = None, seed: int = 0) -> "Matrix":
        """That many random students; all of them where there are no more."""
        if students is None or students >= self.scores.shape[1]:
            return self
        drawn = np.random.default_rng([seed, 2]).choice(self.scores.shape[1], students, replace=False)
        return self.of_students(sorted(drawn.tolist()))

    def sampled(self, rationales: int | None = None, students: int | None = None, seed: int = 0) -> "Matrix":
        """A random part: that many rationales of every problem, still in their order, and that many students."""
        return self.with_students(students, seed).rows(self.drawn(rationales, seed))


def student_accuracy(scores: Floats) -> Floats:
    """Each student's mean over usable sittings, shape (rows, students); nan where there is none."""
    usable = ~np.isnan(scores)
    counts = usable.sum(axis=(2, 3))
    sums = np.where(usable, scores, 0.0).sum(axis=(2, 3))
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def lbt_scores(matrix: Matrix) -> Floats:
    """LbT score of every row, as `lbt_solvers.scoring` gives it; 0 where nobody has a usable sitting."""
    accuracy = student_accuracy(matrix.scores)
    students = (~np.isnan(accuracy)).sum(axis=1)
    return np.divide(np.nansum(accuracy, axis=1), students, out=np.zeros(len(accuracy)), where=students > 0)


def choose(matrix: Matrix, scores: Floats, rule: str | Rule) -> Ints:
    """Row of the chosen rationale of every problem; -1 where none has an answer.

    Raises:
        ValueError: unknown rule name.
    """
    return select_rows(matrix.problem, matrix.problems, matrix.answer_class, matrix.visible, scores, rule)


def matrix_of(table: Table) -> Matrix:
    """The arrays of a recording; an epoch of a problem, or the same problem in another log, is played apart."""
    keys = [table["log"].cast(pa.string()), table["problem"], table["epoch"].cast(pa.string())]
    key = pc.binary_join_element_wise(*keys, "\t").combine_chunks().dictionary_encode()
    problem = key.indices.to_numpy()
    order = np.lexsort((table["rationale"].to_numpy(), problem))
    table = table.take(pa.array(order)) if np.any(np.diff(order) != 1) else table
    problem = problem[order].astype(np.int64)
    starts = np.searchsorted(problem, np.arange(len(key.dictionary)))
    shape = np.column_stack([_numbers(table[name]).astype(np.int64) for name in ("students", "items", "repetitions")])
    size = tuple(int(part) for part in shape.max(axis=0))
    return Matrix(
        problem=problem,
        answer_class=_numbers(pc.fill_null(table["answer_class"], -1)).astype(np.int64),
        same_as=_numbers(table["same_as"]).astype(np.int64) + starts[problem],
        correct=_numbers(table["correct"]),
        taught=pc.greater(pc.fill_null(pc.list_value_length(table["scores"]), 0), 0).to_numpy(),
        visible=_numbers(table["visible"]),
        shape=shape,
        scores=_block(table["scores"], shape, size),
        control=_block(table["control"], shape, size),
        teacher_tokens=_numbers(table["teacher_tokens"]),
        student_tokens=_block(table["student_tokens"], shape[:, :1], size[:1]),
        names=[name.split("\t")[1] for name in key.dictionary.to_pylist()],
        families=table["family"].take(pa.array(starts)).to_pylist(),
    )


def _numbers(column: Any) -> Floats:
    return column.to_numpy().astype(np.float64)


def _block(column: Any, shape: Ints, size: tuple[int, ...]) -> Floats:
    """Lists of numbers as one array padded with nan, shape (rows, *size); an empty list is all nan."""
    lists = column.combine_chunks()
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy()
    values = lists.flatten().to_numpy(zero_copy_only=False).astype(np.float64)
    if np.all(shape == size) and np.all(lengths == np.prod(size)):
        return values.reshape(len(lengths), *size)
    block = np.full((len(lengths), *size), np.nan)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    for row in np.flatnonzero(lengths):
        part = values[starts[row] : starts[row + 1]].reshape(shape[row])
        block[(row, *(slice(length) for length in part.shape))] = part
    return block
