"""How fast the weights of a reader learn, and how long a course goes on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from kbqa.reading.span_model import LAYERS

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

__all__ = ["optimizer_of", "scheduled"]


def optimizer_of(
    weights: Mapping[str, Tensor],
    more: Iterable[Tensor] = (),
    *,
    rate: float,
    head_rate: float,
    decay: float,
) -> Optimizer:
    """Return what changes a reader's weights, which from then on require gradients.

    Args:
        weights: Of the reader, by name.
        more: Weights that are new like those of its head.
        rate: Of the layers.
        head_rate: Of all others.
        decay: Of weights.
    """
    import torch

    for tensor in weights.values():
        tensor.requires_grad_()
    layers = [tensor for name, tensor in weights.items() if name.startswith(LAYERS)]
    head = [tensor for name, tensor in weights.items() if not name.startswith(LAYERS)]
    groups = [{"params": layers, "lr": rate}, {"params": [*head, *more], "lr": head_rate}]
    return torch.optim.AdamW(groups, weight_decay=decay, fused=True)


def scheduled(optimizer: Optimizer, *, minutes: float | None, steps: int, warm_up: float) -> Iterator[int]:
    """Yield the numbers of the steps, from 1, until they or the time are over; set the rates before each.

    A rate grows to the optimizer's own while the first share of the course passes, and falls to zero until its end.

    Args:
        optimizer: Whose groups have the rates that are grown to.
        minutes: When to stop, besides `steps`; None for never.
        steps: How many at most.
        warm_up: Share of the course in which rates grow.
    """
    rates = [group["lr"] for group in optimizer.param_groups]
    start = time.monotonic()
    for step in range(1, steps + 1):
        spent = (time.monotonic() - start) / 60
        done = max(step / steps, spent / minutes if minutes else 0.0)
        if done > 1:
            return
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(done / warm_up, 1 - done)
        yield step
