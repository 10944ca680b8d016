"""Manifests of images: a .jsonl file that gives captions and entities."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import DocumentError
from retrieval.files import Refuse, Refused, read_lines

__all__ = ["Entry", "is_manifest", "read_manifests"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest says about one image.

    Attributes:
        path: The image file: its "file", seen from the manifest's folder.
        caption: Text about it, or None where the manifest gives none.
        entities: IRIs or names of what it shows.
    """

    path: Path
    caption: str | None
    entities: tuple[str, ...]


def is_manifest(path: Path) -> bool:
    """Return whether a file is a manifest by its name.

    >>> is_manifest(Path("captions.jsonl")), is_manifest(Path("flag.png"))
    (True, False)
    """
    return path.name.lower().endswith((".jsonl", ".jsonl.gz"))


def read_manifests(manifests: Iterable[Path], refuse: Refuse) -> dict[Path, Entry]:
    """Return what manifests say, by the resolved path of the image; the last entry of an image counts.

    Args:
        manifests: Files with one {"file", "caption"?, "entities"?: [...]} per line.
        refuse: Told about files and lines that cannot be read.
    """
    entries: dict[Path, Entry] = {}
    for manifest in manifests:
        name = str(manifest)
        try:
            for number, line in read_lines(manifest, name, refuse=refuse):
                if line.strip():
                    _add_entry(entries, manifest, line, number, refuse)
        except DocumentError as error:
            refuse(Refused(name, error.line, error.reason))
        except OSError as error:
            refuse(Refused(name, None, f"cannot be read: {error.strerror or error}"))
    return entries


def _add_entry(entries: dict[Path, Entry], manifest: Path, line: bytes, number: int, refuse: Refuse) -> None:
    """Add the entry of one line, or refuse the line."""
    try:
        entry = _parse_entry(line, manifest.parent)
    except (ValueError, RecursionError) as error:
        refuse(Refused(str(manifest), number, str(error)))
        return
    if not entry.path.is_file():
        refuse(Refused(str(manifest), number, f"names {entry.path}, and there is no such file"))
        return
    entries[entry.path.resolve()] = entry


def _parse_entry(line: bytes, folder: Path) -> Entry:
    """Return the entry of one line; a ValueError says what is wrong with it."""
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from error
    if not isinstance(record, dict) or not isinstance(record.get("file"), str) or not record["file"]:
        raise ValueError('must be an object such as {"file": "flag.png", "caption": "…"}')
    caption, entities = record.get("caption"), record.get("entities") or []
    if caption is not None and not isinstance(caption, str):
        raise ValueError('"caption" must be a text')
    if not isinstance(entities, list) or not all(isinstance(entity, str) for entity in entities):
        raise ValueError('"entities" must be a list of names or IRIs')
    if "\0" in record["file"]:
        raise ValueError('"file" must be the name of a file')
    json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair is a ValueError here, not later
    return Entry(folder / record["file"], caption, tuple(entities))
