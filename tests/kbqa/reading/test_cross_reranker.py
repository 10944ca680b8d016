"""Sentences that are read together with the question get new scores; everything else stays in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from kbqa.parsing.parser import Parser
from kbqa.reading.cross_reranker import READ_SENTENCES, CrossReranker
from kbqa.reading.span_model import SentenceWeights, Settings
from kbqa.reading.windows import TextEntity, TextFact
from kbqa.rerank import passage_confidence
from kbqa.types import ImageEvidence, PassageEvidence, Question, Scored
from kg.types import Candidate, Iri, Link, Mention
from retrieval.types import Hit, Image, Passage

TEXT = "It is old. The Velda is long. Nobody knows."


class Reader:
    """A reader that says that texts which hold a word answer."""

    def __init__(self, word: str = "long", weights: SentenceWeights | None = None) -> None:
        self.word = word
        self.settings = Settings(
            "tiny@0", knowledge="facts", sentence=weights or SentenceWeights(10.0, 1.0, -6.9)
        )
        self.read: list[tuple[str, list[tuple[str, str]]]] = []

    def load(self) -> Any:
        return self

    def odds(
        self,
        question: str,
        texts: Sequence[str],
        *,
        facts: Sequence[Sequence[TextFact]],
        entities: Sequence[Sequence[TextEntity]],
        asked: Sequence[TextEntity],
    ) -> list[float]:
        self.asked = list(asked)
        self.entities = [
            [(text[one.start : one.end], one.iri) for one in named]
            for text, named in zip(texts, entities, strict=True)
        ]
        for text, about in zip(texts, facts, strict=True):
            self.read.append((text, [(text[fact.start : fact.end], fact.text) for fact in about]))
        return [5.0 if self.word in text else -5.0 for text in texts]


class Near:
    """A neighbourhood with facts about the passage p:1."""

    def facts(self, *_: Any) -> dict[str, list[TextFact]]:
        return {"p:1": [TextFact(15, 20, "length 312"), TextFact(0, 0, "author Anna")]}

    def candidates(self, *_: Any) -> dict[str, list[TextEntity]]:
        return {"p:1": [TextEntity(15, 20, "urn:velda", (("urn:velda", 1.0),))]}

    def entities(self, *_: Any) -> dict[str, list[TextEntity]]:
        return {"p:1": [TextEntity(15, 20, "urn:velda"), TextEntity(0, 0, "urn:rivers")]}


def sentence(start: int, end: int, score: float, *, title: str = "", question: str = "") -> Scored:
    passage = Passage("p:1", TEXT, "a.txt", 100, 100 + len(TEXT), title, question=question)
    evidence = PassageEvidence(passage, 100 + start, 100 + end, TEXT[start:end])
    return Scored(evidence, score, Hit(passage, 1.0, 1, "fused"))


def picture(score: float) -> Scored:
    image = Image("i:1", "a.png", "a.png", "A picture", 3, 3)
    return Scored(ImageEvidence(image), score, Hit(image, 1.0, 1, "fused"))


def rerank(reader: Reader, *scored: Scored, near: Near | None = None) -> list[Scored]:
    parsed = Parser().parse(Question("How long is the Velda?"))
    return CrossReranker(reader, near).rerank(parsed, (), scored)  # type: ignore[arg-type]


def test_the_sentence_that_is_read_to_answer_comes_first() -> None:
    one, other = sentence(0, 10, 0.7), sentence(11, 29, 0.6)
    found = rerank(Reader(), one, other)
    assert [item.evidence for item in found] == [other.evidence, one.evidence]
    assert passage_confidence(found[0].score) > 0.9
    assert passage_confidence(found[1].score) < 0.1


def test_the_order_of_the_search_may_count() -> None:
    first, second = sentence(0, 10, 0.6), sentence(11, 29, 0.6)
    second = replace(second, hit=replace(second.hit, rank=2))
    found = rerank(Reader("nothing", SentenceWeights(10.0, 0.0, -6.9, rank=3.0)), second, first)
    assert [one.evidence for one in found] == [first.evidence, second.evidence]


def test_weights_of_nothing_leave_every_score() -> None:
    given = [sentence(0, 10, 0.7), sentence(11, 29, 0.6)]
    found = rerank(Reader(weights=SentenceWeights()), *given)
    assert [item.score for item in found] == pytest.approx([0.7, 0.6])


def test_pictures_and_stored_questions_keep_their_place_and_score() -> None:
    stored, image = sentence(0, 43, 0.9, question="How long?"), picture(0.65)
    found = rerank(Reader(), stored, sentence(0, 10, 0.7), image, sentence(11, 29, 0.6))
    assert found[0] == stored
    assert found[2] == image
    assert found[1].evidence.text == "The Velda is long."  # type: ignore[union-attr]


def test_facts_hang_on_the_sentence_and_on_the_title() -> None:
    reader = Reader()
    rerank(reader, sentence(11, 29, 0.6, title="Rivers"), sentence(0, 10, 0.5), near=Near())
    assert reader.read == [
        ("Rivers. The Velda is long.", [("Velda", "length 312"), ("Rivers", "author Anna")]),
        ("It is old.", []),
    ]


def test_a_reader_of_entities_is_told_them_and_no_facts() -> None:
    reader = Reader()
    reader.settings = Settings("tiny@0", knowledge="entities")
    rerank(reader, sentence(11, 29, 0.6, title="Rivers"), sentence(0, 10, 0.5), near=Near())
    assert reader.entities == [[("Velda", "urn:velda"), ("Rivers", "urn:rivers")], []]
    assert all(not facts for _, facts in reader.read)


def test_a_reader_of_candidates_is_told_what_names_may_mean() -> None:
    reader = Reader()
    reader.settings = Settings("tiny@0", knowledge="candidates")
    meant = [
        Candidate(Iri("urn:velda"), "entity", 0.6, "Velda", "exact"),
        Candidate(Iri("urn:velda_town"), "entity", 0.2, "Velda", "exact"),
    ]
    parsed = Parser().parse(Question("How long is the Velda?"))
    links = [Link(Mention(16, 21, "Velda"), meant)]
    CrossReranker(reader, Near()).rerank(parsed, links, [sentence(11, 29, 0.6)])  # type: ignore[arg-type]
    assert reader.entities == [[("Velda", "urn:velda")]]
    (asked,) = reader.asked
    assert (asked.start, asked.end, asked.iri) == (16, 21, "urn:velda")
    assert [iri for iri, _ in asked.meanings] == ["urn:velda", "urn:velda_town"]
    assert [prior for _, prior in asked.meanings] == pytest.approx([0.75, 0.25])


def test_a_reader_without_knowledge_is_told_nothing() -> None:
    reader = Reader()
    reader.settings = Settings("tiny@0", knowledge="none")
    rerank(reader, sentence(11, 29, 0.6, title="Rivers"), near=Near())
    assert reader.entities == [[]]
    assert reader.read == [("Rivers. The Velda is long.", [])]


def test_no_more_sentences_are_read_than_there_is_time_for() -> None:
    reader = Reader()
    given = [sentence(0, 10, 0.9 - 0.01 * number) for number in range(READ_SENTENCES + 5)]
    found = rerank(reader, *given)
    assert len(reader.read) == READ_SENTENCES
    assert found[READ_SENTENCES:] == given[READ_SENTENCES:]


def test_first_places_of_the_search_are_read_before_slightly_better_sentences() -> None:
    given = [sentence(0, 10, 0.5 - 0.01 * number) for number in range(READ_SENTENCES + 1)]
    given = [replace(one, hit=replace(one.hit, rank=5)) for one in given]
    first = replace(sentence(11, 29, 0.4), hit=replace(given[0].hit, rank=1))
    reader = Reader()
    found = rerank(reader, *given, first)
    assert [text for text, _ in reader.read].count("The Velda is long.") == 1
    assert found[0].evidence == first.evidence
    assert [one.score for one in found[READ_SENTENCES:]] == [one.score for one in given[READ_SENTENCES - 1 :]]


@pytest.mark.parametrize("given", [[], [picture(0.5)], [sentence(0, 43, 0.9, question="How long?")]])
def test_without_sentences_nothing_is_read(given: list[Scored]) -> None:
    class Never:
        def load(self) -> Any:
            raise AssertionError

    assert rerank(Never(), *given) == given  # type: ignore[arg-type]
