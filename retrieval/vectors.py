"""Vectors by item id in a folder, searched by FAISS straight from the file: exactly, or by approximate indexes.

A folder holds one file of vectors, one of their ids and one of removed rows, each only ever appended to, and a
manifest that says how much of each counts. The manifest is replaced last and at once, so a process that dies
leaves either the old state or the new one; bytes that the manifest does not count are ignored and overwritten.
There may be many readers but only one writer, which the caller ensures.

Approximate indexes are derived from the vectors, one for each stretch of rows that grew long enough since the
last: so a change costs what it brings. Removed rows stay in them, are never found, and go with `compact`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from retrieval.approximate import TAIL, Segment, build_index, choose_kind, open_segment
from retrieval.errors import StorageError
from retrieval.nearest import Found, best_of, nearest
from retrieval.types import Floats, VectorKind
from retrieval.vector_files import (
    FILES,
    FORMAT_VERSION,
    Manifest,
    create_files,
    file_of,
    map_vectors,
    offset_of,
    read_ids,
    read_manifest,
    read_removed,
    remove_other_parts,
    sync,
    write_at,
    write_manifest,
)
from retrieval.vector_ids import Directory, Mask, check_queries, check_vectors, lines_of

__all__ = ["VectorIndex"]

REBUILT = 100_000  # vectors up to which a change compacts what has become more than half dead

log = logging.getLogger(__name__)

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
        self._is_shown = False
        self._next_row = manifest.rows
        self._removed = read_removed(self._path, manifest)  # committed
        self._pending_removed: list[int] = []
        self._pending_rows: dict[str, int | None] = {}  # None where the id is to be removed
        self._id_bytes = manifest.id_bytes
        self._show()

    @classmethod
    def create(
        cls, path: str | Path, *, dim: int, encoder: str, kind: VectorKind | None = None
    ) -> VectorIndex:
        """Return a new, empty index that can be written.

        Args:
            path: A folder that is empty or does not exist.
            dim: Components of a vector; at least 1.
            encoder: Name of the encoder whose vectors will be stored.
            kind: How they are searched; None to choose by their number. Whatever it is, the last few thousand
                that were added are searched exactly.

        Raises:
            StorageError: If the folder is not empty or cannot be made.
        """
        path = Path(path)
        if dim < 1:
            raise ValueError(f"dim must be at least 1, got {dim}")
        manifest = Manifest(FORMAT_VERSION, kind or "exact", kind is None, dim, encoder)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise StorageError(f"{path} is not empty; open the index, or remove it first")
            create_files(path, 0)
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

    @property
    def described(self) -> str:
        """How the vectors are searched, in words."""
        manifest = self._manifest
        chosen = "chosen by size" if manifest.by_size else "by name"
        pieces = f", {len(manifest.segments)} indexes" if len(manifest.segments) > 1 else ""
        return f"{manifest.kind}, {chosen}{pieces}"

    def ids(self) -> list[str]:
        """Return the ids of the committed vectors, in the order of adding."""
        self._show()
        return [item_id for item_id, live in zip(self._ids.all(), self._live.allowed, strict=True) if live]

    def blocks(self, *, size: int = 65536) -> Iterator[Floats]:
        """Yield the committed vectors, in the order of `ids`: (up to `size`, dim) float32."""
        self._show()
        for start in range(0, self._manifest.rows, size):
            block = slice(start, start + size)
            yield np.array(self._matrix[block][self._live.allowed[block]])

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
        vectors = check_vectors(ids, vectors, dim=self.dim)
        lines = lines_of(ids)
        self._append("vectors", offset_of(self._next_row, self.dim), vectors.tobytes())
        self._append("ids", self._id_bytes, lines)
        self._id_bytes += len(lines)
        for item_id in ids:
            self._forget(item_id)
            self._pending_rows[item_id] = self._next_row
            self._next_row += 1

    def remove(self, ids: Sequence[str]) -> None:
        """Remove vectors by id; unknown ids are ignored.

        Raises:
            StorageError: If the index is open for reading only.
        """
        self._check_writable()
        for item_id in ids:
            self._forget(item_id)

    def commit(self, *, tail: int = TAIL) -> None:
        """Make all changes since the last commit durable and visible, or none of them.

        Where more than half of all rows are dead afterwards, the files are rewritten without them.

        Args:
            tail: How many rows behind the last approximate index may be without one.

        Raises:
            StorageError: If they cannot be written.
        """
        self._check_writable()
        removed = np.array(self._pending_removed, dtype=np.int64)
        self._append("removed", len(self._removed) * 8, removed.tobytes())
        manifest = replace(
            self._manifest,
            rows=self._next_row,
            id_bytes=self._id_bytes,
            removed=len(self._removed) + len(removed),
        )
        self._finish(_with_kind(manifest), tail)
        self._removed = np.concatenate([self._removed, removed])
        self._pending_rows, self._pending_removed = {}, []
        self._is_shown = False
        self._compact_if_due(tail)

    def search(
        self, queries: Floats, *, k: int, among: Sequence[str] | None = None, prefix: str = ""
    ) -> list[list[tuple[str, float]]]:
        """Return the nearest committed vectors of each query: exactly, or nearly all of them if indexed approximately.

        Always as many as are asked for, if there are, and exactly the nearest where `among` is given.

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
        queries = check_queries(queries, k=k, dim=self.dim)
        self._show()
        rows, size = self._allowed(among, prefix), self._manifest.rows
        if rows is not None:
            size = rows.count(0, size) if isinstance(rows, Mask) else len(rows)
        if size == 0:
            return [[] for _ in queries]
        found = self._nearest(queries, min(k, size), rows)
        return [self._pairs(*row) for row in zip(*found, strict=True)]

    def can_compact(self) -> bool:
        """Return whether there are removed rows, or several indexes that would become one."""
        return bool(self._manifest.removed) or len(self._manifest.segments) > 1

    def compact(self, *, tail: int = TAIL) -> None:
        """Rewrite the files without the removed rows, with one approximate index for all, or none for few.

        The index must have no uncommitted change.

        Args:
            tail: How many rows may be without an approximate index.

        Raises:
            StorageError: If there are uncommitted changes, or the files cannot be written.
        """
        self._check_writable()
        if self._pending_removed or self._next_row != self._manifest.rows:
            raise StorageError(f"the vector index {self._path} has uncommitted changes; commit them first")
        old, lines = self._manifest, lines_of(self.ids())
        part = old.part + 1
        manifest = replace(old, part=part, rows=len(self), id_bytes=len(lines), removed=0, segments=())
        try:
            create_files(self._path, part)
            with file_of(self._path, "vectors", part).open("ab") as file:
                for block in self.blocks():
                    file.write(block.tobytes())
            file_of(self._path, "ids", part).write_bytes(lines)
            self._finish(_with_kind(manifest), tail)
            remove_other_parts(self._path, part)
        except OSError as error:
            raise StorageError(f"cannot compact the vector index {self._path}: {error}") from error
        self._attach(self._manifest)

    def _finish(self, manifest: Manifest, tail: int) -> None:
        """Index what has grown too long, wait until all is on the disk, and make a manifest the valid one."""
        path = self._path
        try:
            if manifest.kind != "exact" and manifest.rows - manifest.indexed > tail:
                start = manifest.indexed
                place = file_of(path, f"{manifest.kind}-{start}", manifest.part)
                build_index(manifest.kind, map_vectors(path, manifest)[start:], place)
                sync(place)
                manifest = replace(manifest, segments=(*manifest.segments, (start, manifest.rows)))
            for name in FILES:
                sync(file_of(path, name, manifest.part))
            write_manifest(path, manifest)
        except (OSError, RuntimeError, MemoryError) as error:  # FAISS tells a full disk by a RuntimeError
            raise StorageError(f"cannot write the vector index {path}: {error}") from error
        self._manifest = manifest

    def _compact_if_due(self, tail: int) -> None:
        """Compact where more than half is dead; of a large index only say that it is due, since that takes long."""
        rows = self._manifest.rows
        if rows <= tail or 2 * len(self) >= rows:
            return
        if len(self) <= REBUILT:
            self.compact(tail=tail)
        else:
            log.warning("%s holds %d vectors that were removed; compact it", self._path, rows - len(self))

    def _show(self) -> None:
        """Make the committed state the one that `search` sees, if it is not.

        A writer seldom looks at what it has committed, and reading that takes longer than a small change.
        """
        if self._is_shown:
            return
        self._is_shown = True
        manifest, path = self._manifest, self._path
        self._ids = read_ids(path, manifest)
        self._matrix = map_vectors(path, manifest)
        live = np.ones(manifest.rows, dtype=bool)
        live[self._removed] = False
        self._live = Mask(live)
        self._masks: dict[str, Mask] = {}
        self._directory = Directory(self._ids, live)
        self._segments = self._open_segments() if self._read_only else None

    def _open_segments(self) -> list[Segment]:
        return [self._segment(rows) for rows in self._manifest.segments]

    def _segment(self, rows: tuple[int, int]) -> Segment:
        """Open an approximate index."""
        manifest, path = self._manifest, self._path
        place = file_of(path, f"{manifest.kind}-{rows[0]}", manifest.part)
        vectors = file_of(path, "vectors", manifest.part)
        return open_segment(manifest.kind, rows, place=place, vectors=vectors, matrix=self._matrix)

    def _nearest(self, queries: Floats, k: int, rows: Mask | Rows | None) -> Found:
        """Return the nearest rows in all segments and behind them."""
        if isinstance(rows, np.ndarray):
            return nearest(queries, self._matrix, k, rows)
        mask = rows
        if self._segments is None:
            self._segments = self._open_segments()
        found = [segment.search(queries, k, mask) for segment in self._segments]
        start, stop = self._manifest.indexed, self._manifest.rows
        left = stop - start if mask is None else mask.count(start, stop)
        if left:
            allowed = None if mask is None else mask.allowed[start:]
            scores, places = nearest(queries, self._matrix[start:], min(k, left), allowed)
            found.append((scores, places + start))
        return found[0] if len(found) == 1 else best_of(found, k)

    def _allowed(self, among: Sequence[str] | None, prefix: str) -> Mask | Rows | None:
        """Return the rows to search: their numbers, a mask of all rows, or None for all."""
        if among is not None:
            found = {self._directory.find(item_id) for item_id in among if item_id.startswith(prefix)}
            return np.array(sorted(row for row in found if row is not None), dtype=np.int64)
        if prefix:
            return self._mask(prefix)
        return self._live if len(self._removed) else None

    def _mask(self, prefix: str) -> Mask:
        """Return which rows are there and have ids that begin with `prefix`."""
        if prefix not in self._masks:
            self._masks[prefix] = Mask(self._live.allowed & self._ids.begin_with(prefix))
        return self._masks[prefix]

    def _pairs(self, scores: Floats, rows: Rows) -> list[tuple[str, float]]:
        """Name the rows that were found."""
        pairs = [(self._ids[row], float(score)) for row, score in zip(rows, scores, strict=True) if row >= 0]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _forget(self, item_id: str) -> None:
        """Note that the row of an id, committed or pending, is to be removed."""
        self._show()
        row = self._pending_rows[item_id] if item_id in self._pending_rows else self._directory.find(item_id)
        if row is not None:
            self._pending_removed.append(row)
            self._pending_rows[item_id] = None

    def _append(self, name: str, offset: int, content: bytes) -> None:
        """Write bytes behind what is valid, over anything that a dead writer left there."""
        write_at(file_of(self._path, name, self._manifest.part), offset, content)

    def _check_writable(self) -> None:
        if self._read_only:
            raise StorageError(f"the vector index {self._path} is open for reading only")


def _with_kind(manifest: Manifest) -> Manifest:
    """Return the manifest with the kind that its size asks for; what is indexed already keeps its kind."""
    if not manifest.by_size or manifest.segments:
        return manifest
    return replace(manifest, kind=choose_kind(manifest.rows - manifest.removed))
