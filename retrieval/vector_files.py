"""The files of a vector index: three that grow, those derived from them, and a manifest that says what counts.

The file of vectors begins with `HEADER` bytes that mean nothing: FAISS is shown its own header there, in a
private copy of the page, so that it reads the vectors where they are (see `retrieval.approximate`).
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.errors import StorageError
from retrieval.types import Floats, VectorKind
from retrieval.vector_ids import Ids

__all__ = [
    "FILES",
    "FORMAT_VERSION",
    "HEADER",
    "Manifest",
    "create_files",
    "file_of",
    "map_vectors",
    "offset_of",
    "read_ids",
    "read_manifest",
    "read_removed",
    "remove_other_parts",
    "sync",
    "write_at",
    "write_manifest",
]

FORMAT_VERSION = 2
MANIFEST = "manifest.json"
FILES = ("vectors", "ids", "removed")
KINDS: tuple[VectorKind, ...] = ("exact", "hnsw", "ivfpq")
HEADER = 64


@dataclass(frozen=True, slots=True)
class Manifest:
    """What of the files counts.

    Attributes:
        format: Version of this layout.
        kind: How the vectors are searched.
        by_size: Whether the kind was chosen by the number of vectors, and is chosen again when it changes.
        dim: Components of a vector.
        encoder: Name of the encoder that made them.
        part: Number in the files' names; `compact` begins a new one.
        rows: Valid rows of the vector file, removed ones included.
        id_bytes: Valid bytes of the id file.
        removed: Valid entries of the file of removed rows.
        segments: Stretches of rows that have an approximate index each: (first row, one past the last).
    """

    format: int
    kind: VectorKind
    by_size: bool
    dim: int
    encoder: str
    part: int = 0
    rows: int = 0
    id_bytes: int = 0
    removed: int = 0
    segments: tuple[tuple[int, int], ...] = ()

    @property
    def indexed(self) -> int:
        """Return how many rows, from the first on, are in segments."""
        return self.segments[-1][1] if self.segments else 0


def file_of(path: Path, name: str, part: int) -> Path:
    """Return where one of the three files of a part lies, or the segment "hnsw-0" that begins at row 0."""
    return path / f"{name}.{part}"


def offset_of(row: int, dim: int) -> int:
    """Return where a row begins in the file of vectors."""
    return HEADER + row * dim * 4


def create_files(path: Path, part: int) -> None:
    """Make the files of a part without any row."""
    for name in FILES:
        file_of(path, name, part).write_bytes(bytes(HEADER) if name == "vectors" else b"")


def remove_other_parts(path: Path, part: int) -> None:
    """Remove the files of parts that no longer count, or never came to."""
    for place in path.iterdir():
        if place.suffix[1:].isdecimal() and place.suffix != f".{part}":
            place.unlink()


def write_at(place: Path, offset: int, content: bytes) -> None:
    """Write the bytes of a file from an offset on; what was there goes."""
    try:
        with place.open("r+b") as file:
            file.seek(offset)
            file.write(content)
            file.truncate()
    except OSError as error:
        raise StorageError(f"cannot write the vector index {place}: {error}") from error


def map_vectors(path: Path, manifest: Manifest) -> Floats:
    """Map the valid vectors into memory without reading them."""
    shape = (manifest.rows, manifest.dim)
    if manifest.rows == 0:  # an empty file cannot be mapped
        return np.empty(shape, dtype=np.float32)
    place = file_of(path, "vectors", manifest.part)
    try:
        return np.memmap(place, dtype=np.float32, mode="r", offset=HEADER, shape=shape)
    except (OSError, ValueError) as error:
        raise StorageError(f"{place} is damaged: {error}; build the vectors again") from error


def read_ids(path: Path, manifest: Manifest) -> Ids:
    """Read the ids of all rows, removed ones included."""
    content = _read_bytes(file_of(path, "ids", manifest.part), manifest.id_bytes)
    ids = Ids(content)
    if len(ids) != manifest.rows or not content.endswith(b"\n" if manifest.rows else b""):
        raise StorageError(
            f"{path} holds {len(ids)} ids for {manifest.rows} vectors; build the vectors again"
        )
    return ids


def read_removed(path: Path, manifest: Manifest) -> npt.NDArray[np.int64]:
    """Read the numbers of the removed rows."""
    content = _read_bytes(file_of(path, "removed", manifest.part), manifest.removed * 8)
    removed = np.frombuffer(content, dtype=np.int64)
    if removed.size and (removed.min() < 0 or removed.max() >= manifest.rows):
        raise StorageError(f"the list of removed vectors in {path} is damaged; build the vectors again")
    return removed


def _read_bytes(path: Path, size: int) -> bytes:
    """Read the first `size` bytes of a file."""
    try:
        with path.open("rb") as file:
            content = file.read(size)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error}; build the vectors again") from error
    if len(content) < size:
        raise StorageError(f"{path} is cut short ({len(content)} of {size} bytes); build the vectors again")
    return content


def read_manifest(path: Path) -> Manifest:
    """Read and check the manifest."""
    place = path / MANIFEST
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
        version = content["format"]
        if version != FORMAT_VERSION:
            raise StorageError(
                f"{path} has vector format {version}, this version reads {FORMAT_VERSION}; build it again"
            )
        manifest = _manifest({field.name: content[field.name] for field in fields(Manifest)})
    except FileNotFoundError as error:
        raise StorageError(f"no vector index at {path}; build the knowledge base first") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{place} is damaged: {error}; build the vectors again") from error
    if manifest.kind not in KINDS:
        raise StorageError(
            f"{path} is searched by {manifest.kind!r}, which this version does not know; build it again"
        )
    return manifest


def _manifest(content: dict[str, Any]) -> Manifest:
    """Return the manifest of values of a file; raises TypeError or ValueError if they are none."""
    segments = tuple((int(start), int(stop)) for start, stop in content.pop("segments"))
    ends = [0, *(end for segment in segments for end in segment)]
    if ends[1::2] != ends[:-1:2] or sorted(ends) != ends or ends[-1] > content["rows"]:
        raise ValueError(f"segments are {segments} of {content['rows']} rows")
    return Manifest(**content, segments=segments)


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Replace the manifest at once and durably."""
    new = path / f"{MANIFEST}.new"
    new.write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    sync(new)
    new.replace(path / MANIFEST)


def sync(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
