"""Passages of a question's entities, and of what facts connect with these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kbqa.config import Config
from kbqa.parsing.parser import Parser
from kbqa.search import EvidenceSearch, near_entities
from kbqa.types import Question
from kg.store import Store
from kg.types import Candidate, Iri, Link, Mention, Triple


def link(iri: Iri, name: str) -> Link:
    return Link(Mention(0, len(name), name), [Candidate(iri, "entity", 1.0, name, "exact")])


def test_near_is_what_one_fact_connects(lands: Any) -> None:
    near = near_entities(lands.graph, [lands.iri("Estwick").value])
    assert set(near) == {lands.iri("Harbour").value}
    both = near_entities(lands.graph, [lands.iri("Estwick").value, lands.iri("Harbour").value])
    assert both == []
    assert near_entities(lands.graph, []) == []


def test_of_a_hub_only_some_are_near() -> None:
    hub, likes = Iri("urn:hub"), Iri("urn:likes")
    with Store.in_memory() as store:
        store.add([Triple(hub, likes, Iri(f"urn:x{number}")) for number in range(3000)], source="a")
        assert len(near_entities(store, [hub.value])) == 64


class Asked:
    """A search that notes which entities it is asked for."""

    def __init__(self) -> None:
        self.near: Sequence[str] = ()

    def search(self, text: str, *, near: Sequence[str] = (), **_: Any) -> list[Any]:
        self.near = near
        return []


def asked(lands: Any, *without: str) -> Sequence[str]:
    found = Asked()
    stage = EvidenceSearch(found, Config(without=frozenset(without)), graph=lands.graph)  # type: ignore[arg-type]
    question = Question("Which city lies in Estwick?")
    stage.search(question, Parser().parse(question), [link(lands.iri("Estwick"), "Estwick")])
    return found.near


def test_the_neighbours_of_linked_entities_are_searched_for(lands: Any) -> None:
    assert list(asked(lands)) == [lands.iri("Harbour").value]
    assert asked(lands, "graph") == asked(lands, "entities") == ()
