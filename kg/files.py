"""Open a data file, plain or gzip, so that no file however broken or large takes the process with it."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kg.errors import LoadError

__all__ = ["Limits", "Progress", "open_data", "read_lines"]

Progress = Callable[[int, int], None]
GZIP_MAGIC = b"\x1f\x8b"
PROGRESS_BYTES = 1 << 20
BUFFER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may demand.

    Attributes:
        line_bytes: Longest line; in RDF/XML the longest run without "<", in JSON-LD without a quote.
        ratio: How many times larger than the file its unpacked content may be. Real data stay under 50;
            deflate cannot exceed 1,032.
        free_bytes: Unpacked size below which the ratio does not matter.
    """

    line_bytes: int = 16 << 20
    ratio: int = 200
    free_bytes: int = 256 << 20


class _Guarded(io.RawIOBase):
    """A stream that counts lines and bytes and stops at the first limit."""

    def __init__(
        self,
        inner: io.BufferedIOBase,
        packed: io.BufferedReader,
        path: Path,
        limits: Limits,
        separator: bytes,
    ) -> None:
        self._inner = inner
        self._packed = packed
        self._path = path
        self._limits = limits
        self._separator = separator
        self._size = max(path.stat().st_size, 1)
        self._line = 1
        self._gap = 0
        self._total = 0
        self._reported = 0
        self.progress: Progress | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        chunk = self._pull(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    def _pull(self, size: int) -> bytes:
        try:
            chunk = self._inner.read(size)
        except EOFError:
            raise self._error("the gzip file is cut off; fetch it again") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise self._error(f"the gzip data are damaged ({error}); fetch the file again") from None
        except OSError as error:
            raise self._error(f"cannot read it: {error.strerror or error}") from None
        self._count(chunk)
        return chunk

    def _count(self, chunk: bytes) -> None:
        last = chunk.rfind(self._separator)
        self._gap = self._gap + len(chunk) if last < 0 else len(chunk) - last - 1
        if self._gap > self._limits.line_bytes:
            what = "line" if self._separator == b"\n" else "piece of text"
            raise self._error(
                f"a {what} is longer than {self._limits.line_bytes:,} bytes; is this the right format?"
            )
        self._line += chunk.count(b"\n")
        self._total += len(chunk)
        if self._total > max(self._limits.free_bytes, self._limits.ratio * self._size):
            raise self._error(
                f"unpacks to more than {self._limits.ratio} times its size; "
                "unpack it yourself if that is right, or raise Limits.ratio"
            )
        self._report(done=not chunk)

    def _report(self, *, done: bool) -> None:
        if self.progress is None or not (done or self._total - self._reported >= PROGRESS_BYTES):
            return
        self._reported = self._total
        self.progress(self._size if done else min(self._packed.tell(), self._size), self._size)

    def _error(self, reason: str) -> LoadError:
        return LoadError(str(self._path), self._line, reason)


@contextmanager
def open_data(
    path: Path, *, limits: Limits, separator: bytes = b"\n", progress: Progress | None = None
) -> Iterator[IO[bytes]]:
    """Give the content of a file, unpacked if it is gzip by its first bytes.

    Args:
        path: The file.
        limits: What it may demand.
        separator: What must come at least every `limits.line_bytes`.
        progress: Called with the bytes of the file read so far and its size, about once a mebibyte.

    Raises:
        LoadError: Here or while reading: missing, unreadable, empty, cut off, damaged or past a limit.
    """
    try:
        if path.is_dir():
            raise LoadError(str(path), None, "is a folder; name a file")
        packed = path.open("rb")
    except OSError as error:
        raise LoadError(str(path), None, f"cannot open it: {error.strerror or error}") from None
    with packed:
        guarded = _Guarded(_unpacked(packed, path), packed, path, limits, separator)
        with io.BufferedReader(guarded, BUFFER_BYTES) as stream:
            if not stream.peek(1):
                raise LoadError(str(path), None, "is empty")
            guarded.progress = progress
            yield stream


def _unpacked(packed: io.BufferedReader, path: Path) -> io.BufferedIOBase:
    head = packed.peek(2)[:2]
    if head == GZIP_MAGIC:
        return gzip.GzipFile(fileobj=packed)
    if path.suffix.lower() == ".gz" and head:
        raise LoadError(str(path), None, "ends in .gz but is not a gzip file; rename or fetch it again")
    return packed


def read_lines(stream: IO[bytes], *, path: Path, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Yield line numbers from 1 and lines without their end, a byte order mark left out.

    Raises:
        LoadError: At a line longer than the limit, before all of it is read.
    """
    number = 0
    while line := stream.readline(limits.line_bytes + 1):
        number += 1
        if len(line) > limits.line_bytes:
            raise LoadError(
                str(path), number, f"is longer than {limits.line_bytes:,} bytes; is this the right format?"
            )
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        yield number, line.rstrip(b"\r\n")
