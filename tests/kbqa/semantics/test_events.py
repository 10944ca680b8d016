"""Questions about what things that only tie others together stand for: rentals, loans, orders.

The graph and the questions were written together: they show what the rules do, not how well they do it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.knowledge_base import KnowledgeBase
from kbqa.semantics.event_words import EventWords
from kbqa.semantics.events import summed
from kbqa.semantics.form import Aggregate, Follow, Step, Thing, back
from kbqa.semantics.shape import Shape, Shapes
from kbqa.types import FactEvidence
from kg.types import Iri

BIKES = Path(__file__).parent / "bikes.ttl"
EX = "http://bikes.example/"
ANSWERS = {
    "Which bikes has Mia rented?": "comet falcon heron",
    "Who rented the Falcon?": "mia",
    "Which bikes did Mia Lund rent in 2023?": "comet",
    "Who has the Falcon at the moment?": "mia",
    "Who is currently renting a bike?": "mia",
    "When is the Falcon due back from Mia Lund?": "2024-06-04",
    "How many hours did Mia Lund rent the Comet?": "20",
    "How many times has the Comet been rented?": "2",
    "Has Noah Falk rented the Comet?": "true",
    "Has Noah Falk rented the Falcon?": "false",
    "Which riders have never rented a bike?": "ida",
    "Who has rented the most bikes?": "mia",
    "Which riders rented the Comet?": "mia noah",
    "Which bikes were taken at Market?": "comet falcon",
    "Which riders are students?": "mia",
    "Which riders aren't students?": "ida noah",
    "Which bikes are unserviced?": "falcon",
    "Which is our oldest bike?": "comet",
    "What's the newest bike?": "heron",
    "Which stations have more than 20 docks?": "market",
    "Which bikes came back late?": "heron",
    "Who brought a bike back late?": "mia",
    "Which bikes did Mia Lund bring back late?": "heron",
    "Which bikes were returned on time?": "comet",
    "Who rented the most hours?": "mia",
    "Who rented the most hours in 2024?": "noah",
    "Which rider has the most hours?": "mia",
    "Which bike has the fewest hours?": "heron",
    "How many hours were the bikes ridden?": "",
    "How many hours of rental were there in 2024?": "13",
    "Was the Heron ever repaired?": "false",
    "Was the Heron brought back late?": "true",
    "Is the rental of the Comet cheap?": "",
    "米娅租过哪些车？": "",
}
"""The last is of a name that the graph does not have: nothing is said rather than something wrong."""


@pytest.fixture(scope="module")
def bikes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with kbqa.build(tmp_path_factory.mktemp("bikes") / "bikes.kb", graph=[BIKES]) as base:
        yield base


@pytest.fixture
def shapes(bikes: KnowledgeBase) -> Shapes:
    return Shapes(bikes.sources.graph, bikes.sources.schema)


@pytest.mark.parametrize(("question", "expected"), ANSWERS.items())
def test_what_is_done_is_asked_of_those_who_do_it(bikes: KnowledgeBase, question: str, expected: str) -> None:
    result = bikes.ask(question)
    given = result.readings[0].terms if result.answers else ()
    assert {term.value.removeprefix(EX) for term in given} == set(expected.split())


def test_events_are_what_only_ties_others(shapes: Shapes) -> None:
    found = {name for shape in shapes.events() for name in shape.classes}
    assert found == {EX + "Rental", EX + "Repair"}
    rental = shapes.of_members(Iri(EX + "Rental"))
    assert [step.predicate.value.removeprefix(EX) for step in shapes.ties(rental)] == [
        "rider",
        "takenAt",
        "vehicle",
    ]
    assert [step.predicate.value.removeprefix(EX) for step in shapes.times.last(rental)] == ["finished"]


def test_things_with_names_that_facts_lead_to_are_no_events(tmp_path: Path) -> None:
    (tmp_path / "g.ttl").write_text(
        "@prefix e: <http://e.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        'e:o a e:City ; rdfs:label "Osk" ; e:mayor e:m ; e:country e:c . e:m a e:Person ; rdfs:label "Mo" ; e:home e:o .\n'
        'e:c a e:Country ; rdfs:label "Cor" .\n',
        encoding="utf-8",
    )
    with kbqa.build(tmp_path / "g.kb", graph=[tmp_path / "g.ttl"]) as base:
        assert Shapes(base.sources.graph, base.sources.schema).events() == []


def test_only_numbers_of_events_are_summed(shapes: Shapes) -> None:
    rider, hours = Step(Iri(EX + "rider"), True), Step(Iri(EX + "hours"), True)
    docks = Follow(
        Follow(Thing(Iri(EX + "r1")), Step(Iri(EX + "takenAt"), True)), Step(Iri(EX + "docks"), True)
    )
    number = Shape("number", frozenset(), frozenset())
    rentals = Follow(Thing(Iri(EX + "mia")), back(rider))
    assert summed(Follow(rentals, hours), number, shapes) == Aggregate("sum", rentals, hours)
    assert summed(docks, number, shapes) == docks


def test_a_graph_without_events_has_no_verbs_of_them(lands_sources: kbqa.pipeline.Sources) -> None:
    from kbqa.parsing.parser import Parser
    from kbqa.types import Question

    words = EventWords(Shapes(lands_sources.graph, lands_sources.schema), lands_sources.names)
    assert not list(words.find(Parser().parse(Question("Who bought the Velda, now?"))))


def test_a_sum_shows_what_was_added_first(bikes: KnowledgeBase) -> None:
    result = bikes.ask("How many hours has the Comet been rented?")
    facts = [one.triple for one in result.answers[0].evidence if isinstance(one, FactEvidence)]
    assert result.answers[0].text == "27"
    assert {fact.object.value for fact in facts[:2] if fact.predicate == Iri(EX + "hours")} == {"20", "7"}
