"""Model weights in a quarter of their size: matrices as 8-bit integers with one scale per row.

The file is an ordinary safetensors file. A matrix `NAME` is stored as int8 beside `NAME.scale`, one float32 per
row; everything else is stored as float16. A file without such pairs is read as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SCALE", "Rows", "computes_whole", "load_weights", "save_weights", "whole"]

SCALE = ".scale"
LEVELS = 127  # the largest absolute value of a row becomes this, so that zero stays zero


def save_weights(weights: Mapping[str, Tensor], path: Path) -> None:
    """Write weights with their matrices as 8-bit integers.

    Args:
        weights: Floating-point tensors by name.
        path: The safetensors file to write.
    """
    import torch
    from safetensors.torch import save_file

    stored: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if tensor.ndim == 2:
            stored |= whole(name, tensor)
        else:
            stored[name] = tensor.to(torch.float16)
    save_file({name: tensor.contiguous() for name, tensor in stored.items()}, path)


def whole(name: str, matrix: Tensor) -> dict[str, Tensor]:
    """Return a matrix as 8-bit integers and the scales of its rows, by their names."""
    rows = Rows.of(matrix.float())
    return {name: rows.numbers, name + SCALE: rows.scale[:, 0]}


def computes_whole() -> bool:
    """Return whether this processor multiplies matrices of 8-bit integers faster than of float32 (AVX-512 VNNI).

    Measured on two cores, texts of 150 tokens by six layers of 384: 9.2 ms each against 14.9. Without such units torch
    takes a loop that is far slower. Matrix units (AMX) compute bfloat16 as fast, which is nearer.
    """
    import torch

    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_vnni")) and not has.get("amx_bf16")


@dataclass(frozen=True, slots=True)
class Rows:
    """A matrix as 8-bit integers with one scale per row, so that a row does not depend on the others.

    Attributes:
        numbers: (rows, columns) int8.
        scale: (rows, 1) float32; a row is its numbers times this.
    """

    numbers: Tensor
    scale: Tensor

    @classmethod
    def of(cls, matrix: Tensor) -> Rows:
        """Return the nearest to a (rows, columns) float32 matrix."""
        import torch

        scale = matrix.abs().amax(1, keepdim=True).clamp_(min=1e-12).div_(LEVELS)
        return cls((matrix / scale).round_().to(torch.int8), scale)

    def linear(self, weight: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
        """Return the rows mapped by a matrix that is stored likewise: (rows, outputs) float32.

        Args:
            weight: (outputs, columns) int8.
            scale: (outputs,) float32, of its rows.
            bias: (outputs,) float32.
        """
        import torch

        return torch.addcmul(bias, torch._int_mm(self.numbers, weight.t()).mul(self.scale), scale)


def load_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file by name, 8-bit matrices as float32.

    Args:
        path: A file that `save_weights` wrote, or any other safetensors file.

    Raises:
        ModelError: If it cannot be read, or the scales of a matrix do not fit it.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        stored = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} cannot be read: {error}; download the model again") from error
    scales = {
        name: stored.pop(name)
        for name in list(stored)
        if name.removesuffix(SCALE) in stored and name.endswith(SCALE)
    }
    for name, scale in scales.items():
        matrix = name.removesuffix(SCALE)
        if stored[matrix].ndim != 2 or scale.shape != stored[matrix].shape[:1]:
            raise ModelError(
                f"{path}: {name} of shape {tuple(scale.shape)} does not fit {matrix} of shape "
                f"{tuple(stored[matrix].shape)}; download the model again"
            )
        stored[matrix] = stored[matrix].float().mul_(scale[:, None])
    return stored
