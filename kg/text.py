"""Forms of a text under which names are compared, and readable forms of IRIs."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Protocol
from urllib.parse import unquote

__all__ = ["fold", "has_cjk", "is_cjk", "normalise", "readable", "words"]

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_WORD = re.compile(f"[{_CJK}]|[^\\s{_CJK}]+")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´＇", "'"))
_POSSESSIVE = re.compile(r"(?<=\w)'s(?!\w)|(?<=s)'(?!\w)")
_INNER_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_COMBINING = re.compile("[\u0300-\u036f]")
_IDENTIFIER = re.compile(r"[A-Z]\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KEPT_PUNCTUATION = "#%@"


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


class _Spaces(dict[int, str]):
    """Translation table that turns punctuation and separators into spaces, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        separates = unicodedata.category(character)[0] in "PZC" and character not in _KEPT_PUNCTUATION
        self[code] = " " if separates else character
        return self[code]


_SPACES = _Spaces({ord("&"): " and ", ord("|"): " "})


def is_cjk(character: str) -> bool:
    """Return whether a character belongs to a script that is written without spaces.

    >>> is_cjk("国"), is_cjk("a")
    (True, False)
    """
    return _CJK_CHARACTER.fullmatch(character) is not None


def has_cjk(text: str) -> bool:
    """Return whether a text holds a Chinese or Japanese character.

    >>> has_cjk("film 英雄"), has_cjk("film")
    (True, False)
    """
    return not text.isascii() and _CJK_CHARACTER.search(text) is not None


def normalise(text: str) -> str:
    """Return the form under which two spellings of a name are equal.

    Case, width, quotes, dashes, punctuation, runs of space and the English possessive do not count, and
    traditional Chinese equals simplified Chinese. Accents do count; see `fold`.

    Args:
        text: Any text.

    Returns:
        Words joined by single spaces; a text of punctuation only is returned stripped and in lower case.

    >>> normalise("The  “Schindler’s” List"), normalise("O'Brien & U.S.A."), normalise("臺灣電影")
    ('the schindler list', 'obrien and usa', '台湾电影')
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    plain = plain.casefold()
    if "'" in plain:
        plain = _INNER_APOSTROPHE.sub("", _POSSESSIVE.sub("", plain))
    if "." in plain:
        plain = _INITIALS.sub(_without_dots, plain)
    if has_cjk(plain):
        plain = _simplifier().convert(plain)
    return " ".join(plain.translate(_SPACES).split()) or " ".join(plain.split())


def fold(text: str) -> str:
    """Return the normalised form without accents, the key under which names are looked up.

    >>> fold("Amélie"), fold("Dvořák's")
    ('amelie', 'dvorak')
    """
    plain = normalise(text)
    if plain.isascii():
        return plain
    bare = unicodedata.normalize("NFC", _COMBINING.sub("", unicodedata.normalize("NFD", plain)))
    return " ".join(bare.split())


def words(text: str) -> list[str]:
    """Return the words of the folded text in order; every Chinese or Japanese character is one.

    >>> words("Who directed 英雄?")
    ['who', 'directed', '英', '雄']
    """
    return _WORD.findall(fold(text))


def readable(name: str) -> str:
    """Return an IRI or its local name as a person would write it.

    Percent signs are decoded, underscores and camel case become spaces. Identifiers such as P31 are left.

    Args:
        name: An IRI or a local name.

    Returns:
        The readable form; the input itself where nothing is left of it.

    >>> readable("http://example.org/releaseYear"), readable("directed_by"), readable("wdt:P31")
    ('release year', 'directed by', 'P31')
    """
    local = unquote(_local_name(name)).replace("_", " ").strip()
    if not local:
        return name
    if " " in local or _IDENTIFIER.fullmatch(local):
        return local
    return _split_camel(local)


def _local_name(iri: str) -> str:
    if ":" not in iri:
        return iri
    tail = iri.rstrip("/#")
    if "#" in tail:
        return tail.rsplit("#", 1)[1]
    if "/" in tail:
        return tail.rsplit("/", 1)[1]
    return tail.rsplit(":", 1)[1]


def _split_camel(local: str) -> str:
    parts = _CAMEL.split(local.replace("-", " ") if local.islower() else local)
    if len(parts) == 1 or len(parts[0]) == 1 or parts[0] == "Mc":
        return local.replace("-", " ") if local.islower() else local
    if local[0].islower():
        parts = [part if part.isupper() and len(part) > 1 else part.lower() for part in parts]
    return " ".join(parts)


def _without_dots(initials: re.Match[str]) -> str:
    return initials.group().replace(".", "")


@cache
def _simplifier() -> _Converter:
    from opencc import OpenCC

    converter: _Converter = OpenCC("t2s")
    return converter
