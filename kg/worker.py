"""Run queries on an Oxigraph store in a process of its own, with a time limit that holds."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import GraphError, QueryError, QueryTimeout, ResultTooLarge
from kg.types import Blank, Iri, Literal, Row, Term

__all__ = ["MAX_RESULT_BYTES", "Worker"]

MAX_RESULT_BYTES = 256 << 20
OPEN_SECONDS = 600.0  # a store of 10 million triples in memory takes about a minute to hand over
MESSAGE_CHARACTERS = 200
Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Child:
    """A running process and who started it: after a fork the pipes belong to the other process."""

    process: subprocess.Popen[bytes]
    owner: int

    def read_fd(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def write(self, frames: Iterable[bytes]) -> None:
        assert self.process.stdin is not None
        for frame in frames:
            self.process.stdin.write(len(frame).to_bytes(8, "big") + frame)
        self.process.stdin.flush()


class Worker:
    """A process that holds a copy or a read-only view of a store and answers queries about it.

    Started at the first query or by `warm`; killed when a query runs out of time, and started anew at the
    next one. Safe to use from several threads; queries run one after the other.
    """

    def __init__(self, setup: Callable[[], Iterable[bytes]]) -> None:
        """Prepare a worker.

        Args:
            setup: Gives the frames that open the store in the process, as `kg.worker_process` reads them.
        """
        self._setup = setup
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._finalizer: weakref.finalize[..., Worker] | None = None
        self._stale = True
        self._opening = False

    def refresh(self) -> None:
        """Open the store again before the next query, because its data changed."""
        self._stale = True

    def warm(self) -> None:
        """Start the process now and do not wait for it."""
        with self._lock:
            self._prepare()

    def close(self) -> None:
        """End the process; a later query starts it again."""
        with self._lock:
            self._kill()

    def select(self, query: str, *, limit: int, seconds: float) -> list[Row]:
        """Return the rows of a SELECT query; see `kg.types.Graph.select`."""
        replies = self._ask(query, "select", limit, seconds)
        return [row for reply in replies for row in _rows(reply)]

    def ask(self, query: str, *, seconds: float) -> bool:
        """Return the answer of an ASK query; see `kg.types.Graph.ask`."""
        return bool(self._ask(query, "ask", 0, seconds)[0]["ask"])

    def _ask(self, query: str, form: str, limit: int, seconds: float) -> list[Reply]:
        """Send a query and return its replies; kill the process if they are not there in time."""
        deadline = time.monotonic() + seconds
        if not self._lock.acquire(timeout=max(seconds, 0)):
            raise _timeout(query, seconds)
        try:
            waited = self._open()
            request = {"op": "query", "query": query, "form": form, "limit": limit}
            return self._exchange(json.dumps(request).encode("ascii"), query, seconds, deadline + waited)
        except BaseException as error:
            # The pipe is in an unknown state unless the process itself reported the error.
            if not isinstance(error, _Refused):
                self._kill()
            raise
        finally:
            self._lock.release()

    def _open(self) -> float:
        """Make the process ready for a query and return the seconds that took, which no query shall pay."""
        start = time.monotonic()
        child = self._prepare()
        if self._opening:
            reply = _Replies(child, start + OPEN_SECONDS).next()
            self._opening = False
            if "error" in reply:
                self._stale = True
                raise GraphError(f"cannot open the store for queries: {_shorten(reply['message'])}")
        return time.monotonic() - start

    def _prepare(self) -> _Child:
        """Start the process if there is none and send it the store if it has not got the newest."""
        if self._child is not None and self._child.owner != os.getpid():
            self._forget()
        if self._child is None or self._child.process.poll() is not None:
            self._kill()
            self._start()
        child = self._child
        assert child is not None
        if self._stale:
            if self._opening:
                _Replies(child, time.monotonic() + OPEN_SECONDS).next()
            self._stale = False
            child.write(self._setup())
            self._opening = True
        return child

    def _exchange(self, request: bytes, query: str, seconds: float, deadline: float) -> list[Reply]:
        assert self._child is not None
        replies = _Replies(self._child, deadline)
        found: list[Reply] = []
        try:
            self._child.write([request])
            while not found or not found[-1].get("done", True):
                found.append(replies.next())
        except TimeoutError:
            raise _timeout(query, seconds) from None
        except (BrokenPipeError, EOFError):
            raise QueryError(
                f"the query ended its process (out of memory or too deep): {_shorten(query)}"
            ) from None
        if "error" in found[-1]:
            self._stale |= found[-1]["error"] == "store"  # its files may have been replaced
            raise _Refused(_refusal(found[-1], query))
        return found

    def _start(self) -> None:
        import pyoxigraph

        script = Path(__file__).with_name("worker_process.py")
        packages = Path(pyoxigraph.__file__).parent.parent
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(script), str(packages)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._child = _Child(process, os.getpid())
        self._finalizer = weakref.finalize(self, _end, self._child)
        self._stale = True
        self._opening = False

    def _kill(self) -> None:
        if self._finalizer is not None:
            self._finalizer()
        self._forget()

    def _forget(self) -> None:
        if self._finalizer is not None:
            self._finalizer.detach()
        self._child, self._finalizer = None, None
        self._stale, self._opening = True, False


class _Refused(QueryError):
    """The process answered with an error and is ready for the next query."""


class _Replies:
    """The replies of a process, read until a deadline."""

    def __init__(self, child: _Child, deadline: float) -> None:
        self._fd = child.read_fd()
        self._deadline = deadline
        self._buffer = bytearray()
        self._total = 0

    def next(self) -> Reply:
        """Return the next reply.

        Raises:
            TimeoutError: If it is not complete at the deadline.
            EOFError: If the process ended.
            ResultTooLarge: If all replies together are larger than `MAX_RESULT_BYTES`.
        """
        size = int.from_bytes(self._take(8), "big")
        self._total += size
        if self._total > MAX_RESULT_BYTES:
            raise ResultTooLarge(
                f"the result is larger than {MAX_RESULT_BYTES:,} bytes; add a LIMIT to the query"
            )
        reply: Reply = json.loads(self._take(size))
        return reply

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._buffer += self._read()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _read(self) -> bytes:
        remaining = self._deadline - time.monotonic()
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        if remaining <= 0 or not poll.poll(remaining * 1000):
            raise TimeoutError
        data = os.read(self._fd, 1 << 20)
        if not data:
            raise EOFError
        return data


def _end(child: _Child) -> None:
    """Kill a process and wait for it; does nothing in a process that inherited it by a fork."""
    if child.owner != os.getpid():
        return
    process = child.process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def _rows(reply: Mapping[str, Any]) -> list[Row]:
    names = reply["names"]
    return [
        {name: _decode(cell) for name, cell in zip(names, row, strict=True) if cell is not None}
        for row in reply["rows"]
    ]


def _decode(cell: str | list[str]) -> Term:
    """Return the term that `kg.worker_process.encode` wrote."""
    if isinstance(cell, list):
        value, language, datatype = cell
        return Literal(value, language=language) if language else Literal(value, datatype)
    if cell[0] == "i":
        return Iri(cell[1:])
    return Literal(cell[1:]) if cell[0] == "s" else Blank(cell[1:])


def _refusal(reply: Reply, query: str) -> str:
    message = _shorten(str(reply["message"]))
    if reply["error"] == "syntax":
        return f"not a valid query ({message}): {_shorten(query)}"
    if reply["error"] == "form":
        return f"the store reads this as another form of query than asked for: {_shorten(query)}"
    return f"the store could not answer ({message}): {_shorten(query)}"


def _timeout(query: str, seconds: float) -> QueryTimeout:
    return QueryTimeout(f"stopped after {seconds:g} s: {_shorten(query)}; ask for less or allow more seconds")


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MESSAGE_CHARACTERS else line[: MESSAGE_CHARACTERS - 1] + "…"
