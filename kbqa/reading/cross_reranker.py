"""Sentences → sentences scored anew: question and sentence read together, with facts about what the sentence mentions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from kbqa.reading.neighbourhood import Neighbourhood
from kbqa.reading.passage import LazyReader
from kbqa.reading.windows import TextEntity, TextFact
from kbqa.rerank import passage_score
from kbqa.types import ParsedQuestion, PassageEvidence, Scored
from kg.types import Iri, Link

__all__ = ["READ_SENTENCES", "CrossReranker", "ReadSentence", "asked_entities", "likeliest"]

_Known = TypeVar("_Known", TextFact, TextEntity)

READ_SENTENCES = 4
"""Sentences that are read; each costs time, and a fifth to a twenty-fourth made no difference to which came first (of 550
questions of held-out passages)."""
# What a first place in the search is worth beside a score: 0.24 (English) and 0.63 (Chinese) by logistic regression on
# the same questions.
_FIRST_PLACE = 0.4
_MEANINGS = 4  # of what a question names


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence behind the title of its document, as it is read.

    Attributes:
        text: Title and sentence.
        facts: Hung on stretches of it.
        entities: That stretches of it name.
    """

    text: str
    facts: tuple[TextFact, ...]
    entities: tuple[TextEntity, ...]

    @classmethod
    def of(
        cls, evidence: PassageEvidence, facts: Sequence[TextFact], entities: Sequence[TextEntity]
    ) -> ReadSentence:
        """Return a sentence of a passage with what is known about that; what is elsewhere in it is left out."""
        title = evidence.passage.title
        head = f"{title}. " if title else ""
        first = evidence.start - evidence.passage.start
        within = (first, evidence.end - evidence.passage.start)
        moved = len(head) - first
        return cls(
            head + evidence.text,
            tuple(_placed(facts, within, moved, len(title))),
            tuple(_placed(entities, within, moved, len(title))),
        )


def _placed(known: Sequence[_Known], within: tuple[int, int], moved: int, title: int) -> Iterator[_Known]:
    """Yield what is known about a stretch of a passage, by its places in the text that is read.

    What is known about the passage as a whole hangs on its title.
    """
    for one in known:
        if within[0] <= one.start < one.end <= within[1]:
            yield replace(one, start=one.start + moved, end=one.end + moved)
        elif one.end == 0 and title:
            yield replace(one, end=title)


class CrossReranker:
    """Reads the likeliest sentences together with the question (Nogueira & Cho, arXiv:1901.04085).

    The score is of a logistic regression on the score of `SentenceReranker` and on the reader's log-odds that the sentence
    answers. Facts about the entities that a sentence mentions hang on it (K-BERT, Liu et al., AAAI 2020).
    """

    def __init__(self, reader: LazyReader, neighbourhood: Neighbourhood | None = None) -> None:
        """Prepare.

        Args:
            reader: Reads the sentences.
            neighbourhood: Knows the facts; without it sentences are read alone.
        """
        self._reader = reader
        self._neighbourhood = neighbourhood

    def rerank(self, parsed: ParsedQuestion, links: Sequence[Link], scored: Sequence[Scored]) -> list[Scored]:
        """Return the same evidence, sentences in a new order; raises `DependencyError` as reading does.

        Images, the answers of stored questions and what is not among the likeliest sentences keep their scores and order.
        """
        places = likeliest(scored)
        if not places:
            return list(scored)
        evidence = [item for place in places if isinstance(item := scored[place].evidence, PassageEvidence)]
        odds = self._odds(parsed, links, evidence)
        weights = self._reader.load().settings.sentence
        read = [
            replace(one, score=passage_score(weights.log_odds(one.score, found, one.hit.rank)))
            for one, found in zip((scored[place] for place in places), odds, strict=True)
        ]
        return _merged(scored, dict(zip(places, read, strict=True)))

    def read(
        self, parsed: ParsedQuestion, links: Sequence[Link], evidence: Sequence[PassageEvidence]
    ) -> list[ReadSentence]:
        """Return sentences as they are read, with the kind of knowledge that the reader was taught to use."""
        passages = list({one.passage.id: one.passage for one in evidence}.values())
        facts: Mapping[str, list[TextFact]] = {}
        entities: Mapping[str, list[TextEntity]] = {}
        if self._neighbourhood is not None:
            match self._reader.load().settings.knowledge:
                case "facts":
                    facts = self._neighbourhood.facts(parsed, links, passages)
                case "entities":
                    entities = self._neighbourhood.entities(passages)
                case "candidates":
                    entities = self._neighbourhood.candidates(passages)
        return [
            ReadSentence.of(one, facts.get(one.passage.id, ()), entities.get(one.passage.id, ()))
            for one in evidence
        ]

    def _odds(
        self, parsed: ParsedQuestion, links: Sequence[Link], evidence: Sequence[PassageEvidence]
    ) -> list[float]:
        texts = self.read(parsed, links, evidence)
        named = any(one.entities for one in texts)
        return self._reader.load().odds(
            parsed.text,
            [one.text for one in texts],
            facts=[one.facts for one in texts],
            entities=[one.entities for one in texts],
            asked=asked_entities(links) if named else (),
        )


def asked_entities(links: Sequence[Link]) -> list[TextEntity]:
    """Return the likeliest entity of each mention of a question, with what else the mention may mean."""
    found = []
    for link in links:
        named = ((one.term.value, one.score) for one in link.candidates if isinstance(one.term, Iri))
        meant = list(islice(named, _MEANINGS))
        if link.candidates[0].kind == "entity" and meant:
            whole = sum(score for _, score in meant) or 1.0
            meanings = tuple((iri, score / whole) for iri, score in meant)
            found.append(TextEntity(link.mention.start, link.mention.end, meant[0][0], meanings))
    return found


def likeliest(scored: Sequence[Scored]) -> list[int]:
    """Return the places of the sentences to be read: those with the best scores and the best places in the search."""
    sentences = [place for place, item in enumerate(scored) if _is_sentence(item)]
    sentences.sort(key=lambda place: -(scored[place].score + _FIRST_PLACE / scored[place].hit.rank))
    return sentences[:READ_SENTENCES]


def _is_sentence(item: Scored) -> bool:
    return isinstance(item.evidence, PassageEvidence) and not item.evidence.passage.question


def _merged(scored: Sequence[Scored], read: Mapping[int, Scored]) -> list[Scored]:
    """Return the sentences that were read first, by their new scores, and behind them the others as they were.

    What is no sentence keeps its place.
    """
    best = sorted(read.values(), key=lambda item: -item.score)
    order = iter(
        [*best, *(item for place, item in enumerate(scored) if place not in read and _is_sentence(item))]
    )
    return [next(order) if _is_sentence(item) else item for item in scored]
