"""Sentences of hits with exact places and comparable scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kbqa.parsing.parser import Parser
from kbqa.rerank import SentenceReranker
from kbqa.types import ImageEvidence, ParsedQuestion, PassageEvidence, Question, Scored
from kg.types import Candidate, Iri, Link, Mention
from retrieval.types import Floats, Hit, Image, Passage


class TwoMeanings:
    """An encoder that knows one thing: which texts speak of water."""

    name = "two@000000000000"
    dim = 2

    def encode(self, texts: Sequence[str]) -> Floats:
        wet = [any(word in text.lower() for word in ("river", "stream", "flows")) for text in texts]
        return np.array([[1.0, 0.0] if one else [0.0, 1.0] for one in wet], dtype=np.float32)


def parse(text: str) -> ParsedQuestion:
    return Parser().parse(Question(text))


def hit(text: str, *, start: int = 0, title: str = "", rank: int = 1) -> Hit:
    return Hit(Passage(f"p:{rank}", text, "a.txt", start, start + len(text), title), 1.0, rank, "fused")


def rerank(
    question: str, *hits: Hit, encoder: TwoMeanings | None = None, links: Sequence[Link] = ()
) -> list[Scored]:
    return SentenceReranker(encoder).rerank(parse(question), links, hits)


def texts(scored: Sequence[Scored]) -> list[str]:
    return [item.evidence.text for item in scored if isinstance(item.evidence, PassageEvidence)]


SOURCE = (
    "Preface.\n\nThe Velda is a river. 它流经科维亚。 It springs in Arvania!  Dr. Osk measured it. 🌍 End"
)


def test_offsets_are_exact_in_the_source() -> None:
    start = SOURCE.index("The Velda")
    scored = rerank("Where does the Velda spring?", hit(SOURCE[start:], start=start))
    assert len(scored) == 5
    for item in scored:
        assert isinstance(item.evidence, PassageEvidence)
        assert SOURCE[item.evidence.start : item.evidence.end] == item.evidence.text


def test_the_sentence_with_the_words_of_the_question_is_first() -> None:
    passage = hit("Osk is old. The Velda springs in Arvania. Rivers are long.")
    scored = rerank("Where does the Velda spring?", passage)
    assert texts(scored)[0] == "The Velda springs in Arvania."
    assert scored[0].score == 1.0
    assert [item.score for item in scored] == sorted((item.score for item in scored), reverse=True)
    assert all(item.hit is passage for item in scored)


def test_chinese_words_are_found_in_running_text() -> None:
    scored = rerank("维尔达河发源于哪里？", hit("奥斯克很老。维尔达河发源于阿瓦尼亚。"))
    assert texts(scored)[0] == "维尔达河发源于阿瓦尼亚。"


def test_scores_are_in_bounds_with_and_without_vectors() -> None:
    passages = [hit("A stream flows. Nothing is dry. 42 rivers.", rank=1), hit("# Heading\n\nOsk.", rank=2)]
    for encoder in (None, TwoMeanings()):
        scored = rerank("Which river flows through Osk?", *passages, encoder=encoder)
        assert all(0.0 <= item.score <= 1.0 for item in scored)


def test_meaning_counts_where_words_are_shared_by_none() -> None:
    question = "Which river is it?"
    passage = hit("Trees stand here. A stream is here.")
    assert rerank(question, passage)[0].score == 0.0
    assert texts(rerank(question, passage, encoder=TwoMeanings()))[0] == "A stream is here."


def test_the_english_encoder_is_not_asked_about_chinese() -> None:
    class Forbidden(TwoMeanings):
        def encode(self, texts: Sequence[str]) -> Floats:
            raise AssertionError("asked about Chinese")

    assert rerank("维尔达河在哪里？", hit("维尔达河在这里。"), encoder=Forbidden())


def test_sentences_that_do_not_name_the_entity_count_less() -> None:
    link = Link(Mention(4, 9, "Velda"), [Candidate(Iri("urn:v"), "entity", 1.0, "Velda", "exact")])
    passage = hit("The Velda is long. The Tarn is long.")
    with_link = {item.evidence.text: item.score for item in rerank("How long is it?", passage, links=[link])}  # type: ignore[union-attr]
    without = {item.evidence.text: item.score for item in rerank("How long is it?", passage)}  # type: ignore[union-attr]
    assert with_link["The Velda is long."] == without["The Velda is long."]
    assert with_link["The Tarn is long."] < without["The Tarn is long."]


@pytest.mark.parametrize(
    ("question", "better", "worse"),
    [
        ("When was Osk founded?", "Osk was founded in 1821.", "Osk was founded long ago."),
        ("How many rivers has Osk?", "Osk has three rivers.", "Osk has its rivers."),
        ("Who founded Osk?", "Osk was founded by Anna Kestrel.", "Osk was founded by settlers."),
    ],
)
def test_sentences_of_the_wanted_kind_come_first(question: str, better: str, worse: str) -> None:
    scored = rerank(question, hit(f"{worse} {better}"))
    assert texts(scored)[0] == better


def test_images_are_scored_by_their_captions() -> None:
    flags = [
        Image(f"i:{n}", f"{n}.png", f"/nowhere/{n}.png", caption)
        for n, caption in enumerate(["Flag of Corvia", "Flag of Arvania", ""])
    ]
    hits = [Hit(image, 1.0, rank, "fused") for rank, image in enumerate(flags, start=1)]
    scored = rerank("Show me the flag of Arvania", *hits)
    assert [item.evidence.image.id for item in scored if isinstance(item.evidence, ImageEvidence)] == [
        "i:1",
        "i:0",
        "i:2",
    ]
    assert scored[0].score == 1.0
    assert scored[-1].score == 0.0


def test_a_caption_in_other_words_comes_first_where_a_picture_is_asked_for() -> None:
    captions = ["A castle", "A stream in a valley", ""]
    images = [Image(f"i:{n}", f"{n}.png", f"{n}.png", caption) for n, caption in enumerate(captions)]
    hits = [Hit(image, 1.0, rank, "fused") for rank, image in enumerate(images, start=1)]
    scored = rerank("Show me a picture of a river", *hits, encoder=TwoMeanings())
    found = [item.evidence.image.id for item in scored if isinstance(item.evidence, ImageEvidence)]
    assert found == ["i:1", "i:0", "i:2"]
    assert scored[0].score > scored[1].score == scored[2].score == 0.0


def test_nothing_gives_nothing() -> None:
    assert rerank("Where?") == []
    assert rerank("Where?", hit("   \n ")) == []


def test_only_so_many_sentences_are_looked_at() -> None:
    assert len(rerank("Where is Osk?", hit("Osk is here. " * 500))) <= 40


def test_a_pair_whose_question_is_asked_is_first_and_whole() -> None:
    answer = "The hills. No other place."
    pair = Passage("p:pair", answer, "faq.jsonl#1", 0, len(answer), question="Where does the Velda spring?")
    echo = hit("Where does the Velda spring, they ask.")
    scored = rerank("where does the velda spring", echo, Hit(pair, 1.0, 2, "fused"))
    assert texts(scored) == [answer, "Where does the Velda spring, they ask."]
    assert scored[0].score == 1.0


def test_of_a_pair_only_the_questions_are_compared() -> None:
    answer = "Nobody knows."
    pair = Passage("p:pair", answer, "faq.jsonl#1", 0, len(answer), question="Which streams are here?")
    other = Passage("p:pair", "A stream flows.", "faq.jsonl#2", 0, 15, question="Who are you?")
    for encoder in (TwoMeanings(), None):
        scored = rerank(
            "Which streams lie here?",
            *(Hit(item, 1.0, 1, "fused") for item in (other, pair)),
            encoder=encoder,
        )
        assert texts(scored)[0] == answer
        assert scored[0].score > scored[1].score
