"""How long a course goes on and how fast it learns meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.optim import Optimizer

__all__ = ["scheduled"]


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
