"""What questions name: by their words, by what the asker says, and by what a picture shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kbqa.link import QuestionLinker, _find
from kbqa.parsing.parser import Parser
from kbqa.pipeline import Sources
from kbqa.types import Question
from kg.names import Names
from kg.store import Store
from kg.types import Iri, Link, Literal, Triple


@pytest.fixture
def linker(lands_sources: Sources) -> QuestionLinker:
    return QuestionLinker(lands_sources.names, lands_sources.graph)


def found(linker: QuestionLinker, question: Question) -> list[Link]:
    return linker.link(question, Parser().parse(question))


def named(lands: Any, links: list[Link]) -> list[tuple[str, str]]:
    return [(link.mention.text, lands.local(link.candidates[0].term)) for link in links]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is the capital of Arvania?", {("Arvania", "Arvania")}),
        ("Which rivers flow through Corvia?", {("rivers", "River"), ("Corvia", "Corvia")}),
        ("维尔达和流经科维亚吗？", {("维尔达和", "Velda"), ("科维亚", "Corvia")}),
        ("不落岛的首都", {("不落岛", "Estwick")}),
        ("What is the meaning of life?", set()),
    ],
)
def test_words(lands: Any, linker: QuestionLinker, text: str, expected: set[tuple[str, str]]) -> None:
    assert set(named(lands, found(linker, Question(text)))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Which nations border Arvania?", {("nations", "Country"), ("Arvania", "Arvania")}),
        ("哪些国与阿瓦尼亚接壤？", {("国", "Country"), ("阿瓦尼亚", "Arvania")}),
    ],
)
def test_another_word_for_a_class(
    lands: Any, linker: QuestionLinker, text: str, expected: set[tuple[str, str]]
) -> None:
    assert set(named(lands, found(linker, Question(text)))) == expected


def test_a_homonym_has_both_candidates(lands: Any, linker: QuestionLinker) -> None:
    (link,) = found(linker, Question("Where is Springfield?"))
    assert {lands.local(candidate.term) for candidate in link.candidates} == {"SpringfieldA", "SpringfieldB"}
    assert all(0.0 < candidate.score <= 1.0 for candidate in link.candidates)


@pytest.mark.parametrize("name", ["w:Osk", "https://lands.example/Osk", "Osk", "osk", "奥斯克"])
def test_given_entities_replace_linking(lands: Any, linker: QuestionLinker, name: str) -> None:
    links = found(linker, Question("What is the population of Osk, not of Arvania?", entities=(name,)))
    assert named(lands, links) == [("Osk", "Osk")]
    assert links[0].candidates[0].score == 1.0


def test_classes_stay_beside_given_entities(lands: Any, linker: QuestionLinker) -> None:
    links = found(linker, Question("Which rivers flow through Corvia?", entities=("Corvia",)))
    assert named(lands, links) == [("Corvia", "Corvia"), ("rivers", "River")]


@pytest.mark.parametrize(
    "name", ["Atlantis", "", "w:", "w:Nothing", "no such thing: at all", "urn:x y", "a" * 5000, "\x00"]
)
def test_given_entities_that_the_graph_does_not_hold_are_left_out(linker: QuestionLinker, name: str) -> None:
    assert found(linker, Question("What is the capital?", entities=(name,))) == []


def test_a_given_entity_that_the_question_does_not_name_stands_nowhere(
    lands: Any, linker: QuestionLinker
) -> None:
    (link,) = found(linker, Question("What is its capital?", entities=("w:Arvania",)))
    assert (link.mention.start, link.mention.end, link.mention.text) == (0, 0, "")
    assert lands.local(link.candidates[0].term) == "Arvania"


@pytest.mark.parametrize("text", ["İİİİ What of Osk?", "Oskar is not Osk", "OSK!"])
def test_the_place_of_a_given_entity_is_exact_and_whole(linker: QuestionLinker, text: str) -> None:
    (link,) = found(linker, Question(text, entities=("Osk",)))
    assert link.mention.text.lower() == "osk"
    assert text[link.mention.start : link.mention.end] == link.mention.text
    assert not text[link.mention.end : link.mention.end + 1].isalnum()


def test_what_a_picture_shows_is_linked_beside_what_else_is_named(lands: Any, linker: QuestionLinker) -> None:
    shown = (lands.iri("Arvania").value,)
    question = Question("Does Arvania border Corvia?", shown=shown)
    assert {local for _, local in named(lands, found(linker, question))} >= {"Arvania", "Corvia"}
    first = found(linker, question)[0]
    assert (first.mention.text, lands.local(first.candidates[0].term)) == ("Arvania", "Arvania")


@pytest.mark.parametrize(
    ("text", "label", "found"),
    [
        ("Old_Newton_Cup的赞助商是谁", "Old Newton Cup", "Old_Newton_Cup"),
        ("和HMS Levis (K4)名称一样的人", "HMS Levis (K4)", "HMS Levis (K4)"),
        ("who sponsors the Old Newton Cups", "Old Newton Cup", ""),
        ("qui a écrit ceci", "crit", ""),
    ],
)
def test_a_latin_name_ends_where_chinese_begins(text: str, label: str, found: str) -> None:
    assert _find(text, [label]).text == found


@pytest.fixture
def with_words(tmp_path: Path) -> Iterator[QuestionLinker]:
    """A linker of a graph that has things called "film" and "jazz" beside people."""
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    with Store.in_memory() as store:
        store.add(
            [
                Triple(Iri(f"urn:{at}"), Iri(label), Literal(name))
                for at, name in enumerate(("film", "jazz", "Audrey Tautou", "Astro Boy"))
            ],
            source="a",
        )
        with Names.build(tmp_path / "names.sqlite", store) as names:
            yield QuestionLinker(names, store)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("which films are about audrey tautou", {"audrey tautou"}),
        ("What are some films that have Audrey Tautou in them?", {"Audrey Tautou"}),
        # The only thing that is named, an adjective of what is asked for, and a name with a capital stay.
        ("which films are there", {"films"}),
        ("which jazz records has Audrey Tautou", {"jazz", "Audrey Tautou"}),
        ("Which Film is about Audrey Tautou?", {"Film", "Audrey Tautou"}),
        ("who directed the film Astro Boy", {"film", "Astro Boy"}),
    ],
)
def test_what_kind_of_thing_is_asked_for_is_not_what_it_is_about(
    with_words: QuestionLinker, text: str, mentions: set[str]
) -> None:
    assert {link.mention.text for link in found(with_words, Question(text))} == mentions
