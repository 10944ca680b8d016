"""Classes that hold all members of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.delta import Delta
from kg.instances import subclass_predicate
from kg.names import Names
from kg.profiling import profile
from kg.reprofile import reprofile
from kg.store import Store
from kg.taxonomy import Taxonomy, read_taxonomy
from kg.types import RDF_TYPE, RDFS_LABEL, RDFS_SUBCLASS, Blank, Iri, Literal, Triple

CAT, PET, ANIMAL, TOM, P9 = (Iri(f"urn:{name}") for name in ("cat", "pet", "animal", "tom", "P9"))
P279 = Iri("http://www.wikidata.org/prop/direct/P279")
THING = Iri("http://www.w3.org/2002/07/owl#Thing")
FACTS = [
    Triple(TOM, RDF_TYPE, CAT),
    Triple(CAT, RDFS_SUBCLASS, PET),
    Triple(PET, RDFS_SUBCLASS, ANIMAL),
    Triple(ANIMAL, RDFS_SUBCLASS, THING),
    Triple(CAT, RDFS_SUBCLASS, Blank("restriction")),
]


def test_a_class_lies_below_all_that_lie_above_its_own(store: Store) -> None:
    store.add(FACTS, source="zoo")
    found = read_taxonomy(store, RDF_TYPE, [CAT])
    assert dict(found.above) == {"urn:cat": ("urn:animal", "urn:pet"), "urn:pet": ("urn:animal",)}
    assert found.within("urn:animal") == {"urn:animal", "urn:pet", "urn:cat"}
    assert found.within("urn:cat") == {"urn:cat"}


def test_circles_end(store: Store) -> None:
    store.add([*FACTS, Triple(ANIMAL, RDFS_SUBCLASS, CAT), Triple(CAT, RDFS_SUBCLASS, CAT)], source="zoo")
    found = read_taxonomy(store, RDF_TYPE, [CAT])
    assert found.within("urn:cat") == found.within("urn:animal") == {"urn:animal", "urn:pet", "urn:cat"}
    assert "urn:cat" not in found.above["urn:cat"]
    assert set(found.together(["urn:cat", "urn:pet"], {"urn:cat"})) <= found.within("urn:cat")


def test_a_class_of_everything_says_nothing(store: Store) -> None:
    store.add([Triple(TOM, RDF_TYPE, CAT), Triple(CAT, RDFS_SUBCLASS, THING)], source="zoo")
    assert not read_taxonomy(store, RDF_TYPE, [CAT]).above


@pytest.mark.parametrize(
    ("names", "own", "expected"),
    [
        (["cat", "dog"], {"cat", "dog"}, ["pet"]),
        (["cat"], {"cat", "dog"}, ["cat"]),
        (["cat", "dog"], {"cat", "dog", "pet"}, ["cat", "dog"]),
        (["cat", "pet"], {"cat", "pet"}, ["pet"]),
        (["rose", "cat", "dog"], {"cat", "dog", "rose"}, ["rose", "pet"]),
    ],
)
def test_classes_that_together_are_one(names: list[str], own: set[str], expected: list[str]) -> None:
    assert Taxonomy(above={"cat": ("pet",), "dog": ("pet",)}).together(names, own) == expected


def test_the_predicate_may_be_the_graph_s_own(store: Store) -> None:
    store.add([Triple(CAT, P9, PET), Triple(P9, RDFS_LABEL, Literal("subclass of"))], source="zoo")
    assert subclass_predicate(store) == P9
    assert read_taxonomy(store, RDF_TYPE, [CAT]).within("urn:pet") == {"urn:pet", "urn:cat"}
    with Store.in_memory() as other:
        other.add([Triple(CAT, P279, PET)], source="zoo")
        assert subclass_predicate(other) == P279


def test_names_and_profile_know_the_classes_above(store: Store, tmp_path: Path) -> None:
    store.add(FACTS, source="zoo")
    schema = profile(store)
    assert [(one.iri, one.count) for one in schema.classes] == [(CAT, 1)]
    assert [(one.iri, one.count) for one in schema.kinds()] == [(ANIMAL, 1), (CAT, 1), (PET, 1)]
    assert type(schema).from_dict(schema.to_dict()) == schema
    with Names.build(tmp_path / "names.sqlite", store) as names:
        assert {name.kind for term in (CAT, PET, ANIMAL) for name in names.of(term)} == {"class"}
        assert not list(names.differences(store))


def test_a_change_above_is_profiled(store: Store) -> None:
    store.add(FACTS[:2], source="zoo")
    before = profile(store)
    with Store.in_memory() as after:
        after.add(FACTS[:3], source="zoo")
        assert reprofile(before, store, after, Delta(added=(FACTS[2],))) == profile(after)
        assert profile(after).taxonomy.above["urn:cat"] == ("urn:animal", "urn:pet")
