"""Parsed question → links into the graph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from kbqa.foreign_classes import ForeignClasses
from kbqa.parsing.demonyms import DEMONYMS
from kbqa.parsing.lexicon import FUNCTION_WORDS, WEEKDAYS
from kbqa.parsing.nouns import GENERIC, SAME_NOUNS, SORTS
from kbqa.types import Language, ParsedQuestion, Question, Token
from kg.link import Linker
from kg.names import Names
from kg.same import Sameness
from kg.text import has_cjk
from kg.types import Candidate, Graph, Iri, Link, Literal, Mention

__all__ = ["QuestionLinker"]

_ASKING_ZH = re.compile("哪[些个位门家所几]{0,2}[个位门家所]?|多少[个位门家所]?|几[个位门家所]")
_KIND = 0.7  # how well another word for a class fits; the linker gives its name 0.72 to 0.8
_OTHER_NAME = 0.7  # how well "Norwegian" names Norway
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {**DEMONYMS, **WEEKDAYS}
_PLACES_ZH = ("省", "市", "县", "区", "州", "自治区", "国")
_ASKING = re.compile(
    r"(?:\b(?:which|what)|^(?:what|which) (?:are|is|were|was) (?:some|the|all)) $", re.IGNORECASE
)


class QuestionLinker:
    """Links the words of a question, the entities its asker names and what its picture shows."""

    def __init__(
        self,
        names: Names,
        graph: Graph,
        *,
        same: Sameness | None = None,
        foreign: ForeignClasses | None = None,
    ) -> None:
        """Prepare for one knowledge base.

        Args:
            names: Of its things.
            graph: Its facts.
            same: Knows which IRIs of its graph are one thing.
            foreign: Finds classes by nouns of a language that they have no name in.
        """
        self._names = names
        self._foreign = foreign
        self._graph = graph
        self._same = same or Sameness(graph, ())
        self._linker = Linker(names, graph, same=self._same)
        self._prefixes: Mapping[str, str] = graph.prefixes

    def link(self, question: Question, parsed: ParsedQuestion) -> list[Link]:
        """Return mentions with their candidates, the surest mention first."""
        links = self._linker.link(parsed.text, words=[token.text for token in parsed.tokens])
        if question.entities is not None:
            given = [link for name in question.entities if (link := self._given(parsed, name)) is not None]
            links = given + [link for link in links if _is_new(link, given)]
        links = [
            link
            for link in links
            if not _is_asked_for(parsed, link, links) or self._is_category(link.candidates[0].term)
        ]
        links += self._kinds(parsed, links)
        links += self._others(parsed, links)
        shown = [link for name in question.shown if (link := self._given(parsed, name)) is not None]
        return shown + [link for link in links if _is_apart(link, shown)]

    def _is_category(self, term: Iri | Literal) -> bool:
        """Return whether a thing is what others have for their category: "tents" in "which tents do we sell?"."""
        return any(self._graph.triples(predicate=iri, object=term, limit=1) for iri in self._sorts)

    @cached_property
    def _sorts(self) -> list[Iri]:
        found = self._names.find_exact(SORTS)
        named = {name.term for names in found.values() for name in names if name.kind == "predicate"}
        return sorted(term for term in named if isinstance(term, Iri))

    def _kinds(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Link]:
        """Return links of words to the classes that another word for them names: 老师 where the graph says 教师.

        The linker passes over single characters and verbs; a whole word of one (系) may be the name of a class, and
        "ordered" speaks of orders.
        """
        nouns = {mention: word for mention, word in _nouns(parsed) if _is_free(mention, links)}
        words = {
            mention: (
                *SAME_NOUNS.get(word, ()),
                *(
                    noun + (head if has_cjk(head) else f" {head}")
                    for noun in (word, *SAME_NOUNS.get(word, ()))
                    for head in GENERIC
                    if has_cjk(head) is has_cjk(noun)
                ),
                *((word,) if has_cjk(word) or word != mention.text.lower() else ()),
            )
            for mention, word in nouns.items()
        }
        known = self._names.find_exact(sorted({word for others in words.values() for word in others}))
        found: list[Link] = []
        for mention, others in words.items():
            classes = [
                Candidate(match.term, "class", _KIND, word, "exact")
                for word in others
                for match in known.get(word, ())
                if match.kind == "class"
            ]
            if classes:
                found.append(Link(mention, classes))
        left = {mention: word for mention, word in nouns.items() if _is_free(mention, found)}
        foreign = self._foreign_kinds(left, parsed.language)
        # "welding robots" are no robots that weld
        return [*found, *(link for link in foreign if _is_free(link.mention, _longer(link, foreign)))]

    def _foreign_kinds(self, nouns: Mapping[Mention, str], language: Language) -> list[Link]:
        """Return links of words to the classes that mean the same in the other language."""
        if self._foreign is None:
            return []
        ordered = sorted(nouns.items(), key=lambda noun: noun[0].start)
        meant = self._foreign.find([word for _, word in ordered], language)
        return [
            Link(mention, [Candidate(cls, "class", _KIND, word, "exact")])
            for (mention, word), cls in zip(ordered, meant, strict=True)
            if cls is not None
        ]

    def _others(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Link]:
        """Return links of words that name nothing themselves to what they say: "Norwegian" to Norway, 山东 to 山东省."""
        free = {
            token: others
            for token in parsed.tokens
            if (others := _other_names(token))
            and all(token.end <= link.mention.start or token.start >= link.mention.end for link in links)
        }
        known = self._names.find_exact(sorted({name for others in free.values() for name in others}))
        found = []
        for token, others in free.items():
            meant = [
                Candidate(match.term, match.kind, _OTHER_NAME, match.text, "exact")
                for name in others
                for match in known.get(name, ())
                if match.kind in {"entity", "value"}
                # A tag "film" is not meant by "movies".
                and (name not in SAME_NOUNS.get(token.lemma, ()) or self._is_category(match.term))
            ]
            if meant:
                mention = Mention(token.start, token.end, parsed.text[token.start : token.end])
                found.append(Link(mention, meant))
        return found

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


def _nouns(parsed: ParsedQuestion) -> Iterator[tuple[Mention, str]]:
    """Yield the words of a question that may name classes, each with its dictionary form.

    The words of Chinese are a guess: what stands behind 哪些 may begin a longer one (课有).
    """
    for token, following in pairwise((*parsed.tokens, None)):
        if token is None or token.function:
            continue
        yield Mention(token.start, token.end, parsed.text[token.start : token.end]), token.lemma
        if following is not None and not following.function and following.start - token.end <= 1:
            pair = parsed.text[token.start : following.end]
            yield (
                Mention(token.start, following.end, pair),
                pair[: following.start - token.start] + following.lemma,
            )
    for asking in _ASKING_ZH.finditer(parsed.text) if parsed.language == "zh" else ():
        for length in (1, 2):
            word = parsed.text[asking.end() : asking.end() + length]
            if word in SAME_NOUNS:
                yield Mention(asking.end(), asking.end() + length, word), word


def _other_names(token: Token) -> tuple[str, ...]:
    """Return what else a word may be called by: by its country, by another noun for it, 山东 as 山东省."""
    if token.function:
        return ()
    others = _OTHER_NAMES.get(token.text) or SAME_NOUNS.get(token.lemma, ())
    if has_cjk(token.text) and len(token.text) > 1:
        others = (*others, *(token.text + suffix for suffix in _PLACES_ZH))
    return others


def _is_free(mention: Mention, links: Sequence[Link]) -> bool:
    """Return whether a mention overlaps none of some others."""
    return all(mention.end <= link.mention.start or mention.start >= link.mention.end for link in links)


def _longer(one: Link, links: Sequence[Link]) -> list[Link]:
    length = one.mention.end - one.mention.start
    return [link for link in links if link.mention.end - link.mention.start > length]


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
