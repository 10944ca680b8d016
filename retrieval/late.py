"""Token-wise late interaction: every part of a picture is compared with every token of a text.

The score of FILIP (Yao et al., ICLR 2022) and Wukong (Gu et al., NeurIPS 2022): from image to text, the mean over the
image's parts of the best cosine with any token; from text to image, the mean over the tokens of the best cosine with
any part. What only fills a row up never counts: it is left out before the maximum, not set to zero, which would
floor the maximum at 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["token_scores"]


def token_scores(images: Tensor, texts: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return how well each image fits each text, seen from the image and seen from the text.

    Args:
        images: (n, parts, dim), unit length.
        texts: (m, tokens, dim), unit length.
        mask: (m, tokens) bool, True where a token is real; at least one in each row.

    Returns:
        Two (n, m) tensors of scores in [-1, 1]: mean over parts of the best token, and mean over tokens of the best
        part.

    >>> import torch
    >>> image = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    >>> text = torch.tensor([[[1.0, 0.0], [0.6, 0.8], [0.0, -1.0]]])
    >>> [round(score.item(), 3) for score in token_scores(image, text, torch.ones(1, 3, dtype=torch.bool))]
    [0.9, 0.6]
    """
    cosines = (images[:, None] @ texts[None].transpose(2, 3)).float()  # (n, m, parts, tokens)
    real = mask[None, :, None, :]
    by_image = cosines.masked_fill(~real, float("-inf")).amax(3).mean(2)
    best_part = cosines.amax(2)  # (n, m, tokens)
    weights = mask.to(best_part.dtype)[None]
    by_text = (best_part * weights).sum(2) / weights.sum(2)
    return by_image, by_text
