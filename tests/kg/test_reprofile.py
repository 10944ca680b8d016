"""The profile of a changed graph, from the one before it, equals the one made anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.delta import Delta, between
from kg.profiling import MAX_JOINED, profile
from kg.reprofile import reprofile
from kg.same import IDENTITIES
from kg.schema import Schema
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Blank, Iri, Literal, Triple

THINGS = [Iri(f"urn:thing:{n}") for n in range(6)]
CLASSES = [Iri(f"urn:class:{n}") for n in range(3)]
PREDICATES = [Iri(f"urn:predicate:{n}") for n in range(4)]
VALUES = [
    Literal("7", XSD + "integer"),
    Literal("1999-01-01", XSD + "date"),
    Literal("red"),
    Literal("rot", language="de"),
]

subjects = st.sampled_from([*THINGS, Blank("b0")])
facts = st.one_of(
    st.builds(Triple, subjects, st.just(RDF_TYPE), st.sampled_from(CLASSES)),
    st.builds(Triple, subjects, st.just(RDFS_LABEL), st.sampled_from(VALUES[2:])),
    st.builds(Triple, subjects, st.sampled_from(PREDICATES), st.sampled_from(THINGS)),
    st.builds(Triple, subjects, st.sampled_from(PREDICATES), st.sampled_from([*VALUES, CLASSES[0]])),
)
graphs = st.sets(facts, max_size=25)


def store_of(triples: set[Triple] | list[Triple]) -> Store:
    store = Store.in_memory()
    store.add(sorted(triples, key=str), source="test")
    return store


def without_examples(schema: Schema) -> Schema:
    """Leave the examples out: which triples come first depends on the store."""
    return replace(schema, predicates=tuple(replace(found, examples=()) for found in schema.predicates))


def changed(before: set[Triple], after: set[Triple]) -> tuple[Schema | None, Schema]:
    """Return the profile brought up to date, and the one made anew."""
    with store_of(before) as old, store_of(after) as new:
        delta = between(old, new, [*before, *after])
        assert set(delta.added) == after - before
        assert set(delta.removed) == before - after
        return reprofile(profile(old), old, new, delta), profile(new)


def lands(n: int) -> set[Triple]:
    """Return so many towns, each in one of two lands, with a number each."""
    towns = [Iri(f"urn:town:{i}") for i in range(n)]
    return {
        fact
        for i, town in enumerate(towns)
        for fact in (
            Triple(town, RDF_TYPE, CLASSES[0]),
            Triple(town, PREDICATES[0], Iri(f"urn:land:{i % 2}")),
            Triple(town, PREDICATES[1], Literal(str(i), XSD + "integer")),
        )
    }


TOWN, LAND = Iri("urn:town:0"), Iri("urn:land:0")


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(graphs, st.sets(facts, max_size=10), st.data())
def test_it_equals_a_profile_made_anew(before: set[Triple], more: set[Triple], data: st.DataObject) -> None:
    lost = data.draw(st.sets(st.sampled_from(sorted(before, key=str)), max_size=10)) if before else set()
    found, anew = changed(before, (before | more) - lost)
    if found is None:
        now = kinds((before | more) - lost)
        assert any(now.get(iri, is_entity) != is_entity for iri, is_entity in kinds(before).items())
    else:
        assert without_examples(found) == without_examples(anew)


def kinds(triples: set[Triple]) -> dict[Iri, bool]:
    """Return for each predicate whether it leads to entities."""
    with store_of(triples) as store:
        return {found.iri: found.kind == "entity" for found in profile(store).predicates}


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ([Triple(TOWN, PREDICATES[2], LAND)], []),
        ([Triple(LAND, RDF_TYPE, CLASSES[1])], []),
        ([Triple(TOWN, RDF_TYPE, CLASSES[2])], [Triple(TOWN, RDF_TYPE, CLASSES[0])]),
        ([], [Triple(TOWN, PREDICATES[0], LAND)]),
        ([Triple(TOWN, PREDICATES[0], Iri("urn:land:1")), Triple(TOWN, RDFS_LABEL, VALUES[2])], []),
        (
            [Triple(TOWN, PREDICATES[1], Literal("red"))],
            [Triple(TOWN, PREDICATES[1], Literal("0", XSD + "integer"))],
        ),
    ],
    ids=[
        "new predicate",
        "hub gets a class",
        "other class",
        "fewer",
        "second object, first label",
        "other value",
    ],
)
def test_one_change_at_a_time(more: list[Triple], less: list[Triple]) -> None:
    before = lands(60)
    found, anew = changed(before, (before | set(more)) - set(less))
    assert found is not None
    assert without_examples(found) == without_examples(anew)


def test_many_predicates_are_joined_exactly() -> None:
    before = lands(5) | {Triple(TOWN, Iri(f"urn:many:{n}"), LAND) for n in range(MAX_JOINED)}
    before |= {Triple(Blank("b0"), PREDICATES[0], LAND)}
    after = (before - {Triple(TOWN, Iri("urn:many:7"), LAND)}) | {Triple(LAND, PREDICATES[0], TOWN)}
    found, anew = changed(before, after)
    assert found is not None
    assert found.joins == anew.joins
    assert found.slot_types == anew.slot_types


def test_joins_of_many_members_stay_what_they_are_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("joins.SAMPLE", "reprofile.JOINED"):
        monkeypatch.setattr(f"kg.{module}", 20)
    subjects = (PREDICATES[0].value, "subject")
    before = lands(60)
    found, _ = changed(before, before | {Triple(Iri("urn:town:new"), PREDICATES[0], LAND)})
    assert found is not None
    assert found.joins[subjects, subjects] == 20
    # Of 60 shared members 20 were counted: when 30 are gone nobody knows whether there are any.
    found, _ = changed(
        before, {fact for fact in before if fact not in lands(30) or fact.predicate != PREDICATES[1]}
    )
    assert found is None


@pytest.mark.parametrize(
    "more",
    [
        [Triple(TOWN, IDENTITIES[0], Iri("urn:other:town"))],
        [Triple(LAND, RDF_TYPE, CLASSES[1])],
        [Triple(LAND, PREDICATES[3], TOWN), Triple(LAND, PREDICATES[3], LAND)],
    ],
    ids=["identity", "class of a hub", "a value that is a thing now"],
)
def test_what_has_to_be_made_anew(more: list[Triple], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.reprofile._FACTS", 10)
    before = lands(60) | {Triple(LAND, PREDICATES[3], Literal("red"))}
    assert changed(before, before | set(more))[0] is None


def test_a_profile_of_an_older_version_is_made_anew() -> None:
    with store_of(lands(3)) as old, store_of(lands(4)) as new:
        data = profile(old).to_dict()
        for row in data["predicates"]:
            del row["several"]
        older = Schema.from_dict(data)
        assert reprofile(older, old, new, between(old, new, lands(4))) is None


def test_a_hub_costs_no_more_than_its_predicates() -> None:
    before = lands(3_000)
    with store_of(before) as old, store_of(before | {Triple(LAND, PREDICATES[2], TOWN)}) as new:
        delta = Delta(added=(Triple(LAND, PREDICATES[2], TOWN),))
        schema = profile(old)
        read: list[int] = []
        for store in (old, new):
            store.triples = counting(store.triples, read)  # type: ignore[method-assign]
        assert reprofile(schema, old, new, delta) is not None
        assert sum(read) < 1_500


def counting(triples: Callable[..., list[Triple]], read: list[int]) -> Callable[..., list[Triple]]:
    def counted(*given: object, **more: int) -> list[Triple]:
        found = triples(*given, **more)
        read.append(len(found))
        return found

    return counted


def test_what_nobody_had_the_time_to_count_stays_unknown() -> None:
    before = lands(3)
    with store_of(before) as old, store_of(before | {Triple(TOWN, PREDICATES[0], TOWN)}) as new:
        counted = profile(old)
        found = counted.get(PREDICATES[0])
        timed_out = replace(found, subjects=0, objects=0, several=None, functional=False, sampled=True)
        kept = tuple(timed_out if one is found else one for one in counted.predicates)
        delta = between(old, new, [Triple(TOWN, PREDICATES[0], TOWN)])
        after = reprofile(replace(counted, predicates=kept, has_joins=False), old, new, delta)
    assert after is not None
    changed_one = after.get(PREDICATES[0])
    assert (changed_one.count, changed_one.several, changed_one.functional) == (4, None, False)
