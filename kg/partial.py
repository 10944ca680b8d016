"""Parts of names: "Alpina tent" for the Alpina 2P Tent, "Einstein" for Albert Einstein."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from kg.mentions import Span, Token
from kg.names import Names
from kg.ordinary import singular
from kg.text import fold
from kg.text import words as words_of
from kg.types import Name

__all__ = ["find_whole", "part_spans"]

_MAX_WORDS = 4
_LEAST_LETTERS = 4  # of a part that is one word
_COMPARED = 24  # names that share words with a part


def part_spans(
    question: str, tokens: Sequence[Token], free: Collection[Token], told: Collection[Token]
) -> Iterator[list[Span]]:
    """Yield, for each run of free words, the stretches of it that may be parts of names, the longest first.

    Args:
        question: The question.
        tokens: Its words.
        free: Those that are in no name.
        told: Those of which each stretch must hold one: words that no question is made of.
    """
    run: list[Token] = []
    for token in [*tokens, None]:
        if token is not None and token in free and not token.ordinary and not token.cjk:
            run.append(token)
            continue
        if spans := list(_spans(question, run, told)):
            yield spans
        run = []


def _spans(question: str, run: Sequence[Token], told: Collection[Token]) -> Iterator[Span]:
    for length in range(min(len(run), _MAX_WORDS), 0, -1):
        for first in range(len(run) - length + 1):
            part = run[first : first + length]
            text = question[part[0].start : part[-1].end]
            alone = length == len(run) and len(text) >= _LEAST_LETTERS
            if any(token in told for token in part) and (length > 1 or alone):
                capital = part[0].capital and part[-1].capital
                yield Span(part[0].start, part[-1].end, text, length, capital)


def find_whole(names: Names, text: str) -> list[Name]:
    """Return the names of entities that hold all words of a text, in any order and number; the best of each entity."""
    wanted = _singulars(text)
    found: dict[object, Name] = {}
    for name, _ in names.find_tokens(text, k=_COMPARED):
        if name.kind == "entity" and wanted <= _singulars(name.text):
            found.setdefault(name.term, name)
    return list(found.values())


def _singulars(text: str) -> set[str]:
    return {singular(word) for word in words_of(fold(text))}
