"""Readings and evidence → answers of every source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kbqa.reading.cross_reranker import CrossReranker
from kbqa.reading.graph import GraphReader
from kbqa.reading.passage import PassageReader
from kbqa.rerank import passage_confidence
from kbqa.search import linked_entities
from kbqa.types import Answer, ImageEvidence, ParsedQuestion, PassageEvidence, Reading, Scored
from kg.types import Iri, Link
from retrieval.corpus import Corpus
from retrieval.types import Image

__all__ = ["AnswerReader"]

_MAX_PASSAGES = 3
_MAX_PICTURES = 5
_PICTURE_CONFIDENCE = 0.8
_SURE_READING = 0.5
_PROBABLE, _PROMISING = 0.5, 0.25
_SURE_GRAPH = 0.75  # reading takes longer than all the rest of a question


class AnswerReader:
    """Reads answers from query rows, from passages, and from images of the entities.

    Where the graph has no sure answer, the best sentences are read with the question and put in a new order. The answer is cut out of the best sentence if that probably answers, and else
    searched in the passages of the best sentences. Where the reader finds none, and without a reader, the sentences
    answer. What a stored question like the one asked is answered with is taken whole.
    """

    def __init__(
        self,
        graph: GraphReader,
        corpus: Corpus,
        passages: PassageReader | None = None,
        reranker: CrossReranker | None = None,
    ) -> None:
        self._graph = graph
        self._corpus = corpus
        self._passages = passages
        self._reranker = reranker

    def read(
        self,
        parsed: ParsedQuestion,
        links: Sequence[Link],
        readings: Sequence[Reading],
        scored: Sequence[Scored],
    ) -> list[Answer]:
        """Return the answers of every source, each source's best first."""
        if parsed.expects == "image":
            return self._pictures(links, readings, scored)
        answers = self._graph.read(readings, parsed.language)
        if len(answers) <= _MAX_PICTURES:
            answers = [self._illustrated(answer) for answer in answers]
        return answers + self._said(parsed, links, answers, scored)

    def _said(
        self,
        parsed: ParsedQuestion,
        links: Sequence[Link],
        answers: Sequence[Answer],
        scored: Sequence[Scored],
    ) -> list[Answer]:
        """Return what the passages answer, best first."""
        sure = max((answer.confidence for answer in answers), default=0.0)
        if sure >= _SURE_GRAPH:
            return _sentences(scored)
        if self._reranker is not None:
            scored = self._reranker.rerank(parsed, links, scored)
        whole = _sentences(scored)
        if self._passages is None or not whole or _is_asked(whole):
            return whole
        if whole[0].confidence >= _PROBABLE:
            stretch = self._passages.cut(parsed, whole[0])
            return [stretch, *whole] if stretch else whole
        spans = self._passages.read(parsed, links, whole) if whole[0].confidence >= _PROMISING else []
        return [*spans, *whole] if spans and spans[0].confidence >= _PROBABLE else whole

    def _pictures(
        self, links: Sequence[Link], readings: Sequence[Reading], scored: Sequence[Scored]
    ) -> list[Answer]:
        """Return images of what a reading leads to, else of what the question names, else by caption."""
        fits = {item.hit.item.id: item.score for item in scored}
        for reading in readings:
            if reading.confidence < _SURE_READING:
                continue
            entities = [term.value for term in reading.terms if isinstance(term, Iri)][:_MAX_PICTURES]
            if images := self._images_of(entities):
                return [_linked(image, fits.get(image.id, 0.0)) for image in images]
        images = self._images_of(linked_entities(links)[:1])
        if images:
            return [_linked(image, fits.get(image.id, 0.0)) for image in images]
        found = [item.evidence for item in scored if isinstance(item.evidence, ImageEvidence)]
        return [_captioned(evidence.image, fits[evidence.image.id]) for evidence in found[:_MAX_PICTURES]]

    def _images_of(self, entities: Sequence[str]) -> list[Image]:
        if not entities:
            return []
        linked = self._corpus.items_of(entities, limit=_MAX_PICTURES, prefix="i:")
        found = self._corpus.get([item_id for item_id, _, _ in linked])
        return [item for item in found if isinstance(item, Image)]

    def _illustrated(self, answer: Answer) -> Answer:
        images = self._images_of([answer.id])[:1] if answer.id else []
        pictures = tuple(ImageEvidence(image) for image in images)
        return replace(answer, evidence=answer.evidence + pictures)


def _sentences(scored: Sequence[Scored]) -> list[Answer]:
    answers = []
    for item in scored:
        if isinstance(item.evidence, PassageEvidence):
            confidence = passage_confidence(item.score)
            evidence = item.evidence
            answers.append(
                Answer(evidence.text, evidence.passage.id, confidence, "passage", (evidence,), ("passage",))
            )
    return answers[:_MAX_PASSAGES]


def _is_asked(answers: Sequence[Answer]) -> bool:
    """Return whether the first answer is that of a stored question which is probably the one asked."""
    if not answers or answers[0].confidence < _PROBABLE:
        return False
    return any(isinstance(one, PassageEvidence) and one.passage.question for one in answers[0].evidence)


def _linked(image: Image, fit: float) -> Answer:
    return _image_answer(image, _PICTURE_CONFIDENCE + (1.0 - _PICTURE_CONFIDENCE) * fit)


def _captioned(image: Image, fit: float) -> Answer:
    return _image_answer(image, fit * _PICTURE_CONFIDENCE)


def _image_answer(image: Image, confidence: float) -> Answer:
    text = image.caption or image.source
    return Answer(text, image.id, confidence, "image", (ImageEvidence(image),), ("image",))
