"""The files of a set in the folder that the user names."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from kbqa.errors import InputError
from kbqa.evaluation.items import Item

__all__ = ["find_file", "get_file", "pool_answers", "read_json"]

MAX_JSON = 256 * 2**20


def find_file(data: Path, *names: str) -> Path | None:
    """Return the first file of these names in a folder, each plain or with ".gz", None if there is none."""
    for name in names:
        for path in (data / name, data / f"{name}.gz"):
            if path.is_file():
                return path
    return None


def get_file(data: Path, *names: str) -> Path:
    """Return the first file of these names in a folder, each plain or with ".gz".

    Raises:
        InputError: If there is none, or no such folder.
    """
    if not data.is_dir():
        raise InputError(f"{data}: no such folder; --data names the folder that holds the set's files")
    found = find_file(data, *names)
    if found is None:
        raise InputError(f"{data}: holds no {' or '.join(names)} (plain or .gz); is it the set's folder?")
    return found


def pool_answers(items: Iterable[Item]) -> list[Item]:
    """Return the questions, each with the answers that the set gives to the same words anywhere.

    Some sets ask one question several times and list another of its answers each time.
    """
    listed = list(items)
    pooled: dict[str, dict[str, None]] = defaultdict(dict)
    for item in listed:
        pooled[item.question].update(dict.fromkeys(item.answers))
    return [replace(item, answers=tuple(pooled[item.question])) for item in listed]


def read_json(path: Path) -> Any:
    """Return the value of a JSON file, gzipped or not.

    Raises:
        InputError: If it cannot be read, is damaged, is no JSON, or unpacks to over 256 MiB.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(MAX_JSON + 1)
        if len(content) > MAX_JSON:
            raise InputError(f"{path}: is larger than {MAX_JSON // 2**20} MiB")
        return json.loads(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not JSON: {error}") from error
