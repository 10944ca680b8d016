"""Approximate indexes by FAISS over stretches of a vector file: graphs of neighbours, and compressed cells.

Neither keeps the vectors themselves: a graph reads them where they are, and what compressed copies find is
ranked by the vectors. So the whole is as large as FAISS's own index, and can be made anew from the vectors.
"""

from __future__ import annotations

import logging
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from retrieval.errors import StorageError
from retrieval.nearest import Found, nearest
from retrieval.types import Floats, VectorKind
from retrieval.vector_files import offset_of
from retrieval.vector_ids import Mask

__all__ = ["TAIL", "Segment", "build_index", "choose_kind", "fill_index", "new_index", "open_segment"]

HNSW_FROM, IVFPQ_FROM = 50_000, 4_000_000
TAIL = 10_000
"""Rows behind the last segment up to which they are searched exactly; also what training an IVF-PQ takes."""

LINKS, BUILD_EFFORT, EFFORT = 24, 80, 128  # of HNSW: M, efConstruction, efSearch
CELL_COMPONENTS = 4  # components that one byte of a compressed copy stands for
CELLS_PER_ROOT = 4  # cells for each square root of the rows, as the FAISS wiki advises
TRAINED_PER_CELL, TRAINED_PER_CENTROID, ROUNDS = 64, 64, 10  # of k-means, for cells and compressed copies
PROBED_PER_ROOT, LEAST_PROBED = 2, 32  # cells that are searched, for each square root of all cells
RANKED_AGAIN, LEAST_RANKED = 20, 200  # hits by compressed copies that are ranked again, for each hit wanted
FILTERED = 0.1  # share of allowed rows below which they are searched exactly

_FLAT_HEADER = struct.Struct(
    "<4siqqqBiQ"
)  # of FAISS's IndexFlatIP: IxFI, dim, rows, -, -, trained, metric, floats

log = logging.getLogger(__name__)


def choose_kind(rows: int) -> VectorKind:
    """Return how so many vectors are best searched, and log why.

    >>> choose_kind(10_000), choose_kind(1_000_000)
    ('exact', 'hnsw')
    """
    kind: VectorKind = "exact"
    reason = f"below {HNSW_FROM:,} an exact search takes milliseconds"
    if rows >= IVFPQ_FROM:
        kind, reason = "ivfpq", f"from {IVFPQ_FROM:,} on a graph of neighbours needs much memory"
    elif rows >= HNSW_FROM:
        kind, reason = "hnsw", f"from {HNSW_FROM:,} on a graph of neighbours is faster"
    log.info("%s vectors are searched by %s: %s", f"{rows:,}", kind, reason)
    return kind


class Index(Protocol):
    """An approximate index of rows that are counted from 0."""

    def search(self, queries: Floats, k: int, effort: float, bits: npt.NDArray[np.uint8] | None) -> Found:
        """Return the nearest rows, as `retrieval.nearest`.

        Args:
            queries: (n, dim) float32.
            k: How many; not more than there are allowed rows.
            effort: How much more to look at than for a search among all rows; at least 1.
            bits: Which rows are allowed, the first row lowest; None for all.
        """
        ...


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows of a matrix with their approximate index."""

    start: int
    stop: int
    index: Index
    matrix: Floats

    def search(self, queries: Floats, k: int, mask: Mask | None) -> Found:
        """Return the `k` nearest of its allowed rows, numbered as in the whole matrix; fewer where there are fewer.

        Where few rows are allowed, or the index finds too few, the search is exact.
        """
        size = self.stop - self.start
        allowed = size if mask is None else mask.count(self.start, self.stop)
        k = min(k, allowed)
        if k == 0:
            return np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
        bits = None if mask is None or allowed == size else mask.packed(self.start, self.stop)
        found = None
        if allowed >= FILTERED * size:
            found = self.index.search(queries, k, size / allowed, bits)
        if found is None or (found[1] < 0).any():
            rows = None if mask is None else mask.allowed[self.start : self.stop]
            found = nearest(queries, self.matrix[self.start : self.stop], k, rows)
        return found[0], found[1] + self.start


class _Graph:
    """A graph of neighbours, HNSW (Malkov & Yashunin, TPAMI 2020), beside vectors that lie in a file."""

    def __init__(self, place: Path, vectors: Path, start: int, rows: int, dim: int) -> None:
        faiss = _library()
        self._storage = _FlatInFile(vectors, start, rows, dim)
        flags = faiss.IO_FLAG_SKIP_STORAGE | faiss.IO_FLAG_MMAP_IFC
        self._index: Any = faiss.read_index(str(place), flags)
        _check(self._index, place, rows, dim, "IndexHNSWFlat")
        self._index.storage = self._storage.index
        self._index.own_fields = False

    def search(self, queries: Floats, k: int, effort: float, bits: npt.NDArray[np.uint8] | None) -> Found:
        """Return the nearest rows; see `Index`."""
        faiss = _library()
        breadth = int(max(EFFORT, 2 * k) * effort)
        parameters = faiss.SearchParametersHNSW(efSearch=breadth, **_selected(bits))
        scores, rows = self._index.search(queries, k, params=parameters)
        return scores, rows


class _FlatInFile:
    """FAISS's flat index of rows in a file of vectors, which it maps into memory and does not copy."""

    def __init__(self, vectors: Path, start: int, rows: int, dim: int) -> None:
        faiss = _library()
        floats = rows * dim
        header = _FLAT_HEADER.pack(b"IxFI", dim, rows, 0, 0, 1, faiss.METRIC_INNER_PRODUCT, floats)
        offset = offset_of(start, dim) - len(header)
        shape = (len(header) + 4 * floats,)
        # "c": what is written, the header, is seen by this process only and never gets into the file
        self._bytes = np.memmap(vectors, dtype=np.uint8, mode="c", offset=offset, shape=shape)
        self._bytes[: len(header)] = np.frombuffer(header, np.uint8)
        reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(self._bytes), self._bytes.size)
        self.index = faiss.read_index(reader, faiss.IO_FLAG_MMAP_IFC)


class _Cells:
    """Compressed copies in cells, IVF-PQ (Jégou et al., TPAMI 2011), whose hits are ranked by the vectors."""

    def __init__(self, place: Path, matrix: Floats) -> None:
        faiss = _library()
        self._matrix = matrix
        self._index: Any = faiss.read_index(str(place), faiss.IO_FLAG_MMAP)
        _check(self._index, place, len(matrix), matrix.shape[1], "IndexIVFPQ")
        # FAISS would start 32 threads for each search to read lists ahead, which takes longer than the search
        faiss.downcast_InvertedLists(self._index.invlists).prefetch_nthread = 0

    def search(self, queries: Floats, k: int, effort: float, bits: npt.NDArray[np.uint8] | None) -> Found:
        """Return the nearest rows; see `Index`."""
        faiss = _library()
        probed = min(self._index.nlist, int(self._index.nprobe * effort))
        parameters = faiss.SearchParametersIVF(nprobe=probed, **_selected(bits))
        depth = min(len(self._matrix), max(LEAST_RANKED, RANKED_AGAIN * k))
        rows = self._index.search(queries, depth, params=parameters)[1]
        scores = np.einsum("nd,nkd->nk", queries, self._matrix[rows])
        scores[rows < 0] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)


def new_index(kind: VectorKind, rows: int, dim: int) -> Any:
    """Return an empty FAISS index of an approximate kind for so many rows."""
    faiss = _library()
    if kind == "hnsw":
        index = faiss.IndexHNSWFlat(dim, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = BUILD_EFFORT, EFFORT
        return index
    cells = max(1, CELLS_PER_ROOT * math.isqrt(rows))
    pieces = max(n for n in range(1, max(1, dim // CELL_COMPONENTS) + 1) if dim % n == 0)
    index = faiss.index_factory(dim, f"IVF{cells},PQ{pieces}np", faiss.METRIC_INNER_PRODUCT)
    index.nprobe = max(LEAST_PROBED, PROBED_PER_ROOT * math.isqrt(cells))
    index.cp.min_points_per_centroid = index.pq.cp.min_points_per_centroid = 1  # no warnings on stderr
    index.pq.cp.max_points_per_centroid = TRAINED_PER_CENTROID
    index.cp.niter = index.pq.cp.niter = ROUNDS
    return index


def fill_index(index: Any, matrix: Floats) -> Any:
    """Return the index with the rows of a matrix, trained on a sample of them if it needs that.

    Compressed cells are made on all GPUs, where `faiss-gpu` finds any.
    """
    faiss = _library()
    if index.is_trained:
        index.add(np.ascontiguousarray(matrix))
        return index
    on_gpus = faiss.get_num_gpus() > 0
    working = _on_all_gpus(index) if on_gpus else index
    wanted = max(TAIL, TRAINED_PER_CELL * index.nlist)
    working.train(np.ascontiguousarray(matrix[:: max(1, len(matrix) // wanted)]))
    for start in range(0, len(matrix), 1 << 16):
        working.add(np.ascontiguousarray(matrix[start : start + (1 << 16)]))
    return faiss.index_gpu_to_cpu(working) if on_gpus else working


def _on_all_gpus(index: Any) -> Any:
    """Return the index moved to all GPUs; tables of 16 bits fit there whatever the number of bytes of a copy."""
    faiss = _library()
    options = faiss.GpuMultipleClonerOptions()
    options.useFloat16 = True
    return faiss.index_cpu_to_all_gpus(index, co=options)


def build_index(kind: VectorKind, matrix: Floats, place: Path) -> None:
    """Write the approximate index of the rows of a matrix into a file."""
    faiss = _library()
    index = fill_index(new_index(kind, *matrix.shape), matrix)
    faiss.write_index(index, str(place), faiss.IO_FLAG_SKIP_STORAGE if kind == "hnsw" else 0)


def open_segment(
    kind: VectorKind, rows: tuple[int, int], *, place: Path, vectors: Path, matrix: Floats
) -> Segment:
    """Return a segment that `build_index` wrote.

    Args:
        kind: Its kind.
        rows: First row and one past the last.
        place: Its file.
        vectors: The file of all vectors.
        matrix: The vectors in it.

    Raises:
        StorageError: If it is missing, damaged, or does not fit the vectors.
    """
    start, stop = rows
    try:
        index: Index
        if kind == "hnsw":
            index = _Graph(place, vectors, start, stop - start, matrix.shape[1])
        else:
            index = _Cells(place, matrix[start:stop])
    except (RuntimeError, OSError, ValueError, MemoryError) as error:  # what FAISS and numpy raise
        reason = str(error).splitlines()[0][-200:]
        raise StorageError(f"{place} is missing or damaged ({reason}); build the vectors again") from None
    return Segment(start, stop, index, matrix)


def _library() -> Any:
    """Return FAISS, whose stubs know the C++ signatures and not what Python makes of them."""
    import faiss

    return faiss


def _check(index: Any, place: Path, rows: int, dim: int, name: str) -> None:
    found = (type(index).__name__, index.ntotal, index.d)
    if found != (name, rows, dim):
        raise ValueError(f"{place.name} is {found}, not {(name, rows, dim)}")


def _selected(bits: npt.NDArray[np.uint8] | None) -> dict[str, Any]:
    """Return the search parameter that allows only some rows, none where all are allowed."""
    faiss = _library()
    return {} if bits is None else {"sel": faiss.IDSelectorBitmap(bits)}
