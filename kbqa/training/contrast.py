"""Losses that draw pictures and texts together: UNIMO's contrastive loss, and InfoNCE as its plain case."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["contrastive_loss", "two_way_loss"]


def contrastive_loss(scores: Tensor, positive: Tensor) -> Tensor:
    """Return the loss of cross-modal contrastive learning (CMCL; Li et al., UNIMO, ACL 2021).

    For each row, −log of the share that the positives have in the sum of exp(score). With one positive in each row
    it is InfoNCE. It is the form with the sum inside the logarithm: one easy positive can satisfy it.

    Args:
        scores: (rows, columns) similarities divided by the temperature.
        positive: (rows, columns) bool; each row needs at least one True.

    Returns:
        The mean over the rows, a scalar.
    """
    good = scores.masked_fill(~positive, float("-inf"))
    loss: Tensor = (scores.logsumexp(1) - good.logsumexp(1)).mean()
    return loss


def two_way_loss(scores: Tensor, positive: Tensor) -> Tensor:
    """Return the mean of the losses from pictures to texts and from texts to pictures.

    Args:
        scores: (pictures, texts) similarities divided by the temperature.
        positive: (pictures, texts) bool; a text that belongs to no picture, such as a rewrite that is wrong, is
            something for pictures to be told from and asks for none itself.

    Returns:
        A scalar.
    """
    asked = positive.any(0)
    back = contrastive_loss(scores.T[asked], positive.T[asked])
    return (contrastive_loss(scores, positive) + back) / 2
