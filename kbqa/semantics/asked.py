"""What kind of thing a question asks for: the classes that it names, and the words that say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from kbqa.semantics.form import (
    Either,
    Extreme,
    Form,
    Having,
    HavingCount,
    HavingOwn,
    Lacks,
    Members,
    MostLinks,
)
from kbqa.semantics.form_parts import parts
from kbqa.semantics.nodes import tokens_in
from kbqa.semantics.shape import Shape
from kbqa.types import ParsedQuestion
from kg.taxonomy import Taxonomy
from kg.types import Iri, Link, Literal

__all__ = ["Asked", "asked_kind", "counted_words", "kind_words", "root_class"]

_KIND_WORD = re.compile(
    r"\b(?:which|what|whose|how many|all|list|name)\s+(?:other\s+)?(\w+)|哪[些个几]?(\w{1,2})"
)
_BY_WHICH = re.compile(r"(?:which|what)\b", re.IGNORECASE)
_WHAT_IS = re.compile(r"\s*(?:what|who)(?:'s| is| are| was| were)\b", re.IGNORECASE)
_OF = re.compile(r"\s+of\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]|s['’]|的|\s+of\b")
_HOW_MANY = re.compile(r"\bhow many $", re.IGNORECASE)
_ASKS_PLACE_OR_TIME = re.compile(r"\s*(?:where|when|how)\b", re.IGNORECASE)
# "which junior members"
_WHICH_SUCH = re.compile(r"^(?:which|what)(?: of (?:the|our))? (?:[\w-]+ly )?[\w-]+ $", re.IGNORECASE)
# Where a class stands that says what the answers are: after the question word, or at the end in Chinese.
_ASKED_AFTER_ZH = re.compile(
    r"(?:哪些|(?:哪[几一]?|几|多少)[个位名条座台部本家件份支张辆所项门栋艘架种类届次场款间层块首幅群])$"
)
_ASKED_BEFORE_ZH = re.compile(
    r"^(?:是哪(?![天年月日里儿]|一[天年])|有哪|是什么(?!时候|时间|日期|地方)|有多少|有几|的数量|都有|分别)"
)


_NEXT = 6  # characters at most between a class and its negation: "which teams that have not"


@dataclass(frozen=True, slots=True)
class Asked:
    """What kind of thing a question asks for.

    Attributes:
        cls: The class that it says its answers are of, "" where it names none.
        within: That class and those below it.
        named: All classes that it names.
        words: Numbers of the tokens that say what kind of thing is asked for.
        said: Numbers of the tokens that name `cls`.
        by_which: Whether "which" or "what" asks for members of `cls`, and not for what they have.
        counted: Whether a question that counts counts members of `cls`, and not what they have: "how many bikes are".
        denied: Whether it asks which members of `cls` are not something: "which teams have not …".
    """

    cls: str
    within: frozenset[str]
    named: frozenset[Iri | Literal]
    words: frozenset[int]
    said: frozenset[int] = frozenset()
    by_which: bool = False
    counted: bool = False
    denied: bool = False

    def is_other(self, shape: Shape) -> bool:
        """Return whether members of some shape are surely of another class than the one asked for."""
        if not self.cls or shape.kind == "boolean":
            return False
        if shape.kind != "entity":
            return True
        # "Which clubs" are no referees, to whom the graph gives no class where it gives one to clubs.
        return self.within.isdisjoint(shape.classes) if shape.classes else self.by_which


def asked_kind(parsed: ParsedQuestion, links: Sequence[Link], taxonomy: Taxonomy) -> Asked:
    """Return what kind of thing a question asks for, by its words and the classes that it names."""
    named = {candidate.term for link in links for candidate in link.candidates if candidate.kind == "class"}
    starts = kind_words(parsed)
    words = {number for number, token in enumerate(parsed.tokens) if token.start in starts}
    cls = _asked_class(parsed, links)
    saying = [link.mention for link in links if link.candidates[0].term.value == cls]
    said = frozenset(number for mention in saying for number in tokens_in(parsed, mention.start, mention.end))
    ends = [mention.end for mention in saying]
    owns = any(_POSSESSIVE.match(parsed.text, end) for end in ends)
    by_which = bool(ends) and _BY_WHICH.match(parsed.text) is not None and not owns
    counted = bool(ends) and not owns and all(map(partial(_ends_there, parsed), ends))
    negations = [cue.start for cue in parsed.cues if cue.kind == "negation"]
    denied = by_which and any(end < start <= end + _NEXT for end in ends for start in negations)
    within = taxonomy.within(cls)
    return Asked(cls, within, frozenset(named), frozenset(words), said, by_which, counted, denied)


def _ends_there(parsed: ParsedQuestion, end: int) -> bool:
    """Return whether a class that is named up to some place is not the first of several nouns: "bike stations"."""
    following = next((token for token in parsed.tokens if token.start >= end), None)
    return parsed.language == "zh" or following is None or following.function


def counted_words(parsed: ParsedQuestion) -> frozenset[int]:
    """Return the numbers of the words that say what is counted, "how many old bikes", none where no word does.

    >>> from kbqa.parsing.parser import Parser
    >>> from kbqa.types import Question
    >>> [sorted(counted_words(Parser().parse(Question(text)))) for text in ("How many hours were bikes rented?", "Who is it?")]
    [[2], []]
    """
    found: list[int] = []
    for number, token in enumerate(parsed.tokens):
        if found and (token.function or token.start - parsed.tokens[number - 1].end > 1):
            break
        if found or (
            not token.function and token.text != "times" and _HOW_MANY.search(parsed.text[: token.start])
        ):
            found.append(number)
    return frozenset(found)


def kind_words(parsed: ParsedQuestion) -> set[int]:
    """Return where the words stand that say what kind of thing is asked for: "which works"."""
    return {match.start(group) for match in _KIND_WORD.finditer(parsed.text.lower()) for group in (1, 2)}


def _asked_class(parsed: ParsedQuestion, links: Sequence[Link]) -> str:
    """Return the class that the question says its answers are of, "" where it names none.

    In English that is the class named before any other content word ("which rivers …", "the longest
    river …"), in Chinese the one beside the question word (哪些国家, …的国家有哪些). "Where was the artist born?" asks for
    no artist.
    """
    if _ASKS_PLACE_OR_TIME.match(parsed.text):
        return ""
    for link in sorted(links, key=lambda link: link.mention.start):
        best = link.candidates[0]
        if best.kind != "class" or best.how != "exact":
            continue
        start, end = link.mention.start, link.mention.end
        if _WHAT_IS.match(parsed.text) and _OF.match(parsed.text, end):
            continue  # "what is the capital of …" asks for what a relation leads to
        if parsed.language == "zh":
            after, before = parsed.text[:start], parsed.text[end:]
            if _ASKED_AFTER_ZH.search(after) or _ASKED_BEFORE_ZH.match(before):
                return best.term.value
        elif _WHICH_SUCH.search(parsed.text[:start]) or all(
            token.function or _in_cue(parsed, token.start) for token in parsed.tokens if token.end <= start
        ):
            return best.term.value
    return ""


def _in_cue(parsed: ParsedQuestion, position: int) -> bool:
    return any(cue.start <= position < cue.end for cue in parsed.cues)


def lacking(form: Form) -> Iterator[str]:
    """Yield the classes of which a form takes members that lack something, anywhere in it."""
    if isinstance(form, Lacks) and (root := root_class(form)) is not None:
        yield root.value
    for part in parts(form):
        yield from lacking(part)


def root_class(form: Form) -> Iri | None:
    """Return the class that a form takes members of by what they have, None where it is built in another way."""
    match form:
        case Members(cls):
            return cls
        case (
            Having(source)
            | HavingOwn(source)
            | Extreme(source)
            | MostLinks(source)
            | HavingCount(source)
            | Lacks(source)
        ):
            return root_class(source)
        case Either(left):
            return root_class(left)
        case _:
            return None
