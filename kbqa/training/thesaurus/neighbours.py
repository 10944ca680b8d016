"""Other words for a name by the vectors of a text encoder; needs no other resource.

Words are compared after the mean vector of their language is taken away, and a word that is near to everything
counts as less near: both make the cosines of single words comparable.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.errors import InputError
from kbqa.training.bilingual_data import to_simplified
from kbqa.training.thesaurus.confused import are_confused
from kbqa.training.thesaurus.english import EnglishName, split_name
from kbqa.training.thesaurus.merge import REMEMBERED, Alternatives, best_of, language_of
from kbqa.types import Language

if TYPE_CHECKING:
    from retrieval.types import Floats, TextEncoder

__all__ = ["NeighbourThesaurus", "encoder_words"]

MOST_ENGLISH, MOST_CHINESE = 12_000, 8_500  # words; the later ones of a vocabulary are rare, or names
MOST = 5  # other words of a name
NEAR, SAME = (
    0.38,
    0.70,
)  # corrected cosines of a word that is worth asking with, and of one that means the same
LEAST_WEIGHT, MOST_WEIGHT = 0.3, 0.75
NEAR_THE_BEST = 0.75  # of the corrected cosine of the nearest word
HUB, SAMPLE, HUB_SHARE = (
    10,
    3000,
    0.5,
)  # how many neighbours, among how many words, tell a hub; how much it counts
CHUNK = 2048  # words compared at a time
STEM, SHORTEST_STEM = 0.6, 4  # words that share so much at the start, of the shorter one, have one stem
ADJECTIVES = ("ic", "ical", "ional", "ous", "ful", "ive", "ary")  # endings that hardly a relation's name has
AGENTS = ("er", "or", "ist")
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_ENGLISH = re.compile(r"[a-z]{3,}")
_CHINESE = re.compile(r"[㐀-鿿]{2,4}")


class NeighbourThesaurus:
    """Finds the words whose vectors are nearest to a name's, in English, in Chinese and across."""

    def __init__(self, encoder: TextEncoder, words: Sequence[str], *, cache: Path | None = None) -> None:
        """Encode the words, which takes some 10 s for 20,000.

        Args:
            encoder: What gives the vectors.
            words: Candidates of both languages, lower case; `encoder_words` gives the shipped encoder's.
            cache: An `.npz` file to keep their vectors in; read if it is of the same encoder and words.

        Raises:
            InputError: If `cache` can be neither read nor written.
        """
        self._encoder = encoder
        vectors = _read(cache, encoder.name, words)
        if vectors is None:
            vectors = encoder.encode(words)
            _write(cache, encoder.name, words, vectors)
        self._tables = {language: _Table.of(words, vectors, language) for language in LANGUAGES}
        self._cached = lru_cache(maxsize=REMEMBERED)(self._alternatives)

    def alternatives(self, phrase: str, language: Language) -> Alternatives:
        """Return the nearest words, without other forms and opposites of the name's own words.

        Args:
            phrase: The name.
            language: Of the other words.

        Returns:
            At most 5 words with weights from 0.3 to 0.75, as `Thesaurus` says.
        """
        return self._cached(" ".join(phrase.lower().split()), language)

    def _alternatives(self, phrase: str, language: Language) -> Alternatives:
        own, name = language_of(phrase), split_name(phrase)
        vector = self._encoder.encode([phrase])[0]
        kept: list[tuple[str, float]] = []
        for word, score in self._tables[language].nearest(vector - self._tables[own].mean):
            if len(kept) == MOST or (kept and score < NEAR_THE_BEST * kept[0][1]):
                break
            if language == "zh":
                fits = _fits_chinese(word, phrase, [other for other, _ in kept])
            else:
                fits = _fits_english(word, name, [other for other, _ in kept])
            if fits and not any(are_confused(word, part) for part in (phrase, name.core, *name.core.split())):
                kept.append((word, score))
        tail = name.tail if language == own == "en" else ""
        return best_of(((_with_tail(word, tail), _weight(score)) for word, score in kept), phrase)


@dataclass(frozen=True, slots=True)
class _Table:
    """The words of a language.

    Attributes:
        words: The words.
        mean: (dim,) what all their vectors have in common.
        vectors: (words, dim) unit length, without the mean.
        hubs: (words,) how near each is to everything.
    """

    words: tuple[str, ...]
    mean: Floats
    vectors: Floats
    hubs: Floats

    @classmethod
    def of(cls, words: Sequence[str], vectors: Floats, language: Language) -> _Table:
        import numpy as np

        rows = [row for row, word in enumerate(words) if language_of(word) == language]
        own = vectors[rows]
        mean = own.mean(axis=0) if rows else np.zeros(vectors.shape[1], dtype=np.float32)
        centred = _unit(own - mean)
        return cls(tuple(words[row] for row in rows), mean, centred, _hubs(centred))

    def nearest(self, vector: Floats) -> Iterator[tuple[str, float]]:
        """Yield the words that are near enough, the nearest first, with their corrected cosines."""
        import numpy as np

        scores = self.vectors @ _unit(vector[None])[0] - HUB_SHARE * self.hubs
        near = np.flatnonzero(scores >= NEAR)
        for row in sorted(near, key=lambda row: (-scores[row], self.words[row])):
            yield self.words[row], float(scores[row])


def _unit(vectors: Floats) -> Floats:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(lengths, 1e-9)
    return unit


def _hubs(vectors: Floats) -> Floats:
    """Return the mean cosine of each vector with its nearest ones in an even sample of all."""
    import numpy as np

    sample = vectors[:: max(1, len(vectors) // SAMPLE)]
    hubs = np.zeros(len(vectors), dtype=np.float32)
    count = min(HUB, len(sample))
    for start in range(0, len(vectors), CHUNK) if count else ():
        cosines = vectors[start : start + CHUNK] @ sample.T
        hubs[start : start + CHUNK] = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
    return hubs


def _weight(score: float) -> float:
    share = min(1.0, (score - NEAR) / (SAME - NEAR))
    return LEAST_WEIGHT + share * (MOST_WEIGHT - LEAST_WEIGHT)


# ---------------------------------------------------------------- which neighbours are other words


def _fits_english(word: str, name: EnglishName, kept: Sequence[str]) -> bool:
    """Return whether a word is a base form, or inflected as the name is, and none of its own words."""
    core = name.core.split()
    is_agent = name.tail == "by" and word.endswith(AGENTS)
    if is_agent:
        return not any(_one_stem(word, other) for other in kept if other.endswith(AGENTS))
    if any(_one_stem(word, other) for other in (*core, *kept)):
        return False
    if name.tail and name.tail != "of":
        return word.endswith("ed") and _lemma(word) != word
    is_inflected = len(core) == 1 and language_of(name.core) == "en" and _lemma(core[0]) != core[0]
    if word.endswith(("ing", *ADJECTIVES)) and not core[-1].endswith(ADJECTIVES):
        return False
    return (_lemma(word) != word) is is_inflected


def _fits_chinese(word: str, phrase: str, kept: Sequence[str]) -> bool:
    """Return whether a word is neither a part of the name nor a nearer word with something added."""
    if word in phrase or (phrase in word and len(word) > len(phrase) + 1):
        return False
    return not any(other in word and len(word) > len(other) + 1 for other in kept)


def _one_stem(one: str, other: str) -> bool:
    """Return whether two words begin alike for most of the shorter one, or have the same base form.

    >>> _one_stem("religion", "religious"), _one_stem("mice", "mouse"), _one_stem("profession", "product")
    (True, True, False)
    """
    shared = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 99)
    shared = min(shared, len(one), len(other))
    return shared >= max(SHORTEST_STEM, STEM * min(len(one), len(other))) or _lemma(one) == _lemma(other)


def _lemma(word: str) -> str:
    from simplemma import lemmatize

    return str(lemmatize(word, lang="en")).lower()


def _with_tail(word: str, tail: str) -> str:
    return f"{word} {tail}" if tail and not word.endswith(AGENTS) else word


# ---------------------------------------------------------------- words and files


def encoder_words(folder: Path) -> list[str]:
    """Return the whole words of an encoder's vocabulary: English ones, then simplified Chinese ones.

    Args:
        folder: Of the encoder, with `tokenizer.json`.

    Returns:
        English words of at least three letters and Chinese ones of two to four characters, in the order of
        the vocabulary, at most 12,000 and 8,500.

    Raises:
        InputError: If the folder holds no vocabulary of words.
    """
    path = folder / "tokenizer.json"
    try:
        vocabulary = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
        pieces = sorted(vocabulary, key=lambda piece: (vocabulary[piece], piece))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} holds no vocabulary of words ({error!r}); name an encoder's folder"
        ) from error
    english = [piece for piece in pieces if _ENGLISH.fullmatch(piece)]
    chinese = [piece for piece in pieces if _CHINESE.fullmatch(piece) and to_simplified(piece) == piece]
    return [*english[:MOST_ENGLISH], *chinese[:MOST_CHINESE]]


def _read(cache: Path | None, name: str, words: Sequence[str]) -> Floats | None:
    """Return the vectors that were kept for these words, none if there are none of this encoder."""
    import numpy as np

    if cache is None or not cache.is_file():
        return None
    try:
        with np.load(cache, allow_pickle=False) as kept:
            if str(kept["encoder"]) != name or kept["words"].tolist() != list(words):
                return None
            vectors: Floats = kept["vectors"]
            return vectors
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{cache} holds no vectors of words ({error}); delete it or name another file"
        ) from error


def _write(cache: Path | None, name: str, words: Sequence[str], vectors: Floats) -> None:
    import numpy as np

    if cache is None:
        return
    partial = cache.with_name(f"{cache.name}.partial")
    try:
        with partial.open("wb") as file:
            np.savez(file, encoder=np.array(name), words=np.array(words), vectors=vectors)
        partial.replace(cache)
    except OSError as error:
        raise InputError(f"{cache} cannot be written: {error.strerror}; name another file") from error
