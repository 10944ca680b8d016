from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.errors import QueryTimeout
from kg.load import load
from kg.profiling import profile
from kg.schema import Schema
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Iri, Literal, Row, Triple

EX = "http://example.org/"
DIRECTED, WON, YEAR, AWAKE, RELEASED = (
    Iri(EX + name) for name in ("directed", "won", "year", "awake", "released")
)


def iri(name: str) -> Iri:
    return Iri(EX + name)


def facts() -> Iterator[Triple]:
    for i in range(10):
        film, person = iri(f"film{i}"), iri(f"person{i % 3}")
        yield Triple(person, DIRECTED, film)
        yield Triple(film, RDF_TYPE, iri("Film"))
        yield Triple(film, RDFS_LABEL, Literal(f"Film {i}"))
        yield Triple(film, YEAR, Literal(str(1990 + i), XSD + "integer"))
        yield Triple(film, RELEASED, Literal(f"{1990 + i}-01-01", XSD + "date"))
        yield Triple(film, WON, iri("prize"))
    yield Triple(iri("person0"), RDF_TYPE, iri("Person"))
    yield Triple(iri("person0"), AWAKE, Literal("true", XSD + "boolean"))


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store.in_memory() as store:
        store.add(facts(), source="test")
        yield store


@pytest.fixture(scope="module")
def schema(store: Store) -> Schema:
    return profile(store)


def test_counts(schema: Schema, store: Store) -> None:
    directed = schema.get(DIRECTED)
    assert (directed.count, directed.subjects, directed.objects) == (10, 3, 10)
    assert directed.domain == ((EX + "Person", 4),)
    assert directed.range == ((EX + "Film", 10),)
    assert (directed.functional, directed.inverse_functional) == (False, True)
    assert not directed.sampled
    assert schema.triples == len(store) == sum(found.count for found in schema.predicates)
    assert {found.iri: found.count for found in schema.classes} == {iri("Film"): 10, iri("Person"): 1}


def test_kinds(schema: Schema) -> None:
    kinds = {found.iri: found.kind for found in schema.predicates}
    assert kinds == {
        DIRECTED: "entity",
        WON: "entity",
        YEAR: "number",
        RELEASED: "date",
        AWAKE: "boolean",
        RDFS_LABEL: "text",
        RDF_TYPE: "entity",
    }
    assert schema.get(YEAR).range == ((XSD + "integer", 10),)
    assert [found.iri for found in schema.predicates if found.is_label] == [RDFS_LABEL]


def test_joins_and_slot_types(schema: Schema) -> None:
    assert schema.joins[(DIRECTED.value, "object"), (YEAR.value, "subject")] == 10
    assert schema.can_join((WON.value, "subject"), (DIRECTED.value, "object"))
    assert not schema.can_join((DIRECTED.value, "subject"), (YEAR.value, "subject"))
    types = schema.slot_types
    assert types[DIRECTED.value, "object"] == types[YEAR.value, "subject"] == types[WON.value, "subject"]
    assert (
        len({types[DIRECTED.value, "object"], types[DIRECTED.value, "subject"], types[WON.value, "object"]})
        == 3
    )
    assert (YEAR.value, "object") not in types


def test_without_joins_classes_decide(schema: Schema) -> None:
    bare = Schema(schema.predicates, schema.classes, schema.triples)
    assert bare.can_join((DIRECTED.value, "object"), (YEAR.value, "subject"))
    assert not bare.can_join((DIRECTED.value, "subject"), (YEAR.value, "subject"))
    assert bare.can_join((WON.value, "object"), (YEAR.value, "subject"))


def test_json_round_trip(schema: Schema) -> None:
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema
    with pytest.raises(KeyError):
        Schema.from_dict({})


def test_find_and_get(schema: Schema) -> None:
    assert schema.find(iri("never")) is None
    with pytest.raises(KeyError, match="never"):
        schema.get(iri("never"))


def test_sample(store: Store) -> None:
    found = profile(store, sample=4).get(YEAR)
    assert (found.count, found.subjects, found.sampled) == (10, 10, True)  # 4 subjects of 4 triples, scaled


def test_a_large_predicate_is_sampled_and_rare_classes_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.profiling._WHOLE", 100)
    monkeypatch.setattr("kg.profiling.SAMPLE", 50)
    likes, text = iri("likes"), iri("says")
    with Store.in_memory() as store:
        for i in range(400):
            some = [Triple(iri(f"a{i}"), likes, iri(f"b{j}")) for j in (i, (i + 1) % 400)]
            kind = "Rare" if i == 399 else "Common"
            some.append(Triple(iri(f"a{i}"), RDF_TYPE, iri(kind)))
            some.append(Triple(iri(f"b{i}"), RDF_TYPE, iri(kind)))
            value = Literal(f"word {i}") if i % 4 else Literal(str(i), XSD + "integer")
            some.append(Triple(iri(f"a{i}"), text, value))
            store.add(some, source="test")
        schema = profile(store)
    found, said = schema.get(likes), schema.get(text)
    assert found.sampled and found.count == 800
    assert not found.functional and not found.inverse_functional
    assert 300 < found.subjects < 500 and 300 < found.objects < 500
    assert (
        {name for name, _ in found.domain}
        == {name for name, _ in found.range}
        == {EX + "Common", EX + "Rare"}
    )
    assert said.sampled and said.kind == "text"
    assert dict(said.range) == {XSD + "string": 300, XSD + "integer": 100}


class SlowGraph:
    """Runs out of time whenever all triples of one predicate are counted."""

    remote = False

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.prefixes = inner.prefixes

    def select(self, query: str, *, limit: int = 10_000, seconds: float = 10.0) -> list[Row]:
        if DIRECTED.value in query and "LIMIT 10000" not in query:
            raise QueryTimeout("too slow")
        return self._inner.select(query, limit=limit, seconds=seconds)

    def ask(self, query: str, *, seconds: float = 10.0) -> bool:
        return self._inner.ask(query, seconds=seconds)

    def triples(
        self,
        subject: object = None,
        predicate: Iri | None = None,
        object: object = None,
        *,
        limit: int = 10_000,
    ) -> list[Triple]:
        return self._inner.triples(predicate=predicate, limit=limit)

    def __len__(self) -> int:
        return len(self._inner)


def test_a_slow_predicate_is_sampled_and_the_others_are_not(store: Store) -> None:
    schema = profile(SlowGraph(store))
    assert [found.iri for found in schema.predicates if found.sampled] == [DIRECTED]
    assert schema.get(DIRECTED).count == 10
    assert not schema.has_joins


def test_no_time_at_all(store: Store) -> None:
    with pytest.raises(QueryTimeout, match="more seconds"):
        profile(store, seconds=0)


def test_empty_graph() -> None:
    with Store.in_memory() as store:
        assert profile(store) == Schema((), (), 0, has_joins=True)


def test_geoquery(shared_data: Path) -> None:
    with Store.in_memory() as store:
        load(store, shared_data / "geoquery" / "geo.ttl.gz")
        schema = profile(store)
    borders = schema.get(Iri("https://example.org/geo/borders"))
    assert borders.domain[0][0] == borders.range[0][0] == "https://example.org/geo/State"
    assert schema.get(Iri("https://example.org/geo/population")).kind == "number"
    assert schema.get(Iri("https://example.org/geo/capital")).functional
