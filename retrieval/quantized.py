"""Model weights in a quarter of their size: matrices as 8-bit integers with one scale per row.

The file is an ordinary safetensors file. A matrix `NAME` is stored as int8 beside `NAME.scale`, one float32 per
row; everything else is stored as float16. A file without such pairs is read as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["load_weights", "save_weights"]

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
            scale = tensor.float().abs().amax(1).clamp(min=1e-12) / LEVELS
            stored[name] = (tensor.float() / scale[:, None]).round().to(torch.int8)
            stored[name + SCALE] = scale
        else:
            stored[name] = tensor.to(torch.float16)
    save_file({name: tensor.contiguous() for name, tensor in stored.items()}, path)


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
