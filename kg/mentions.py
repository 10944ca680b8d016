"""Stretches of a question that may be names: its words, what is quoted, what is capitalised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kg.ordinary import ORDINARY
from kg.text import fold, has_cjk, is_cjk

__all__ = ["Span", "Token", "find_spans", "marked_spans", "misspelt_spans", "split_tokens", "word_breaks"]

_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_](?:[^\W_]|['’](?=[^\W_])|[+#])*|[$€£][\d.,]*\d")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_MARKED = re.compile(
    r"“([^“”]{1,200})”|\"([^\"]{1,200})\"|《([^《》]{1,200})》|「([^「」]{1,200})」|『([^『』]{1,200})』"
    r"|\[([^\[\]]{1,200})\]|【([^【】]{1,200})】|(?<!\w)[‘']([^‘’']{1,200})[’'](?!\w)"
)
_ALONE = re.compile(
    r"(?:请问)?(?P<name>\w)[的字]\Z"
)  # one Chinese character that a question opens with, as its topic
_MAX_TOKENS = 400  # tokens of a question that are looked at
_MAX_WORDS = 12  # words in a name
_MAX_CHARACTERS = 32  # Chinese characters in a name
_LONGEST_ORDINARY = 4  # characters of the longest ordinary Chinese word
_MAX_GAP = 2  # ordinary words inside a misspelt name, as in "lord of the rngs"
_ARTICLES = ("the", "a", "an")
_SHORTEST_TYPO = 4  # letters of a stretch that may be misspelt
_TITLE_CASE = 0.6  # share of capitalised words from which capitals tell nothing


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or one Chinese character, at characters [start, end) of a question.

    Attributes:
        start: First character.
        end: One after the last character.
        ordinary: Whether it is a word that questions are made of.
        capital: Whether it is capitalised, in a question where that says something.
        cjk: Whether it is a Chinese or Japanese character.
    """

    start: int
    end: int
    ordinary: bool
    capital: bool
    cjk: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch that may be a name.

    Attributes:
        start: First character.
        end: One after the last character.
        text: These characters.
        content: Number of its tokens that are no ordinary words; a run of Chinese counts one for two.
        capital: Whether it begins and ends with capitalised words.
        marked: Whether it is all of a quoted or bracketed stretch.
    """

    start: int
    end: int
    text: str
    content: int
    capital: bool
    marked: bool = False


def split_tokens(question: str) -> list[Token]:
    """Return the first 400 tokens of a question, in order.

    >>> [(token.start, token.end) for token in split_tokens("Who is 姚明?")]
    [(0, 3), (4, 6), (7, 8), (8, 9)]
    """
    places = list(_places(question))[:_MAX_TOKENS]
    capitals = [question[start].isupper() and not is_cjk(question[start]) for start, _ in places]
    telling = sum(capitals) < max(2, _TITLE_CASE * len(places)) or len(places) < 3
    tokens = []
    for number, (start, end) in enumerate(places):
        word = question[start:end]
        cjk = is_cjk(word[0])
        ordinary = fold(word) in ORDINARY
        capital = capitals[number] and telling and (number > 0 or not ordinary)
        tokens.append(Token(start, end, ordinary, capital, cjk))
    return tokens


def find_spans(question: str, tokens: Sequence[Token]) -> list[Span]:
    """Return every stretch of tokens short enough to be a name, marked ones left out.

    Stretches of ordinary words only are there when they are capitalised inside the question.
    """
    spans = []
    for first in range(len(tokens)):
        content, weight = 0, 0.0
        for last in range(first, len(tokens)):
            token = tokens[last]
            weight += 1 / _MAX_CHARACTERS if token.cjk else 1 / _MAX_WORDS
            if weight > 1.0001:
                break
            content += not token.ordinary
            span = _span(question, tokens[first : last + 1], content)
            if span is not None:
                spans.append(span)
    return spans


def marked_spans(question: str) -> list[Span]:
    """Return what is quoted or bracketed, in order.

    >>> [span.text for span in marked_spans("who directed [Heat] and 《英雄》?")]
    ['Heat', '英雄']
    """
    spans = []
    for match in _MARKED.finditer(question):
        group = match.lastindex or 0
        text = match.group(group)
        if fold(text):
            start = match.start(group) + len(text) - len(text.lstrip())
            spans.append(Span(start, start + len(text.strip()), text.strip(), 2, True, marked=True))
    return spans


def misspelt_spans(
    question: str, free: Sequence[Token], loose: frozenset[Token], unknown: frozenset[Token]
) -> list[Span]:
    """Return the stretches to look up for a typo: of each group the whole, its parts, its unknown words.

    Where something is capitalised, only capitalised and unknown words make up names.

    Args:
        question: The question.
        free: Tokens, in order, that no sure name covers.
        loose: Those of them that may be part of a name.
        unknown: Those of them that no name of the graph holds; a stretch has one, or is capitalised.
    """
    if any(token.capital for token in loose):
        loose = frozenset(token for token in loose if token.capital or token in unknown)
    spans: dict[tuple[int, int], Span] = {}
    for runs in _groups(question, free, loose):
        whole = [token for token in free if runs[0][0].start <= token.start <= runs[-1][-1].start]
        alone = [[token] for run in runs for token in run if token in unknown]
        trimmed = [_between_capitals(part) for part in (whole, *runs)]
        for part in (*trimmed, whole, *runs, *alone):
            if any(token in unknown for token in part) or (len(part) > 1 and part[-1].capital):
                span = _span(question, part, sum(not token.ordinary for token in part))
                if span is not None and len(span.text) >= _SHORTEST_TYPO:
                    spans.setdefault((span.start, span.end), span)
    return list(spans.values())


def word_breaks(question: str, words: Sequence[str] | None) -> frozenset[int]:
    """Return the places of a question where a word begins or ends.

    Args:
        question: The question.
        words: Its words in order, or None to have it split as Chinese.
    """
    if words is None:
        import rjieba

        words = rjieba.cut(question)
    breaks, place = set(), 0
    for word in words:
        found = question.find(word, place)
        if found >= 0:
            place = found + len(word)
            breaks |= {found, place}
    return frozenset(breaks)


def _groups(question: str, free: Sequence[Token], loose: frozenset[Token]) -> Iterator[list[list[Token]]]:
    """Yield groups of runs of loose tokens; up to two ordinary words may stand between runs of a group."""
    group: list[list[Token]] = []
    gap: list[Token] = []
    for token in free:
        if token not in loose:
            gap.append(token)
        elif group and not gap:
            group[-1].append(token)
        else:
            if group and not _is_short(gap):
                yield group
                group = []
            article = gap[-1:] if gap and question[gap[-1].start : gap[-1].end].lower() in _ARTICLES else []
            group.append([*article, token])
            gap = []
    if group:
        yield group


def _between_capitals(tokens: Sequence[Token]) -> list[Token]:
    places = [place for place, token in enumerate(tokens) if token.capital]
    return list(tokens[places[0] : places[-1] + 1]) if places else []


def _is_short(gap: Sequence[Token]) -> bool:
    return len(gap) <= _MAX_GAP and all(token.ordinary for token in gap)


def _places(question: str) -> Iterator[tuple[int, int]]:
    for match in _TOKEN.finditer(question):
        start, end = match.span()
        if not has_cjk(match.group()):
            yield start, end
            continue
        cuts = [start, *_script_changes(question, start, end), end]
        yield from pairwise(cuts)


def _script_changes(question: str, start: int, end: int) -> Iterator[int]:
    for place in range(start + 1, end):
        if is_cjk(question[place]) or is_cjk(question[place - 1]):
            yield place


def _span(question: str, tokens: Sequence[Token], content: int) -> Span | None:
    first, last = tokens[0], tokens[-1]
    capital = first.capital and last.capital
    if not content and not capital:
        return None
    if first.cjk and len(tokens) == 1 and not _ALONE.match(question[: last.end + 1]):
        return None  # one character is a word of the sentence far more often than a name
    end = last.end
    possessive = _POSSESSIVE.search(question[last.start : end])
    if possessive is not None:
        end = last.start + possessive.start()
    text = question[first.start : end]
    if all(token.cjk for token in tokens):
        if len(text) <= _LONGEST_ORDINARY and fold(text) in ORDINARY:
            return None
        content = (content + 1) // 2
    return Span(first.start, end, text, content, capital)
