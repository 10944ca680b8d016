"""Bytes of unknown encoding to text."""

from __future__ import annotations

import codecs
import re

from retrieval.errors import DocumentError

__all__ = ["decode"]

SAMPLE = 65536  # bytes from which an encoding is guessed
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHINESE = (("gb18030", range(0xA1, 0xD8), 0xA1), ("big5", range(0xA1, 0xC7), 0x40))
FREQUENT_SHARE = 0.9
SAME_COHERENCE = 0.1
_META = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_-]{2,20})""", re.IGNORECASE)


def decode(content: bytes, name: str) -> str:
    """Return the text of bytes: by their byte order mark, as UTF-8, as they declare, or as it can be guessed.

    Args:
        content: Bytes of a text or HTML file.
        name: What errors call it.

    Raises:
        DocumentError: If they are no text in a known encoding.

    >>> decode("北京是中国的首都，人口超过两千万。".encode("gb18030"), "a.txt")
    '北京是中国的首都，人口超过两千万。'
    """
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return _decode_as(content, encoding, name)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        text = _decode_as(content, _declared(content) or _guess(content, name, error), name)
    if "\0" in text:
        raise DocumentError(name, None, "holds binary data, not text")
    return text


def _decode_as(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(name, None, f"is not valid {encoding}: byte {error.start} is wrong") from error


def _declared(content: bytes) -> str | None:
    """Return the encoding that an HTML page declares, if Python knows it."""
    match = _META.search(content[:4096])
    if match is None:
        return None
    name = match.group(1).decode("ascii").lower()
    name = "gb18030" if name in ("gb2312", "gbk") else name  # pages declare the subset and use the whole
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _guess(content: bytes, name: str, error: UnicodeDecodeError) -> str:
    """Return the most likely encoding of bytes that are not UTF-8."""
    from charset_normalizer import from_bytes

    sample = content[:SAMPLE]
    for encoding, first, second in CHINESE:
        if _is_chinese(sample, encoding, first, second):
            return encoding
    if len(content) > SAMPLE and b"\n" in sample:  # a cut inside a character would mislead
        sample = sample[: sample.rindex(b"\n") + 1]
    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        raise DocumentError(name, None, f"is not text in a known encoding (byte {error.start}); use UTF-8")
    # of western code pages that fit about equally well, take the usual one
    usual = [match for match in matches if match.encoding == "cp1252" and match.chaos <= best.chaos]
    if usual and usual[0].coherence > best.coherence - SAME_COHERENCE:
        return "cp1252"
    return best.encoding


def _is_chinese(sample: bytes, encoding: str, first: range, second: int) -> bool:
    """Return whether nearly all characters beyond ASCII are the frequent ones of a Chinese encoding.

    Both standards keep frequent characters and punctuation under the bytes `first`, followed by `second` or
    above. In short texts this tells more than general statistics do, which take GB 18030 for Korean.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(sample)  # not final: the sample may end inside a character
    except UnicodeDecodeError:
        return False
    pairs = [char.encode(encoding) for char in text if not char.isascii()]
    good = sum(len(pair) == 2 and pair[0] in first and pair[1] >= second for pair in pairs)
    return bool(pairs) and good >= FREQUENT_SHARE * len(pairs)
