"""Parts of names: "Alpina tent" for the Alpina 2P Tent, "Einstein" for Albert Einstein, 鑫源液压 for 鑫源液压件有限公司."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from kg.mentions import Span, Token
from kg.names import Names
from kg.ordinary import plural, singular
from kg.text import fold, is_cjk
from kg.text import words as words_of
from kg.types import Name

__all__ = ["find_whole", "find_within", "known_parts", "part_spans"]

_MAX_WORDS = 4
_JOINING = frozenset(("of", "the", "de", "la", "van", "von"))
_LEAST_LETTERS = 4  # of a part that is one word, less one where it is written large
_LEAST_CHARACTERS = 3  # of a part in Chinese
_MOST_CHARACTERS = 60  # of a question that are looked at
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
    run: list[int] = []
    for place, token in enumerate([*tokens, None]):
        if token is not None and token in free and not token.ordinary and not token.cjk:
            run.append(place)
            continue
        if run and not _goes_on(question, tokens, run):
            spans = list(_spans(question, [tokens[one] for one in run], told))
            if spans:
                yield spans
        run = []


def _goes_on(question: str, tokens: Sequence[Token], run: Sequence[int]) -> bool:
    """Return whether a capitalised run is a part of a longer name itself: "Old Man" of "Old Man of the Lake"."""
    sides = ((run[0], tokens[: run[0]][::-1]), (run[-1], tokens[run[-1] + 1 :]))
    return any(tokens[own].capital and _leads_to_capital(question, beside) for own, beside in sides)


def _leads_to_capital(question: str, beside: Sequence[Token]) -> bool:
    """Return whether words that join the parts of a name lead to a capitalised one."""
    joins = [question[token.start : token.end].lower() in _JOINING for token in beside]
    first = joins.index(False) if False in joins else 0
    return first > 0 and beside[first].capital


def _spans(question: str, run: Sequence[Token], told: Collection[Token]) -> Iterator[Span]:
    for length in range(min(len(run), _MAX_WORDS), 0, -1):
        for first in range(len(run) - length + 1):
            part = run[first : first + length]
            text = question[part[0].start : part[-1].end]
            alone = (length == len(run) or part[0].capital) and len(text) >= _LEAST_LETTERS - part[0].capital
            whole = sum(token.capital for token in part) == sum(token.capital for token in run)
            if whole and any(token in told for token in part) and (length > 1 or alone):
                capital = part[0].capital and part[-1].capital
                yield Span(part[0].start, part[-1].end, text, length, capital)


def known_parts(names: Names, runs: Iterable[list[Span]]) -> list[list[Span]]:
    """Return the stretches of which every word is in some name, run by run, by one look-up for all."""
    listed = list(runs)
    words = {span: _words(span.text) for run in listed for span in run}
    forms = {
        form for found in words.values() for word in found for form in (word, singular(word), plural(word))
    }
    held = names.count_words(sorted(forms))

    def is_held(word: str) -> bool:
        return any(form in held for form in (word, singular(word), plural(word)))

    return [[span for span in run if all(map(is_held, words[span]))] for run in listed]


def find_whole(names: Names, text: str) -> list[Name]:
    """Return the names of entities that hold all words of a text, in any order and number; the best of each entity."""
    wanted = _singulars(text)
    found: dict[object, Name] = {}
    for name, _ in names.find_tokens(text, k=_COMPARED):
        if name.kind == "entity" and wanted <= _singulars(name.text):
            found.setdefault(name.term, name)
    return list(found.values())


def find_within(names: Names, question: str, taken: Collection[tuple[int, int]]) -> tuple[Span, Name] | None:
    """Return the longest stretch of Chinese that only one entity's name holds, None where there is none, or two as long.

    Args:
        names: Of the graph.
        question: The question.
        taken: Stretches that are something else, as first character and one past the last.
    """
    best: dict[object, tuple[Span, Name]] = {}
    free = [
        is_cjk(char) and not any(start <= place < end for start, end in taken)
        for place, char in enumerate(question[:_MOST_CHARACTERS])
    ]
    longest = _LEAST_CHARACTERS
    for start in range(len(free) - _LEAST_CHARACTERS + 1):
        if not all(free[start : start + longest]):
            continue
        for name, _ in names.find_substring(question[start : start + longest], k=_COMPARED):
            end = start + longest
            while end < len(free) and free[end] and question[start : end + 1] in name.text:
                end += 1
            if name.kind != "entity" or question[start:end] not in name.text:
                continue
            if end - start > longest:
                longest, best = end - start, {}
            best[name.term] = Span(start, end, question[start:end], 1, False), name
    return next(iter(best.values())) if len(best) == 1 else None


def _singulars(text: str) -> set[str]:
    return {singular(word) for word in _words(text)}


def _words(text: str) -> list[str]:
    return list(words_of(fold(text)))
