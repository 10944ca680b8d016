"""What the links of a question say of its stretches: which are surely names, and of what."""

from __future__ import annotations

from collections.abc import Sequence

from kbqa.types import Token
from kg.text import has_cjk
from kg.types import Candidate, Link

__all__ = ["belongs", "known_spans", "named_spans", "strong_spans", "sureness"]

_LONG_ZH = 3
_SURE_LINK = 0.6
_NEAR_BEHIND = 30  # letters between "belong" and the name of what it belongs to


def belongs(token: Token, links: Sequence[Link]) -> bool:
    """Return whether a word is "belong" and what it belongs to is named behind it: "which offices belong to Finance"."""
    behind = (link.mention.start - token.end for link in links if link.candidates[0].kind == "entity")
    return token.lemma == "belong" and any(0 < distance <= _NEAR_BEHIND for distance in behind)


def strong_spans(links: Sequence[Link]) -> list[tuple[int, int]]:
    """Return the mentions of several words that match a name exactly: no relation hides inside (副教授: 教)."""
    return [(link.mention.start, link.mention.end) for link in links if is_strong(link)]


def is_strong(link: Link) -> bool:
    text, best = link.mention.text, link.candidates[0]
    if has_cjk(text):
        return best.how == "exact" and best.kind in {"entity", "value"} and len(text) >= _LONG_ZH
    return best.how == "exact" and best.kind == "entity" and " " in text


def sureness(candidate: Candidate) -> float:
    """Return how sure a link is once a relation that fits its kind has taken it up.

    The linker doubts ordinary words ("euro", "turkey"); an exact name that the rest of the question
    fits deserves less doubt.
    """
    return 0.5 + 0.5 * candidate.score if candidate.how == "exact" else candidate.score


def known_spans(links: Sequence[Link]) -> list[tuple[int, int]]:
    """Return the mentions that surely name an entity or class."""
    classes = [
        (link.mention.start, link.mention.end)
        for link in links
        if link.candidates[0].how == "exact" and link.candidates[0].kind == "class"
    ]
    return [*named_spans(links), *classes]


def named_spans(links: Sequence[Link]) -> list[tuple[int, int]]:
    """Return the mentions that surely name an entity."""
    return [
        (link.mention.start, link.mention.end)
        for link in links
        if link.candidates[0].how == "exact"
        and link.candidates[0].kind == "entity"
        and link.candidates[0].score >= _SURE_LINK
    ]
