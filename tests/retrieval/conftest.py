"""A tiny encoder that needs no model, and a small corpus with all its indexes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval import Corpus, EntityLink, Floats, Image, LexicalIndex, Passage, Search, VectorIndex
from retrieval.words import index_words


class BagEncoder:
    """Hashes words into 256 components: texts that share words are near each other."""

    name = "bag@000000000000"
    dim = 256

    def encode(self, texts: Sequence[str]) -> Floats:
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in index_words(text):
                vectors[row, zlib.crc32(word.encode()) % self.dim] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(lengths, 1e-9)


PASSAGES = (
    Passage(
        "p:1", "Inception is a film directed by Christopher Nolan.", "inception.txt", 0, 50, "Inception", "en"
    ),
    Passage("p:2", "Nolan was born in London.", "nolan.txt", 0, 25, "", "en"),
    Passage("p:3", "London lies on the Thames.", "london.txt", 0, 26, "", "en"),
    Passage("p:4", "北京是中国的首都。", "beijing.txt", 0, 9, "", "zh"),
)
IMAGES = (
    Image("i:1", "london.png", "/nowhere/london.png", "London by night", 4, 3),
    Image("i:2", "nolan.png", "/nowhere/nolan.png", "Portrait of Nolan", 4, 3),
)
LINKS = (
    EntityLink("p:1", "w:inception", 0, 9),
    EntityLink("p:1", "w:nolan", 31, 48),
    EntityLink("p:2", "w:nolan", 0, 5),
    EntityLink("p:2", "w:london", 18, 24),
    EntityLink("p:3", "w:london", 0, 6),
    EntityLink("i:1", "w:london"),
    EntityLink("i:2", "w:nolan"),
)


@pytest.fixture
def bag() -> BagEncoder:
    return BagEncoder()


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = Corpus.create(tmp_path / "corpus.sqlite")
    corpus.add(PASSAGES, IMAGES, LINKS)
    return corpus


@pytest.fixture
def search(tmp_path: Path, corpus: Corpus, bag: BagEncoder) -> Search:
    texts = {passage.id: passage.text for passage in PASSAGES} | {image.id: image.caption for image in IMAGES}
    lexical = LexicalIndex.create(tmp_path / "lexical")
    lexical.add(texts.items())
    lexical.commit()
    vectors = VectorIndex.create(tmp_path / "vectors", dim=bag.dim, encoder=bag.name)
    vectors.add(list(texts), bag.encode(list(texts.values())))
    vectors.commit()
    return Search(corpus, lexical, vectors, bag)
