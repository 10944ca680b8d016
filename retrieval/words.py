"""Texts to index words: English words, Chinese words with their characters, numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

__all__ = ["CJK", "index_words", "needed_words"]

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
MAX_WORD = 64  # characters; longer runs are noise such as base64
MAX_INITIALS = 8
_KANA = re.compile("[\u3040-\u30ff]")
_CJK_RUN = re.compile(f"[{CJK}]+")
_APOSTROPHES = str.maketrans("’ʼ", "''")
_RUNS = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+(?:['’][^\\W_{CJK}]+)*")


def index_words(text: str) -> list[str]:
    """Return the words of a text as the lexical index counts them, in order.

    Words are lower-cased and freed of accents and of the possessive 's; they are not stemmed. A Chinese run is
    made simplified and gives its words and, so that a wrong cut cannot hide anything, their single characters.

    >>> index_words("Beyoncé's film, 1,234 fans")
    ['beyonce', 'film', '1', '234', 'fans']
    >>> index_words("北京大學")
    ['北京', '大学', '北京大学', '北', '京', '大', '学']
    """
    text = unicodedata.normalize("NFKC", text)
    if _CJK_RUN.search(text):
        text = _simplifier().convert(text)
    words: list[str] = []
    for match in _RUNS.finditer(text):
        run = match.group()
        words.extend(_chinese(run) if _CJK_RUN.match(run) else [_plain(run)])
    return words


def needed_words(name: str) -> list[list[str]]:
    """Return groups of index words: a text that holds a name has, of each group, the first or all the others.

    The others are single letters, for "U.S.A." is written "USA" too. Words that a text may write in another way
    ("and", runs of kana) are left out, so there may be no group.

    Args:
        name: A folded name, as `kg.text.fold` makes it.

    >>> needed_words("simon and 大学 cia")
    [['simon', 's', 'i', 'm', 'o', 'n'], ['大'], ['学'], ['cia', 'c', 'i', 'a']]
    """
    groups: list[list[str]] = []
    for run in _RUNS.findall(name):
        if _CJK_RUN.match(run):
            groups += [[char] for char in run]
        elif run != "and" and not _KANA.search(run):
            word = _plain(run)
            groups.append([word, *word] if 1 < len(word) <= MAX_INITIALS and word.isalpha() else [word])
    return groups


def _plain(word: str) -> str:
    """Lower-case one word of an alphabetic script and drop accents and the possessive."""
    word = word[:MAX_WORD].translate(_APOSTROPHES).casefold().removesuffix("'s").replace("'", "")
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word)
    return "".join(char for char in parts if not unicodedata.combining(char))


def _chinese(run: str) -> Iterator[str]:
    """Yield the words of a Chinese run, then the characters of those that are longer than one."""
    words = _segmenter().cut_for_search(run)
    yield from words
    if any(len(word) > 1 for word in words):
        yield from run


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


@cache
def _segmenter() -> Any:
    import rjieba

    return rjieba
