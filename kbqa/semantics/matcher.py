"""How well words of a question fit the relations of a graph, with no training.

Two kinds of evidence: shared words (dictionary forms and long common beginnings, so that "directed"
meets "director") and the similarity of text vectors, so that "people live" can meet "population".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kbqa.parsing.language import tokenize
from kbqa.semantics.remember import Remembered
from kg.names import Names
from kg.text import is_cjk, normalise, readable
from kg.types import Iri
from retrieval.types import Floats, TextEncoder

__all__ = ["Match", "RelationMatcher"]

# Two short phrases with a MiniLM cosine below the first number have nothing to do with each other; above
# the second they say the same (wife/spouse 0.86, wrote/written by 0.73, president/spouse 0.42). A phrase
# that is about as near to another predicate speaks of neither: the lead over the second best must reach
# `_CLEAR_LEAD` for the full score.
_COSINE_FLOOR = 0.30
_COSINE_TOP = 0.80
_CLEAR_LEAD = 0.15
_LEAD_GIVEN = 0.05
_VECTOR_CEILING = 0.8
# "film" has cosines of 0.42 to 0.54 with five relations of films, "wrote" of 0.73 and then 0.42.
_TOPIC_PREDICATES = 5
_TOPIC_COSINE = 0.35
_TOPIC_SPREAD = 0.20
_PREFIX_LENGTH = 4
_ALL_SAID = 0.85
_SHORT_STEM = 5
_COMPOUND_LENGTH = 5
_REMEMBERED = 4_096
_SPELT = 0.8  # share of letters that are the same, from which a noun may be a name with a slip
_DATE_ZH = re.compile(r"(?:日期|时间|年份|日)$")
_APART_ZH = 5  # characters between the words of a name
_COUNTED_ZH = re.compile(r"总?数量?$")


@dataclass(frozen=True, slots=True)
class Match:
    """A predicate that words may speak of, with a score in (0, 1] and the name that matched."""

    predicate: Iri
    score: float
    name: str


@dataclass(frozen=True, slots=True)
class _Name:
    predicate: Iri
    text: str
    words: tuple[str, ...]
    own: bool


class RelationMatcher:
    """Scores phrases against the names of a graph's predicates.

    Attributes:
        nouns_of: The names that hold "of", in lower case: "head of state".
    """

    def __init__(
        self,
        predicates: Iterable[Iri],
        names: Names,
        encoder: TextEncoder | None,
        *,
        vectors: Mapping[str, Floats] | None = None,
    ) -> None:
        """Prepare the names.

        Args:
            predicates: What phrases may mean.
            names: Where their labels and aliases are.
            encoder: For the similarity of vectors; None matches by words alone.
            vectors: Vectors of names that are known already, as `name_vectors` returned them.
        """
        self._names = [name for iri in predicates for name in _names_of(iri, names)]
        self.nouns_of = frozenset(name.text.lower() for name in self._names if " of " in name.text)
        self._spelt = [name.text.lower() for name in self._names]
        self._encoder = encoder
        self._by_prefix: defaultdict[str, set[int]] = defaultdict(set)
        for position, name in enumerate(self._names):
            for word in name.words:
                self._by_prefix[word[:_PREFIX_LENGTH]].add(position)
        self._chinese = [name for name in self._names if any(is_cjk(char) for char in name.text)]
        self._latin = [name for name in self._names if not any(is_cjk(char) for char in name.text)]
        self._known = dict(vectors or {})
        self._matrix: Floats | None = None
        # Where the names of each predicate start.
        self._starts = [
            place
            for place, name in enumerate(self._latin)
            if place == 0 or self._latin[place - 1].predicate != name.predicate
        ]
        self._topics: Remembered[str, bool] = Remembered(_REMEMBERED)
        self._nearby: Remembered[str, list[Match]] = Remembered(_REMEMBERED)

    def name_vectors(self) -> dict[str, Floats]:
        """Return the vector of every predicate name that vectors are used for, by name."""
        self._vectors()
        return dict(self._known)

    def by_words(self, words: Sequence[str]) -> list[Match]:
        """Return the predicates that share words with a phrase, best first.

        Args:
            words: Dictionary forms of the phrase's content words.
        """
        near = {
            position for word in words for key in _keys(word) for position in self._by_prefix.get(key, ())
        }
        scored = ((self._names[position], _overlap(words, self._names[position].words)) for position in near)
        return _best(Match(name.predicate, score, name.text) for name, score in scored if score > 0)

    def naming(self, word: str) -> list[Iri]:
        """Return the predicates of whose names a word is one, given in its dictionary form; each once.

        A Chinese noun names those whose names end with it: 所属流派 is a 流派.
        """
        if any(map(is_cjk, word)):
            return list(dict.fromkeys(name.predicate for name in self._chinese if name.text.endswith(word)))
        places = {place for key in _keys(word) for place in self._by_prefix.get(key, ())}
        found = [self._names[place].predicate for place in sorted(places) if word in self._names[place].words]
        return list(dict.fromkeys(found))

    def by_verb(self, verb: str) -> list[Iri]:
        """Return the predicates that are called by a verb, given in its dictionary form: "reports to", "manages"."""
        named = [name for name in self._names if name.words == (verb,) and _is_verb(name.text.lower(), verb)]
        return list(dict.fromkeys(name.predicate for name in named))

    def likeness(self, nouns: Sequence[str], *, of: Collection[Iri] = ()) -> list[dict[Iri, float]]:
        """Return for each noun how like it each predicate's names are: 1 for the same words, else cosines of vectors.

        A name that the noun may be, but for a letter in five, is as like as letters are the same. Without an encoder only
        what shares words or letters is there.

        Args:
            nouns: From a question.
            of: Predicates whose Chinese names are compared by vectors, too; those of all may be too many.
        """
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        matrix = self._vectors()
        found: list[dict[Iri, float]] = [{} for _ in nouns]
        if self._encoder is not None and nouns:
            chinese = [name for name in self._chinese if name.predicate in of]
            tables = [(self._latin, matrix), (chinese, self._vectors_of(chinese, self._encoder))]
            asked = self._encoder.encode(nouns)
            for names, vectors in tables:
                if vectors is None:
                    continue
                for row, cosines in zip(found, asked @ vectors.T, strict=True):
                    for name, cosine in zip(names, cosines, strict=True):
                        row[name.predicate] = max(row.get(name.predicate, 0.0), float(cosine))
        for row, noun in zip(found, nouns, strict=True):
            words = [token.lemma for token in tokenize(noun, "en") if not token.function]
            for match in self.by_words(words):
                row[match.predicate] = max(row.get(match.predicate, 0.0), match.score)
            near = extract(
                noun.lower(), self._spelt, scorer=OSA.normalized_similarity, score_cutoff=_SPELT, limit=None
            )
            for _, share, place in near:
                predicate = self._names[place].predicate
                row[predicate] = max(row.get(predicate, 0.0), share)
        return found

    def by_vectors(self, phrases: Sequence[str]) -> list[list[Match]]:
        """Return for each phrase the predicates whose names have a similar vector, best first."""
        return self.by_meaning((), phrases)[1]

    def _nearest(self, cosines: Floats) -> list[Match]:
        span = _COSINE_TOP - _COSINE_FLOOR
        scores = np.clip((cosines - _COSINE_FLOOR) / span, 0.0, 1.0) * _VECTOR_CEILING
        ranked = _best(
            Match(self._latin[column].predicate, float(scores[column]), self._latin[column].text)
            for column in np.flatnonzero(scores)
        )
        if not ranked:
            return []
        behind = ranked[1].score if len(ranked) > 1 else 0.0
        lead = (ranked[0].score - behind) * span / _VECTOR_CEILING + _LEAD_GIVEN
        clear = min(1.0, lead / _CLEAR_LEAD)
        return [replace(match, score=match.score * clear) for match in ranked]

    def by_meaning(
        self, words: Sequence[str], phrases: Sequence[str]
    ) -> tuple[list[bool], list[list[Match]]]:
        """Return what vectors say of words and of phrases, by one pass of the encoder over both.

        Returns:
            For each word whether it names what most relations are about ("film"), and so no relation: it is
            about as near to many predicates as to the nearest one. For each phrase what `by_vectors` returns.
        """
        matrix = self._vectors()
        if matrix is None or self._encoder is None:
            return [False] * len(words), [[] for _ in phrases]
        topics = {word: self._topics.get(word) for word in words}
        nearest = {phrase: self._nearby.get(phrase) for phrase in phrases}
        new_words = [word for word, known in topics.items() if known is None]
        new = [phrase for phrase, known in nearest.items() if known is None]
        cosines = self._encoder.encode([*new_words, *new]) @ matrix.T if new_words or new else ()
        for word, row in zip(new_words, cosines, strict=False):
            topics[word] = self._is_topic(row)
            self._topics.put(word, bool(topics[word]))
        for phrase, row in zip(new, cosines[len(new_words) :], strict=True):
            nearest[phrase] = self._nearest(row)
            self._nearby.put(phrase, nearest[phrase] or [])
        return [bool(topics[word]) for word in words], [nearest[phrase] or [] for phrase in phrases]

    def _is_topic(self, cosines: Floats) -> bool:
        best = np.maximum.reduceat(cosines, self._starts)
        nearest = np.sort(best)[::-1][:_TOPIC_PREDICATES].astype(np.float64)
        enough = len(nearest) == _TOPIC_PREDICATES and nearest[-1] >= _TOPIC_COSINE
        return bool(enough and nearest[0] - nearest[-1] <= _TOPIC_SPREAD)

    def in_chinese(self, text: str) -> list[tuple[int, int, Match]]:
        """Return the stretches of a Chinese text that name predicates: (start, end, match)."""
        found: list[tuple[int, int, Match]] = []
        folded = "".join(normalise(char) or char for char in text)
        same_length = len(folded) == len(text)
        haystack = folded if same_length else text
        for name in self._chinese:
            needle = normalise(name.text) if same_length else name.text
            common = _longest_common(needle, haystack)
            if len(common) >= 2 and common == _COUNTED_ZH.sub("", needle) != needle:
                # 多少张床位 asks for what is called 床位数.
                places = re.finditer(re.escape(common), haystack)
                counted = Match(name.predicate, 0.9, name.text)
                found.extend((place.start(), place.end(), counted) for place in places)
                continue
            share = len(common) / max(len(needle), 1)
            if common and (share == 1.0 or (len(common) >= 2 and share >= 0.5)):
                match = Match(name.predicate, 1.0 if share == 1.0 else 0.8 * share, name.text)
                places = re.finditer(re.escape(common), haystack)
                found.extend((place.start(), place.end(), match) for place in places)
        return found

    def dated_in_chinese(self, text: str) -> list[tuple[int, int, Match]]:
        """Return the stretches of a Chinese text that hold all words of a date's name but "date": 下次什么时候保养 for 下次保养日期."""
        places = ((pattern.search(text), match) for pattern, match in self._dated)
        return [(place.start(), place.end(), match) for place, match in places if place is not None]

    @cached_property
    def _dated(self) -> list[tuple[re.Pattern[str], Match]]:
        """The words of Chinese names of dates, in their order with few others between, and what they name."""
        found = []
        for name in self._chinese:
            bare = _DATE_ZH.sub("", name.text)
            if bare != name.text and len(bare) >= 2:
                words = (re.escape(token.text) for token in tokenize(bare, "zh"))
                pattern = re.compile(f".{{0,{_APART_ZH}}}?".join(words))
                found.append((pattern, Match(name.predicate, 0.9, name.text)))
        return found

    def _vectors(self) -> Floats | None:
        if self._encoder is None:
            return None
        if self._matrix is None:
            self._matrix = self._vectors_of(self._latin, self._encoder)
        return self._matrix

    def _vectors_of(self, names: Sequence[_Name], encoder: TextEncoder) -> Floats | None:
        """Return the vectors of names, (len(names), dim), None for no names; what is new is encoded and kept."""
        unknown = [name.text for name in names if name.text not in self._known]
        if unknown:
            self._known.update(zip(unknown, encoder.encode(unknown), strict=True))
        return np.stack([self._known[name.text] for name in names]) if names else None


def _is_verb(name: str, verb: str) -> bool:
    """Return whether a name of a verb alone says it of a subject: "reports to", and not "report" or "reported by"."""
    first, _, rest = name.partition(" ")
    return first in {verb + "s", verb + "es", verb[:-1] + "ies"} and not rest.startswith("by")


def _names_of(iri: Iri, names: Names) -> list[_Name]:
    texts = {name.text: name.preferred for name in names.of(iri)}
    texts.setdefault(readable(iri.value), True)
    listed = []
    for text, own in texts.items():
        words = tuple(token.lemma for token in tokenize(text, "en") if not token.function)
        listed.append(_Name(iri, text, words or tuple(text.lower().split()), own))
    return listed


def _overlap(phrase: Sequence[str], name: Sequence[str]) -> float:
    """Return how much two bags of words share: 1 where they are equal, 0 where the phrase says more.

    A name may say more than the phrase: a question says "actor" where the graph says "starred actors".
    A phrase with a word that the name lacks holds a shorter phrase that fits better.
    """
    if not phrase or not name:
        return 0.0
    said = sum(max(_word_similarity(word, other) for other in name) for word in phrase) / len(phrase)
    named = sum(max(_word_similarity(word, other) for other in phrase) for word in name) / len(name)
    return 0.5 * said + 0.5 * named if said >= _ALL_SAID else 0.0


def _keys(word: str) -> set[str]:
    """Return the beginnings under which a word, or the last part of a compound, may be found."""
    starts = range(1, len(word) - _COMPOUND_LENGTH + 1)
    return {word[:_PREFIX_LENGTH], *(word[start : start + _PREFIX_LENGTH] for start in starts)}


def _word_similarity(left: str, right: str) -> float:
    """Return 1 for equal words, less for words that begin alike ("director", "directed"), less for compounds."""
    if left == right:
        return 1.0
    alike = _alike(left, right)
    if alike or len(left) < _COMPOUND_LENGTH + 2:
        return alike
    parts = (left[start:] for start in range(2, len(left) - _COMPOUND_LENGTH + 1))
    return 0.95 * max((_alike(part, right) for part in parts), default=0.0)


def _alike(left: str, right: str) -> float:
    if left == right:
        return 1.0
    shorter, longer = sorted((left, right), key=len)
    if longer == f"{shorter}y" and len(shorter) <= _SHORT_STEM:
        return 0.0  # a party is no part, a county no count
    shared = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        shared += 1
    share = shared / max(len(left), len(right))
    return 0.9 if shared >= _PREFIX_LENGTH and share >= 0.6 else 0.0


def _best(matches: Iterable[Match]) -> list[Match]:
    best: dict[Iri, Match] = {}
    for match in matches:
        if match.predicate not in best or match.score > best[match.predicate].score:
            best[match.predicate] = match
    return sorted(best.values(), key=lambda match: (-match.score, match.predicate.value))


def _longest_common(needle: str, haystack: str) -> str:
    """Return the longest stretch of `needle` that `haystack` holds, "" where they share no character."""
    for length in range(len(needle), 0, -1):
        for first in range(len(needle) - length + 1):
            if needle[first : first + length] in haystack:
                return needle[first : first + length]
    return ""
