from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.chains import chains_between, neighbourhood
from kg.store import Store
from kg.types import Iri, Literal, Term, Triple

IN, BY, YEAR = Iri("urn:in"), Iri("urn:by"), Iri("urn:year")


def iri(name: str) -> Iri:
    return Iri("urn:" + name)


FACTS = [
    Triple(iri("heat"), BY, iri("mann")),
    Triple(iri("ali"), BY, iri("mann")),
    Triple(iri("mann"), IN, iri("chicago")),
    Triple(iri("chicago"), IN, iri("usa")),
    Triple(iri("heat"), YEAR, Literal("1995")),
    Triple(iri("casino"), YEAR, Literal("1995")),
    *(Triple(iri(f"hub{i}"), IN, iri("usa")) for i in range(5_000)),
]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store.in_memory() as store:
        store.add(FACTS, source="test")
        yield store


class CountingGraph:
    """Counts the facts that are read."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.read = 0

    def triples(
        self,
        subject: Term | None = None,
        predicate: Iri | None = None,
        object: Term | None = None,
        *,
        limit: int = 10_000,
    ) -> list[Triple]:
        found = self._inner.triples(subject, predicate, object, limit=limit)
        self.read += len(found)
        return found


def test_one_hop(store: Store) -> None:
    found = neighbourhood(store, iri("mann"))
    assert set(found) == {iri("mann"), iri("heat"), iri("ali"), iri("chicago")}
    assert {data["fact"] for *_, data in found.edges(data=True)} == set(FACTS[:3])
    assert found.has_edge(iri("heat"), iri("mann"), key=BY)


def test_two_hops_hold_literals_but_do_not_go_through_them(store: Store) -> None:
    found = neighbourhood(store, iri("mann"), hops=3)
    assert Literal("1995") in found
    assert iri("casino") not in found


def test_limits(store: Store) -> None:
    counting = CountingGraph(store)
    found = neighbourhood(counting, iri("usa"), hops=2, limit=10)
    assert found.number_of_edges() == 10
    assert counting.read <= 30
    assert list(neighbourhood(store, iri("unknown"))) == [iri("unknown")]
    with pytest.raises(ValueError, match="hops must be at least 1, got 0"):
        neighbourhood(store, iri("usa"), hops=0)


def test_chains(store: Store) -> None:
    assert chains_between(store, iri("heat"), iri("ali")) == [(FACTS[0], FACTS[1])]
    assert chains_between(store, iri("ali"), iri("chicago")) == [(FACTS[1], FACTS[2])]
    assert chains_between(store, iri("heat"), iri("usa")) == [(FACTS[0], FACTS[2], FACTS[3])]
    assert chains_between(store, iri("heat"), iri("usa"), max_hops=2) == []
    assert chains_between(store, iri("heat"), iri("casino")) == []
    assert chains_between(store, iri("heat"), iri("heat")) == []
    assert chains_between(store, iri("heat"), iri("unknown")) == []


def test_parallel_facts_are_two_chains() -> None:
    with Store.in_memory() as store:
        both = [Triple(iri("a"), IN, iri("b")), Triple(iri("b"), BY, iri("a"))]
        store.add(both, source="test")
        assert chains_between(store, iri("a"), iri("b")) == [(both[0],), (both[1],)]
        assert chains_between(store, iri("a"), iri("b"), limit=1) == [(both[0],)]


def test_a_hub_is_not_enumerated(store: Store) -> None:
    counting = CountingGraph(store)
    chains_between(counting, iri("usa"), iri("hub7"), max_hops=2)
    assert counting.read <= 1_000
