"""Reads the files of public sets, plain or gzip-compressed, and says which one is not as published."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kbqa.errors import InputError

__all__ = ["as_published", "questions_of", "read_json", "read_lines", "text_key"]

MAX_CHARACTERS = 200_000_000  # of one unpacked file; the largest has 10 million


def read_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 text without their ends; none if there is neither the file nor its .gz.

    Args:
        path: The file's name without .gz.

    Raises:
        InputError: If the file is damaged or too large.
    """
    packed = path.with_name(path.name + ".gz")
    found = path if path.is_file() else packed
    if not found.is_file():
        return []
    try:
        with gzip.open(found, "rb") if found == packed else found.open("rb") as file:
            content = file.read(MAX_CHARACTERS + 1)
        if len(content) > MAX_CHARACTERS:
            raise InputError(
                f"{found} unpacks to over {MAX_CHARACTERS:,} bytes; use the set as it was published"
            )
        return content.decode("utf-8-sig").split("\n")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{found} cannot be read: {error}; fetch the set again") from error


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, an empty list if there is neither the file nor its .gz.

    Args:
        path: The file's name without .gz.

    Raises:
        InputError: If the file is damaged, too large or no JSON.
    """
    text = "\n".join(read_lines(path))
    try:
        return json.loads(text) if text else []
    except ValueError as error:
        raise InputError(f"{path} holds no JSON: {error}; fetch the set again") from error


@contextmanager
def as_published(path: Path) -> Iterator[None]:
    """Turn what a file of another form raises while it is read into an error that names it.

    Raises:
        InputError: If what is inside meets keys, types or counts that it does not expect.
    """
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is not in its published form ({error!r}); fetch the set again") from error


def text_key(text: str) -> str:
    """Return what two questions share that are the same but for case, punctuation and spaces.

    >>> text_key("Who wrote  Emma?") == text_key("who wrote emma")
    True
    """
    return re.sub(r"\W+", "", text).casefold()


def questions_of(content: Any) -> list[Mapping[str, Any]]:
    """Return the questions of a set that is a list of them or has them under "questions"."""
    return list(content["questions"] if isinstance(content, dict) else content)
