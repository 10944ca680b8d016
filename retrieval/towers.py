"""The two towers of the image encoder that is trained here: pictures and texts in one space.

A picture of 64 × 64 pixels goes through convolutions to 4 × 4 places, which two transformer layers then compare
with each other, so that *where* a colour is counts as much as that it is there. A text comes as the token states of
the first layers of a frozen text encoder; one transformer layer reads them for what matters in pictures. Each tower gives one
vector for the whole and one for each place or token (for late interaction), all of unit length.

This module needs torch when it is imported: import it inside functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

__all__ = ["Encoded", "ImageTower", "TextTower", "Towers"]

PLACES = 4  # sides of the grid that is left of a picture
WIDTHS = (32, 64, 128)  # channels of 16 × 16, 8 × 8 and 4 × 4 places
PATCH = 4  # pixels that become one place at once
HEADS = 4
START_SCALE = 14.3  # 1 / 0.07, the first temperature of CLIP (Radford et al., ICML 2021)


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a tower gives for a batch.

    Attributes:
        whole: (batch, dim), unit length.
        parts: (batch, places or tokens, dim), unit length.
        mask: (batch, places or tokens) bool, True where a part is real.
    """

    whole: Tensor
    parts: Tensor
    mask: Tensor


class ImageTower(nn.Module):
    """Pictures → vectors."""

    def __init__(self, dim: int, *, widths: tuple[int, ...] = WIDTHS, layers: int = 2) -> None:
        """Make a tower whose weights are random.

        Args:
            dim: Components of a vector.
            widths: Channels of the patches and after each halving; the last is also that of the layers.
            layers: How many transformer layers.
        """
        super().__init__()
        self.stages = nn.Sequential(
            nn.Conv2d(3, widths[0], PATCH, PATCH, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
            *(_Stage(before, after) for before, after in pairwise(widths)),
        )
        self.places = nn.Parameter(torch.randn(1, PLACES * PLACES, widths[-1]) * 0.02)
        self.layers = _layers(widths[-1], layers)
        self.norm = nn.LayerNorm(widths[-1])
        self.whole = nn.Linear(widths[-1], dim)
        self.parts = nn.Linear(widths[-1], dim)

    def forward(self, pixels: Tensor) -> Encoded:
        """Encode (batch, 3, 64, 64) float pixels in [-1, 1]."""
        places = self.stages(pixels).flatten(2).transpose(1, 2) + self.places
        states = self.norm(self.layers(places)).float()
        return Encoded(
            normalize(self.whole(states.mean(1)), dim=-1),
            normalize(self.parts(states), dim=-1),
            torch.ones(states.shape[:2], dtype=torch.bool, device=states.device),
        )


class TextTower(nn.Module):
    """Token states of a frozen text encoder → vectors."""

    def __init__(self, inputs: int, dim: int, *, width: int = 128, layers: int = 1) -> None:
        """Make a tower whose weights are random; `inputs` is the width of the token states."""
        super().__init__()
        self.enter = nn.Linear(inputs, width)
        self.layers = _layers(width, layers)
        self.norm = nn.LayerNorm(width)
        self.whole = nn.Linear(width, dim)
        self.parts = nn.Linear(width, dim)

    def forward(self, states: Tensor, mask: Tensor) -> Encoded:
        """Encode (batch, tokens, inputs) states; `mask` (batch, tokens) is True where a token is real."""
        inner = self.norm(self.layers(self.enter(states), src_key_padding_mask=~mask)).float()
        weights = mask[:, :, None].float()
        mean = (inner * weights).sum(1) / weights.sum(1)
        return Encoded(normalize(self.whole(mean), dim=-1), normalize(self.parts(inner), dim=-1), mask)


class Towers(nn.Module):
    """Both towers, with the scale of their cosines in training."""

    def __init__(self, inputs: int, dim: int) -> None:
        """Make towers whose weights are random; `inputs` is the width of the text encoder's token states."""
        super().__init__()
        self.images = ImageTower(dim)
        self.texts = TextTower(inputs, dim)
        self.scale = nn.Parameter(torch.tensor(START_SCALE).log())


class _Stage(nn.Module):
    """Halves the sides of a picture, and looks again with a residual block."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.halve = _convolution(inputs, outputs, stride=2)
        self.first = _convolution(outputs, outputs)
        self.second = _convolution(outputs, outputs)

    def forward(self, pixels: Tensor) -> Tensor:
        halved = torch.relu(self.halve(pixels))
        refined: Tensor = self.second(torch.relu(self.first(halved)))
        return torch.relu(halved + refined)


def _convolution(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))


def _layers(width: int, count: int) -> nn.TransformerEncoder:
    layer = nn.TransformerEncoderLayer(
        width, HEADS, 2 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, count, enable_nested_tensor=False)
