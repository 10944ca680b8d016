"""Nodes in between that a graph gives no class, and what a query does with their years."""

from __future__ import annotations

import pytest

from kbqa.semantics.compile import to_query
from kbqa.semantics.form import Arithmetic, Follow, Members, Step, Thing
from kbqa.semantics.shape import Shapes
from kbqa.semantics.untyped import relation_to, with_classes
from kg.profiling import profile
from kg.query import render
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Blank, Iri, Literal, Triple

EX = "https://example.org/"
YEAR, DATE = XSD + "gYear", XSD + "date"


def of(name: str) -> Iri:
    return Iri(EX + name)


def posts(*, typed: bool = False, elsewhere: bool = False) -> Store:
    """Return a graph of people with the posts they held, which have a class or none."""
    facts = [
        Triple(of("Acme"), RDF_TYPE, of("Firm")),
        Triple(of("Brix"), RDF_TYPE, of("Firm")),
    ]
    for number, (who, firm, since) in enumerate(
        (("Ada", "Acme", "2001"), ("Ada", "Brix", "2010"), ("Bo", "Acme", "2004"))
    ):
        node = Blank(f"post{number}")
        facts += [
            Triple(of(who), RDF_TYPE, of("Person")),
            Triple(of(who), RDFS_LABEL, Literal(who)),
            Triple(of(who), of("post"), node),
            Triple(node, of("employer"), of(firm)),
            Triple(node, of("since"), Literal(since, YEAR)),
        ]
        facts += [Triple(node, RDF_TYPE, of("Post"))] if typed else []
        facts += [Triple(of("Union"), of("lists"), node)] if elsewhere else []
    store = Store.in_memory()
    store.add(facts, source="test")
    return store


def test_what_leads_to_nodes_without_a_class_is_their_class() -> None:
    with posts() as store:
        found = with_classes(profile(store))
    ((cls, count),) = found[of("post")].range
    assert (relation_to(Iri(cls)), count) == (of("post"), 3)
    assert found[of("employer")].domain == found[of("since")].domain == ((cls, 3),)


@pytest.mark.parametrize(("typed", "elsewhere"), [(True, False), (False, True)])
def test_nodes_with_a_class_or_between_more_things_get_none(typed: bool, elsewhere: bool) -> None:
    with posts(typed=typed, elsewhere=elsewhere) as store:
        schema = profile(store)
        assert with_classes(schema) == {one.iri: one for one in schema.predicates}


def test_a_graph_without_classes_stays_as_it_is() -> None:
    with Store.in_memory() as store:
        store.add(
            [Triple(of("Ada"), of("post"), Blank("p")), Triple(Blank("p"), of("at"), of("Acme"))],
            source="test",
        )
        schema = profile(store)
    assert with_classes(schema) == {one.iri: one for one in schema.predicates}


def test_nodes_without_a_class_tie_what_they_lie_between() -> None:
    with posts() as store:
        shapes = Shapes(store, profile(store))
        (post,) = shapes.events()
        assert shapes.ties(post) == [Step(of("employer"), True), Step(of("post"), False)]
        (cls,) = post.classes
        query = render(to_query(Members(Iri(cls))))
        assert len(store.select(query)) == 3


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (Literal("1901-06-10", DATE), Literal("1970-06-09", DATE), "68"),
        (Literal("1901-06-10", DATE), Literal("1970-06-10", DATE), "69"),
        (Literal("1901", YEAR), Literal("1970", YEAR), "69"),
        (Literal("712", XSD + "integer"), Literal("770", XSD + "integer"), "58"),
        (
            Literal("1901-06-10T08:00:00", XSD + "dateTime"),
            Literal("1970-07-01T00:00:00", XSD + "dateTime"),
            "69",
        ),
        (Literal("-0043", YEAR), Literal("0017", YEAR), "60"),
        (Literal("soon"), Literal("1970", YEAR), None),
    ],
)
def test_full_years_between_dates(start: Literal, end: Literal, years: str | None) -> None:
    with Store.in_memory() as store:
        store.add([Triple(of("Ada"), of("born"), start), Triple(of("Ada"), of("died"), end)], source="test")
        ada = Thing(of("Ada"))
        form = Arithmetic("years", Follow(ada, Step(of("died"), True)), Follow(ada, Step(of("born"), True)))
        rows = store.select(render(to_query(form)))
    assert [row["x"].value for row in rows if "x" in row] == ([years] if years else [])


def test_years_of_several_are_each_its_own() -> None:
    with posts() as store:
        store.add(
            [
                Triple(Blank(f"post{n}"), of("until"), Literal(year, YEAR))
                for n, year in enumerate(("2009", "2012", "2005"))
            ],
            source="test",
        )
        mine = Follow(Thing(of("Ada")), Step(of("post"), True))
        form = Arithmetic(
            "years", Follow(mine, Step(of("until"), True)), Follow(mine, Step(of("since"), True))
        )
        rows = store.select(render(to_query(form)))
    assert sorted(row["x"].value for row in rows) in (["2", "8"], ["8"])
