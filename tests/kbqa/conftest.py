"""A made-up world of five countries, with and without what a whole pipeline needs."""

from __future__ import annotations

import importlib
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import PIL.Image
import pytest

from kbqa.pipeline import Sources
from kg.load import load
from kg.names import Names
from kg.profiling import profile
from kg.schema import Schema
from kg.store import Store
from kg.types import Iri, Literal
from retrieval.corpus import Corpus
from retrieval.lexical import LexicalIndex
from retrieval.search import Search
from retrieval.types import EntityLink, Floats, Image, Passage

LANDS = "https://lands.example/"
TURTLE = Path(__file__).parent / "lands.ttl"


@dataclass(frozen=True)
class Lands:
    """The world's graph with its names and its schema."""

    graph: Store
    names: Names
    schema: Schema

    def iri(self, local: str) -> Iri:
        return Iri(LANDS + local)

    def local(self, term: Iri | Literal) -> str:
        return term.value.removeprefix(LANDS)


@pytest.fixture(scope="session")
def lands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lands]:
    with Store.in_memory() as store:
        load(store, TURTLE)
        with Names.build(tmp_path_factory.mktemp("lands") / "names.sqlite", store) as names:
            yield Lands(store, names, profile(store))


class BagEncoder:
    """An encoder that needs no model: hashes words into 64 components."""

    name = "minilm@bag"  # as the built-in English encoder, it reads no Chinese
    dim = 64

    def encode(self, texts: Sequence[str]) -> Floats:
        vectors = np.full((len(texts), self.dim), 1e-6, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, zlib.crc32(word.encode()) % self.dim] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


LETTER = "Dear all,\n\nThe Velda springs in the Grey Hills. Its water is cold. The Grey Hills lie in Arvania."
DIARY = "维尔达和发源于灰山。河水很冷。"


@pytest.fixture(scope="session")
def lands_sources(lands: Lands, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    """Return the made-up world with two documents and two pictures of flags."""
    folder = tmp_path_factory.mktemp("sources")
    passages = [
        Passage("p:letter", LETTER[11:], "letter.txt", 11, len(LETTER), "A letter", "en"),
        Passage("p:diary", DIARY, "diary.txt", 0, len(DIARY), "", "zh"),
    ]
    images = []
    for local, color in (("Arvania", (200, 0, 0)), ("Corvia", (0, 0, 200))):
        path = folder / f"{local}.png"
        flag = PIL.Image.new("RGB", (32, 24), color)
        flag.paste((255, 255, 255), (0, 0, 16, 12) if local == "Arvania" else (16, 12, 32, 24))
        flag.save(path)
        images.append(Image(f"i:{local}", f"{local}.png", str(path), f"Flag of {local}", 32, 24))
    links = [EntityLink(image.id, LANDS + image.id.removeprefix("i:")) for image in images]
    links.append(EntityLink("p:letter", LANDS + "Velda", 4, 9))
    with Corpus.create(folder / "corpus.sqlite") as corpus, LexicalIndex.create(folder / "words") as lexical:
        corpus.add(passages, images, links)
        lexical.add(
            [(item.id, item.text) for item in passages] + [(item.id, item.caption) for item in images]
        )
        lexical.commit()
        search = Search(corpus, lexical, None, None)
        yield Sources(lands.graph, lands.names, lands.schema, corpus, search, BagEncoder(), {})


@pytest.fixture(scope="session")
def bases() -> ModuleType:
    """Return the module of helpers for tests that build knowledge bases."""
    if str(Path(__file__).parent) not in sys.path:
        sys.path.append(str(Path(__file__).parent))  # so that processes started by the tests find it, too
    return importlib.import_module("bases")
