"""Which answers are given, how sources support each other, and what is said where none is sure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kbqa.decide import Decider
from kbqa.types import Answer, FactEvidence, ImageEvidence, Language, ParsedQuestion, PassageEvidence
from kg.types import Iri, Triple
from retrieval.types import Image, Passage

FACT = FactEvidence(Triple(Iri("urn:a"), Iri("urn:b"), Iri("urn:c")), "a b c")
IMAGE = ImageEvidence(Image("i:1", "a.png", "/nowhere/a.png", "A flag"))


def parsed(language: Language = "en") -> ParsedQuestion:
    return ParsedQuestion("Who?", language, (), (), (), "any")


def fact(text: str, confidence: float) -> Answer:
    return Answer(text, f"urn:{text}", confidence, "graph", (FACT,), ("graph",))


def sentence(text: str, confidence: float) -> Answer:
    evidence = PassageEvidence(Passage("p:1", text, "a.txt", 0, len(text)), 0, len(text), text)
    return Answer(text, "p:1", confidence, "passage", (evidence,), ("passage",))


def picture(confidence: float) -> Answer:
    return Answer("A flag", "i:1", confidence, "image", (IMAGE,), ("image",))


def test_the_surest_source_answers() -> None:
    decider = Decider(0.5)
    graph, passage, image = fact("Lunden", 0.7), sentence("It is Mirth.", 0.8), picture(0.9)
    assert decider.decide(parsed(), [graph, passage, image]) == ([image], "")
    assert decider.decide(parsed(), [graph, passage]) == ([passage], "")
    assert decider.decide(parsed(), [graph]) == ([graph], "")


def test_all_rows_of_a_query_are_given_and_one_sentence() -> None:
    rows = [fact("Lunden", 0.9), fact("Mirth", 0.9)]
    assert Decider(0.5).decide(parsed(), rows) == (rows, "")
    sentences = [sentence("It is Osk.", 0.8), sentence("It is Pell.", 0.7)]
    assert Decider(0.5).decide(parsed(), sentences) == (sentences[:1], "")


@pytest.mark.parametrize(("threshold", "given"), [(0.7, 1), (0.71, 0), (0.0, 1), (1.0, 0)])
def test_the_threshold_is_the_least_confidence_that_is_given(threshold: float, given: int) -> None:
    answers, reason = Decider(threshold).decide(parsed(), [fact("Lunden", 0.7)])
    assert len(answers) == given
    assert bool(reason) is not bool(answers)


def test_a_passage_that_says_the_same_raises_confidence_and_is_shown() -> None:
    passage = sentence("The capital is LUNDEN.", 0.6)
    (answer,), _ = Decider(0.5).decide(parsed(), [fact("Lunden", 0.7), passage])
    assert 0.7 < answer.confidence < 1.0
    assert answer.sources == ("graph", "passage")
    assert answer.source == "graph"
    assert answer.evidence == (FACT, passage.evidence[0])


def test_rows_gain_alike_where_a_passage_names_one_of_them() -> None:
    answers, _ = Decider(0.5).decide(
        parsed(), [fact("Lunden", 0.7), fact("Mirth", 0.7), sentence("Lunden it is.", 0.6)]
    )
    assert answers[0].confidence == answers[1].confidence > 0.7
    assert [answer.sources for answer in answers] == [("graph", "passage"), ("graph",)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Oman borders Yemen.", True),
        ("It lies in Oman", True),
        ("Romania is a country.", False),
        ("Romans lived there.", False),
        ("(Oman)", True),
    ],
)
def test_a_passage_says_a_name_only_as_words_of_its_own(text: str, says: bool) -> None:
    (answer,), _ = Decider(0.0).decide(parsed(), [fact("Oman", 0.9), sentence(text, 0.5)])
    assert ("passage" in answer.sources) is says


def test_chinese_names_are_found_without_spaces() -> None:
    (answer,), _ = Decider(0.5).decide(parsed("zh"), [fact("伦登", 0.9), sentence("首都是伦登。", 0.5)])
    assert answer.sources == ("graph", "passage")


@pytest.mark.parametrize("short", ["5", "是"])
def test_one_character_is_no_agreement(short: str) -> None:
    (answer,), _ = Decider(0.5).decide(parsed(), [fact(short, 0.9), sentence(f"It is {short} times 是", 0.5)])
    assert answer.sources == ("graph",)


def test_confidence_stays_a_probability() -> None:
    (answer,), _ = Decider(0.5).decide(parsed(), [fact("Lunden", 1.0), sentence("Lunden", 1.0)])
    assert answer.confidence == 1.0


@pytest.mark.parametrize(
    ("language", "answers", "reason"),
    [
        ("en", [], "the knowledge base holds no answer that is sure enough"),
        (
            "en",
            [fact("Lunden", 0.31)],
            "the knowledge base holds no answer that is sure enough; the nearest guess is 'Lunden' (0.31)",
        ),
        ("zh", [], "知识库中没有足够可靠的答案"),
        ("zh", [fact("伦登", 0.31)], "知识库中没有足够可靠的答案；最接近的是“伦登”（0.31）"),
    ],
)
def test_reasons_for_silence(language: Language, answers: list[Answer], reason: str) -> None:
    assert Decider(0.5).decide(parsed(language), answers) == ([], reason)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_reason_is_one_short_line(language: Language) -> None:
    _, reason = Decider(0.5).decide(parsed(language), [sentence("word\n" * 500, 0.3)])
    assert "\n" not in reason
    assert len(reason) < 250


def test_a_guess_answers_only_where_guesses_may() -> None:
    guess = replace(fact("Osk", 0.7), guessed=True)
    answers, reason = Decider(0.5).decide(parsed(), [guess, fact("Lunden", 0.3)])
    assert answers == []
    assert reason == "the knowledge base does not state it; a guess is 'Osk' (0.70), because a b c"
    assert Decider(0.5, guesses=True).decide(parsed(), [guess, fact("Lunden", 0.3)]) == ([guess], "")
    stated = fact("Lunden", 0.8)
    assert Decider(0.5, guesses=True).decide(parsed(), [guess, stated]) == ([stated], "")
    _, reason = Decider(0.8).decide(parsed("zh"), [replace(guess, evidence=())])
    assert reason == "知识库没有说明；猜测是“Osk”（0.70）"
