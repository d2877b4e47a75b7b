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


def multiply_weights_first(model: torch.nn.Module) -> None:
    """Let the plain linear layers of `model` in float32 on the CPU multiply few rows the fast way."""
    for layer in model.modules():
        if type(layer) is torch.nn.Linear and layer.weight.device.type == "cpu" and layer.weight.dtype == torch.float32:
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
