"""Work shared over a Ray cluster: the vectors of many texts, the answers to many questions.

Every node needs this package in the same version, and for questions the folder of the knowledge base under the
same path. Work is handed out in the lists that it would be done in here and comes back in their order, so
that the results are those of a local run.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kbqa.errors import DependencyError, KbqaError
from kg.errors import GraphError
from retrieval.errors import RetrievalError

if TYPE_CHECKING:
    from kbqa.config import Config
    from kbqa.evaluation.items import Item
    from kbqa.evaluation.run import Outcome
    from kbqa.storage.intake import EncodeAll
    from retrieval.types import Floats, TextEncoder

__all__ = ["asking", "encoding", "shared_over"]

CONNECT_SECONDS = 10.0
AHEAD = 2  # pieces of work that wait for each worker


@contextmanager
def encoding(
    loaded_from: str | TextEncoder, encoder: TextEncoder, address: str | None
) -> Iterator[EncodeAll]:
    """Give what turns lists of texts into vectors, here or on a cluster.

    Args:
        loaded_from: What the encoder was loaded by, or itself where it was handed in.
        encoder: The encoder.
        address: Of the cluster, None for here.

    Raises:
        DependencyError: If the cluster cannot be reached or fails.
    """
    if address is None:
        yield partial(map, encoder.encode)
        return
    with shared_over(address, _encoder, loaded_from) as share:
        yield share


@contextmanager
def asking(
    base: Path, config: Config, *, given_entities: bool, address: str
) -> Iterator[Callable[[Iterable[Item]], Iterator[Outcome]]]:
    """Give what asks questions on a cluster and returns what came of them, in order.

    Args:
        base: The knowledge base.
        config: What its pipeline uses.
        given_entities: Use the entities that the set names instead of linking.
        address: Of the cluster.

    Raises:
        DependencyError: If the cluster cannot be reached or fails.
    """
    with shared_over(address, _asker, (base.absolute(), config, given_entities)) as share:
        yield share


@contextmanager
def shared_over(
    address: str, make: Callable[[Any], Callable[[Any], Any]], argument: Any
) -> Iterator[Callable[[Iterable[Any]], Iterator[Any]]]:
    """Give a `map` that works on a cluster, one worker for each of its processors.

    Args:
        address: "host:6379", "ray://host:10001", "auto" for the one that this machine belongs to, or "local"
            to start one here.
        make: Called once by each worker with `argument`; returns what is done to each item.
        argument: Something that can be pickled.

    Raises:
        DependencyError: If Ray is not installed, the cluster cannot be reached, or fails.
    """
    ray = _connect(address)
    try:
        count = max(1, int(ray.cluster_resources().get("CPU", 1)))
        worker = ray.remote(num_cpus=1)(_Worker)
        workers = [worker.remote(make, argument) for _ in range(count)]
        yield partial(_in_order, ray, workers)
    finally:
        ray.shutdown()


class _Worker:
    """Lives on the cluster; loads what it needs once."""

    def __init__(self, make: Callable[[Any], Callable[[Any], Any]], argument: Any) -> None:
        self._work = make(argument)

    def work(self, item: Any) -> Any:
        return self._work(item)


def _in_order(ray: Any, workers: Sequence[Any], items: Iterable[Any]) -> Iterator[Any]:
    """Yield what becomes of each item, in order, while the workers are busy with the next ones."""
    given = enumerate(items)
    waiting: deque[Any] = deque()
    while True:
        for number, item in islice(given, AHEAD * len(workers) - len(waiting)):
            waiting.append(workers[number % len(workers)].work.remote(item))
        if not waiting:
            return
        yield _result(ray, waiting.popleft())


def _result(ray: Any, pending: Any) -> Any:
    try:
        return ray.get(pending)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, KbqaError | GraphError | RetrievalError):
            raise error.cause from None
        raise
    except ray.exceptions.RayError as error:
        reason = " ".join(str(error).split())[:300]
        raise DependencyError(f"the Ray cluster failed: {reason}; look at `ray status`") from None


def _connect(address: str) -> Any:
    """Return Ray, connected to a cluster."""
    try:
        import ray
    except ImportError:
        raise DependencyError("Ray is missing; install it: pip install 'kbqa[ray]'") from None
    try:
        _check_reachable(address)
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())[:300]
        raise DependencyError(
            f"no Ray cluster at {address}: {reason}; start one with `ray start --head`, or give --ray local"
        ) from None
    return ray


def _check_reachable(address: str) -> None:
    """Raise an OSError where nothing listens at an address; Ray itself would try for minutes."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    if parts.hostname and parts.port:
        socket.create_connection((parts.hostname, parts.port), timeout=CONNECT_SECONDS).close()


def _encoder(loaded_from: str | TextEncoder) -> Callable[[Sequence[str]], Floats]:
    from kbqa.storage.encoder import load_encoder

    encoder = load_encoder(loaded_from) if isinstance(loaded_from, str) else loaded_from
    return encoder.encode


def _asker(given: tuple[Path, Config, bool]) -> Callable[[Item], Outcome]:
    import kbqa
    from kbqa.evaluation.run import asker, outcome

    base, config, given_entities = given
    ask = asker(kbqa.open(base, config=config), given_entities=given_entities)
    return partial(outcome, ask=ask)
