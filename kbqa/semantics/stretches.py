"""Stretches of a question that may name something: runs of its content words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kbqa.types import ParsedQuestion, Token

__all__ = ["GLOBAL_CUES", "has_cue", "is_capital", "runs", "with_preposition"]

GLOBAL_CUES = frozenset({"count", "ask", "image", "degree"})
"""Cues that say what to do with the whole form; the others work on the words beside them."""
_MOST_WORDS = 3  # that speak of something
_PREPOSITIONS = frozenset(
    {"in", "on", "at", "by", "for", "from", "to", "with", "through", "into", "over", "of"}
)


def has_cue(parsed: ParsedQuestion, start: int, end: int) -> bool:
    """Return whether a stretch holds a part of an operation."""
    return any(cue.start < end and start < cue.end for cue in parsed.cues)


def with_preposition(parsed: ParsedQuestion, end: int) -> int:
    """Return the end of the function word after a phrase: "run through" says more than "run"."""
    following = next((token for token in parsed.tokens if token.start >= end), None)
    if (
        following is not None
        and following.text in _PREPOSITIONS
        and not parsed.text[end : following.start].strip()
    ):
        return following.end
    return end


def is_capital(parsed: ParsedQuestion, token: Token) -> bool:
    """Return whether a word inside a question is written as names are, where the others are not."""
    capitals = sum(parsed.text[one.start].isupper() for one in parsed.tokens)
    return token.start > 0 and parsed.text[token.start].isupper() and 2 * capitals <= len(parsed.tokens)


def runs(
    parsed: ParsedQuestion, taken: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, tuple[Token, ...]]]:
    """Yield runs of up to three content words, with the function words between them.

    Args:
        parsed: The question.
        taken: Stretches that surely are names, as pairs of first character and one past the last.
    """
    busy = [*taken, *((cue.start, cue.end) for cue in parsed.cues if cue.kind in GLOBAL_CUES | {"measure"})]
    free = [all(token.end <= start or token.start >= end for start, end in busy) for token in parsed.tokens]
    for first, token in enumerate(parsed.tokens):
        if token.function or not free[first]:
            continue
        content = 0
        for last in range(first, len(parsed.tokens)):
            if not free[last]:
                break
            token_last = parsed.tokens[last]
            if token_last.function and has_cue(parsed, token_last.start, token_last.end):
                break
            content += not token_last.function
            if content > _MOST_WORDS or last - first > 2 * _MOST_WORDS:
                break
            if not token_last.function:
                yield token.start, token_last.end, parsed.tokens[first : last + 1]
