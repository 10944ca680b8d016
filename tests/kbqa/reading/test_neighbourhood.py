"""Facts about what passages mention: which, in what words, in what order, and how many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kbqa.parsing.parser import Parser
from kbqa.reading.neighbourhood import Neighbourhood
from kbqa.reading.windows import TextFact
from kbqa.types import ParsedQuestion, Question
from kg.names import Names
from kg.store import Store
from kg.types import RDFS_LABEL, Candidate, Iri, Link, Literal, Mention, Triple
from retrieval.corpus import Corpus
from retrieval.types import EntityLink, Passage

TEXT = "Arvania is old. Corvia is large."


@pytest.fixture
def corpus(lands: Any, tmp_path: Any) -> Iterator[Corpus]:
    with Corpus.create(tmp_path / "corpus.sqlite") as made:
        links = [
            EntityLink("p:1", lands.iri("Arvania").value, 0, 7),
            EntityLink("p:1", lands.iri("Corvia").value, 16, 22),
            EntityLink("p:2", lands.iri("Velda").value),
        ]
        made.add([passage("p:1"), passage("p:2"), passage("p:3")], [], links)
        yield made


def passage(item: str) -> Passage:
    return Passage(item, TEXT, f"{item[2:]}.txt", 0, len(TEXT))


def parse(text: str) -> ParsedQuestion:
    return Parser().parse(Question(text))


def link(iri: Iri, name: str) -> Link:
    return Link(Mention(0, len(name), name), [Candidate(iri, "entity", 1.0, name, "exact")])


def facts(corpus: Corpus, lands: Any, question: str, *links: Link) -> dict[str, list[TextFact]]:
    near = Neighbourhood(lands.graph, lands.names, corpus)
    return near.facts(parse(question), links, [passage("p:1"), passage("p:2"), passage("p:3")])


def test_facts_hang_on_what_is_mentioned_two_for_each(corpus: Corpus, lands: Any) -> None:
    found = facts(corpus, lands, "What is the capital?")
    assert set(found) == {"p:1", "p:2"}
    assert found["p:1"][:2] == [TextFact(0, 7, "capital Lunden"), TextFact(16, 22, "capital Osk")]
    assert len(found["p:1"]) == 4
    assert {(fact.start, fact.end) for fact in found["p:2"]} == {(0, 0)}


def test_what_leads_to_what_the_question_names_comes_first(corpus: Corpus, lands: Any) -> None:
    asked = link(lands.iri("Dorland"), "Dorland")
    found = facts(corpus, lands, "Which country with a population is beside Dorland?", asked)
    assert next(fact.text for fact in found["p:1"] if fact.start == 16) in {
        "borders Dorland",
        "Dorland borders",
    }


def test_facts_are_in_the_language_of_the_question(corpus: Corpus, lands: Any) -> None:
    found = facts(corpus, lands, "首都是哪里？")
    assert found["p:1"][0].text == "首都是伦登"


def test_a_name_may_mean_each_of_its_bearers_the_more_told_ones_rather(tmp_path: Any) -> None:
    one, other, likes = Iri("urn:one"), Iri("urn:other"), Iri("urn:likes")
    with Store.in_memory() as store, Corpus.create(tmp_path / "corpus.sqlite") as corpus:
        named = [Triple(iri, RDFS_LABEL, Literal("Arvania")) for iri in (one, other)]
        store.add([*named, *(Triple(other, likes, Iri(f"urn:x{at}")) for at in range(6))], source="a")
        corpus.add([passage("p:1")], [], [EntityLink("p:1", one.value, 0, 7)])
        with Names.build(tmp_path / "names.sqlite", store) as names:
            found = Neighbourhood(store, names, corpus).candidates([passage("p:1"), passage("p:2")])
    assert set(found) == {"p:1"}
    (entity,) = found["p:1"]
    assert (entity.start, entity.end, entity.iri) == (0, 7, "urn:one")
    (first, few), (second, many) = entity.meanings
    assert (first, second) == ("urn:one", "urn:other")
    assert 0 < few < many < 1 and few + many == pytest.approx(1.0)


def test_a_hub_is_not_read_as_a_whole(tmp_path: Any) -> None:
    hub, asked, likes = Iri("urn:hub"), Iri("urn:last"), Iri("urn:likes")
    with Store.in_memory() as store, Corpus.create(tmp_path / "corpus.sqlite") as corpus:
        triples = [Triple(hub, likes, Iri(f"urn:x{number}")) for number in range(3000)]
        named = [Triple(hub, RDFS_LABEL, Literal("Hub")), Triple(asked, RDFS_LABEL, Literal("Last One"))]
        store.add([*triples, *named, Triple(hub, likes, asked)], source="a")
        corpus.add([passage("p:1")], [], [EntityLink("p:1", hub.value, 0, 7)])
        counted = _Counting(store)
        with Names.build(tmp_path / "names.sqlite", store) as names:
            near = Neighbourhood(counted, names, corpus)  # type: ignore[arg-type]
            found = near.facts(parse("Who likes it?"), [link(asked, "Last One")], [passage("p:1")])
            assert found["p:1"][0].text == "likes Last One"
            assert counted.read < 200
            before = counted.read
            near.facts(parse("Who likes it?"), [], [passage("p:1")])
            assert counted.read == before  # remembered


class _Counting:
    """A graph that counts the facts that it is asked for."""

    remote = False

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read = 0

    def triples(self, *pattern: Any, **more: Any) -> list[Triple]:
        found = self._store.triples(*pattern, **more)
        self.read += len(found)
        return found


def test_of_many_entities_a_remote_graph_is_asked_of_four(lands: Any, tmp_path: Any) -> None:
    class Remote(_Counting):
        remote = True
        asked = 0

        def triples(self, *pattern: Any, **more: Any) -> list[Triple]:
            self.asked += 1
            return super().triples(*pattern, **more)

    many = [EntityLink("p:3", f"urn:{number}", number, number + 1) for number in range(20)]
    with Corpus.create(tmp_path / "other.sqlite") as other:
        other.add([passage("p:3")], [], many)
        graph = Remote(lands.graph)
        Neighbourhood(graph, lands.names, other).facts(parse("Who?"), [], [passage("p:3")])  # type: ignore[arg-type]
        assert graph.asked == 8


def test_a_graph_without_facts_tells_none(corpus: Corpus, lands: Any) -> None:
    with Store.in_memory() as empty:
        assert Neighbourhood(empty, lands.names, corpus).facts(parse("Who?"), [], [passage("p:1")]) == {}
