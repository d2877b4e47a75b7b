"""Linear layers for few rows on the CPU: the same product, the other way round.

    multiply_weights_first(model)

A step of decoding multiplies a few dozen rows by large weights. For `rows @ weights.T` the library splits the rows,
and packs all weights to do so; for `weights @ rows.T` it splits the weights and packs the few rows.
"""

from functools import partial
from typing import Any

import torch
from torch.nn.functional import linear

MOST_ROWS = 192
"""With more rows the usual order is as fast or faster."""
FEWEST_WEIGHTS = 2**18
"""Smaller layers gain nothing."""


def multiply_weights_first(model: torch.nn.Module) -> None:
    """Let the plain linear layers of `model` in float32 on the CPU multiply few rows the fast way."""
    for layer in model.modules():
        weight = layer.weight if type(layer) is torch.nn.Linear else None
        if weight is None or weight.device.type != "cpu" or weight.dtype != torch.float32:
            continue
        if weight.numel() >= FEWEST_WEIGHTS:
            changed: Any = layer
            changed.forward = partial(_linear, layer)


def _linear(layer: Any, rows: torch.Tensor) -> torch.Tensor:
    flat = rows.reshape(-1, rows.shape[-1])
    if len(flat) > MOST_ROWS:
        return linear(rows, layer.weight, layer.bias)
    product = torch.mm(layer.weight, flat.t())
    if layer.bias is not None:
        product += layer.bias[:, None]
    return product.t().contiguous().view(*rows.shape[:-1], -1)
