"""Where vectors are kept: in files that FAISS searches, or in a vector database for what one machine cannot hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from retrieval.types import VectorKind, Vectors

__all__ = ["VectorPlace", "create_vectors", "dropping", "open_vectors"]


@dataclass(frozen=True, slots=True)
class VectorPlace:
    """Where new vectors go.

    Attributes:
        kind: How those in a folder are searched; None to choose by their number.
        database: Address of a vector database that holds them instead, "" for none.
    """

    kind: VectorKind | None = None
    database: str = ""


def create_vectors(path: Path, *, dim: int, encoder: str, place: VectorPlace) -> Vectors:
    """Return a new, empty index.

    Args:
        path: A folder that is empty or does not exist: of the vectors, or of what is known of a database.
        dim: Components of a vector.
        encoder: Name of the encoder whose vectors will be stored.
        place: Where they go.

    Raises:
        StorageError: If the folder is not empty or cannot be made.
        EngineError: If the database cannot be reached.
    """
    if place.database:
        from retrieval.engine.milvus import MilvusIndex

        return MilvusIndex.create(path, dim=dim, encoder=encoder, address=place.database)
    from retrieval.vectors import VectorIndex

    return VectorIndex.create(path, dim=dim, encoder=encoder, kind=place.kind)


def open_vectors(path: Path, *, encoder: str, read_only: bool = True) -> Vectors:
    """Return the index that `create_vectors` made, wherever its vectors are.

    Raises:
        StorageError: If it is missing, damaged, of another version, or holds another encoder's vectors.
    """
    from retrieval.engine.milvus import MilvusIndex, is_remote

    if is_remote(path):
        return MilvusIndex.open(path, encoder=encoder, read_only=read_only)
    from retrieval.vectors import VectorIndex

    return VectorIndex.open(path, encoder=encoder, read_only=read_only)


def dropping(path: Path) -> Callable[[], None]:
    """Return what removes from the database the vectors that a folder names now, if it names any.

    It can be called when the folder is gone; what cannot be removed is named in the log.
    """
    from retrieval.engine.milvus import find_remote

    remote = find_remote(path)
    return _nothing if remote is None else remote.drop


def _nothing() -> None:
    """Do nothing."""
