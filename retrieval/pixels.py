"""Pictures → the numbers that the image encoder trained here takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = ["SIDE", "Pixels", "to_pixels"]

SIDE = 64  # pixels

Pixels = npt.NDArray[np.uint8]


def to_pixels(pictures: Sequence[Picture]) -> Pixels:
    """Return pictures as squares, whatever their sides were: (len(pictures), 3, 64, 64), 0 to 255.

    Nothing is cut off, since what lies at the edge of a flag or poster matters as much as its middle.

    Args:
        pictures: In RGB.
    """
    from PIL.Image import Resampling

    pixels = np.empty((len(pictures), 3, SIDE, SIDE), dtype=np.uint8)
    for row, picture in enumerate(pictures):
        square = picture.resize((SIDE, SIDE), Resampling.BICUBIC)  # Pillow's own averages when it shrinks
        pixels[row] = np.asarray(square).transpose(2, 0, 1)
    return pixels
