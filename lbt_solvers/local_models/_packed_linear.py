"""Linear layers on the CPU with their weights laid out as the processor wants them.

    pack_weights(model)

A step of decoding multiplies a few dozen rows by all weights of a model. For a plain `rows @ weights.T` the library
lays the weights out anew in every call, which takes longer than the product; here that is done once, when a model is
loaded.
"""

from typing import Any

import torch

from lbt_solvers.local_models._processor import fast_in_bfloat16

FEWEST_WEIGHTS = 2**18
"""Smaller layers gain nothing."""
TYPICAL_ROWS = 32
"""The layout is chosen for so many rows; other numbers are computed in it as well."""


def pack_weights(model: torch.nn.Module) -> None:
    """Replace the large plain linear layers of `model` on the CPU; the weights they had are freed."""
    if not can_pack():
        return
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is torch.nn.Linear and is_worth_it(layer.weight):
                setattr(parent, name, PackedLinear(layer))


def can_pack() -> bool:
    """Whether this build of torch has the operations, which `torch.compile` uses for frozen models."""
    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")


def is_worth_it(weight: torch.Tensor) -> bool:
    """Large weights on the CPU, of a type that it multiplies in."""
    computed = {torch.float32, torch.bfloat16} if fast_in_bfloat16() else {torch.float32}
    return weight.device.type == "cpu" and weight.dtype in computed and weight.numel() >= FEWEST_WEIGHTS


class PackedLinear(torch.nn.Module):
    """A linear layer for inference."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.bias = layer.bias
        self._packed: Any = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), TYPICAL_ROWS)

    @property
    def weight(self) -> torch.Tensor:
        """The weights laid out as usual, for code that looks at them: a copy, [out_features, in_features]."""
        return self._packed.to_dense()

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """`rows @ weight.T + bias`: [..., in_features] to [..., out_features]."""
        return torch.ops.mkldnn._linear_pointwise(rows, self._packed, self.bias, "none", [], "")
