"""The process in which queries run, so that a runaway one can be killed.

Run as a script by `kg.worker`; imports nothing of this package, so that it starts in some 25 ms. It reads
frames (8 bytes big-endian length, then that many bytes) from standard input and writes frames to standard
output. Every frame is a JSON object, but the one after "load", which is the store as N-Quads.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import IO, Any, Final

Reply = dict[str, Any]

CHUNK_ROWS: Final = 2_000
QUERY_MEMORY_BYTES: Final = 2 << 30  # what a query may take above what the store itself took
WATCH_SECONDS: Final = 0.5
OPEN_PAUSES_SECONDS: Final = (0.01, 0.05, 0.2)


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Return the next frame, or None at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: IO[bytes], reply: Reply) -> None:
    """Write one reply."""
    body = json.dumps(reply, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    stream.write(len(body).to_bytes(8, "big") + body)
    stream.flush()


def encode(term: Any) -> str | list[str] | None:
    """Return a pyoxigraph term as JSON: a tagged string, a list for other literals, None for unbound."""
    import pyoxigraph as ox

    match term:
        case ox.NamedNode():
            return "i" + term.value
        case ox.Literal():
            if term.language:
                return [term.value, term.language.lower(), ""]
            datatype = term.datatype.value
            return "s" + term.value if datatype == _STRING else [term.value, "", datatype]
        case ox.BlankNode():
            return "b" + term.value
        case None:
            return None
    return "s" + str(term)  # an RDF 1.2 triple term has no place in kg.types: its text


_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


class Process:
    """Answers the frames of one parent."""

    def __init__(self) -> None:
        self._store: Any = None
        self._prefixes: dict[str, str] = {}

    def serve(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Answer every frame of `source` on `target` until `source` ends."""
        while (frame := read_frame(source)) is not None:
            request = json.loads(frame)
            data = read_frame(source) if request["op"] == "load" else None
            for reply in self._answer(request, data):
                write_frame(target, reply)

    def _answer(self, request: Reply, data: bytes | None) -> Iterator[Reply]:
        try:
            if request["op"] == "query":
                yield from self._query(request["query"], request["form"], request["limit"])
            else:
                self._open(request, data)
                yield {"ready": True}
        except SyntaxError as error:
            yield {"error": "syntax", "message": str(error)}
        except MemoryError:
            yield {"error": "memory", "message": "out of memory"}
        except (OSError, ValueError, RuntimeError) as error:
            yield {"error": "store", "message": str(error)}

    def _open(self, request: Reply, data: bytes | None) -> None:
        import pyoxigraph as ox

        self._store = None  # frees the old one first
        self._prefixes = request["prefixes"]
        if data is None:
            self._store = open_to_read(request["path"])
        else:
            store = ox.Store()
            # parse() keeps the labels of blank nodes, which Store.load would change
            store.bulk_extend(ox.parse(data, ox.RdfFormat.N_QUADS, lenient=True))
            self._store = store
        limit_memory()

    def _query(self, query: str, form: str, limit: int) -> Iterator[Reply]:
        import pyoxigraph as ox

        result = self._store.query(query, prefixes=self._prefixes)
        if form == "ask" and isinstance(result, ox.QueryBoolean):
            yield {"ask": bool(result)}
        elif form == "select" and isinstance(result, ox.QuerySolutions):
            yield from chunks(result, [variable.value for variable in result.variables], limit)
        else:
            yield {"error": "form", "message": form}


def open_to_read(path: str) -> Any:
    """Open a folder, again if a writer removed a file meanwhile."""
    import pyoxigraph as ox

    for pause in OPEN_PAUSES_SECONDS:
        try:
            return ox.Store.read_only(path)
        except OSError as error:
            if "No such file" not in str(error):
                raise
            time.sleep(pause)
    return ox.Store.read_only(path)


def chunks(solutions: Any, names: list[str], limit: int) -> Iterator[Reply]:
    """Yield the first `limit` solutions in replies of a few thousand rows; the last one has "done" set."""
    rows: list[list[str | list[str] | None]] = []
    count = 0
    while count < limit and (solution := next(solutions, None)) is not None:
        rows.append([encode(term) for term in solution])
        count += 1
        if len(rows) == CHUNK_ROWS:
            yield {"names": names, "rows": rows, "done": False}
            rows = []
    yield {"names": names, "rows": rows, "done": True}


def limit_memory() -> None:
    """Let a query that sorts or joins too much fail alone, not take the whole machine with it."""
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm", encoding="ascii") as status:  # noqa: PTH123 - pathlib costs 5 ms to import
        data_pages = int(status.read().split()[5])
    wanted = data_pages * resource.getpagesize() + QUERY_MEMORY_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(
        resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
    )


def watch_parent(parent: int) -> None:
    """End this process, busy or not, when its parent has died."""
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(0)


def main() -> None:
    """Serve standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=watch_parent, args=(os.getppid(),), daemon=True).start()
    Process().serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    sys.path.append(sys.argv[1])  # where pyoxigraph is; site itself would cost 10 ms
    main()
