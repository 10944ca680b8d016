"""Texts to index words: English words, Chinese words with their characters, numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

__all__ = ["CJK", "index_words"]

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
MAX_WORD = 64  # characters; longer runs are noise such as base64
_CJK_RUN = re.compile(f"[{CJK}]+")
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


def _plain(word: str) -> str:
    """Lower-case one word of an alphabetic script and drop accents and the possessive."""
    word = word[:MAX_WORD].replace("’", "'").casefold().removesuffix("'s").replace("'", "")
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
