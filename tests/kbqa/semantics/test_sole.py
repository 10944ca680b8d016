"""Relations that no word speaks of, and whether another one could be meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kbqa.semantics.form import Both, Counted, Follow, Members, Step, Thing
from kbqa.semantics.shape import Shapes
from kbqa.semantics.sole import only_ways
from kg.profiling import profile
from kg.store import Store
from kg.types import RDF_TYPE, Iri, Triple

FILM, PERSON, HEAT, MANN, PACINO = (
    Iri(f"urn:{name}") for name in ("Film", "Person", "heat", "mann", "pacino")
)
DIRECTOR, ACTOR, STUDIO, WARNER = (Iri(f"urn:{name}") for name in ("director", "actor", "studio", "warner"))


@pytest.fixture
def shapes() -> Iterator[Shapes]:
    with Store.in_memory() as store:
        facts = [
            Triple(HEAT, RDF_TYPE, FILM),
            Triple(MANN, RDF_TYPE, PERSON),
            Triple(PACINO, RDF_TYPE, PERSON),
            Triple(HEAT, DIRECTOR, MANN),
            Triple(HEAT, ACTOR, PACINO),
            Triple(HEAT, ACTOR, MANN),
            Triple(HEAT, STUDIO, WARNER),
        ]
        store.add(facts, source="films")
        yield Shapes(store, profile(store))


def films_of(thing: Iri, relation: Iri) -> Both:
    return Both(Members(FILM), Follow(Thing(thing), Step(relation, False)))


def test_one_relation_only_leads_from_the_class_to_the_thing(shapes: Shapes) -> None:
    assert only_ways(films_of(PACINO, ACTOR), shapes) == 1
    assert only_ways(Counted(films_of(WARNER, STUDIO)), shapes) == 1


def test_where_two_relations_do_neither_is_the_only_one(shapes: Shapes) -> None:
    assert only_ways(films_of(MANN, DIRECTOR), shapes) == 0


def test_without_a_class_nothing_says_what_is_asked_for(shapes: Shapes) -> None:
    assert only_ways(Follow(Thing(PACINO), Step(ACTOR, False)), shapes) == 0


def test_the_way_on_counts_too(shapes: Shapes) -> None:
    directors = Both(
        Members(PERSON), Follow(Follow(Thing(WARNER), Step(STUDIO, False)), Step(DIRECTOR, True))
    )
    assert only_ways(directors, shapes) == 1  # the studio's films; their people may be actors
