"""Workers that compute the parts of a batch side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

__all__ = ["single_threaded"]


@contextmanager
def single_threaded(count: int) -> Iterator[ThreadPoolExecutor]:
    """Give at most `count` workers, no more than processors, each of which computes in its own thread alone.

    Short texts in small matrices gain nothing from torch's own threads, whose number is as before afterwards.
    """
    import torch

    threads = torch.get_num_threads()
    with ThreadPoolExecutor(min(count, os.cpu_count() or 1), initializer=_alone) as workers:
        try:
            yield workers
        finally:
            torch.set_num_threads(threads)


def _alone() -> None:
    import torch

    torch.set_num_threads(1)
