"""Vectors in Milvus: a file of Milvus Lite, a server, or a cluster, which differ by nothing but the address.

The folder holds only where they are. Every knowledge base has a collection of its own. Changes reach the
server at once, so a reader may see them before `commit`, which makes them durable; doing them again does no harm.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np

from retrieval.errors import EngineError, StorageError
from retrieval.types import Floats
from retrieval.vector_ids import check_queries, check_vectors

__all__ = ["MilvusIndex", "find_remote", "is_remote"]

FORMAT = 1
FILE = "database.json"
TOKEN_VARIABLE = "KBQA_VECTOR_DB_TOKEN"  # noqa: S105 - a name, not a secret
CONNECT_SECONDS, CALL_SECONDS = 10.0, 120.0
PORT = 19530  # of Milvus where an address names none
BATCH = 1000  # vectors in one request
MOST_HITS = 16_384  # that Milvus returns for one query
ID_BYTES = 512

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Place:
    """What is known of a collection."""

    format: int
    address: str
    collection: str
    dim: int
    encoder: str


class MilvusIndex:
    """Unit-length vectors of one encoder in a collection; implements `retrieval.types.Vectors`.

    The connection is made when it is first needed.
    """

    def __init__(self, place: _Place, *, read_only: bool) -> None:
        """Attach to a collection; use `create` or `open`."""
        self._place = place
        self._read_only = read_only
        self._connected: Any = None

    @classmethod
    def create(cls, path: Path, *, dim: int, encoder: str, address: str) -> MilvusIndex:
        """Return a new, empty collection that can be written.

        Args:
            path: A folder that is empty or does not exist.
            dim: Components of a vector.
            encoder: Name of the encoder whose vectors will be stored.
            address: "http://host:19530", or the name of a file that ends in ".db". A token comes from the
                environment variable KBQA_VECTOR_DB_TOKEN and is never stored.

        Raises:
            StorageError: If the folder is not empty or cannot be made.
            EngineError: If the database cannot be reached, or the address is none.
        """
        place = _Place(FORMAT, _checked(address), f"kbqa_{secrets.token_hex(8)}", dim, encoder)
        index = cls(place, read_only=False)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise StorageError(f"{path} is not empty; open the index, or remove it first")
            index._create_collection(path)
            (path / FILE).write_text(json.dumps(asdict(place)), encoding="utf-8")
        except OSError as error:
            raise StorageError(f"cannot create the vector index {path}: {error}") from error
        return index

    @classmethod
    def open(cls, path: Path, *, encoder: str, read_only: bool = True) -> MilvusIndex:
        """Return the index that a folder names; nothing is sent yet.

        Raises:
            StorageError: If the folder is damaged, or names another encoder's vectors.
        """
        place = _read(path)
        if place.encoder != encoder:
            raise StorageError(
                f"the vectors at {place.address} were made by {place.encoder}, not by {encoder}; "
                "open them with that encoder, or build them again"
            )
        return cls(place, read_only=read_only)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        if self._connected is not None:
            self._connected.close()
            self._connected = None

    def __len__(self) -> int:
        """Return the number of vectors."""
        return self._count("")

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        return self._place.dim

    @property
    def encoder(self) -> str:
        """Name of the encoder that made the vectors."""
        return self._place.encoder

    @property
    def described(self) -> str:
        """Where the vectors are, in words."""
        return f"in {self._place.collection} at {self._place.address}"

    def ids(self) -> list[str]:
        """Return the ids of the vectors, in any order."""
        return [row["id"] for row in self._rows("", ["id"])]

    def add(self, ids: Sequence[str], vectors: Floats) -> None:
        """Store vectors; an id that is there already gets the new vector.

        Args:
            ids: One id per vector, without line breaks, of at most 512 bytes.
            vectors: (len(ids), dim) float32, unit length.

        Raises:
            ValueError: If shapes do not fit, a number is not finite, or an id cannot be stored.
            StorageError: If the index is open for reading only.
            EngineError: If the database fails.
        """
        self._check_writable()
        vectors = check_vectors(ids, vectors, dim=self.dim)
        if any(len(item_id.encode()) > ID_BYTES for item_id in ids):
            raise ValueError(f"ids must not be longer than {ID_BYTES} bytes")
        last = dict(zip(ids, vectors, strict=True))
        records = [{"id": item_id, "vector": vector} for item_id, vector in last.items()]
        for start in range(0, len(records), BATCH):
            self._call("upsert", data=records[start : start + BATCH])

    def remove(self, ids: Sequence[str]) -> None:
        """Remove vectors by id; unknown ids are ignored; raises as `add`."""
        self._check_writable()
        for start in range(0, len(ids), BATCH):
            self._call("delete", ids=list(ids[start : start + BATCH]))

    def commit(self) -> None:
        """Make all changes durable; raises as `add`."""
        self._check_writable()
        self._call("flush")

    def can_compact(self) -> bool:
        """Return True: only the database knows."""
        return True

    def compact(self) -> None:
        """Ask the database to free what removed vectors take up; raises as `add`."""
        self._check_writable()
        self._call("compact")

    def search(
        self, queries: Floats, *, k: int, among: Sequence[str] | None = None, prefix: str = ""
    ) -> list[list[tuple[str, float]]]:
        """Return the nearest vectors of each query, as the database finds them.

        Args:
            queries: (n, dim) float32, unit length.
            k: How many at most, of which the database returns 16,384; at least 1.
            among: If given, only these ids are considered.
            prefix: If given, only ids that begin with it, e.g. "p:".

        Returns:
            For each query (id, cosine) pairs, best first, equal cosines by id; exact where `among` is given.

        Raises:
            ValueError: If `k` is below 1 or the queries have another number of components.
            EngineError: If the database fails.
        """
        queries = check_queries(queries, k=k, dim=self.dim)
        if not len(queries):
            return []
        if among is not None:
            wanted = sorted({item_id for item_id in among if item_id.startswith(prefix)})
            return self._exactly(queries, k, f"id in {json.dumps(wanted)}")
        only = f"id like {json.dumps(prefix + '%')}" if prefix else ""
        k = min(k, MOST_HITS)
        found = self._call("search", data=list(queries), limit=k, filter=only, output_fields=["id"])
        least = min(len(row) for row in found)
        if least < k and least < self._count(only) <= MOST_HITS:
            return self._exactly(queries, k, only)  # the database misses some where few pass a filter
        return [_ranked((hit["id"], hit["distance"]) for hit in row) for row in found]

    def drop(self) -> None:
        """Remove the collection from the database; one that cannot be removed is named in the log."""
        try:
            self._call("drop_collection")
        except EngineError as error:
            log.warning("the collection %s is left over: %s", self._place.collection, error)

    def _create_collection(self, path: Path) -> None:
        """Make the collection of a folder."""
        with _told(self._place.address):
            client = self._client()
            from pymilvus import DataType

            schema = client.create_schema(auto_id=False, description=f"vectors of {path.absolute()}")
            schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=ID_BYTES)
            schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self.dim)
            index = client.prepare_index_params()
            index.add_index("vector", index_type="AUTOINDEX", metric_type="IP")
            # "Strong": whoever searches sees all that was written before
            client.create_collection(
                self._place.collection, schema=schema, index_params=index, consistency_level="Strong"
            )

    def _count(self, only: str) -> int:
        """Return how many vectors pass a filter."""
        found = self._call("query", filter=only, output_fields=["count(*)"])
        return int(found[0]["count(*)"])

    def _rows(self, only: str, columns: list[str]) -> Iterator[dict[str, Any]]:
        """Yield the columns of what passes a filter, in any order."""
        with _told(self._place.address):
            pages = self._client().query_iterator(
                self._place.collection,
                batch_size=BATCH,
                filter=only,
                output_fields=columns,
                timeout=CALL_SECONDS,
            )
            while page := pages.next():
                yield from page
            pages.close()

    def _exactly(self, queries: Floats, k: int, only: str) -> list[list[tuple[str, float]]]:
        """Rank here what passes a filter."""
        rows = list(self._rows(only, ["id", "vector"]))
        if not rows:
            return [[] for _ in queries]
        ids = [row["id"] for row in rows]
        scores = queries @ np.array([row["vector"] for row in rows], dtype=np.float32).T
        return [_ranked(zip(ids, row, strict=True))[:k] for row in scores]

    def _call(self, name: str, **arguments: Any) -> Any:
        """Call the client with the collection."""
        with _told(self._place.address):
            return getattr(self._client(), name)(self._place.collection, timeout=CALL_SECONDS, **arguments)

    def _client(self) -> Any:
        """Return the connection, made now if there is none."""
        if self._connected is None:
            try:
                from pymilvus import MilvusClient
            except ImportError:
                raise EngineError("pymilvus is missing; install it: pip install 'kbqa[milvus]'") from None
            for name in ("pymilvus", "grpc"):  # they log with tracebacks what they raise, too
                logging.getLogger(name).setLevel(logging.CRITICAL)
            token = os.environ.get(TOKEN_VARIABLE, "")

            def connect() -> Any:
                return MilvusClient(self._place.address, token=token, timeout=CONNECT_SECONDS)

            try:
                self._connected = connect()
            except Exception:
                # A busy server may drop a connection; one that is there is asked once more.
                if not _listens(self._place.address):
                    raise
                self._connected = connect()
        return self._connected

    def _check_writable(self) -> None:
        if self._read_only:
            raise StorageError(f"the vectors at {self._place.address} are open for reading only")


def _listens(address: str) -> bool:
    """Return whether something accepts connections at a server's address; False for files."""
    parts = urlsplit(address)
    if not parts.hostname:
        return False
    try:
        with socket.create_connection((parts.hostname, parts.port or PORT), timeout=1.0):
            return True
    except OSError:
        return False


def _ranked(pairs: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return (id, cosine) pairs, best first, equal cosines by id."""
    return sorted(((item_id, float(score)) for item_id, score in pairs), key=lambda pair: (-pair[1], pair[0]))


def is_remote(path: Path) -> bool:
    """Return whether a folder names vectors in a database."""
    return (path / FILE).is_file()


def find_remote(path: Path) -> MilvusIndex | None:
    """Return the index that a folder names, whatever its encoder, or None if it names none."""
    try:
        return MilvusIndex(_read(path), read_only=False) if is_remote(path) else None
    except StorageError:
        return None


def _read(path: Path) -> _Place:
    try:
        place = _Place(**json.loads((path / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StorageError(f"{path / FILE} is damaged: {error}; build the vectors again") from error
    if place.format != FORMAT:
        raise StorageError(
            f"{path} has vector format {place.format}, this version reads {FORMAT}; build it again"
        )
    return place


def _checked(address: str) -> str:
    """Return an address as it is kept: without secrets, and of a file absolute.

    >>> _checked("http://db.example:19530")
    'http://db.example:19530'
    """
    if "://" not in address:
        if not address.endswith(".db"):
            raise EngineError(
                f"{address!r} is no vector database: give http://host:port, or a file that ends in .db"
            )
        return str(Path(address).absolute())
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EngineError("the address of a vector database starts with http:// or https://")
    if parts.username or parts.password:
        raise EngineError(
            f"the address of {parts.hostname} holds a user or password, which would be stored; "
            f"put user:password into {TOKEN_VARIABLE}"
        )
    return address


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Turn what goes wrong with the database into an EngineError of one line."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("pymilvus", "grpc"):
            raise
        reason = " ".join(str(getattr(error, "message", "") or error).split())
        raise EngineError(
            f"the vector database {address} failed: {reason}; {_advice(reason, address)}"
        ) from None


def _advice(reason: str, address: str) -> str:
    if "does not exist" in reason or "not found" in reason:
        return "its collection is gone: build the knowledge base again"
    if "Open local milvus" in reason:
        return f"another process may be using the file; `milvus-lite server` shares it, or check {Path(address).parent}"
    return f"check that it runs, and {TOKEN_VARIABLE} where it asks for a token"
