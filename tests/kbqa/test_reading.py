"""Answers out of query rows, sentences and pictures."""

from __future__ import annotations

from typing import Any

import pytest

from kbqa.parsing.parser import Parser
from kbqa.pipeline import Sources
from kbqa.reading.graph import GraphReader
from kbqa.reading.read import AnswerReader
from kbqa.rerank import passage_confidence
from kbqa.semantics.form import Follow, Form, Step, Thing
from kbqa.types import FactEvidence, ImageEvidence, PassageEvidence, Question, Reading, Scored
from kg.types import XSD, Candidate, Iri, Link, Literal, Mention, Triple
from retrieval.types import Hit, Image, Passage


def reading(form: Form, *terms: Iri | Literal, facts: tuple[Triple, ...] = ()) -> Reading:
    return Reading(form, "SELECT", "SELECT", "words", 1.0, 0.9, "select", terms, facts)


def scored(text: str, score: float) -> Scored:
    passage = Passage("p:1", text, "a.txt", 0, len(text))
    return Scored(PassageEvidence(passage, 0, len(text), text), score, Hit(passage, 1.0, 1, "fused"))


@pytest.fixture
def graph_reader(lands: Any) -> GraphReader:
    return GraphReader(lands.graph, lands.names)


@pytest.fixture
def reader(graph_reader: GraphReader, lands_sources: Sources) -> AnswerReader:
    return AnswerReader(graph_reader, lands_sources.corpus)


def capital(lands: Any) -> Follow:
    return Follow(Thing(lands.iri("Arvania")), Step(lands.iri("capital"), True))


@pytest.mark.parametrize(("language", "text"), [("en", "Lunden"), ("zh", "伦登")])
def test_entities_are_named_in_the_language_of_the_question(
    lands: Any, graph_reader: GraphReader, language: Any, text: str
) -> None:
    (answer,) = graph_reader.read([reading(capital(lands), lands.iri("Lunden"))], language)
    assert (answer.text, answer.id, answer.source) == (text, lands.iri("Lunden").value, "graph")
    assert answer.confidence == 0.9


@pytest.mark.parametrize(
    ("relation", "value", "language", "text"),
    [
        ("length", Literal("1200", XSD + "integer"), "en", "1200 km"),
        ("area", Literal("120000", XSD + "integer"), "en", "120,000 km²"),
        ("area", Literal("120000", XSD + "integer"), "zh", "120,000 km²"),
        ("population", Literal("5000000", XSD + "integer"), "en", "5,000,000"),
        ("birthDate", Literal("1950-03-02", XSD + "date"), "en", "2 March 1950"),
        ("birthDate", Literal("1950-03-02", XSD + "date"), "zh", "1950年3月2日"),
        ("leader", Literal("true", XSD + "boolean"), "en", "yes"),
        ("leader", Literal("false", XSD + "boolean"), "zh", "否"),
    ],
)
def test_values_are_written_for_people(
    lands: Any, graph_reader: GraphReader, relation: str, value: Literal, language: Any, text: str
) -> None:
    form = Follow(Thing(lands.iri("Arvania")), Step(lands.iri(relation), True))
    (answer,) = graph_reader.read([reading(form, value)], language)
    assert (answer.text, answer.id) == (text, "")


@pytest.mark.parametrize(("value", "text"), [("1", "yes"), ("0", "no"), ("perhaps", "perhaps")])
def test_booleans_of_the_graph_may_be_written_otherwise(
    lands: Any, graph_reader: GraphReader, value: str, text: str
) -> None:
    (answer,) = graph_reader.read([reading(capital(lands), Literal(value, XSD + "boolean"))], "en")
    assert answer.text == text


def test_only_the_best_reading_answers(lands: Any, graph_reader: GraphReader) -> None:
    best, other = reading(capital(lands), lands.iri("Lunden")), reading(capital(lands), lands.iri("Osk"))
    assert [answer.text for answer in graph_reader.read([best, other], "en")] == ["Lunden"]
    assert graph_reader.read([], "en") == []


def test_each_answer_is_proven_by_its_own_facts(lands: Any, graph_reader: GraphReader) -> None:
    belmora, corvia = lands.iri("Belmora"), lands.iri("Corvia")
    facts = tuple(Triple(lands.iri("Arvania"), lands.iri("borders"), term) for term in (belmora, corvia))
    form = Follow(Thing(lands.iri("Arvania")), Step(lands.iri("borders"), True))
    answers = graph_reader.read([reading(form, belmora, corvia, facts=facts)], "en")
    for answer, fact in zip(answers, facts, strict=True):
        (evidence,) = answer.evidence
        assert isinstance(evidence, FactEvidence)
        assert evidence.triple == fact
        assert "Arvania" in evidence.text


def test_a_count_is_proven_by_the_first_facts(lands: Any, graph_reader: GraphReader) -> None:
    facts = tuple(Triple(lands.iri(name), lands.iri("borders"), lands.iri("Osk")) for name in "abcde")
    (answer,) = graph_reader.read([reading(capital(lands), Literal("5", XSD + "integer"), facts=facts)], "en")
    assert len(answer.evidence) == 3


def test_an_answer_is_proven_by_all_that_holds_of_it_and_what_leads_there(
    lands: Any, graph_reader: GraphReader
) -> None:
    near, capital_of = lands.iri("borders"), lands.iri("capital")
    facts = (
        Triple(lands.iri("Osk"), capital_of, lands.iri("Lunden")),
        Triple(lands.iri("Ulm"), capital_of, lands.iri("Lunden")),
        Triple(lands.iri("Arvania"), near, lands.iri("Osk")),
        Triple(lands.iri("Arvania"), near, lands.iri("Bern")),
    )
    (answer,) = graph_reader.read([reading(capital(lands), lands.iri("Lunden"), facts=facts)], "en")
    assert [one.triple for one in answer.evidence] == list(facts[:3])


# All sources.


def test_sentences_follow_the_graph_and_are_few(lands: Any, reader: AnswerReader) -> None:
    parsed = Parser().parse(Question("What is the capital of Arvania?"))
    answers = reader.read(
        parsed,
        [],
        [reading(capital(lands), lands.iri("Lunden"))],
        [scored(f"Sentence {n}.", 0.9 - n / 10) for n in range(6)],
    )
    assert [answer.source for answer in answers] == ["graph", "passage", "passage", "passage"]
    assert answers[1].text == "Sentence 0."
    assert answers[1].confidence > answers[2].confidence > answers[3].confidence


def test_an_answer_with_a_picture_shows_it(lands: Any, reader: AnswerReader) -> None:
    parsed = Parser().parse(Question("Which country is it?"))
    (answer,) = reader.read(parsed, [], [reading(Thing(lands.iri("Arvania")), lands.iri("Arvania"))], [])
    assert [item.image.id for item in answer.evidence if isinstance(item, ImageEvidence)] == ["i:Arvania"]


def test_many_answers_show_no_pictures(lands: Any, reader: AnswerReader) -> None:
    parsed = Parser().parse(Question("Which countries are there?"))
    answers = reader.read(parsed, [], [reading(capital(lands), *[lands.iri("Arvania")] * 6)], [])
    assert not any(isinstance(item, ImageEvidence) for answer in answers for item in answer.evidence)


def test_a_question_for_a_picture_gets_pictures_of_what_the_reading_leads_to(
    lands: Any, reader: AnswerReader
) -> None:
    parsed = Parser().parse(Question("Show me the flag of the largest country"))
    (answer,) = reader.read(
        parsed, [], [reading(Thing(lands.iri("Corvia")), lands.iri("Corvia"))], [scored("No.", 1.0)]
    )
    assert (answer.source, answer.id, answer.text) == ("image", "i:Corvia", "Flag of Corvia")
    assert answer.confidence >= 0.8


def test_else_pictures_of_what_the_question_names(lands: Any, reader: AnswerReader) -> None:
    parsed = Parser().parse(Question("Show me the flag of Arvania"))
    link = Link(
        Mention(20, 27, "Arvania"), [Candidate(lands.iri("Arvania"), "entity", 1.0, "Arvania", "exact")]
    )
    assert [answer.id for answer in reader.read(parsed, [link], [], [])] == ["i:Arvania"]


def test_else_pictures_whose_caption_fits(reader: AnswerReader) -> None:
    parsed = Parser().parse(Question("Show me a lighthouse"))
    image = Image("i:9", "9.png", "/nowhere/9.png", "A lighthouse")
    item = Scored(ImageEvidence(image), 0.5, Hit(image, 1.0, 1, "fused"))
    (answer,) = reader.read(parsed, [], [], [item])
    assert (answer.id, answer.confidence) == ("i:9", 0.4)


def test_passage_confidence_is_a_probability_that_grows() -> None:
    values = [passage_confidence(step / 20) for step in range(21)]
    assert values == sorted(values)
    assert 0.0 < values[0] < 0.01
    assert 0.9 < values[-1] < 1.0
