"""Finds where a question names an entity: by its name, or as the only thing with capital letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from kbqa.training.examples import MASK

__all__ = ["mask", "mask_capitals", "mask_name"]

ENOUGH = 0.5  # share of a name's words that a question must have in a row
TOKEN = re.compile(r"'s\b|’s\b|\w+(?:\.(?=\w))?|[^\w\s]")
ASIDE = re.compile(r"\s*\([^)]*\)\s*$")
QUOTED = re.compile(r"[\"“«]([^\"”»]{2,60})[\"”»]")
MOST_CAPITALS = 6  # words with capitals in one name
LINKS = frozenset("of the de la von van der da di du del - . & ' ’".split())
BEFORE = frozenset(
    "of in by is was are were did does do has have the with to from for on at about named called film movie book novel "
    "song band company city country river president state island lake princess actor writer "
    "wrote directed founded invented composed painted produced created discovered killed designed built developed owns "
    "wed won published starred border borders cross crosses joined led leads".split()
)
AFTER = frozenset(
    "? . ! , 's ’s is was are were has have had did does do in on at by from to for with born die died live lived work "
    "worked play played marry married win won write wrote direct directed compose composed found founded invent "
    "invented discover discovered belong belongs study studied come came start end begin located called made make "
    "produce produced speak spoken flow flows receive received get use used serve create created develop developed "
    "publish published sing sang wear lead led own".split()
)
COMMON = frozenset(
    "a an the of in on at for and to by from with de la is was new north south east west".split()
)
MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)


def mask(question: str, start: int, end: int) -> str:
    """Return the question with `MASK` for the characters from `start` to `end`, spaces made single.

    >>> mask("who  wrote emma ?", 11, 15)
    'who wrote [MASK] ?'
    """
    return " ".join(f"{question[:start]}{MASK}{question[end:]}".split())


def mask_name(question: str, name: str) -> str | None:
    """Return the question with `MASK` for the entity of that name, None unless it is named once and clearly.

    Case, accents, underscores and an aside in brackets do not count. At least half of the name's words must
    stand in the question in a row.

    >>> mask_name("Who is Obama's wife?", "Barack_Obama")
    "Who is [MASK]'s wife?"
    >>> mask_name("Who wrote the book?", "Book of the Dead") is None
    True
    """
    tokens = list(TOKEN.finditer(question))
    words = [_plain(token[0]) for token in tokens]
    wanted = [_plain(token[0]) for token in TOKEN.finditer(ASIDE.sub("", name.replace("_", " ")))]
    for size in range(len(wanted), max(0, int(ENOUGH * len(wanted) - 0.01)), -1):
        spans = _shared(words, wanted, size)
        if spans:
            start, end = spans[0]
            single = len(spans) == 1 and _telling(words[start:end])
            return mask(question, tokens[start].start(), tokens[end - 1].end()) if single else None
    return None


def mask_capitals(question: str) -> str | None:
    """Return the question with `MASK` for what is quoted or has capital letters, None unless that is one thing.

    >>> mask_capitals("Which city is the capital of Burkina Faso?")
    'Which city is the capital of [MASK]?'
    >>> mask_capitals("Did Marx meet Engels?") is None
    True
    """
    quoted = list(QUOTED.finditer(question))
    if quoted:
        masked = mask(question, *quoted[0].span())
        single = not any(_proper(word) for word in TOKEN.findall(masked.replace(MASK, " "))[1:])
        return masked if single else None
    tokens = list(TOKEN.finditer(question))
    at = [place for place, token in enumerate(tokens) if place and _proper(token[0])]
    if not at or len(at) > MOST_CAPITALS:
        return None
    between = {tokens[place][0].lower() for place in range(at[0], at[-1]) if place not in at}
    before, after = (
        tokens[at[0] - 1][0].lower(),
        {token[0].lower() for token in tokens[at[-1] + 1 : at[-1] + 2]},
    )
    if not LINKS.issuperset(between) or before not in BEFORE or not AFTER.issuperset(after):
        return None
    return mask(question, tokens[at[0]].start(), tokens[at[-1]].end())


def _proper(word: str) -> bool:
    return (word[:1].isupper() and word.lower() not in MONTHS and word != "I") or word.isdigit()


def _shared(words: Sequence[str], wanted: Sequence[str], size: int) -> list[tuple[int, int]]:
    """Return where `size` words of a name stand in a row, in tokens."""
    parts = {tuple(wanted[start : start + size]) for start in range(len(wanted) - size + 1)}
    return [(at, at + size) for at in range(len(words) - size + 1) if tuple(words[at : at + size]) in parts]


def _telling(words: Sequence[str]) -> bool:
    return any(len(word) > 2 and word not in COMMON for word in words) or any(
        word.isdigit() for word in words
    )


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
