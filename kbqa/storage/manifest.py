"""What a knowledge base says about itself: `manifest.json`, replaced last in every change."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from kbqa.errors import KnowledgeBaseError

__all__ = ["FORMAT", "GraphSource", "Manifest", "read_manifest", "sync", "write_atomically", "write_manifest"]

FORMAT = 3
FILE = "manifest.json"
MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class GraphSource:
    """A file of triples.

    Attributes:
        triples: How many were read.
        skipped: How many statements were left out as malformed.
        format: Its format.
        digest: That of its content and of how it was read.
    """

    triples: int
    skipped: int
    format: str
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The state of a knowledge base.

    Passages and images are listed in the corpus, so that this file does not grow with them.

    Attributes:
        encoder: Name of the text encoder with the hash of its weights.
        encoder_from: What it was loaded by: "bilingual", "minilm", a folder or a model id; "" for one handed in.
        dim: Components of its vectors.
        generation: 1 after the build, one more after each change.
        graph_version: Which of the folders in `graph` counts.
        endpoint: Address of the SPARQL server that holds the graph, "" where the folder holds it.
        counts: How many triples, entities, predicates, … there are.
        languages: How many passages there are in each language.
        label_languages: How many labels there are in each language.
        graph: The files of triples, by name.
        refused: How many lines of a passage or image source were refused, where any were.
        image_encoder: Name of the image encoder with the hash of its weights, "" where images have no vectors.
        image_encoder_from: What it was loaded by: "small", a folder or a model id; "" for one handed in.
        image_dim: Components of its vectors.
    """

    encoder: str
    encoder_from: str
    dim: int
    generation: int = 1
    graph_version: int = 1
    endpoint: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    label_languages: Mapping[str, int] = field(default_factory=dict)
    graph: Mapping[str, GraphSource] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    image_encoder: str = ""
    image_encoder_from: str = ""
    image_dim: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return what is written into the file."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Manifest:
        """Return the manifest that `to_dict` wrote; raises KeyError, TypeError or ValueError on anything else."""
        data = {"image_encoder": "", "image_encoder_from": "", "image_dim": 0, **data}  # none in older ones
        values = {part.name: data[part.name] for part in fields(cls)}
        for part in fields(cls):
            expected = {"int": int, "str": str}.get(str(part.type), dict)
            if not isinstance(values[part.name], expected):
                raise TypeError(f"{part.name} is {values[part.name]!r}")
        graph = {name: GraphSource(**source) for name, source in values["graph"].items()}
        return cls(**{**values, "graph": graph})


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a knowledge base.

    Raises:
        KnowledgeBaseError: If there is none, it is damaged, or it is of another format version.
    """
    place = folder / FILE
    rebuild = f"build it again: kbqa build {folder} … --replace"
    try:
        if place.stat().st_size > MAX_BYTES:
            raise KnowledgeBaseError(f"{place} is too large for a manifest; {rebuild}")
        data = json.loads(place.read_text(encoding="utf-8"))
        version = data["format"]
        if version != FORMAT:
            raise KnowledgeBaseError(
                f"{folder} has format {version!r}, this version of kbqa reads {FORMAT}; {rebuild}"
            )
        return Manifest.from_dict(data)
    except (FileNotFoundError, NotADirectoryError):
        raise KnowledgeBaseError(
            f"{folder} is no knowledge base; make one: kbqa build {folder} --graph FILE …"
        ) from None
    except OSError as error:
        raise KnowledgeBaseError(f"{place} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise KnowledgeBaseError(f"{place} is damaged ({error}); {rebuild}") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest at once and durably."""
    write_atomically(folder / FILE, json.dumps(manifest.to_dict(), ensure_ascii=False, indent=1).encode())


def write_atomically(place: Path, content: bytes) -> None:
    """Replace a file at once and durably; a process that dies leaves the old content or the new one."""
    new = place.with_name(place.name + ".new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(place)
    sync(place.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the list of files of a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
