"""How well and how fast each kind of index finds vectors, beside the bare FAISS index in the same run."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kbqa.errors import InputError
from kbqa.storage.manifest import read_manifest
from kbqa.storage.parts import VECTORS
from retrieval.engine import open_vectors
from retrieval.types import Floats, VectorKind
from retrieval.vector_files import KINDS
from retrieval.vectors import VectorIndex

__all__ = ["KindFigures", "Sample", "compare_kinds", "heading", "made_up", "stored"]

LEAST = 1000  # vectors below which there is nothing to compare
DIM = 384  # of made-up vectors
NEAR = 10
BLOCK = 65536


@dataclass(frozen=True, slots=True)
class Sample:
    """Vectors to search and queries that are not among them, unit length: (n, dim) and (queries, dim)."""

    vectors: Floats
    queries: Floats


@dataclass(frozen=True, slots=True)
class KindFigures:
    """What was measured of one index.

    Attributes:
        name: "ours" or "bare FAISS", and the kind.
        recall: Share of the ten nearest vectors that are among the ten found.
        half: Milliseconds that half of the queries take at most, one query at a time.
        most: Milliseconds that 95 of 100 queries take at most.
        build_seconds: From vectors in memory to an index in files.
        megabytes: Of the files.
    """

    name: str
    recall: float
    half: float
    most: float
    build_seconds: float
    megabytes: float

    def line(self) -> str:
        """Return the figures as a line of the table under `heading`."""
        times = f"{self.half:>9.2f}{self.most:>9.2f}{self.build_seconds:>11.1f}"
        return f"{self.name:<20}{self.recall:>10.3f}{times}{self.megabytes:>11.1f}"


def made_up(count: int, *, queries: int, seed: int) -> Sample:
    """Return vectors in clusters, as texts of so many topics have them: each its topic's plus as much of its own.

    Raises:
        InputError: If `count` is below 1,000.
    """
    _check(count, f"--vectors {count}")
    random = np.random.default_rng(seed)
    topics = random.standard_normal((int(count**0.5), DIM), dtype=np.float32)
    vectors = np.empty((count + queries, DIM), dtype=np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK]
        random.standard_normal(dtype=np.float32, out=block)
        block += topics[random.integers(0, len(topics), len(block))]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return Sample(vectors[:count], vectors[count:])


def stored(base: Path, *, queries: int, seed: int) -> Sample:
    """Return the vectors of a knowledge base, of which some are held out as queries.

    Raises:
        InputError: If it has fewer than 1,000, or keeps them in a database.
    """
    with open_vectors(base / VECTORS, encoder=read_manifest(base).encoder) as index:
        if not isinstance(index, VectorIndex):
            raise InputError(f"{base} keeps its vectors {index.described}, which searches them its own way")
        _check(len(index), str(base))
        vectors = np.concatenate(list(index.blocks()))
    np.random.default_rng(seed).shuffle(vectors)
    held_out = min(queries, len(vectors) // 10)
    return Sample(vectors[held_out:], vectors[:held_out])


def compare_kinds(sample: Sample, *, kinds: Sequence[VectorKind] = KINDS) -> Iterator[KindFigures]:
    """Yield the figures of every kind, ours and then the bare index with the same settings, as they are measured."""
    from retrieval.nearest import nearest

    truth = nearest(sample.queries, sample.vectors, NEAR)[1]
    for kind in kinds:
        with tempfile.TemporaryDirectory() as scratch:
            yield _ours(kind, sample, truth, Path(scratch) / "index")
        with tempfile.TemporaryDirectory() as scratch:
            yield _bare(kind, sample, truth, Path(scratch) / "index")


def heading(sample: Sample) -> str:
    """Return what is measured on, and the names of the columns."""
    count, dim = sample.vectors.shape
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    what = f"{count:,} vectors of {dim} components, {len(sample.queries)} queries"
    columns = f"{'':<20}{'recall@10':>10}{'p50 ms':>9}{'p95 ms':>9}{'build s':>11}{'MB':>11}"
    return f"{machine}\n{what}\n{columns}"


def _ours(kind: VectorKind, sample: Sample, truth: Any, place: Path) -> KindFigures:
    started = time.perf_counter()
    index = VectorIndex.create(place, dim=sample.vectors.shape[1], encoder="bench", kind=kind)
    for start in range(0, len(sample.vectors), BLOCK):
        block = sample.vectors[start : start + BLOCK]
        index.add([str(row) for row in range(start, start + len(block))], block)
    index.commit(tail=0)
    seconds = time.perf_counter() - started
    opened = VectorIndex.open(place, encoder="bench")

    def search(query: Floats) -> list[int]:
        return [int(item_id) for item_id, _ in opened.search(query, k=NEAR)[0]]

    size = sum(path.stat().st_size for path in place.iterdir())
    return _figures(f"{kind}, ours", search, sample, truth, (seconds, size))


def _bare(kind: VectorKind, sample: Sample, truth: Any, place: Path) -> KindFigures:
    import faiss

    from retrieval.approximate import fill_index, new_index

    count, dim = sample.vectors.shape
    started = time.perf_counter()
    empty: Any = faiss.IndexFlatIP(dim) if kind == "exact" else new_index(kind, count, dim)
    index = fill_index(empty, sample.vectors)
    faiss.write_index(index, str(place))
    seconds = time.perf_counter() - started

    def search(query: Floats) -> list[int]:
        found: list[int] = index.search(query, NEAR)[1][0].tolist()
        return found

    return _figures(f"{kind}, bare FAISS", search, sample, truth, (seconds, place.stat().st_size))


def _figures(
    name: str, search: Callable[[Floats], list[int]], sample: Sample, truth: Any, built: tuple[float, int]
) -> KindFigures:
    """Return the figures of an index that took so many seconds and bytes to build."""
    times, hits = [], 0
    search(sample.queries[:1])
    for row, wanted in enumerate(truth):
        started = time.perf_counter()
        found = search(sample.queries[row : row + 1])
        times.append(1000 * (time.perf_counter() - started))
        hits += len(set(found) & set(wanted.tolist()))
    half, most = np.percentile(times, [50, 95])
    return KindFigures(name, hits / truth.size, float(half), float(most), built[0], built[1] / 1e6)


def _check(count: int, what: str) -> None:
    if count < LEAST:
        raise InputError(f"{what}: {count} vectors are searched exactly; give at least {LEAST:,} to compare")
