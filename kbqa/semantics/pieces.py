"""The first reading of a question: which of its words may name what in the graph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from kbqa.parsing.language import tokenize
from kbqa.parsing.lexicon import ORDINALS
from kbqa.parsing.nouns import JOBS, SAME_NOUNS, SORTS, TURNED
from kbqa.parsing.verbs import VERBS
from kbqa.semantics.bounds import find_bounds
from kbqa.semantics.event_words import EventWords
from kbqa.semantics.linked import belongs, known_spans, named_spans, strong_spans
from kbqa.semantics.matcher import Match, RelationMatcher
from kbqa.semantics.named_sets import named_sets
from kbqa.semantics.nodes import CueBody, FilterBody, Node, RelationBody, SetBody, tokens_in
from kbqa.semantics.remember import Remembered
from kbqa.semantics.sets import FALSE
from kbqa.semantics.shape import Shapes
from kbqa.semantics.stretches import has_cue, is_capital, runs, with_preposition
from kbqa.semantics.units import SPOKEN
from kbqa.types import Language, ParsedQuestion, Token
from kg.text import has_cjk
from kg.types import XSD, Iri, Link, Literal

__all__ = ["Pieces"]

_LOCAL_CUES = frozenset(
    {"superlative", "comparative", "negation", "same", "and", "or", "aggregate", "arithmetic"}
)
_ORDINALS = {"first": 1, "1st": 1, **ORDINALS}
_MAX_MEANINGS = 3
_MAX_VECTOR_WORDS = 2
_MIN_WORD_SCORE = 0.5
_CLEAR_WORD_SCORE = 0.9
_MIN_VECTOR_SCORE = 0.2
# A phrase of two words that names a relation says more than two words that name one each.
_WORD_WEIGHT = 1.1
_VECTOR_WEIGHT = 0.3
_NOUN_STEP = 0.08
_REMEMBERED = 4_096  # nouns, some of which are words of questions
_VERB = 0.7
_TURNED = 0.7  # how well a relation must be named by the opposite of a noun
_DATE = "date"
_HEAD_ZH = 0.8
_FEW_MEASURED = 3  # relations that one unit may mean
_UNIT_WORDS = sorted(SPOKEN, key=len, reverse=True)
_HOW_MANY_UNITS = re.compile(
    rf"\bhow (?:many|much) (?:{'(?P<unit>' + '|'.join(re.escape(word) for word in _UNIT_WORDS if word.isascii()) + ')'})\b|"
    rf"(?:多少|几)个?(?P<zh>{'|'.join(word for word in _UNIT_WORDS if has_cjk(word))})",
    re.IGNORECASE,
)
_PLACES = ("position", "rank", "order", "number")  # "second author" is one whose author position is 2
_UN = re.compile(r"un|non-?|not-")


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A stretch that may name a relation.

    Attributes:
        start: Its first character.
        end: One past its last.
        tokens: Numbers of its tokens.
        content: How many of its words are no function words.
        matches: Relations that share its words.
        named: Whether it surely names an entity or class.
        until: End of what is compared by meaning, with the preposition behind it; 0 where that is not needed.
    """

    start: int
    end: int
    tokens: frozenset[int]
    content: int = 0
    matches: Sequence[Match] = ()
    named: bool = False
    until: int = 0


class Pieces:
    """Finds the stretches of a question that name entities, classes, relations and operations.

    Attributes:
        events: What it knows of the graph's events.
    """

    def __init__(
        self,
        shapes: Shapes,
        matcher: RelationMatcher,
        events: EventWords,
        languages: frozenset[Language] = frozenset({"en"}),
    ) -> None:
        """Prepare; vectors are matched for questions in `languages`."""
        self._languages = languages
        self._shapes = shapes
        self._matcher = matcher
        self.events = events
        self._named: Remembered[tuple[tuple[str, ...], bool], list[Match]] = Remembered(_REMEMBERED)

    def find(self, parsed: ParsedQuestion, links: Sequence[Link]) -> tuple[list[Node], frozenset[int]]:
        """Return every piece, and the numbers of the tokens that name what the graph is about, such as "film".

        Pieces that overlap are alternatives. The tokens speak of no relation.

        Args:
            parsed: The question.
            links: What its mentions may mean.
        """
        pieces = [*self._operations(parsed), *self._verbs(parsed, links)]
        sorts = [match.predicate for match in self.named_by((*SORTS, *JOBS), measurable=False)]
        pieces += named_sets(parsed, links, self._shapes, sorts)
        pieces += self._turned(parsed, links)
        taken = strong_spans(links)
        if parsed.language == "zh":
            pieces.extend(self._relations_zh(parsed, taken))
            pieces.extend(self._dates_zh(parsed))
        phrases = list(self._phrases(parsed, taken, known_spans(links)))
        # The name of a class is part of many relations' names and speaks of none of them.
        for phrase in phrases:
            least = _CLEAR_WORD_SCORE if phrase.named else _MIN_WORD_SCORE
            pieces.extend(self._relation_nodes(parsed, phrase, phrase.matches, least, _WORD_WEIGHT))
        compared = [phrase for phrase in phrases if phrase.until]
        topics, near = self._by_meaning(parsed, named_spans(links), compared)
        for phrase, matches in near:
            if not (phrase.content == 1 and phrase.tokens & topics):
                tokens = tokens_in(parsed, phrase.start, phrase.until)
                whole = _Phrase(phrase.start, phrase.until, tokens)
                found = matches[:_MAX_MEANINGS]
                pieces += self._relation_nodes(parsed, whole, found, _MIN_VECTOR_SCORE, _VECTOR_WEIGHT)
        return _distinct(pieces), topics

    def _by_meaning(
        self, parsed: ParsedQuestion, named: Sequence[tuple[int, int]], phrases: Sequence[_Phrase]
    ) -> tuple[frozenset[int], list[tuple[_Phrase, list[Match]]]]:
        """Return the tokens that name what the graph is about, and the relations whose names mean a phrase."""
        if parsed.language not in self._languages:
            return frozenset(), []
        # The words of a name are new in nearly every question, and would cost it a pass of the encoder.
        numbers = [
            number
            for number, token in enumerate(parsed.tokens)
            if not token.function and all(token.end <= start or token.start >= end for start, end in named)
        ]
        words = [parsed.tokens[number].lemma for number in numbers]
        texts = [parsed.text[phrase.start : phrase.until].lower() for phrase in phrases]
        said, near = self._matcher.by_meaning(words, texts)
        topics = frozenset(number for number, topic in zip(numbers, said, strict=True) if topic)
        return topics, list(zip(phrases, near, strict=True))

    def named_by(self, nouns: Sequence[str], *, measurable: bool = True) -> list[Match]:
        """Return the predicates that one of some nouns names; earlier nouns score higher.

        With `measurable`, only those whose values are numbers or dates.
        """
        key = (tuple(nouns), measurable)
        found = self._named.get(key)
        if found is None:
            found = self._find_named(nouns, measurable=measurable)
            self._named.put(key, found)
        return found

    def _find_named(self, nouns: Sequence[str], *, measurable: bool) -> list[Match]:
        found: dict[Iri, Match] = {}
        for position, noun in enumerate(nouns):
            matches = self._matcher.by_words(_content(noun))
            # 人口密度 is not named by 人口; 入职时间 is a 时间.
            matches += [
                replace(match, score=max(match.score, _HEAD_ZH)) if match.name.endswith(noun) else match
                for start, end, match in self._matcher.in_chinese(noun)
                if (start, end) == (0, len(noun))
            ]
            for match in matches:
                profile = self._shapes.profiles[match.predicate]
                fits = profile.kind in {"number", "date"} or not measurable
                if fits and match.score >= 0.6:
                    score = match.score - position * _NOUN_STEP
                    if match.predicate not in found or score > found[match.predicate].score:
                        found[match.predicate] = Match(match.predicate, score, match.name)
        return sorted(found.values(), key=lambda match: -match.score)

    def _operations(self, parsed: ParsedQuestion) -> Iterator[Node]:
        for cue in parsed.cues:
            tokens = tokens_in(parsed, cue.start, cue.end)
            if cue.kind in _LOCAL_CUES:
                yield Node(cue.start, cue.end, CueBody(cue), 0.3, tokens)
            elif cue.kind in {"measure", "sort", "quotient"}:
                named = [
                    match
                    for match in self.named_by(cue.nouns, measurable=False)
                    if cue.kind == "sort" or self._shapes.is_measured(match.predicate)
                ]
                for match in named:
                    body = RelationBody(match.predicate)
                    yield Node(cue.start, cue.end, body, match.score, tokens, match.score)
                if cue.per and not named:
                    yield Node(cue.start, cue.end, CueBody(replace(cue, kind="quotient")), 0.8, tokens)
        yield from find_bounds(parsed)
        yield from self._in_units(parsed)
        yield from self._numbered(parsed)
        yield from self.events.find(parsed)
        yield from self._untrue(parsed)

    def _verbs(self, parsed: ParsedQuestion, links: Sequence[Link]) -> Iterator[Node]:
        """Yield the relations that a verb or another noun means: "live in" may be a city, a "crowd" an attendance."""
        linked = [link.mention for link in links]
        around = zip((None, *parsed.tokens), parsed.tokens, (*parsed.tokens[1:], None), strict=False)
        for before, token, following in around:
            with_particle = f"{token.lemma}_{following.text}" if following is not None else ""
            phrase = f"{before.text}_{token.lemma}" if before is not None else ""  # "in charge"
            end = following.end if following is not None and with_particle in VERBS else token.end
            meant = VERBS.get(phrase) or VERBS.get(with_particle) or VERBS.get(token.lemma, ())
            if not meant and all(token.end <= one.start or token.start >= one.end for one in linked):
                meant = self._other_nouns(token)
            for match in self.named_by(meant, measurable=False):
                score = min(match.score, _VERB)
                tokens = tokens_in(parsed, token.start, end)
                yield Node(token.start, end, RelationBody(match.predicate), score, tokens, score)

    def _other_nouns(self, token: Token) -> tuple[str, ...]:
        """Return other words for a noun, none where a relation is called by the noun itself."""
        others = SAME_NOUNS.get(token.lemma, ())
        own = self.named_by((token.lemma,), measurable=False) if others else ()
        return () if any(match.score >= _CLEAR_WORD_SCORE for match in own) else others

    def turned(self, parsed: ParsedQuestion, links: Sequence[Link]) -> dict[Iri, Token]:
        """Return the relations that lead the other way than a word says, each with the word.

        "Narrower" does where a graph says "broader", and has no "narrower" of its own, and "belong to" before a name: asked for
        is what belongs to it.
        """
        return {
            match.predicate: token
            for token in parsed.tokens
            for match in self.named_by(
                VERBS["belong"] if belongs(token, links) else self._opposites(token), measurable=False
            )
            if self._shapes.profiles[match.predicate].kind == "entity" and match.score >= _TURNED
        }

    def _opposites(self, token: Token) -> tuple[str, ...]:
        """Return what relations may be called that lead the other way than a noun says, none where the graph has it itself."""
        opposites = TURNED.get(token.text, ())
        own = self.named_by((token.lemma,), measurable=False) if opposites else ()
        said = {match.predicate for match in own if match.score >= _TURNED}
        turned = {match.predicate for match in self.named_by(opposites, measurable=False)}
        return () if said - turned else opposites

    def _turned(self, parsed: ParsedQuestion, links: Sequence[Link]) -> Iterator[Node]:
        for predicate, token in self.turned(parsed, links).items():
            body = RelationBody(predicate, turned=True)
            tokens = tokens_in(parsed, token.start, token.end)
            yield Node(token.start, token.end, body, _VERB, tokens, _VERB)

    def _untrue(self, parsed: ParsedQuestion) -> Iterator[Node]:
        """Yield what is said not to be so by the beginning of a word: "unpaid" is what is paid: false."""
        for number, token in enumerate(parsed.tokens):
            if opposite := _UN.match(token.text):
                for match in self._matcher.by_words([*_content(token.text[opposite.end() :])]):
                    kind = self._shapes.profiles[match.predicate].kind
                    if kind == "boolean" and match.score >= _CLEAR_WORD_SCORE:
                        body = FilterBody(match.predicate, "=", FALSE)
                        yield Node(token.start, token.end, body, 1.0, frozenset({number}), match.score)

    def _in_units(self, parsed: ParsedQuestion) -> Iterator[Node]:
        """Yield the relations that are measured in what a question asks the number of: "how many hours"."""
        for asked in _HOW_MANY_UNITS.finditer(parsed.text):
            unit = SPOKEN[(asked["unit"] or asked["zh"]).lower()]
            found = self._shapes.measured_in(unit)
            tokens = tokens_in(parsed, asked.start(), asked.end())
            for predicate in found if len(found) <= _FEW_MEASURED else ():
                yield Node(asked.start(), asked.end(), RelationBody(predicate), _VERB, tokens, _VERB)

    def _numbered(self, parsed: ParsedQuestion) -> Iterator[Node]:
        """Yield what is numbered by an ordinal: "third floor" are those whose floor is 3."""
        for ordinal, noun in pairwise(parsed.tokens):
            number = _ORDINALS.get(ordinal.text.lower())
            if number is None or noun.function or has_cue(parsed, noun.start, noun.end):
                continue
            tokens = tokens_in(parsed, ordinal.start, noun.end)
            for match in self.named_by((noun.lemma, *(f"{noun.lemma} {place}" for place in _PLACES))):
                if (
                    self._shapes.profiles[match.predicate].kind == "number"
                    and match.score >= _CLEAR_WORD_SCORE
                ):
                    body = FilterBody(match.predicate, "=", Literal(str(number), XSD + "integer"))
                    yield Node(ordinal.start, noun.end, body, 1.5, tokens, match.score)

    def _phrases(
        self, parsed: ParsedQuestion, taken: Sequence[tuple[int, int]], named: Sequence[tuple[int, int]]
    ) -> Iterator[_Phrase]:
        """Yield the phrases that may name relations; those with an `until` need vectors to tell which."""
        for start, end, tokens in runs(parsed, taken):
            content = [token.lemma for token in tokens if not token.function]
            if not content or all(has_cue(parsed, token.start, token.end) for token in tokens):
                continue
            if len(set(content)) < len(content):
                continue  # "the mother of the mother" names one relation twice
            matches = self._by_words(parsed, content)[:_MAX_MEANINGS]
            clear = matches and matches[0].score >= _CLEAR_WORD_SCORE
            known = any(first < end and start < last for first, last in named) or has_cue(parsed, start, end)
            compared = not clear and not known and len(content) <= _MAX_VECTOR_WORDS
            compared = compared and not (len(tokens) == 1 and is_capital(parsed, tokens[0]))
            # "The nineties" are no relation, near as they may be to a birth date.
            compared = compared and all(end <= one.start or start >= one.end for one in parsed.quantities)
            until = with_preposition(parsed, end) if compared else 0
            inside = tokens_in(parsed, start, end)
            yield _Phrase(start, end, inside, len(content), matches, (start, end) in named, until)

    def _by_words(self, parsed: ParsedQuestion, content: Sequence[str]) -> list[Match]:
        """Return the relations that share words with a phrase; "when … due" says as much as "due date"."""
        matches = self._matcher.by_words(content)
        if parsed.expects != "time" or _DATE in content:
            return matches
        dated = [
            match
            for match in self._matcher.by_words([*content, _DATE])
            if self._shapes.profiles[match.predicate].kind == "date" and match.score >= _CLEAR_WORD_SCORE
        ]
        known = {match.predicate for match in dated}
        return [*dated, *(match for match in matches if match.predicate not in known)]

    def _relations_zh(self, parsed: ParsedQuestion, taken: Sequence[tuple[int, int]]) -> Iterator[Node]:
        counts = [cue for cue in parsed.cues if cue.kind == "count"]
        for start, end, match in self._matcher.in_chinese(parsed.text):
            if match.score < 1 and any(cue.start <= start and end <= cue.end for cue in counts):
                continue  # 多少 alone is no part of 多少人
            if any(cue.per and cue.start <= start and end <= cue.end for cue in parsed.cues):
                continue  # nor 人口 of 人口密度
            if end - start == 1 and any(_holds(token, start) for token in parsed.tokens):
                continue  # nor 字 of 名字
            if all(end <= first or start >= last for first, last in taken):
                phrase = _Phrase(start, end, tokens_in(parsed, start, end))
                yield from self._relation_nodes(parsed, phrase, [match], 0.3, _WORD_WEIGHT)

    def _dates_zh(self, parsed: ParsedQuestion) -> Iterator[Node]:
        """Yield the dates that 什么时候 asks for with other words than "date"."""
        if parsed.expects == "time":
            for start, end, match in self._matcher.dated_in_chinese(parsed.text):
                if self._shapes.profiles[match.predicate].kind == "date":
                    phrase = _Phrase(start, end, tokens_in(parsed, start, end))
                    yield from self._relation_nodes(parsed, phrase, [match], 0.3, _WORD_WEIGHT)

    def _relation_nodes(
        self, parsed: ParsedQuestion, phrase: _Phrase, matches: Sequence[Match], least: float, weight: float
    ) -> Iterator[Node]:
        content = sum(not parsed.tokens[number].function for number in phrase.tokens)
        for match in matches:
            if match.score >= least and match.predicate in self._shapes.profiles:
                score = match.score * (1.0 + weight * (content - 1))
                body = RelationBody(match.predicate)
                yield Node(phrase.start, phrase.end, body, score, phrase.tokens, match.score)


def _holds(token: Token, place: int) -> bool:
    """Return whether a character stands in a longer word."""
    return token.start <= place < token.end and token.end - token.start > 1


@lru_cache(maxsize=1024)
def _content(noun: str) -> tuple[str, ...]:
    """Return the dictionary forms of a noun's content words: "per" is none of "wealth per head"."""
    return tuple(token.lemma for token in tokenize(noun, "en") if not token.function) or (noun,)


def _distinct(pieces: Sequence[Node]) -> list[Node]:
    """Drop pieces that mean the same at the same place with less evidence."""
    best: dict[tuple[int, int, object], Node] = {}
    for piece in pieces:
        body = piece.body
        key = (piece.start, piece.end, body.form if isinstance(body, SetBody) else body)
        if key not in best or piece.score > best[key].score:
            best[key] = piece
    return list(best.values())
