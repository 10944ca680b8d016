"""Guess what the things are called that a relation of a graph leads to or comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from kbqa.semantics.relation_names import relation_names
from kbqa.training.synthesis.relations import words_of
from kg.names import Names
from kg.schema import Schema, Slot
from kg.types import RDF_TYPE
from retrieval.types import Floats, TextEncoder

__all__ = ["COMMON_NOUNS", "COMMON_NOUNS_ZH", "Nouns", "Term", "ends_of", "terms"]

_FILE = Path(__file__).parent / "synthesis" / "nouns.tsv"
_SIDES = ("subject", "object")
_BEST = 3
_NEAR = 0.75  # share of the best score that the next nouns need
_LEAST = 0.1  # score under which nothing is known
_UNNAMED = 0.1  # how often one says "thing" all the same
_MOST_FEATURES = 40


@dataclass(frozen=True, slots=True)
class Term:
    """A class of things in everyday words.

    Attributes:
        english: Nouns for it, the usual first.
        chinese: The same in Chinese.
        has: Names of relations that such a thing is the subject of.
        given: Names of relations that lead to such a thing.
    """

    english: tuple[str, ...]
    chinese: tuple[str, ...]
    has: tuple[str, ...]
    given: tuple[str, ...]

    def noun(self, chance: Random, *, chinese: bool) -> str:
        """Return one of the nouns, a usual one rather than a rare one."""
        nouns = self.chinese if chinese else self.english
        return chance.choices(nouns, [1 / (place + 1) for place in range(len(nouns))])[0]


@lru_cache(maxsize=1)
def terms() -> tuple[Term, ...]:
    """Return the classes of the table, everyday ones of every field.

    Example:
    >>> terms()[0].english[:2], terms()[0].chinese[:2]
    (('film', 'movie'), ('电影', '影片'))
    """
    rows = (line for line in _FILE.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return tuple(_term(*row.split("\t")) for row in rows)


def _term(english: str, chinese: str, has: str, given: str) -> Term:
    split = (tuple(filter(None, cell.split("|"))) for cell in (english, chinese, has, given))
    return Term(*(tuple(dict.fromkeys(cell)) for cell in split))


COMMON_NOUNS = tuple(dict.fromkeys(noun for term in terms() for noun in term.english))
"""English nouns for classes of things in general."""

COMMON_NOUNS_ZH = tuple(dict.fromkeys(noun for term in terms() for noun in term.chinese))
"""Chinese nouns for classes of things in general."""


class Nouns:
    """Knows likely nouns for the members of each slot of a graph.

    A slot is one end of a relation. Each noun comes with relations that such things usually have; a slot is
    called what has most nearly the relations that its members take part in. What is equally near to all nouns
    ("name") says nothing: each relation's nearness is taken without its mean over the nouns.
    """

    def __init__(self, encoder: TextEncoder, schema: Schema, names: Names) -> None:
        """Compare the relations of a graph with those that the nouns come with.

        Args:
            encoder: Gives the vectors by which names are compared.
            schema: Of the graph.
            names: What its relations are called.
        """
        called = {
            profile.iri.value: relation_names(profile.iri, names)[0]
            for profile in schema.predicates
            if not profile.is_label and profile.iri not in {RDF_TYPE, schema.typing}
        }
        self._rows = {iri: row for row, iri in enumerate(called)}
        self._near = _nearness(encoder, list(called.values()))
        self._features = _features(schema, self._rows)
        self._known: dict[Slot, tuple[tuple[Term, float], ...]] = {}

    def guesses(self, slot: Slot) -> tuple[tuple[Term, float], ...]:
        """Return at most three classes for the members of a slot, the likeliest first, with weights."""
        if slot not in self._known:
            self._known[slot] = self._guess(slot)
        return self._known[slot]

    def draw(self, slot: Slot, chance: Random, *, chinese: bool) -> str:
        """Return a noun for the members of a slot, "" where none is known and now and then."""
        known = self.guesses(slot)
        if not known or chance.random() < _UNNAMED:
            return ""
        return chance.choices(known, [weight for _, weight in known])[0][0].noun(chance, chinese=chinese)

    def _guess(self, slot: Slot) -> tuple[tuple[Term, float], ...]:
        import numpy as np

        features = self._features.get(slot)
        if not features:
            return ()
        rows = [(_SIDES.index(side), self._rows[iri]) for (iri, side), _ in features]
        weights = np.array([weight for _, weight in features], dtype=np.float32)
        sides, places = (np.array(part) for part in zip(*rows, strict=True))
        scores = weights @ self._near[sides, places] / weights.sum()
        order = np.argsort(-scores, kind="stable")[:_BEST]
        best = float(scores[order[0]])
        if best < _LEAST:
            return ()
        near = [place for place in order if scores[place] >= _NEAR * best]
        return tuple((terms()[place], float(scores[place] / best) ** 4) for place in near)


def ends_of(encoder: TextEncoder, names: Sequence[str]) -> list[tuple[Term | None, Term | None]]:
    """Return what stands before and behind each relation, going by its name alone; None where that says nothing."""
    if not names:
        return []
    near = _nearness(encoder, names)
    best = near.argmax(axis=2)
    sure = near.max(axis=2) >= _LEAST

    def end(side: int, row: int) -> Term | None:
        return terms()[best[side, row]] if sure[side, row] else None

    return [(end(0, row), end(1, row)) for row in range(len(names))]


def _nearness(encoder: TextEncoder, names: Sequence[str]) -> Floats:
    """Return how near each relation is to those of each noun: (2 sides, names, nouns)."""
    import numpy as np

    own = encoder.encode([words_of(name) for name in names])
    near = np.zeros((2, len(names), len(terms())), dtype=np.float32)
    for side in (0, 1):
        said = [(place, name) for place, term in enumerate(terms()) for name in (term.has, term.given)[side]]
        cosines = own @ encoder.encode([name for _, name in said]).T
        for column, (place, _) in enumerate(said):
            near[side, :, place] = np.maximum(near[side, :, place], cosines[:, column])
    centred: Floats = near - near.mean(axis=2, keepdims=True)
    return centred


def _features(schema: Schema, rows: Mapping[str, int]) -> dict[Slot, list[tuple[Slot, float]]]:
    """Return for each slot the slots that its members stand in, and for what share of them each speaks."""
    found: dict[Slot, list[tuple[Slot, float]]] = {}
    for profile in schema.predicates:
        if profile.iri.value in rows:
            subjects: Slot = (profile.iri.value, "subject")
            objects: Slot = (profile.iri.value, "object")
            found[subjects] = [(subjects, float(profile.subjects))]
            found[objects] = [(objects, float(profile.objects))]
    for (one, other), shared in schema.joins.items():
        if one in found and other in found and one != other:
            found[one].append((other, float(shared)))
    return {slot: _most(features) for slot, features in found.items()}


def _most(features: list[tuple[Slot, float]]) -> list[tuple[Slot, float]]:
    own = features[0]
    return [own, *sorted(features[1:], key=lambda feature: (-feature[1], feature[0]))[:_MOST_FEATURES]]
