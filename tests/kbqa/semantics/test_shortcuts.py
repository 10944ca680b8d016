"""Shortened forms: fewer things are read, and the members stay the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kbqa.semantics.candidates import Candidate
from kbqa.semantics.execute import Executor
from kbqa.semantics.form import Both, Extreme, Follow, Form, Members, Step, Thing
from kbqa.semantics.shape import Shape, Shapes
from kbqa.semantics.shortcuts import Shortcuts
from kg.profiling import profile
from kg.store import Store
from kg.types import RDF_TYPE, XSD, Iri, Literal, Row, Triple

X = "urn:x:"
TOWN, LAND = Iri(X + "Town"), Iri(X + "Land")
IN, SIZE, NEAR = Iri(X + "in"), Iri(X + "size"), Iri(X + "near")
LARGEST = Extreme(Members(TOWN), Step(SIZE, True), largest=True)


@pytest.fixture
def store() -> Iterator[Store]:
    facts = [Triple(Iri(X + "north"), RDF_TYPE, LAND), Triple(Iri(X + "south"), RDF_TYPE, LAND)]
    for number in range(6):
        town = Iri(f"{X}town{number}")
        facts += [
            Triple(town, RDF_TYPE, TOWN),
            Triple(town, SIZE, Literal(str(number // 2), XSD + "integer")),
            Triple(town, IN, Iri(X + ("north" if number < 5 else "south"))),
            Triple(town, NEAR, Iri(X + "somewhere" if number else X + "north")),
        ]
    with Store.in_memory() as store:
        store.add(facts, source="facts")
        yield store


class Asked:
    """The store, with the queries that it was asked."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.queries: list[str] = []
        self.remote = False
        self.prefixes = store.prefixes

    def select(self, query: str, *, limit: int = 10_000, seconds: float = 10.0) -> list[Row]:
        self.queries.append(query)
        return self.store.select(query, limit=limit, seconds=seconds)


def members(graph: Asked, form: Form, shortcuts: Shortcuts | None) -> set[Iri | Literal]:
    executor = Executor(graph, lambda term: term.value, language="en", shortcuts=shortcuts)  # type: ignore[arg-type]
    shape = Shape("entity", frozenset(), frozenset())
    found = executor.run([Candidate(form, shape, 1.0, 1.0, 1.0, 0)], k=1)
    return {term for reading in found for term in reading.terms}


@pytest.mark.parametrize(
    "form",
    [
        LARGEST,
        Both(Follow(Thing(Iri(X + "north")), Step(IN, False)), LARGEST),
        Follow(LARGEST, Step(IN, True)),
        Extreme(Members(TOWN), Step(SIZE, True), largest=False, rank=2),
        Extreme(Members(TOWN), Step(SIZE, True), largest=True, count=3),
        Both(Members(TOWN), Follow(Thing(Iri(X + "north")), Step(IN, False))),
    ],
)
def test_members_stay_the_same_when_asked_again(store: Store, form: Form) -> None:
    graph = Asked(store)
    shortcuts = Shortcuts(Shapes(store, profile(store)))
    expected = members(graph, form, None)
    assert expected
    assert [members(graph, form, shortcuts) for _ in range(2)] == [expected, expected]


def test_all_values_are_compared_once(store: Store) -> None:
    graph = Asked(store)
    shortcuts = Shortcuts(Shapes(store, profile(store)))
    south = Both(Follow(Thing(Iri(X + "south")), Step(IN, False)), LARGEST)
    members(graph, LARGEST, shortcuts)
    graph.queries.clear()
    assert members(graph, south, shortcuts) == {Iri(X + "town5")}
    assert len(graph.queries) == 1
    assert "VALUES" in graph.queries[0] and "town4" in graph.queries[0]


def test_only_a_class_that_all_are_in_is_left_out(store: Store) -> None:
    shortcuts = Shortcuts(Shapes(store, profile(store)))
    inside = Follow(Thing(Iri(X + "north")), Step(IN, False))
    near = Follow(Thing(Iri(X + "town0")), Step(NEAR, True))
    assert shortcuts.unchecked(Both(Members(TOWN), inside)) == inside
    assert shortcuts.unchecked(Follow(Both(inside, Members(TOWN)), Step(SIZE, True))) == Follow(
        inside, Step(SIZE, True)
    )
    assert shortcuts.unchecked(Both(Members(LAND), near)) == Both(Members(LAND), near)
