"""Graphs that say by a predicate of their own what things are instances of, as Wikidata does."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.delta import Delta
from kg.instances import type_predicate
from kg.names import Names
from kg.profiling import profile
from kg.reprofile import reprofile
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Iri, Literal, Triple

P31 = Iri("http://www.wikidata.org/prop/direct/P31")
P3, PAINTING, LISA, HEIGHT = (Iri(f"urn:{name}") for name in ("P3", "painting", "lisa", "height"))
CALLED = Triple(P3, RDFS_LABEL, Literal("instance of"))
FACTS = [Triple(LISA, P3, PAINTING), Triple(LISA, HEIGHT, Literal("77", XSD + "integer"))]


@pytest.mark.parametrize(
    ("triples", "expected"),
    [
        (FACTS, RDF_TYPE),
        ([*FACTS, CALLED], P3),
        ([*FACTS, Triple(P3, RDFS_LABEL, Literal("Instance of", language="en"))], P3),
        ([Triple(LISA, P31, PAINTING)], P31),
        ([Triple(P31, RDFS_LABEL, Literal("instance of"))], RDF_TYPE),
        ([*FACTS, CALLED, Triple(LISA, RDF_TYPE, PAINTING)], RDF_TYPE),
        ([*FACTS, CALLED, Triple(LISA, P3, HEIGHT), Triple(LISA, RDF_TYPE, PAINTING)], P3),
        ([Triple(LISA, P3, Literal("painting")), CALLED], RDF_TYPE),
    ],
)
def test_the_predicate_that_most_things_have_it_from(
    store: Store, triples: list[Triple], expected: Iri
) -> None:
    store.add(triples, source="museum")
    assert type_predicate(store) == expected


def test_names_and_profile_know_the_classes(store: Store, tmp_path: Path) -> None:
    store.add([*FACTS, CALLED], source="museum")
    schema = profile(store)
    assert schema.typing == P3
    assert [found.iri for found in schema.classes] == [PAINTING]
    assert schema.get(HEIGHT).domain == ((PAINTING.value, 1),)
    assert schema.get(P3).domain == schema.get(P3).range == ()
    assert type(schema).from_dict(schema.to_dict()) == schema
    with Names.build(tmp_path / "names.sqlite", store) as names:
        assert {name.kind for name in names.of(PAINTING)} == {"class"}
        assert not list(names.differences(store))


def test_a_change_of_the_predicate_is_profiled_anew(store: Store) -> None:
    store.add(FACTS, source="museum")
    before = profile(store)
    with Store.in_memory() as after:
        after.add([*FACTS, CALLED], source="museum")
        assert reprofile(before, store, after, Delta((CALLED,), ())) is None


def test_an_instance_more_is_profiled_by_what_it_changes(store: Store) -> None:
    store.add([*FACTS, CALLED], source="museum")
    before = profile(store)
    other = Iri("urn:girl")
    more = (Triple(other, P3, PAINTING), Triple(other, HEIGHT, Literal("44", XSD + "integer")))
    with Store.in_memory() as after:
        after.add([*FACTS, CALLED, *more], source="museum")
        assert reprofile(before, store, after, Delta(more, ())) == profile(after)
