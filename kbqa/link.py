"""Parsed question → links into the graph."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from kbqa.errors import InputError
from kbqa.types import ParsedQuestion, Question
from kg.link import Linker
from kg.names import Names
from kg.same import Sameness
from kg.text import has_cjk
from kg.types import Candidate, Graph, Iri, Link, Mention
from retrieval.corpus import Corpus
from retrieval.errors import ImageError

__all__ = ["QuestionLinker"]

_THIS = re.compile(
    r"\b(?:this|the|that)\s+(?:flag|picture|image|photo|portrait|person)\b|这[面张个幅]?\w{0,2}|图中\w{0,2}",
    re.I,
)


class QuestionLinker:
    """Links the words of a question, the entities its asker names and the picture that comes with it."""

    def __init__(self, names: Names, graph: Graph, corpus: Corpus, *, same: Sameness | None = None) -> None:
        """Prepare for one knowledge base; `same` knows which IRIs of its graph are one thing."""
        self._names = names
        self._same = same or Sameness(graph, ())
        self._linker = Linker(names, graph, same=self._same)
        self._prefixes: Mapping[str, str] = graph.prefixes
        self._corpus = corpus

    def link(self, question: Question, parsed: ParsedQuestion) -> list[Link]:
        """Return mentions with their candidates, the surest mention first.

        Raises:
            InputError: If the question's picture cannot be read.
        """
        links = self._linker.link(parsed.text, words=[token.text for token in parsed.tokens])
        if question.entities is not None:
            given = [link for name in question.entities if (link := self._given(parsed, name)) is not None]
            links = given + [link for link in links if _is_new(link, given)]
        if question.image:
            links = [*self._pictured(question.image, parsed), *links]
        return links

    def _given(self, parsed: ParsedQuestion, name: str) -> Link | None:
        """Return the link of an entity that the asker named, None if the graph does not know it."""
        terms = list(self._same.distinct(self._terms(name)))
        if not terms:
            return None
        labels = [known.text for term in terms for known in self._names.of(term)] + [name]
        mention = _find(parsed.text, labels)
        candidates = [Candidate(term, "entity", 1.0, name, "exact") for term in terms]
        return Link(mention, candidates)

    def _terms(self, name: str) -> list[Iri]:
        prefix, _, local = name.partition(":")
        iri = Iri(self._prefixes[prefix] + local) if prefix in self._prefixes and local else Iri(name)
        if self._names.of(iri):
            return [iri]
        found = self._names.find_exact([name]).get(name, [])
        terms = [match.term for match in found if match.kind == "entity" and isinstance(match.term, Iri)]
        return list(dict.fromkeys(terms))[:5]

    def _pictured(self, path: str, parsed: ParsedQuestion) -> list[Link]:
        """Return links to what is known to be on the same picture."""
        from retrieval.images import find_similar, signature

        try:
            known = {image.id: signature(Path(image.path)) for image in self._corpus.images()}
            same = [image_id for image_id, _ in find_similar(Path(path), known, k=3)]
        except ImageError as error:
            raise InputError(f"the picture of the question cannot be read: {error}") from error
        entities = self._corpus.entities_of(same)
        terms = dict.fromkeys(Iri(link.entity_id) for image_id in same for link in entities.get(image_id, []))
        if not terms:
            return []
        found = _THIS.search(parsed.text)
        start, end = found.span() if found else (0, 0)
        return [
            Link(
                Mention(start, end, parsed.text[start:end]),
                [Candidate(term, "entity", 1.0, self._names.label(term), "exact") for term in terms],
            )
        ]


def _is_new(link: Link, given: Sequence[Link]) -> bool:
    """Keep classes and values that the linker found beside the entities that were given."""
    apart = all(
        link.mention.end <= other.mention.start or link.mention.start >= other.mention.end for other in given
    )
    return apart and link.candidates[0].kind in {"class", "value"}


def _find(text: str, labels: Sequence[str]) -> Mention:
    """Return where the longest of some names stands in a text; an empty mention at its start if none does."""
    for label in sorted(set(labels) - {""}, key=lambda label: (-len(label), label)):
        spaced = re.sub(r"(?:\\ |_)+", "[ _]+", re.escape(label))
        for found in re.finditer(spaced, text, re.IGNORECASE):
            start, end = found.span()
            if has_cjk(label) or not (
                _goes_on(text[max(0, start - 1) : start]) or _goes_on(text[end : end + 1])
            ):
                return Mention(start, end, found.group())
    return Mention(0, 0, "")


def _goes_on(character: str) -> bool:
    """Return whether a character beside a Latin name belongs to the same word: in "IBM的" the name is whole."""
    return (character.isalnum() or character == "_") and not has_cjk(character)
