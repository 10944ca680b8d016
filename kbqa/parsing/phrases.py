"""Phrases of an English question that describe a thing by another: "the stage that Yuki plays on"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kbqa.parsing.lexicon import FUNCTION_WORDS

__all__ = ["Phrase", "phrases"]

Span = tuple[int, int]

_WORD = r"[^\W\d_][\w-]*"
_NOUNS = rf"{_WORD}(?: {_WORD}){{0,2}}?"
_ARTICLE = r"(?P<article>(?:the|a|an|all|those|any|every|each) )"
# What leads from a noun to what describes it.
_LEADS = (
    r"(?:that|which|who|whom|whose|where|with|in|at|on|from|of|by|for|behind|under|near|to|into|about|"
    r"[a-z]+(?:ed|ing)|made|held|born|built|given|run|led|won|written|sold|bought)"
)
_DESCRIBED = re.compile(rf"\b{_ARTICLE}(?P<noun>{_NOUNS}) (?={_LEADS}\b)", re.IGNORECASE)
_BESIDE = re.compile(rf"\b{_ARTICLE}(?P<noun>{_NOUNS}) (?:the )?$", re.IGNORECASE)
_OWNED = re.compile(rf"['’]s? (?P<noun>{_WORD})", re.IGNORECASE)
_END = re.compile(r"[\s?？。!！.]*$")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Characters [start, end) of a question that describe a thing.

    Attributes:
        start: First character behind its article.
        end: One past the last character.
        start_with_article: First character.
        asking: What makes a question of it.
    """

    start: int
    end: int
    start_with_article: int
    asking: str


def phrases(text: str, names: Sequence[Span]) -> list[Phrase]:
    """Return stretches of a question that describe a thing by what it names, the likeliest first.

    Args:
        text: The question.
        names: Where it names something, or says a number or date.

    Example:
    >>> def found(text: str, name: str) -> list[str]:
    ...     start = text.index(name)
    ...     return [text[one.start : one.end] for one in phrases(text, [(start, start + len(name))])]
    >>> found("Who heads the department that employs Osk?", "Osk"), found("Where is Osk's boss based?", "Osk")
    (['department that employs Osk'], ["Osk's boss"])
    >>> found("Who heads the department that is new?", "Who"), found("What is the capital of Osk?", "Osk")
    ([], [])
    """
    naming = (
        one
        for one in _phrases(text, names)
        if any(one.start <= start and end <= one.end for start, end in names)
    )
    return list(dict.fromkeys(one for one in naming if _asked_of(text, one)))


def _asked_of(text: str, phrase: Phrase) -> list[str]:
    """Return the words that say what is asked of a thing which a phrase describes."""
    return _content(f"{text[: phrase.start_with_article]} {text[phrase.end :]}")


def _content(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]{2,}", text.lower()) if word not in FUNCTION_WORDS]


def _phrases(text: str, names: Sequence[Span]) -> Iterator[Phrase]:
    stop = _stop(text)
    for start, end in names:
        if owned := _OWNED.match(text, end):
            yield Phrase(start, owned.end(), start, "")
    for match in _DESCRIBED.finditer(text):
        named = any(first < match.end("noun") and last > match.start("noun") for first, last in names)
        if _is_noun(match["noun"]) and not named:
            start, begin = match.start(), match.end("article")
            if _content(text[:start]):
                yield Phrase(begin, stop, start, "which ")
            for first, last in names:
                if match.end() <= first and last < stop:
                    yield Phrase(begin, last, start, "which ")
    for first, _ in names:
        beside = _BESIDE.search(text, 0, first)
        if beside and _is_noun(beside["noun"]) and _content(text[: beside.start()]):
            yield Phrase(beside.end("article"), stop, beside.start(), "which ")


def _is_noun(text: str) -> bool:
    return not FUNCTION_WORDS.intersection(text.lower().split())


def _stop(text: str) -> int:
    """Return where the last word of a question ends."""
    end = _END.search(text)
    return end.start() if end else len(text)
