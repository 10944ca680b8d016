"""Vectors by item id, searched exactly by FAISS straight from the file.

A folder holds one file of vectors, one of their ids and one of removed rows, each only ever appended to, and a
manifest that says how much of each counts. The manifest is replaced last and at once, so a process that dies
leaves either the old state or the new one; bytes that the manifest does not count are ignored and overwritten.
There may be many readers but only one writer, which the caller ensures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from retrieval.errors import StorageError
from retrieval.types import Floats
from retrieval.vector_files import (
    FILES,
    FORMAT_VERSION,
    Manifest,
    file_of,
    map_vectors,
    read_ids,
    read_manifest,
    read_removed,
    sync,
    write_manifest,
)

__all__ = ["VectorIndex"]

Rows = npt.NDArray[np.int64]


class VectorIndex:
    """Unit-length vectors of one encoder. Changes can be seen and are durable after `commit`."""

    def __init__(self, path: Path, manifest: Manifest, *, read_only: bool) -> None:
        """Attach to an index folder; use `create` or `open`."""
        self._path = path
        self._read_only = read_only
        self._attach(manifest)

    def _attach(self, manifest: Manifest) -> None:
        """Take over the committed state."""
        self._manifest = manifest
        self._ids = read_ids(self._path, manifest)  # of all rows, pending ones included
        self._removed = read_removed(self._path, manifest)  # committed
        self._pending_removed: list[int] = []
        self._pending_rows: dict[str, int | None] = {}  # None where the id is to be removed
        self._row_of: dict[str, int] | None = None  # committed; made at first need
        self._id_bytes = manifest.id_bytes
        self._show()

    @classmethod
    def create(cls, path: str | Path, *, dim: int, encoder: str) -> VectorIndex:
        """Return a new, empty index that can be written.

        Args:
            path: A folder that is empty or does not exist.
            dim: Components of a vector; at least 1.
            encoder: Name of the encoder whose vectors will be stored.

        Raises:
            StorageError: If the folder is not empty or cannot be made.
        """
        path = Path(path)
        if dim < 1:
            raise ValueError(f"dim must be at least 1, got {dim}")
        manifest = Manifest(FORMAT_VERSION, "exact", dim, encoder)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise StorageError(f"{path} is not empty; open the index, or remove it first")
            for name in FILES:
                file_of(path, name, 0).touch()
            write_manifest(path, manifest)
        except OSError as error:
            raise StorageError(f"cannot create the vector index {path}: {error}") from error
        return cls(path, manifest, read_only=False)

    @classmethod
    def open(cls, path: str | Path, *, encoder: str, read_only: bool = True) -> VectorIndex:
        """Return the index in a folder.

        Args:
            path: A folder that `create` made.
            encoder: Name of the encoder that will make the queries.
            read_only: Whether it is opened for searching only.

        Raises:
            StorageError: If it is missing, damaged, of another version, or holds another encoder's vectors.
        """
        path = Path(path)
        manifest = read_manifest(path)
        if manifest.encoder != encoder:
            raise StorageError(
                f"the vectors in {path} were made by {manifest.encoder}, not by {encoder}; "
                "open them with that encoder, or build them again"
            )
        return cls(path, manifest, read_only=read_only)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave; what was not committed is forgotten."""

    def __len__(self) -> int:
        """Return the number of committed vectors."""
        return self._manifest.rows - len(self._removed)

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        return self._manifest.dim

    @property
    def encoder(self) -> str:
        """Name of the encoder that made the vectors."""
        return self._manifest.encoder

    def ids(self) -> list[str]:
        """Return the ids of the committed vectors, in the order of adding."""
        return [item_id for item_id, live in zip(self._ids, self._live, strict=False) if live]

    def add(self, ids: Sequence[str], vectors: Floats) -> None:
        """Store vectors; an id that is there already gets the new vector.

        Args:
            ids: One id per vector, without line breaks.
            vectors: (len(ids), dim) float32, unit length.

        Raises:
            ValueError: If shapes do not fit, a number is not finite, or an id holds a line break.
            StorageError: If the index is open for reading only, or cannot be written.
        """
        self._check_writable()
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if vectors.shape != (len(ids), self.dim):
            raise ValueError(
                f"{len(ids)} ids need vectors of shape {(len(ids), self.dim)}, got {vectors.shape}"
            )
        if not np.isfinite(vectors).all():
            raise ValueError("vectors must be finite numbers")
        if any("\n" in item_id or not item_id for item_id in ids):
            raise ValueError("ids must not be empty and must not hold line breaks")
        lines = "".join(f"{item_id}\n" for item_id in ids).encode()
        self._append("vectors", len(self._ids) * self.dim * 4, vectors.tobytes())
        self._append("ids", self._id_bytes, lines)
        self._id_bytes += len(lines)
        for item_id in ids:
            self._forget(item_id)
            self._pending_rows[item_id] = len(self._ids)
            self._ids.append(item_id)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove vectors by id; unknown ids are ignored.

        Raises:
            StorageError: If the index is open for reading only.
        """
        self._check_writable()
        for item_id in ids:
            self._forget(item_id)

    def commit(self) -> None:
        """Make all changes since the last commit durable and visible, or none of them.

        Raises:
            StorageError: If they cannot be written.
        """
        self._check_writable()
        removed = np.array(self._pending_removed, dtype=np.int64)
        self._append("removed", len(self._removed) * 8, removed.tobytes())
        manifest = replace(
            self._manifest,
            rows=len(self._ids),
            id_bytes=self._id_bytes,
            removed=len(self._removed) + len(removed),
        )
        try:
            for name in FILES:
                sync(file_of(self._path, name, manifest.part))
            write_manifest(self._path, manifest)
        except OSError as error:
            raise StorageError(f"cannot write the vector index {self._path}: {error}") from error
        self._manifest = manifest
        self._removed = np.concatenate([self._removed, removed])
        self._take_over_rows()
        self._show()

    def search(
        self, queries: Floats, *, k: int, among: Sequence[str] | None = None, prefix: str = ""
    ) -> list[list[tuple[str, float]]]:
        """Return the nearest committed vectors of each query, exactly.

        Args:
            queries: (n, dim) float32, unit length.
            k: How many at most; at least 1.
            among: If given, only these ids are considered.
            prefix: If given, only ids that begin with it, e.g. "p:".

        Returns:
            For each query (id, cosine) pairs, best first, equal cosines by id.

        Raises:
            ValueError: If `k` is below 1 or the queries have another number of components.
        """
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        if queries.ndim != 2 or queries.shape[1] != self.dim:
            raise ValueError(f"queries must have shape (n, {self.dim}), got {queries.shape}")
        rows = self._allowed(among, prefix)
        size = len(self) if rows is None else int(rows.sum()) if rows.dtype == bool else len(rows)
        if size == 0:
            return [[] for _ in queries]
        scores, found = _nearest(queries, self._matrix, min(k, size), rows)
        return [self._pairs(*row) for row in zip(scores, found, strict=True)]

    def compact(self) -> None:
        """Rewrite the files without the removed rows; the index must have no uncommitted change.

        Raises:
            StorageError: If there are uncommitted changes, or the files cannot be written.
        """
        self._check_writable()
        if self._pending_removed or len(self._ids) != self._manifest.rows:
            raise StorageError(f"the vector index {self._path} has uncommitted changes; commit them first")
        old, ids = self._manifest, self.ids()
        lines = "".join(f"{item_id}\n" for item_id in ids).encode()
        manifest = replace(old, part=old.part + 1, rows=len(ids), id_bytes=len(lines), removed=0)
        try:
            with file_of(self._path, "vectors", manifest.part).open("wb") as file:
                for start in range(0, old.rows, 65536):
                    block = slice(start, start + 65536)
                    file.write(self._matrix[block][self._live[block]].tobytes())
            file_of(self._path, "ids", manifest.part).write_bytes(lines)
            file_of(self._path, "removed", manifest.part).write_bytes(b"")
            for name in FILES:
                sync(file_of(self._path, name, manifest.part))
            write_manifest(self._path, manifest)
            for name in FILES:
                file_of(self._path, name, old.part).unlink()
        except OSError as error:
            raise StorageError(f"cannot compact the vector index {self._path}: {error}") from error
        self._attach(manifest)

    def _show(self) -> None:
        """Make the committed state the one that `search` sees."""
        manifest = self._manifest
        self._matrix = map_vectors(self._path, manifest)
        self._live = np.ones(manifest.rows, dtype=bool)
        self._live[self._removed] = False
        self._masks: dict[str, npt.NDArray[np.bool_]] = {}

    def _allowed(self, among: Sequence[str] | None, prefix: str) -> Rows | npt.NDArray[np.bool_] | None:
        """Return the rows to search: their numbers, a mask of all rows, or None for all."""
        if among is not None:
            known = self._rows()
            rows = {known[item_id] for item_id in among if item_id.startswith(prefix) and item_id in known}
            return np.array(sorted(rows), dtype=np.int64)
        if prefix:
            return self._mask(prefix)
        return None if self._live.all() else self._live

    def _mask(self, prefix: str) -> npt.NDArray[np.bool_]:
        """Return which rows are there and have ids that begin with `prefix`."""
        if prefix not in self._masks:
            ids = self._ids[: len(self._live)]
            self._masks[prefix] = self._live & np.array([item_id.startswith(prefix) for item_id in ids], bool)
        return self._masks[prefix]

    def _pairs(self, scores: Floats, rows: Rows) -> list[tuple[str, float]]:
        """Name the rows that were found."""
        pairs = [(self._ids[row], float(score)) for row, score in zip(rows, scores, strict=True) if row >= 0]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _rows(self) -> dict[str, int]:
        """Return the row of each committed id."""
        if self._row_of is None:
            self._row_of = {self._ids[row]: row for row in np.flatnonzero(self._live).tolist()}
        return self._row_of

    def _forget(self, item_id: str) -> None:
        """Note that the row of an id, committed or pending, is to be removed."""
        row = self._pending_rows[item_id] if item_id in self._pending_rows else self._rows().get(item_id)
        if row is not None:
            self._pending_removed.append(row)
            self._pending_rows[item_id] = None

    def _take_over_rows(self) -> None:
        """Make pending rows committed ones."""
        known = self._rows()
        for item_id, row in self._pending_rows.items():
            if row is None:
                known.pop(item_id, None)
            else:
                known[item_id] = row
        self._pending_rows, self._pending_removed = {}, []

    def _append(self, name: str, offset: int, content: bytes) -> None:
        """Write bytes behind what is valid, over anything that a dead writer left there."""
        path = file_of(self._path, name, self._manifest.part)
        try:
            with path.open("r+b") as file:
                file.seek(offset)
                file.write(content)
                file.truncate()
        except OSError as error:
            raise StorageError(f"cannot write the vector index {path}: {error}") from error

    def _check_writable(self) -> None:
        if self._read_only:
            raise StorageError(f"the vector index {self._path} is open for reading only")


def _nearest(
    queries: Floats, matrix: Floats, k: int, rows: Rows | npt.NDArray[np.bool_] | None
) -> tuple[Floats, Rows]:
    """Return (n, k) inner products, best first, and their rows; row -1 where there are fewer."""
    import faiss

    if rows is None:
        scores, found = faiss.knn(queries, matrix, k, metric=faiss.METRIC_INNER_PRODUCT)
        return scores, found
    library: Any = faiss  # its stubs know the C++ signatures only, not those that take arrays
    if rows.dtype == bool:
        chosen = library.IDSelectorBitmap(np.packbits(rows, bitorder="little"))
    else:
        chosen = library.IDSelectorArray(rows)
    scores = np.empty((len(queries), k), dtype=np.float32)
    found = np.empty((len(queries), k), dtype=np.int64)
    inputs, outputs = (
        [faiss.swig_ptr(array) for array in pair] for pair in ((queries, matrix), (scores, found))
    )
    library.knn_inner_product(*inputs, matrix.shape[1], len(queries), len(matrix), k, *outputs, chosen)
    return scores, found
