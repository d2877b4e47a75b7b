"""Sampling with a random stream per row, so that a seeded request draws the same text in any company.

    model.generate(..., do_sample=False, logits_processor=[RowSampler(rows, device)])

Every row has its own temperature, top-k and top-p, and its own uniform numbers, drawn beforehand on the CPU. At
each step a row's token is the one where the cumulative distribution (in the order of the vocabulary) passes the
row's number; its score is raised to infinity, so that the greedy choice of `generate` takes it. Rows at temperature
0 are left alone. All arithmetic is on all rows at once.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import LogitsProcessor

MIN_TEMPERATURE = 1e-5
"""Below this a row is greedy; dividing by less would overflow."""


@dataclass(frozen=True, slots=True)
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


def row_seed(seed: int | None, choice: int, prompt_ids: Sequence[int]) -> int:
    """Seed of one row's stream, from the request's seed, the number of the choice and the prompt.

    The prompt takes part so that requests with one seed and different prompts draw independent numbers: otherwise
    the samples of a whole run under `--seed` would be correlated. Without a seed: fresh entropy.
    """
    if seed is None:
        return secrets.randbits(63)
    key = f"{seed}|{choice}|{','.join(map(str, prompt_ids))}"
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) >> 1


class RowSampler(LogitsProcessor):
    """Makes the greedy choice of `generate` a draw from each row's own distribution."""

    def __init__(self, rows: Sequence[RowSampling], device: torch.device) -> None:
        drawn = [index for index, row in enumerate(rows) if not row.greedy]
        chosen = [rows[index] for index in drawn]
        self._rows = torch.tensor(drawn, device=device)
        self._temperature = torch.tensor([[row.temperature] for row in chosen], device=device)
        self._top_k = _Filter([row.top_k for row in chosen], [row.top_k > 0 for row in chosen], device)
        self._top_p = _Filter([row.top_p for row in chosen], [row.top_p < 1 for row in chosen], device)
        self._uniform = _uniforms(chosen, steps=max(row.steps for row in rows)).to(device)
        self._step = 0

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Raise the score of each drawn token to infinity. `scores`: [rows, vocabulary], changed in place."""
        probabilities = torch.softmax(scores[self._rows] / self._temperature, dim=-1)
        if self._top_k.rows is not None:
            probabilities[self._top_k.rows] = keep_top_k(probabilities[self._top_k.rows], self._top_k.values)
        if self._top_p.rows is not None:
            probabilities[self._top_p.rows] = keep_top_p(probabilities[self._top_p.rows], self._top_p.values)
        scores[self._rows, inverse_cdf(probabilities, self._uniform[self._step])] = torch.inf
        self._step += 1
        return scores


class _Filter:
    """Which rows have a filter, and their values; `rows` is None where no row has one."""

    def __init__(self, values: Sequence[float], used: Sequence[bool], device: torch.device) -> None:
        rows = [index for index, use in enumerate(used) if use]
        self.rows = torch.tensor(rows, device=device) if rows else None
        self.values = torch.tensor([[values[index]] for index in rows], device=device)


def _uniforms(rows: Sequence[RowSampling], steps: int) -> torch.Tensor:
    """Uniform numbers in [0, 1), [steps, rows]; a row's stream does not depend on how many steps it may take."""
    numbers = torch.zeros(steps, len(rows))
    for index, row in enumerate(rows):
        numbers[: row.steps, index] = torch.rand(row.steps, generator=torch.Generator().manual_seed(row.seed))
    return numbers


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
    best = probabilities.sort(dim=-1, descending=True).values
    before = best.cumsum(-1) - best
    kept = (before < p * best.sum(-1, keepdim=True)).sum(-1, keepdim=True).clamp(min=1)
    return torch.where(probabilities >= best.gather(-1, kept - 1), probabilities, 0.0)


def inverse_cdf(probabilities: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """The token of each row at which the cumulative mass passes `uniform` of the whole.

    Args:
        probabilities: [rows, vocabulary], not negative, of any mass.
        uniform: [rows], in [0, 1).

    Raises:
        ValueError: a row has no finite positive mass: the model produced NaN or only impossible tokens.
    """
    cumulative = probabilities.cumsum(-1)
    mass = cumulative[:, -1:].contiguous()
    if not bool((torch.isfinite(mass) & (mass > 0)).all()):
        raise ValueError("the model gave scores that are not finite; try -M dtype=float32")
    # Rounding may carry the target to the whole mass; the token that reaches it is the last possible one.
    last_possible = torch.searchsorted(cumulative, mass)
    return torch.minimum(torch.searchsorted(cumulative, uniform[:, None] * mass, right=True), last_possible)[:, 0]
