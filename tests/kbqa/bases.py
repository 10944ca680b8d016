"""Helpers of the tests that build and change knowledge bases; importable from processes that they start."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np

import kbqa.storage.apply
import kbqa.storage.changes
import kbqa.storage.journal
from kbqa.errors import BusyError
from kbqa.knowledge_base import KnowledgeBase
from kbqa.storage.manifest import read_manifest
from kbqa.storage.parts import Parts
from retrieval.vectors import VectorIndex

KINDS = ("entity", "class", "predicate", "value")
QUERIES = ("lyon", "france", "wine", "paris", "法国", "flag", "river", "larger")


class HashEncoder:
    """Texts to vectors by their words, without any model."""

    name = "hash@000000000000"
    dim = 16

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.full((len(texts), self.dim), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, hashlib.blake2b(word.encode(), digest_size=1).digest()[0] % self.dim] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class LookEncoder:
    """Pictures and texts to the red, green and blue in them, without any model."""

    name = "look@000000000000"
    dim = 3

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        return self._unit([[text.lower().count(word) for word in ("red", "green", "blue")] for text in texts])

    def encode_images(self, pictures: Sequence[Any]) -> np.ndarray:
        return self._unit([np.asarray(picture).reshape(-1, 3).mean(0) for picture in pictures])

    def _unit(self, colors: Sequence[Any]) -> np.ndarray:
        vectors = np.array(colors, dtype=np.float32) + 1e-3
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def encoders() -> dict[str, Any]:
    """Return the encoders that the tests build with."""
    return {"text_encoder": HashEncoder(), "image_encoder": LookEncoder()}


def open_base(path: Path | str) -> KnowledgeBase:
    """Open a knowledge base that was built with `HashEncoder`, and with `LookEncoder` if it has images.

    One that lies set aside, and is put back by opening it, was built with both.
    """
    own = not Path(path).exists() or read_manifest(Path(path)).image_encoder == LookEncoder.name
    return KnowledgeBase.open(path, text_encoder=HashEncoder(), image_encoder=LookEncoder() if own else None)


def change(base: KnowledgeBase, operation: dict[str, Any]) -> None:
    """Carry out {"add": {"graph": [...], ...}} or {"remove": "name"}."""
    if "add" in operation:
        base.add(**operation["add"])
    else:
        base.remove(source=operation["remove"])


def change_and_die(folder: str, base: str, operation: dict[str, Any], step: str, count: int) -> None:
    """Change a knowledge base and die at the `count`-th time that the journal passes a step.

    The file "started" is made when the change begins. With the step "list", the names of the steps are written to the file "steps" and nobody dies.
    """
    passed: list[str] = []

    def die(name: str) -> None:
        passed.append(name)
        if name == step and passed.count(name) == count:
            os.kill(os.getpid(), signal.SIGKILL)

    for module in (kbqa.storage.apply, kbqa.storage.changes, kbqa.storage.journal):
        module.step = die
    with chdir(folder):
        with open_base(base) as opened:
            Path("started").touch()
            change(opened, operation)
        if step == "list":
            Path("steps").write_text(json.dumps(passed))


def read_again_and_again(folder: str, stop: Any, told: Any) -> None:
    """Open and refresh a knowledge base until told to stop, and tell what was not as it should be, by generation."""
    seen: dict[int, list[str]] = {}
    with chdir(folder), open_base("x.kb") as base:
        while not stop.is_set() or not seen:
            with open_base("x.kb") as other:
                for opened in (base, other):
                    parts = opened._state.parts
                    seen.setdefault(parts.manifest.generation, []).extend(_wrong(parts))
            base.refresh()
    told.put(seen)


def _wrong(parts: Parts) -> list[str]:
    counts, held = parts.manifest.counts, parts.corpus.counts()
    items = [item.id for item in parts.corpus.items()]
    facts = {
        "triples": len(parts.graph.triples()) == counts["triples"],
        "names": len(parts.names) == counts["names"],
        "passages": held.passages == counts["passages"],
        "texts": len(parts.lexical) == len(items) and not parts.lexical.missing(items),
        "vectors": sorted(parts.vectors.ids()) == sorted(items),
        "links": ("urn:paris" in parts.corpus.linked_entities()) == (counts["triples"] == 2),
    }
    return [name for name, right in facts.items() if not right]


def add_with_patience(folder: str, names: Sequence[str], told: Any) -> None:
    """Add files one by one, each again until nobody else writes, and tell how often that was refused."""
    refused = 0
    with chdir(folder), open_base("x.kb") as base:
        for name in names:
            while True:
                try:
                    base.add(passages=[name])
                except BusyError:
                    refused += 1
                    time.sleep(0.01)
                else:
                    break
    told.put(refused)


def contents(path: Path | str) -> dict[str, Any]:
    """Return all that a knowledge base holds, in every part, in a form that can be compared."""
    with open_base(path) as base:
        sources = base.sources
        parts = base._state.parts
        corpus, folder = parts.corpus, Path(path)
        items = [*corpus.passages(), *corpus.images()]
        ids = [item.id for item in items]
        named = [name for kind in KINDS for name in sources.names.of_kind(kind, limit=10**6)]
        degrees = sources.names.degrees([name.term for name in named])
        schema = sources.schema.to_dict()
        schema["joins"].sort()
        schema["slot_types"] = len(schema["slot_types"])
        queries = HashEncoder().encode(QUERIES)
        return {
            "triples": sorted(map(str, sources.graph.triples(limit=10**6))),
            "graph sources": parts.graph.sources(),
            "prefixes": dict(sources.graph.prefixes),
            "names": sorted((str(name), degrees[name.term]) for name in named),
            "schema": schema,
            "relations": {name: vector.round(4).tolist() for name, vector in parts.relations.items()},
            "passages": sorted(map(str, corpus.passages())),
            "images": sorted((image.id, image.caption, _sha(image.path)) for image in corpus.images()),
            "stray image files": sorted(
                {file.name for file in (folder / "images").iterdir()}
                ^ {Path(image.path).name for image in corpus.images()}
            ),
            "links": {key: sorted(map(str, value)) for key, value in corpus.entities_of(ids).items()},
            "sources": sorted(map(str, corpus.sources())),
            "words": [sorted(key for key, _ in parts.lexical.search(query, k=50)) for query in QUERIES],
            "texts": len(parts.lexical),
            "vectors": sorted(parts.vectors.ids()),
            "image vectors": _image_vectors(parts.image_vectors),
            "nearest": [
                sorted((key, round(score, 3)) for key, score in found)
                for found in parts.vectors.search(queries, k=1000)
            ],
            "manifest": {
                name: value
                for name, value in parts.manifest.to_dict().items()
                if name not in ("generation", "graph_version")
            },
        }


def _image_vectors(index: VectorIndex | None) -> list[tuple[str, list[float]]]:
    """Return the image vectors by id."""
    if index is None:
        return []
    found = index.search(np.eye(index.dim, dtype=np.float32), k=1000)
    scores = [dict(pairs) for pairs in found]
    return [(key, [round(by_axis[key], 4) for by_axis in scores]) for key in sorted(index.ids())]


def _sha(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
