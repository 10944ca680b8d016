"""The language of a question, and its words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kbqa.parsing.lexicon import FUNCTION_WORDS, FUNCTION_WORDS_ZH
from kbqa.types import Language, Token

__all__ = ["detect", "tokenize"]

_CJK = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
# "co-wrote" is two words: the second names the relation, the first says that somebody shares it.
_WORD = re.compile(r"\bco(?=-[a-z])|[^\W_]+(?:[.’'\-&][^\W_]+)*\.?(?<![.,])|\d+(?:[.,]\d+)*", re.UNICODE)
_ASKS_ZH = re.compile("谁|哪|几|吗|什么|多[少大高重长远宽深久老]|何|怎|呢|是不是|有没有")
# "Ann Lee多重" are three words: the last is Chinese.
_ONE_SCRIPT = re.compile(r"[㐀-䶿一-鿿豈-﫿]+|[^㐀-䶿一-鿿豈-﫿]+")
_ASKS_EN = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can)\b", re.I
)
# Verbs that end as 词有多少 does, where 词 is a word of its own.
_HAVE_ZH = frozenset(
    "共有 现有 设有 还有 总有 都有 含有 只有 拥有 具有 带有 占有 持有 没有 所有 享有 附有 配有 装有 备有 藏有 存有 收有 建有 各有 会有 能有 "
    "曾有 又有 也有 就有 一共有 总共有 开有 下有 上有 里有 内有 中有".split()
)
_ASKING_ZH = ("多少", "几", "哪", "什么")
_POSSESSIVE = re.compile(r"[’'](?:s|ve|re|ll|d|m)?\Z")


def detect(text: str) -> Language:
    """Return "zh" if a text holds Chinese words of its own, else "en".

    Names of the other language do not count: the language is that of the words that ask. Where both or
    neither have such words, a Chinese question has two Chinese characters for each English word.

    Example:
    >>> detect("法国的首都是哪里？"), detect("Who wrote 红楼梦 and when was it written?")
    ('zh', 'en')
    """
    asks_zh, asks_en = bool(_ASKS_ZH.search(text)), bool(_ASKS_EN.search(text))
    if asks_zh is not asks_en:
        return "zh" if asks_zh else "en"
    chinese = len(_CJK.findall(text))
    latin = len(re.findall(r"[A-Za-zÀ-ɏ]+", text))
    return "zh" if chinese and chinese >= 2 * latin else "en"


def tokenize(text: str, language: Language) -> tuple[Token, ...]:
    """Return the words of a text in order; punctuation is left out.

    Example:
    >>> [token.lemma for token in tokenize("Which rivers flow through France's cities?", "en")]
    ['which', 'river', 'flow', 'through', 'france', 'city']
    """
    return _tokenize_zh(text) if language == "zh" else _tokenize_en(text)


def _tokenize_en(text: str) -> tuple[Token, ...]:
    from simplemma import lemmatize

    tokens = []
    for found in _WORD.finditer(text):
        for part in _ONE_SCRIPT.finditer(_POSSESSIVE.sub("", found.group()).rstrip(".")):
            lowered = part.group().lower().replace("’", "'")
            lemma = lowered if lowered in FUNCTION_WORDS else lemmatize(lowered, lang="en").lower()
            start, end = found.start() + part.start(), found.start() + part.end()
            tokens.append(Token(start, end, lowered, lemma, lowered in FUNCTION_WORDS))
    return tuple(tokens)


def _words_zh(text: str) -> Iterator[str]:
    """Yield the words of a Chinese text; 有 before a word that asks is one of its own: 词有多少."""
    import rjieba

    words = rjieba.cut(text)
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if (
            len(word) > 1
            and word.endswith("有")
            and following.startswith(_ASKING_ZH)
            and word not in _HAVE_ZH
        ):
            yield word[:-1]
            yield "有"
        else:
            yield word


def _tokenize_zh(text: str) -> tuple[Token, ...]:
    tokens = []
    start = 0
    for word in _words_zh(text):
        end = start + len(word)
        if any(char.isalnum() for char in word):
            lowered = word.lower()
            tokens.append(Token(start, end, lowered, lowered, lowered in FUNCTION_WORDS_ZH))
        start = end
    return tuple(tokens)
