"""Questions of a set asked by several processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.errors import DependencyError

if TYPE_CHECKING:
    from kbqa.config import Config
    from kbqa.evaluation.items import Item
    from kbqa.evaluation.run import Outcome

__all__ = ["asking"]

_PIECE = 8  # questions that a process is given at once
_ask: Callable[[Item], Outcome] | None = None  # of this process


@contextmanager
def asking(
    base: Path, config: Config, *, given_entities: bool, workers: int
) -> Iterator[Callable[[Iterable[Item]], Iterator[Outcome]]]:
    """Give what asks questions in several processes and returns what came of them, in order.

    Each process opens the knowledge base itself and computes in a single thread.

    Args:
        base: The knowledge base.
        config: What its pipeline uses.
        given_entities: Use the entities that the set names instead of linking.
        workers: How many processes.

    Raises:
        DependencyError: If a process ends before its work is done.
    """
    given = base.absolute(), config, given_entities
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_open, initargs=given) as pool:
        yield partial(_answers, pool)


def _answers(pool: ProcessPoolExecutor, items: Iterable[Item]) -> Iterator[Outcome]:
    try:
        yield from pool.map(_answer, items, chunksize=_PIECE)
    except BrokenProcessPool as error:
        raise DependencyError(
            "a process that asks questions ended before its work was done, perhaps for want of memory; "
            "ask with fewer --workers"
        ) from error


def _open(base: Path, config: Config, given_entities: bool) -> None:
    """Open the knowledge base in a new process."""
    os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is loaded
    import kbqa
    from kbqa.evaluation.run import asker, outcome

    global _ask
    _ask = partial(outcome, ask=asker(kbqa.open(base, config=config), given_entities=given_entities))


def _answer(item: Item) -> Outcome:
    assert _ask is not None, "the process has opened no knowledge base"
    return _ask(item)
