"""Which answers mean the same: entities by any of their names, numbers with units, dates, texts."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from kbqa.decide import Decider
from kbqa.merge import Merger, value_of
from kbqa.types import Answer, FactEvidence, ParsedQuestion, PassageEvidence
from kg.types import Iri, Triple
from retrieval.types import Passage

FACT = FactEvidence(Triple(Iri("urn:a"), Iri("urn:b"), Iri("urn:c")), "a b c")


def answer(
    text: str,
    source: Literal["graph", "passage"] = "passage",
    *,
    id: str = "",
    confidence: float = 0.6,
    passage: str = "p:1",
) -> Answer:
    if source == "graph":
        return Answer(text, id, confidence, source, (FACT,), (source,))
    evidence = PassageEvidence(
        Passage(passage, f"It is {text}.", "a.txt", 0, 99), 0, 9, f"It is {text}.", (6, 8)
    )
    return Answer(text, passage, confidence, source, (evidence,), (source,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("67,750,000", "67.75 million"),
        ("67,750,000", "about 68 million people"),
        ("67,750,000", "6775万人"),
        ("312 km", "312 kilometres long"),
        ("312 km", "312,000 m"),
        ("312", "312 km"),
        ("9 November 1989", "November 9, 1989"),
        ("9 November 1989", "1989年11月9日"),
        ("9 November 1989", "1989"),
        ("9 November 1989", "November 1989"),
        ("the Grey Hills", "The  grey hills."[:-1]),
        ("臺灣", "台湾"),
    ],
)
def test_these_mean_the_same(one: str, other: str) -> None:
    merger = Merger()
    if one.startswith("the"):
        one = one.removeprefix("the ")
        other = other.removeprefix("The ").strip()
    assert merger.same(answer(one), answer(other))
    assert merger.same(answer(other), answer(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("67,750,000", "67.85 million"),
        ("312 km", "312 m"),
        ("312 km", "312 kg"),
        ("9 November 1989", "10 November 1989"),
        ("9 November 1989", "1990"),
        ("9 November 1989", "1989 km"),
        ("5", "5,400"),
        ("Rome", "Romania"),
        ("1989", "In 1989 the wall fell in a city that had been divided"),
        ("the 1990s", "1990"),
    ],
)
def test_these_do_not(one: str, other: str) -> None:
    assert not Merger().same(answer(one), answer(other))
    assert not Merger().same(answer(other), answer(one))


@pytest.mark.parametrize("text", ["", " ", "x" * 500, "1 2 3", "9" * 400, "𝟙𝟚", "1" * 30 + " km"])
def test_any_text_is_taken(text: str) -> None:
    value_of(text)
    assert Merger().same(answer(text), answer(text))


def test_an_entity_is_the_same_by_any_of_its_names(lands: Any) -> None:
    merger = Merger(lands.names)
    arvania = answer("Arvania", "graph", id=lands.iri("Arvania").value)
    assert merger.same(arvania, answer("阿瓦尼亚"))
    assert not merger.same(arvania, answer("Belmora"))
    assert not Merger().same(arvania, answer("阿瓦尼亚"))


def decide(*answers: Answer) -> list[Answer]:
    given, _ = Decider(0.3).decide(ParsedQuestion("How long?", "en", (), (), (), "any"), answers)
    return given


def test_a_stretch_that_means_the_same_supports_a_fact() -> None:
    (found,) = decide(answer("312 km", "graph", confidence=0.5), answer("312,000 m", confidence=0.4))
    assert found.sources == ("graph", "passage")
    assert found.confidence == pytest.approx(0.5 + 0.4 * 0.4 * 0.5)


def test_passages_that_say_the_same_are_one_answer_and_surer() -> None:
    one = answer("1989", confidence=0.6, passage="p:1")
    other = answer("9 November 1989", confidence=0.5, passage="p:2")
    again = answer("1989", confidence=0.4, passage="p:1")
    (found,) = decide(one, other, again, answer("1990", confidence=0.55, passage="p:3"))
    assert found.text == "1989"
    assert [item.passage.id for item in found.evidence if isinstance(item, PassageEvidence)] == ["p:1", "p:2"]
    assert found.confidence == pytest.approx(0.6 + 0.4 * 0.5 * 0.4)
