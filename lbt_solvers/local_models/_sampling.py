"""Sampling with a random stream per row, so that a seeded request draws the same text in any company.

    sampler = RowSampler([row_sampling, ...], device)
    tokens = sampler(scores, steps=[0, 12, ...])     # [rows, vocabulary] -> [rows]

Every row has its own temperature, top-k and top-p, and its own uniform numbers, drawn beforehand on the CPU. At
each step a row's token is the one where the cumulative distribution (in the order of the vocabulary) passes the
row's number. Rows at temperature 0 take the best token. All arithmetic is on all rows at once.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import gcd

import torch

MIN_TEMPERATURE = 1e-5
"""Below this a row is greedy; dividing by less would overflow."""
OFTEN_ENOUGH = 1024
"""So many most probable tokens nearly always hold the mass of top-p; sorting a whole vocabulary is slow."""

MOST_IN_A_BLOCK = 256
"""Tokens of the vocabulary that are added up before the block is looked for in which the number falls."""


class Workspace:
    """Memory for numbers of all rows that the steps share.

    [64, 150000] in float32 are 39 MB, which an allocator gives back to the system at once; asking for them anew in
    every step costs several times the arithmetic.
    """

    def __init__(self) -> None:
        self._memory = torch.empty(0, 0)

    def like(self, numbers: torch.Tensor) -> torch.Tensor:
        """Room for so many numbers, [rows, vocabulary] in float32; what stood there before is lost."""
        rows, columns = numbers.shape
        held = self._memory
        if held.shape[0] < rows or held.shape[1] != columns or held.device != numbers.device:
            self._memory = torch.empty(rows, columns, device=numbers.device)
        return self._memory[:rows]


@dataclass(frozen=True)
class RowSampling:
    """How one row draws its tokens."""

    temperature: float
    """0 takes the most probable token."""
    top_k: int
    """Keep the k most probable tokens (and ties with the last of them); 0 keeps all."""
    top_p: float
    """Then keep the most probable ones that together reach this mass; 1 keeps all."""
    seed: int
    steps: int
    """Tokens that may be drawn."""

    @property
    def greedy(self) -> bool:
        """No randomness is needed."""
        return self.temperature < MIN_TEMPERATURE or self.top_k == 1

    @cached_property
    def uniforms(self) -> list[float]:
        """A number in [0, 1) for each token; they do not depend on how many there are."""
        return torch.rand(self.steps, generator=torch.Generator().manual_seed(self.seed)).tolist()


def row_seed(seed: int | None, choice: int, prompt_ids: Sequence[int]) -> int:
    """Seed of one row's stream, from the request's seed, the number of the choice and the prompt.

    The prompt takes part so that requests with one seed and different prompts draw independent numbers: otherwise
    the samples of a whole run under `--seed` would be correlated. Without a seed: fresh entropy.
    """
    if seed is None:
        return secrets.randbits(63)
    key = f"{seed}|{choice}|{','.join(map(str, prompt_ids))}"
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) >> 1


class RowSampler:
    """Chooses the next token of each row from its own distribution."""

    def __init__(self, rows: Sequence[RowSampling], device: torch.device, workspace: Workspace | None = None) -> None:
        self._workspace = workspace or Workspace()
        self._all = len(rows)
        self._drawn = [index for index, row in enumerate(rows) if not row.greedy]
        self._chosen = [rows[index] for index in self._drawn]
        self._rows = torch.tensor(self._drawn, device=device)
        self._temperature = torch.tensor([[row.temperature] for row in self._chosen], device=device)
        self._top_k = _Filter([row.top_k for row in self._chosen], [row.top_k > 0 for row in self._chosen], device)
        self._top_p = _Filter([row.top_p for row in self._chosen], [row.top_p < 1 for row in self._chosen], device)

    def __call__(self, scores: torch.Tensor, steps: Sequence[int]) -> torch.Tensor:
        """The token of each row, [rows].

        Args:
            scores: [rows, vocabulary].
            steps: how many tokens each row has drawn before.
        """
        if not self._drawn:
            return scores.argmax(-1)
        numbers = [row.uniforms[steps[index]] for index, row in zip(self._drawn, self._chosen, strict=True)]
        uniform = torch.tensor(numbers, device=scores.device)
        if len(self._drawn) == self._all:
            return inverse_cdf(self._probabilities(scores), uniform)
        tokens = scores.argmax(-1)
        tokens[self._rows] = inverse_cdf(self._probabilities(scores[self._rows]), uniform)
        return tokens

    def _probabilities(self, scores: torch.Tensor) -> torch.Tensor:
        """Of the drawn rows, in memory that the next call overwrites."""
        probabilities = self._workspace.like(scores)
        torch.div(scores, self._temperature, out=probabilities)
        torch.softmax(probabilities, dim=-1, out=probabilities)
        if self._top_k.rows is not None:
            probabilities[self._top_k.rows] = keep_top_k(probabilities[self._top_k.rows], self._top_k.values)
        if self._top_p.rows is not None:
            probabilities[self._top_p.rows] = keep_top_p(probabilities[self._top_p.rows], self._top_p.values)
        return probabilities


class _Filter:
    """Which rows have a filter, and their values; `rows` is None where no row has one."""

    def __init__(self, values: Sequence[float], used: Sequence[bool], device: torch.device) -> None:
        rows = [index for index, use in enumerate(used) if use]
        self.rows = torch.tensor(rows, device=device) if rows else None
        self.values = torch.tensor([[values[index]] for index in rows], device=device)


def keep_top_k(probabilities: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Zero for all but the `k` most probable tokens of each row.

    Args:
        probabilities: [rows, vocabulary].
        k: [rows, 1], at least 1.
    """
    k = k.clamp(max=probabilities.shape[-1])
    best = probabilities.topk(int(k.max()), dim=-1).values
    return torch.where(probabilities >= best.gather(-1, k - 1), probabilities, 0.0)


def keep_top_p(probabilities: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """Zero for all but the most probable tokens that together reach the share `p` of the mass, at least one.

    Args:
        probabilities: [rows, vocabulary]; the mass need not be 1: top-k may have cut it.
        p: [rows, 1], in [0, 1].
    """
    best = probabilities.topk(min(OFTEN_ENOUGH, probabilities.shape[-1]), dim=-1).values
    mass = probabilities.sum(-1, keepdim=True)
    if bool((best.sum(-1, keepdim=True) <= p * mass).any()):
        best = probabilities.sort(dim=-1, descending=True).values
    before = best.cumsum(-1) - best
    kept = (before < p * mass).sum(-1, keepdim=True).clamp(min=1)
    return torch.where(probabilities >= best.gather(-1, kept - 1), probabilities, 0.0)


def inverse_cdf(probabilities: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """The token of each row at which the cumulative mass passes `uniform` of the whole.

    Args:
        probabilities: [rows, vocabulary], not negative, of any mass.
        uniform: [rows], in [0, 1).

    Raises:
        ValueError: a row has no finite positive mass: the model produced NaN or only impossible tokens.
    """
    rows, vocabulary = probabilities.shape
    blocks = probabilities.reshape(rows, -1, gcd(vocabulary, MOST_IN_A_BLOCK))
    masses = blocks.sum(-1)
    cumulative = masses.cumsum(-1)
    mass = cumulative[:, -1:]
    if not bool((torch.isfinite(mass) & (mass > 0)).all()):
        raise ValueError("the model gave scores that are not finite; try -M dtype=float32")
    target = uniform[:, None] * mass
    block = _passing(cumulative, target)
    before = (cumulative - masses).gather(-1, block)
    within = blocks[torch.arange(rows, device=block.device), block[:, 0]].cumsum(-1)
    return (block * blocks.shape[-1] + _passing(within, target - before))[:, 0]


def _passing(cumulative: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The first place of each row where the mass passes the target, [rows, 1].

    Rounding may carry the target below nothing or to the whole mass: the first and the last place with any mass are
    those of such targets.
    """
    whole = cumulative[:, -1:].contiguous()
    passed = torch.searchsorted(cumulative, target.clamp(min=0), right=True)
    return torch.minimum(passed, torch.searchsorted(cumulative, whole))
