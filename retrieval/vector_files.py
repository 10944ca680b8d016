"""The files of a vector index: three that grow, and a manifest that says how much of them counts."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retrieval.errors import StorageError
from retrieval.types import Floats

__all__ = [
    "FILES",
    "FORMAT_VERSION",
    "Manifest",
    "file_of",
    "map_vectors",
    "read_ids",
    "read_manifest",
    "read_removed",
    "sync",
    "write_manifest",
]

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
FILES = ("vectors", "ids", "removed")
KINDS = ("exact",)  # how vectors are searched; approximate kinds are added here and in `VectorIndex.search`


@dataclass(frozen=True, slots=True)
class Manifest:
    """What of the files counts.

    Attributes:
        format: Version of this layout.
        kind: How the vectors are searched.
        dim: Components of a vector.
        encoder: Name of the encoder that made them.
        part: Number in the files' names; `compact` begins a new one.
        rows: Valid rows of the vector file, removed ones included.
        id_bytes: Valid bytes of the id file.
        removed: Valid entries of the file of removed rows.
    """

    format: int
    kind: str
    dim: int
    encoder: str
    part: int = 0
    rows: int = 0
    id_bytes: int = 0
    removed: int = 0


def file_of(path: Path, name: str, part: int) -> Path:
    """Return where one of the three files of a part lies."""
    return path / f"{name}.{part}"


def map_vectors(path: Path, manifest: Manifest) -> Floats:
    """Map the valid vectors into memory without reading them."""
    shape = (manifest.rows, manifest.dim)
    if manifest.rows == 0:  # an empty file cannot be mapped
        return np.empty(shape, dtype=np.float32)
    place = file_of(path, "vectors", manifest.part)
    try:
        return np.memmap(place, dtype=np.float32, mode="r", shape=shape)
    except (OSError, ValueError) as error:
        raise StorageError(f"{place} is damaged: {error}; build the vectors again") from error


def read_ids(path: Path, manifest: Manifest) -> list[str]:
    """Read the ids of all rows, removed ones included."""
    content = _read_bytes(file_of(path, "ids", manifest.part), manifest.id_bytes)
    try:
        ids = content.decode().split("\n")[:-1]
    except UnicodeDecodeError as error:
        raise StorageError(f"the vector ids in {path} are damaged; build the vectors again") from error
    if len(ids) != manifest.rows:
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
        manifest = Manifest(**{field.name: content[field.name] for field in fields(Manifest)})
    except FileNotFoundError as error:
        raise StorageError(f"no vector index at {path}; build the knowledge base first") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{place} is damaged: {error}; build the vectors again") from error
    if manifest.kind not in KINDS:
        raise StorageError(f"{path} is searched by {manifest.kind!r}, which this version does not know")
    return manifest


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
