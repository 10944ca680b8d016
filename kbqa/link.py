"""Parsed question → links into the graph."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kbqa.parsing.lexicon import FUNCTION_WORDS
from kbqa.types import ParsedQuestion, Question
from kg.link import Linker
from kg.names import Names
from kg.same import Sameness
from kg.text import has_cjk
from kg.types import Candidate, Graph, Iri, Link, Mention

__all__ = ["QuestionLinker"]

_ASKING = re.compile(
    r"(?:\b(?:which|what)|^(?:what|which) (?:are|is|were|was) (?:some|the|all)) $", re.IGNORECASE
)


class QuestionLinker:
    """Links the words of a question, the entities its asker names and what its picture shows."""

    def __init__(self, names: Names, graph: Graph, *, same: Sameness | None = None) -> None:
        """Prepare for one knowledge base; `same` knows which IRIs of its graph are one thing."""
        self._names = names
        self._same = same or Sameness(graph, ())
        self._linker = Linker(names, graph, same=self._same)
        self._prefixes: Mapping[str, str] = graph.prefixes

    def link(self, question: Question, parsed: ParsedQuestion) -> list[Link]:
        """Return mentions with their candidates, the surest mention first."""
        links = self._linker.link(parsed.text, words=[token.text for token in parsed.tokens])
        if question.entities is not None:
            given = [link for name in question.entities if (link := self._given(parsed, name)) is not None]
            links = given + [link for link in links if _is_new(link, given)]
        links = [link for link in links if not _is_asked_for(parsed, link, links)]
        shown = [link for name in question.shown if (link := self._given(parsed, name)) is not None]
        return shown + [link for link in links if _is_apart(link, shown)]

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


def _is_asked_for(parsed: ParsedQuestion, link: Link, links: Sequence[Link]) -> bool:
    """Return whether a mention only says what kind of thing is asked for: "films" in "which films are about Paris".

    It is so where it stands behind "which" or "what" and before a verb or the like, in small letters, and something else
    is named more surely.
    """
    mention, best = link.mention, link.candidates[0]
    if best.kind != "entity" or mention.text != mention.text.lower() or has_cjk(mention.text):
        return False
    ahead, behind = parsed.text[: mention.start], parsed.text[mention.end :].split()
    if not _ASKING.search(ahead) or not behind or behind[0].strip(",").lower() not in FUNCTION_WORDS:
        return False
    others = [
        other for other in links if other.candidates[0].kind in {"entity", "value"} and other is not link
    ]
    return any(other.candidates[0].score > best.score for other in others)


def _is_new(link: Link, given: Sequence[Link]) -> bool:
    """Keep classes and values that the linker found beside the entities that were given."""
    return _is_apart(link, given) and link.candidates[0].kind in {"class", "value"}


def _is_apart(link: Link, given: Sequence[Link]) -> bool:
    return all(
        link.mention.end <= other.mention.start or link.mention.start >= other.mention.end for other in given
    )


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
