"""The folder of a store on disk: Oxigraph's data, the prefixes, and views for the query process."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pyoxigraph as ox

from kg.errors import GraphError

__all__ = [
    "BROKEN",
    "data_of",
    "line",
    "new_view",
    "open_to_read",
    "open_to_write",
    "read_prefixes",
    "valid_prefix",
    "write_prefixes",
]

BROKEN = (OSError, RuntimeError)  # pyoxigraph has RuntimeError for damaged files
VIEW = ".view-"
OPEN_PAUSES_SECONDS = (0.01, 0.05, 0.2)
_PREFIX_NAME = re.compile(r"(?:[^\W\d_](?:[\w.-]*[\w-])?)?")


def data_of(path: Path) -> Path:
    """Return where Oxigraph's files are."""
    return path / "oxigraph"


def open_to_write(path: Path) -> ox.Store:
    """Return the store of a folder, which is made if missing.

    Raises:
        GraphError: If another process has it open to write, or it is damaged.
    """
    try:
        data_of(path).mkdir(parents=True, exist_ok=True)
        inner = ox.Store(data_of(path))
    except BROKEN as error:
        raise _cannot_open(path, error) from None
    for view in path.glob(f"{VIEW}*"):  # left by a process that was killed: nobody else may write here
        shutil.rmtree(view, ignore_errors=True)
    return inner


def open_to_read(path: Path) -> ox.Store:
    """Return a read-only view of the store of a folder.

    Raises:
        GraphError: If there is none, or it is damaged.
    """
    if not data_of(path).is_dir():
        raise GraphError(f"{path}: no graph store here; build one or correct the path")
    for pause in (*OPEN_PAUSES_SECONDS, None):
        try:
            return ox.Store.read_only(str(data_of(path)))
        except BROKEN as error:
            # a writer may be merging files just now
            if pause is None or "No such file" not in str(error):
                raise _cannot_open(path, error) from None
            time.sleep(pause)
    raise AssertionError("unreachable")


def new_view(inner: ox.Store, path: Path) -> Path:
    """Return a new folder with the data of an open store as they are now.

    It is made of hard links, so it costs milliseconds and no space. A process that reads the folder which is
    being written to would find files gone that the writer has merged.

    Raises:
        GraphError: If the disk is full.
    """
    view = path / f"{VIEW}{secrets.token_hex(8)}"
    try:
        inner.backup(view)
    except BROKEN as error:
        raise GraphError(f"{path}: cannot prepare queries: {line(error)}; is the disk full?") from None
    return view


def valid_prefix(prefix: str, namespace: str) -> bool:
    """Whether a SPARQL query may declare this prefix.

    Example:
    >>> valid_prefix("ex", "http://example.org/"), valid_prefix("a b", "urn:x"), valid_prefix("ex", "no IRI")
    (True, False, False)
    """
    try:
        ox.NamedNode(namespace)
    except ValueError:
        return False
    return _PREFIX_NAME.fullmatch(prefix) is not None


def read_prefixes(path: Path) -> dict[str, str]:
    """Return the prefixes kept in a folder, none if there is no such file.

    Raises:
        GraphError: If the file is damaged.
    """
    file = path / "prefixes.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise GraphError(f"{file}: cannot read the prefixes ({error}); delete it to do without") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise GraphError(f"{file}: is not an object of prefix → namespace; delete it to do without")
    return {prefix: namespace for prefix, namespace in found.items() if valid_prefix(prefix, namespace)}


def write_prefixes(path: Path, prefixes: Mapping[str, str]) -> None:
    """Keep prefixes in a folder: the file is written whole or not at all.

    Raises:
        GraphError: If it cannot be written.
    """
    file = path / "prefixes.json"
    new = None
    try:
        handle, new = tempfile.mkstemp(dir=path, prefix=file.name)
        # mkstemp makes files for their owner alone; others may read the store they belong to.
        Path(new).chmod(stat.S_IMODE(path.stat().st_mode) & 0o666)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(dict(prefixes), stream, ensure_ascii=False, indent=1)
        Path(new).replace(file)
    except OSError as error:
        if new is not None:
            Path(new).unlink(missing_ok=True)
        raise GraphError(f"{file}: cannot write the prefixes: {error}") from None


def line(error: BaseException) -> str:
    """Return an error's text as one line."""
    return " ".join(str(error).split())


def _cannot_open(path: Path, error: BaseException) -> GraphError:
    reason = line(error)
    if "lock" in reason.lower():
        return GraphError(f"{path}: another process is writing to this store; try again when it is done")
    return GraphError(
        f"{path}: cannot open the graph store ({reason}); it is damaged or not one: build it again"
    )
