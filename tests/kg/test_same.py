"""Which IRIs of a graph are one thing, and that its joins know it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from kg.joins import count_joins
from kg.link import Linker
from kg.names import Names
from kg.profiling import profile
from kg.query import First, Pattern, Query, Same, Var, render
from kg.same import IDENTITIES, Sameness
from kg.schema import Schema
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, Graph, Iri, Literal, Row, Triple

SAME, MATCH = IDENTITIES
EN, ZH = "https://en.example/", "https://zh.example/"
LYON, LIANG, THIRD, PARIS = Iri(EN + "Lyon"), Iri(ZH + "里昂"), Iri("urn:third:lyon"), Iri(EN + "Paris")
ANNA, FRANCE = Iri(EN + "Anna"), Iri(ZH + "法国")
BORN, IN, RIVER = Iri(EN + "born"), Iri(ZH + "in"), Iri("urn:third:through")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as opened:
        opened.add(
            [
                Triple(ANNA, BORN, LYON),
                Triple(LYON, SAME, LIANG),
                Triple(THIRD, MATCH, LIANG),
                Triple(LIANG, IN, FRANCE),
                Triple(Iri("urn:third:rhone"), RIVER, THIRD),
                Triple(LIANG, RDF_TYPE, Iri(ZH + "City")),
                Triple(LYON, RDFS_LABEL, Literal("Lyon", language="en")),
                Triple(LIANG, RDFS_LABEL, Literal("Lyon", language="fr")),
                Triple(PARIS, RDFS_LABEL, Literal("Paris", language="en")),
            ],
            source="atlas",
        )
        yield opened


class Remote:
    """A graph behind a network: counts the calls."""

    remote = True

    def __init__(self, inner: Graph) -> None:
        self._inner = inner
        self.selects = 0

    def select(self, query: str, *, limit: int = 10_000, seconds: float = 10.0) -> list[Row]:
        self.selects += 1
        return self._inner.select(query, limit=limit, seconds=seconds)


def test_links_are_followed_on_and_on_both_ways(store: Store) -> None:
    same = Sameness(store, IDENTITIES)
    assert same.others(LYON) == (LIANG, THIRD)
    assert set(same.others(THIRD)) == {LYON, LIANG}
    assert same.others(PARIS) == ()


def test_only_the_given_predicates_make_things_one(store: Store) -> None:
    assert Sameness(store, [SAME]).others(LYON) == (LIANG,)
    assert Sameness(store, []).others(LYON) == ()


def test_a_remote_graph_is_asked_once_for_many(store: Store) -> None:
    remote = Remote(store)
    same = Sameness(remote, IDENTITIES)  # type: ignore[arg-type]
    assert set(same.others_of([LYON, PARIS])[LYON]) == {LIANG, THIRD}
    assert same.others(PARIS) == ()
    assert remote.selects == 1


def test_links_say_why_two_are_one(store: Store) -> None:
    same = Sameness(store, IDENTITIES)
    assert same.links(LYON, THIRD) == (Triple(LYON, SAME, LIANG), Triple(THIRD, MATCH, LIANG))
    assert same.links(LYON, LYON) == same.links(LYON, PARIS) == ()


def test_distinct_keeps_the_first_of_one_thing(store: Store) -> None:
    two = Literal("2")
    given: list[Iri | Literal] = [PARIS, THIRD, two, LYON, two]
    assert Sameness(store, IDENTITIES).distinct(given) == (PARIS, THIRD, two)


def test_a_thing_of_endlessly_many_names_is_cut_off() -> None:
    many = [Iri(f"urn:{number}") for number in range(90)]
    with Store.in_memory() as opened:
        opened.add([Triple(one, SAME, two) for one, two in pairwise(many)], source="x")
        assert len(Sameness(opened, IDENTITIES).others(many[0])) == 31


def test_the_schema_joins_across_identity(store: Store) -> None:
    schema = profile(store)
    assert schema.same == (SAME, MATCH)
    assert schema.can_join((BORN.value, "object"), (IN.value, "subject"))
    assert schema.get(BORN).range == ((ZH + "City", 1),)
    assert Schema.from_dict(schema.to_dict()) == schema


def test_joins_read_off_the_triples_are_those_found_by_queries(store: Store) -> None:
    schema = profile(store)
    slots = list(dict.fromkeys(slot for pair in schema.joins for slot in pair))
    assert count_joins(store, slots, same=Sameness(store, schema.same)) == schema.joins


def test_two_things_may_be_one_by_a_third_of_which_nothing_is_said() -> None:
    hub = Iri("urn:hub")
    with Store.in_memory() as opened:
        facts = [Triple(ANNA, BORN, LYON), Triple(LYON, SAME, hub), Triple(LIANG, SAME, hub)]
        opened.add([*facts, Triple(LIANG, IN, FRANCE)], source="atlas")
        schema = profile(opened)
    assert schema.same == (SAME,)
    assert schema.can_join((BORN.value, "object"), (IN.value, "subject"))


def test_links_that_lead_out_of_the_graph_change_nothing() -> None:
    with Store.in_memory() as opened:
        opened.add([Triple(ANNA, BORN, LYON), Triple(LYON, SAME, Iri("urn:elsewhere:1"))], source="atlas")
        schema = profile(opened)
    assert schema.same == ()
    assert not schema.can_join((BORN.value, "object"), (BORN.value, "subject"))


def test_a_schema_written_before_there_was_identity_can_be_read(store: Store) -> None:
    old = profile(store).to_dict()
    del old["same"]
    assert Schema.from_dict(old).same == ()


def test_equal_things_are_no_rivals_of_each_other(store: Store, tmp_path: Path) -> None:
    with Names.build(tmp_path / "names.sqlite", store) as names:
        for known, expected in ((None, 3), (Sameness(store, IDENTITIES), 1)):
            (found,) = Linker(names, store, same=known).link("Where is Lyon?")
            assert len(found.candidates) == expected


def test_same_and_first_are_written_as_paths() -> None:
    x, y, z = Var("x"), Var("y"), Var("z")
    born = Pattern(ANNA, BORN, x)
    query = Query((y,), (born, Same(x, y, (SAME,)), First(y, z, (SAME,))))
    path = f"(<{SAME.value}>|^<{SAME.value}>)*"
    assert render(query).endswith(
        f"?x {path} ?y . FILTER NOT EXISTS {{ ?y {path} ?z FILTER(STR(?z) < STR(?y)) }} }}"
    )
