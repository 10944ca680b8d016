"""Nouns that a question hangs on a name: by genitives, from the name outwards ("the father of Osk's wife"), or as what
it has a number of ("How many sisters does Osk have?").
"""

from __future__ import annotations

import re
from collections.abc import Container

from kbqa.types import Language

__all__ = ["genitive_nouns", "had_noun"]

_ASKS = re.compile(
    r"(?:(?:please|tell me|give me|name|list|find|show me|do you know)\s+)*"
    r"(?:(?:what|who|whom|which|where|when)(?:\s+(?:is|are|was|were)|['’]s)\s+)?",
    re.I,
)
_ARTICLES = re.compile(r"^(?:the|a|an|all|some|his|her|its|their)\s+", re.I)
_POSSESSIVE = re.compile(r"\s*['’]s?\s+")
_NOUN = re.compile(r"[^\W\d_][\w-]*(?:\s+[^\W\d_][\w-]*){0,2}")
# Words that no bare noun phrase holds: with one the question says more than nouns that hang on each other.
_OTHERS = frozenset(
    """is are was were be been do does did has have had can could will would who whom whose what which where when how
    the a an that and or not no than in on at by for from to into with within over about as but many much most more""".split()
)
_OF_WHAT = re.compile(
    r"(?:place|date|cause|country|year|time|manner|city|town|month|day) "
    r"(?:birth|death|origin|citizenship|residence|burial|establishment|foundation)",
    re.I,
)
_CHINESE = re.compile(
    r"((?:的[^的是在有叫为谁什哪几多，。？?！!\s]{1,8})+)(?:分别)?(?:是|在|有|叫|为|谁|什么|哪|几|多少|[？?。]|$)"
)
_COUNTED = re.compile(
    r"how many (?:different |other )?([a-z][\w-]*(?: [a-z][\w-]*)?) (?:does|do|did|has|have|belong to)$", re.I
)
_HELD = re.compile(
    r"(?:what|how [a-z]+)(?: is|['’]s| are| was| were) the ([a-z][\w-]*(?: [a-z][\w-]*){0,2}) (?:in|of)$",
    re.I,
)
_COUNTED_ZH = re.compile(
    r"\s*有(?:多少|几)[个位条座所名家种只门项]?([^的多少几\s，。？?！!吗呢]{1,8})[？?。]?$"
)
_NAMED = frozenset({"name", "names", "名字", "名称", "姓名"})


def genitive_nouns(
    text: str, start: int, end: int, language: Language, known: Container[str] = frozenset()
) -> tuple[str, ...]:
    """Return the nouns that are hung on a name, the nearest first; none where the question says anything else.

    Args:
        text: The question.
        start: First character of the name.
        end: One past its last character.
        language: Of the question.
        known: Names with "of" in them that are one noun, in lower case: "head of state".

    Example:
    >>> def nouns(text: str) -> tuple[str, ...]:
    ...     return genitive_nouns(text, text.index("Osk"), text.index("Osk") + 3, "en")
    >>> nouns("What is the place of birth of the father of Osk's wife?")
    ('wife', 'father', 'place of birth')
    >>> nouns("Who is Osk's mother's brother?"), nouns("Who married the daughter of Osk?")
    (('mother', 'brother'), ())
    >>> genitive_nouns("奥斯克的妻子的父亲的名字是什么？", 0, 3, "zh")
    ('妻子', '父亲')
    """
    if language == "zh":
        found = _CHINESE.match(text, end + len(text[end:]) - len(text[end:].lstrip()))
        nouns = found[1][1:].split("的") if found else []
        return tuple(nouns[:-1] if nouns and nouns[-1] in _NAMED else nouns)
    behind = text[end:].rstrip(" ?.!")
    inner = _POSSESSIVE.split(behind) if behind else [""]
    asks = _ASKS.match(text)
    before = text[asks.end() if asks else 0 : start].strip()
    if inner[0] or (before and not before.endswith(" of")):
        return ()
    outer = [_ARTICLES.sub("", part.strip()) for part in f"{before} ".split(" of ")[:-1]]
    nouns = [*map(str.strip, inner[1:]), *reversed(_joined(outer, known))]
    if nouns and nouns[-1].lower() in _NAMED:
        nouns.pop()
    return tuple(nouns) if all(map(_is_noun, nouns)) else ()


def had_noun(text: str, start: int, end: int, language: Language) -> str:
    """Return the noun for what a name is asked to have or hold, "" where a question asks anything else.

    >>> def noun(text: str) -> str:
    ...     return had_noun(text, text.index("Osk"), text.index("Osk") + 3, "en")
    >>> noun("How many old castles does Osk have?"), noun("What is the minimum wage in Osk?"), noun("How many live in Osk?")
    ('old castles', 'minimum wage', '')
    >>> noun("How long is the coastline of Osk?"), noun("How long is Osk?")
    ('coastline', '')
    >>> had_noun("奥斯克有多少座城堡？", 0, 3, "zh")
    '城堡'
    """
    if language == "zh":
        found = _COUNTED_ZH.match(text, end)
        return found[1] if found else ""
    behind = text[end:].strip(" ?.!").lower()
    before = text[:start].rstrip()
    counted = _COUNTED.match(before) if behind in {"", "have"} else None
    found = counted or (_HELD.match(before) if not behind else None)
    return found[1] if found and _is_noun(found[1]) else ""


def _joined(parts: list[str], known: Container[str]) -> list[str]:
    """Return nouns with those joined that are one only together."""
    joined: list[str] = []
    for part in parts:
        both = f"{joined[-1]} of {part}" if joined else ""
        if both and (_OF_WHAT.fullmatch(f"{joined[-1]} {part}") or both.lower() in known):
            joined[-1] = both
        else:
            joined.append(part)
    return joined


def _is_noun(text: str) -> bool:
    return bool(_NOUN.fullmatch(text)) and not _OTHERS & set(text.lower().split())
