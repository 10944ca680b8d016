"""Files found and read without trust: sizes are limited, also after decompression."""

from __future__ import annotations

import codecs
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from retrieval.errors import DocumentError

__all__ = ["MAX_BYTES", "MAX_LINE", "Refuse", "Refused", "open_binary", "read_limited", "read_lines", "walk"]

MAX_BYTES = 64 * 1024 * 1024  # of a document, after decompression
MAX_LINE = 16 * 1024 * 1024
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Refused:
    """A file, or a line of one, that could not be read.

    Attributes:
        path: The file, as the caller named it.
        line: Line number from 1, or None for the whole file.
        reason: What is wrong, and what to do.
    """

    path: str
    line: int | None
    reason: str


Refuse = Callable[[Refused], None]


def walk(path: Path, refuse: Refuse) -> Iterator[Path]:
    """Yield a file itself, or the files of a folder and its sub-folders, sorted, without hidden ones.

    Args:
        path: A file, which need not exist, or a folder.
        refuse: Told about folders that cannot be listed.
    """
    if not path.is_dir():
        yield path
        return

    def refuse_folder(error: OSError) -> None:
        refuse(Refused(str(error.filename), None, f"cannot be read: {error.strerror}"))

    for folder, folders, names in os.walk(path, onerror=refuse_folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


@contextmanager
def open_binary(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Give a file's bytes, decompressed if its name ends in .gz.

    Args:
        path: The file.
        name: What errors call it.

    Raises:
        DocumentError: If the compressed data is damaged, also later, while it is being read.
    """
    try:
        if path.name.lower().endswith(".gz"):
            with gzip.open(path) as file:
                yield cast("IO[bytes]", file)
        else:
            with path.open("rb") as plain:
                yield plain
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DocumentError(name, None, f"the gzip data is damaged or cut off: {error}") from error


def read_limited(file: IO[bytes], name: str, *, limit: int) -> bytes:
    """Return all bytes of a file.

    Raises:
        DocumentError: If there are more than `limit`.
    """
    parts, size = [], 0
    while chunk := file.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise DocumentError(name, None, f"is larger than {limit // 2**20} MiB; split it")
        parts.append(chunk)
    return b"".join(parts)


def read_lines(path: Path, name: str, *, refuse: Refuse) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, bytes) of a file, gzipped or not, however large it is.

    Args:
        path: The file.
        name: What errors call it.
        refuse: Told about a line that is too long; it is passed over without being held in memory.

    Raises:
        DocumentError: If the file is in UTF-16 or UTF-32, or its compressed data is damaged.
    """
    with open_binary(path, name) as file:
        number = 0
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if number == 1:
                if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    raise DocumentError(name, None, "is not UTF-8; convert it, JSON lines are UTF-8")
                line = line.removeprefix(codecs.BOM_UTF8)
            if len(line) > MAX_LINE:
                while line and not line.endswith(b"\n"):
                    line = file.readline(CHUNK)
                refuse(Refused(name, number, f"is longer than {MAX_LINE // 2**20} MiB"))
                continue
            yield number, line
