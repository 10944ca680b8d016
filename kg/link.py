"""Find what a question mentions, and what in the graph each mention may mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Literal as OneOf

from kg.context import context_words, fit
from kg.mentions import Span, Token, find_spans, marked_spans, misspelt_spans, split_tokens, word_breaks
from kg.names import Names
from kg.ordinary import ORDINARY, plural, singular
from kg.partial import find_whole, find_within, known_parts, part_spans
from kg.same import Sameness
from kg.text import fold, has_cjk
from kg.text import words as words_of
from kg.types import Candidate, Graph, Iri, Link, Literal, Mention, Name, Term

__all__ = ["Linker", "link"]

Finder = Callable[[str], list[tuple[Name, float]]]
How = OneOf["exact", "token", "fuzzy", "substring"]

_MAX_FUZZY = 4  # look-ups with typos per question, the dearest step
_MAX_PARTS = 4  # runs of words, and stretches of each, that are looked up as parts of names
_PART, _WORD = 0.8, 0.75  # how well such a part of a name fits, of several words or one
_FUZZY_WORD = 0.75  # similarity asked of one word
_FUZZY_WORDS = 0.7  # similarity asked of several words
_SHORTEST_TYPO = 3  # letters of a word that may be misspelt
_STRONG = 0.7  # name-likeness from which no typo is looked for elsewhere
_STEM = 5  # letters by which "director" and "directed" are one word
_POOL = 24  # candidates of a mention that are kept
_RANKED = 8  # homonyms whose surroundings are read
_MAX_LINKS = 12  # mentions of one question
_PLURAL, _ARTICLE, _ALIAS, _LOWER = 0.9, 0.85, 0.95, 0.8  # how well such a form of a name fits
_OTHER_FORM = 0.8  # of that is left where the graph has the name just as it is asked for
_CLASS = 0.8  # likeness of a class's name, which needs no capital
_OVERLAPPED = 0.6  # what is left of a stretch's likeness when a better one overlaps it


@dataclass(frozen=True, slots=True)
class _Match:
    """A span with the names it matched and how well they fit, homonyms not yet ranked."""

    span: Span
    names: Sequence[tuple[Name, float]]
    likeness: float
    how: How

    @property
    def strength(self) -> float:
        """Return the score of the best name, homonyms apart."""
        return self.likeness * self.names[0][1]

    @property
    def is_sure(self) -> bool:
        """Whether the whole span is a label as written."""
        return self.how == "exact" and self.names[0][1] >= 1.0


def link(
    question: str, *, names: Names, graph: Graph, k: int = 5, words: Sequence[str] | None = None
) -> list[Link]:
    """Return what a question mentions; see `Linker.link`, which is quicker for many questions."""
    return Linker(names, graph).link(question, k=k, words=words)


class Linker:
    """Links questions to one graph.

    Example:
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from kg.store import Store
    >>> from kg.types import RDFS_LABEL, Iri, Literal, Triple
    >>> heat = Iri("http://example.org/heat")
    >>> store = Store.in_memory()
    >>> store.add([Triple(heat, RDFS_LABEL, Literal("Heat"))], source="example")
    1
    >>> names = Names.build(Path(mkdtemp()) / "names.sqlite", store)
    >>> [(link.mention.text, link.candidates[0].how) for link in Linker(names, store).link("Who directed Heat?")]
    [('Heat', 'exact')]
    """

    def __init__(self, names: Names, graph: Graph, *, same: Sameness | None = None) -> None:
        """Prepare for one graph; `same` knows which IRIs of it are one thing."""
        self._same = same or Sameness(graph, ())
        self._names = names
        self._graph = graph
        relations = names.of_kind("predicate")
        self._relation_stems = frozenset(
            word[:_STEM] for name in relations for word in context_words(name.text)
        )

    def link(self, question: str, *, k: int = 5, words: Sequence[str] | None = None) -> list[Link]:
        """Return what a question mentions.

        A candidate's score is the product of three numbers in [0, 1]: how well the name fits (1 for the
        same name, less for an alias, a plural, a typo), how much the stretch of the question looks like
        a name (1 where it is quoted, up to 0.95 where capitalised, less for few and for ordinary words, half
        of that for words that the graph's relations are called by), and, for homonyms, how well the meaning
        fits the other words, compared with the best one.

        Args:
            question: The question as asked; its first 400 words are read.
            k: How many candidates to keep per mention at most.
            words: The question's words, where the caller has split it; they decide between Chinese
                stretches that overlap.

        Returns:
            Links, the one with the best candidate first. Mentions may overlap where the longer is not
            surely a name.
        """
        tokens = split_tokens(question)
        marked = marked_spans(question)
        spans = [
            *marked,
            *(span for span in find_spans(question, tokens) if all(_apart(span, other) for other in marked)),
        ]
        exact = self._exact(spans)
        parts = [*self._partial(question, tokens, exact, marked), *self._within(question, exact)]
        known = [*exact, *parts]
        matches = [*known, *self._inexact(marked, exact), *self._misspelt(question, tokens, known, marked)]
        chosen = _without_overlaps(matches, question, words)
        links = self._ranked(question, chosen, k)
        return sorted(links, key=lambda found: (-found.candidates[0].score, found.mention.start))

    def _exact(self, spans: Sequence[Span]) -> list[_Match]:
        texts = {span: _variants(span) for span in spans}
        found = self._names.find_exact([text for variants in texts.values() for text, _ in variants])
        matches = []
        cased = any(span.capital for span in spans)
        for span, variants in texts.items():
            as_asked = any(name.text == span.text for name in found.get(span.text, ()))
            pool = _pool(
                (name, fits * _written(name, span) * (_OTHER_FORM if as_asked and fits < 1.0 else 1.0))
                for text, fits in variants
                for name in found.get(text, ())
            )
            if pool:
                matches.append(_Match(span, pool, self._likeness(span, cased=cased), "exact"))
        return matches

    def _inexact(self, marked: Sequence[Span], exact: Sequence[_Match]) -> list[_Match]:
        """Look marked names that the graph does not hold up by spelling, then by words, then as parts."""
        known = {match.span for match in exact}
        finders: tuple[tuple[How, Finder], ...] = (
            ("fuzzy", lambda text: self._names.find_fuzzy(text, k=_POOL)),
            ("token", lambda text: self._names.find_tokens(text, k=_POOL)),
            ("substring", lambda text: self._names.find_substring(text, k=_POOL)),
        )
        matches = []
        for span in [span for span in marked if span not in known][:_MAX_FUZZY]:
            for how, find in finders:
                pool = _pool((name, 0.9 * score) for name, score in find(span.text))
                if pool:
                    matches.append(_Match(span, pool, 0.9, how))
                    break
        return matches

    def _partial(
        self, question: str, tokens: Sequence[Token], exact: Sequence[_Match], marked: Sequence[Span]
    ) -> list[_Match]:
        """Return parts of names that one thing only has: "Alpina tent" where there is but one tent of Alpina."""
        free, told = self._untold(question, tokens, exact, marked)
        matches: list[_Match] = []
        runs = part_spans(question, tokens, frozenset(free), frozenset(told))
        for spans in known_parts(self._names, islice(runs, _MAX_PARTS)):
            for span in spans[:_MAX_PARTS]:
                found = find_whole(self._names, span.text)
                if len(found) == 1:
                    fits = _PART if span.content > 1 else _WORD
                    matches.append(_Match(span, [(found[0], fits)], 0.9 if span.capital else 0.8, "token"))
                if found:
                    break
        return matches

    def _within(self, question: str, exact: Sequence[_Match]) -> list[_Match]:
        """Return the part of a longer name that a Chinese question with no other name holds: 鑫源液压 for 鑫源液压件有限公司."""
        if not has_cjk(question) or any(_names_things(match) for match in exact):
            return []
        found = find_within(self._names, question, [(match.span.start, match.span.end) for match in exact])
        return [_Match(found[0], [(found[1], _PART)], 0.8, "token")] if found else []

    def _untold(
        self, question: str, tokens: Sequence[Token], known: Sequence[_Match], marked: Sequence[Span]
    ) -> tuple[list[Token], list[Token]]:
        """Return the words that stand in no sure name, and those of them that may be of a name that is not known yet."""
        strong = [match.span for match in known if match.likeness >= _STRONG]
        sure = [*marked, *(span for span in strong if span.content > 1)]
        free = [token for token in tokens if not token.cjk and not _inside(token, sure)]
        loose = [token for token in free if self._may_be_name(question, token)]
        return free, [token for token in loose if token.capital or not (strong or marked)]

    def _misspelt(
        self, question: str, tokens: Sequence[Token], exact: Sequence[_Match], marked: Sequence[Span]
    ) -> list[_Match]:
        free, wanted = self._untold(question, tokens, exact, marked)
        loose = [token for token in free if self._may_be_name(question, token)]
        unknown = self._unknown(question, wanted)
        matches: list[_Match] = []
        for span in misspelt_spans(question, free, frozenset(loose), unknown)[:_MAX_FUZZY]:
            least = _FUZZY_WORD if span.content == 1 else _FUZZY_WORDS
            found = self._names.find_fuzzy(span.text, k=_POOL)
            pool = _pool((name, score * score) for name, score in found if score >= least)
            if pool:
                matches.append(_Match(span, pool, 0.9 if span.capital else 0.8, "fuzzy"))
        return matches

    def _may_be_name(self, question: str, token: Token) -> bool:
        text = fold(question[token.start : token.end])
        return not token.ordinary and (token.capital or singular(text)[:_STEM] not in self._relation_stems)

    def _unknown(self, question: str, tokens: Sequence[Token]) -> frozenset[Token]:
        """Return the tokens that no name of the graph holds."""
        texts = {token: fold(question[token.start : token.end]) for token in tokens}
        both = {form for text in texts.values() for form in (text, singular(text))}
        held = self._names.count_words(sorted(both)) if both else {}
        return frozenset(
            token
            for token, text in texts.items()
            if len(text) >= _SHORTEST_TYPO and text not in held and singular(text) not in held
        )

    def _likeness(self, span: Span, *, cased: bool) -> float:
        """Return how much a stretch looks like a name, in [0, 1]."""
        if span.marked:
            return 1.0
        own = [singular(word) for word in words_of(span.text) if word not in ORDINARY]
        if has_cjk(span.text):
            return min(0.95, 0.6 + 0.1 * span.content)
        if span.capital:
            return (0.95 if own else 0.85) if " " in span.text else (0.9 if own else 0.6)
        likeness = min(0.9, 0.4 + 0.2 * span.content + 0.05 * span.text.count(" "))
        if span.text.isdecimal():
            return likeness + 0.1
        related = all(word[:_STEM] in self._relation_stems for word in own)
        return likeness * (0.5 if related else 1.0) * (0.8 if cased and span.content == 1 else 1.0)

    def _ranked(self, question: str, matches: Sequence[_Match], k: int) -> list[Link]:
        links = []
        for match in matches:
            outside = f"{question[: match.span.start]} {question[match.span.end :]}"
            others = frozenset(
                name.term
                for other in matches
                if other is not match and _apart(other.span, match.span)
                for name, _ in other.names
            )
            fits = self._fits(match, context_words(outside), others)
            links.append(_link(match, fits, self._same, k))
        return links

    def _fits(
        self, match: _Match, wanted: frozenset[str], others: frozenset[Term]
    ) -> dict[Iri | Literal, float]:
        terms = list(dict.fromkeys(name.term for name, _ in match.names))[:_RANKED]
        if len(terms) == 1:
            return {terms[0]: 1.0}
        return fit(terms, graph=self._graph, names=self._names, wanted=wanted, linked=others)


def _names_things(match: _Match) -> bool:
    """Return whether a match is of an entity or value."""
    return match.names[0][0].kind in {"entity", "value"}


def _variants(span: Span) -> list[tuple[str, float]]:
    """Return the texts to look up for a span, each with how well a name that equals it would fit."""
    text = span.text
    variants = {text: 1.0}
    if text.isascii() and not span.marked:
        head, _, last = text.rpartition(" ")
        variants.setdefault(f"{head} {singular(last.casefold())}".strip(), _PLURAL)
        if not span.capital:
            variants.setdefault(f"{head} {plural(last.casefold())}".strip(), _PLURAL)
        first, _, rest = text.partition(" ")
        variants.setdefault(
            rest if first.casefold() in ("the", "a", "an") and rest else f"the {text}", _ARTICLE
        )
    return list(variants.items())


def _pool(names: Iterable[tuple[Name, float]]) -> list[tuple[Name, float]]:
    """Return the best name of each term, best first; predicates are what questions ask by, not about."""
    best: dict[Iri | Literal, tuple[Name, float]] = {}
    for name, fits in names:
        if name.kind != "predicate" and (name.term not in best or best[name.term][1] < fits):
            best[name.term] = (name, fits)
    return sorted(best.values(), key=lambda pair: -pair[1])[:_POOL]


def _without_overlaps(matches: Sequence[_Match], question: str, words: Sequence[str] | None) -> list[_Match]:
    """Choose the longest first; what they overlap is dropped inside a sure one and else believed less."""
    breaks = word_breaks(question, words) if _has_ties(matches) else frozenset()

    def order(match: _Match) -> tuple[object, ...]:
        span = match.span
        aligned = (span.start in breaks) + (span.end in breaks)
        return (
            not span.marked,
            -span.content,
            -match.likeness * match.names[0][1],
            -aligned,
            span.start - span.end,
        )

    chosen: list[_Match] = []
    for match in sorted(matches, key=order):
        over = [other for other in chosen if not _apart(other.span, match.span)]
        if any(_replaces(other, match) for other in over):
            continue
        chosen.append(replace(match, likeness=match.likeness * _OVERLAPPED) if over else match)
    return chosen[:_MAX_LINKS]


def _replaces(chosen: _Match, match: _Match) -> bool:
    """Return whether a match says nothing beside a chosen one that overlaps it."""
    if chosen.is_sure and _holds(chosen.span, match.span):
        return True
    terms = {name.term for name, _ in chosen.names}
    return chosen.strength >= match.strength and all(name.term in terms for name, _ in match.names)


def _has_ties(matches: Sequence[_Match]) -> bool:
    """Return whether two Chinese stretches overlap without one holding the other."""
    spans = sorted((match.span for match in matches if has_cjk(match.span.text)), key=lambda span: span.start)
    return any(one.start < two.start < one.end < two.end for one, two in combinations(spans, 2))


def _link(match: _Match, fits: Mapping[Iri | Literal, float], same: Sameness, k: int) -> Link:
    """Return the best candidates of a match; things of several IRIs are there under the best one."""
    candidates = []
    for name, quality in match.names:
        if name.term in fits:
            likeness = max(match.likeness, _CLASS) if name.kind == "class" else match.likeness
            score = likeness * quality * fits[name.term]
            candidates.append(Candidate(name.term, name.kind, min(1.0, score), name.text, match.how))
    candidates.sort(key=lambda candidate: -candidate.score)
    things = frozenset(same.distinct(candidate.term for candidate in candidates))
    candidates = [candidate for candidate in candidates if candidate.term in things]
    span = match.span
    return Link(Mention(span.start, span.end, span.text), tuple(candidates[:k]))


def _apart(one: Span, other: Span) -> bool:
    return one.end <= other.start or other.end <= one.start


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _inside(token: Token, spans: Iterable[Span]) -> bool:
    return any(span.start <= token.start < span.end for span in spans)


def _written(name: Name, span: Span) -> float:
    """Return how well a name fits as it is written: a label best, and one with capitals where the span has them."""
    lost = span.capital and name.text.islower()
    return (1.0 if name.preferred else _ALIAS) * (_LOWER if lost else 1.0)
