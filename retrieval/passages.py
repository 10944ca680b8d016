"""Documents cut into passages at sentence ends, with exact offsets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.types import Passage
from retrieval.words import CJK

__all__ = ["Document", "language_of", "sentences", "split"]

MAX_ROW = 2_000  # characters of a line up to which it is taken for a row of a table
CJK_WEIGHT = 0.6  # of a word: 120 words are 200 Chinese characters
ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof rev hon gen col capt lt sgt st mt ft jr sr vs fig figs vol no nos pp ed eds approx ca cf "
    "dept est inc ltd co corp bros al e.g i.e jan feb mar apr jun jul aug sept sep oct nov dec".split()
)
_END = re.compile(
    r"""(?P<latin>[.!?]+)["'”’)\]»]*(?=\s|$)"""
    r"""|(?:[。！？]|…{2})+[”’」』）》"']*"""
    r"""|\n[^\S\n]*\n"""
    r"""|\n(?=[^\S\n]*(?:[-*+•|\#>]|\d+[.)])[^\S\n]?)""",
    re.VERBOSE,
)
_UNIT = re.compile(f"[{CJK}]|[^\\W{CJK}]{{1,40}}|\\W{{40}}")  # 40: noise without a space has a length too
_CJK = re.compile(f"[{CJK}]")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]$")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read from a file.

    Attributes:
        source: Name of the file; for a line of a .jsonl file "file.jsonl#id".
        text: All of its text; the offsets of its passages count in this.
        title: Its title, "" where it has none.
        language: "en", "zh", or "" where it is neither.
        entities: IRIs or names of the entities that the whole document is about.
        question: The question that the text answers, where the document is a pair of both.
    """

    source: str
    text: str
    title: str
    language: str
    entities: tuple[str, ...] = ()
    question: str = ""


def language_of(text: str) -> str:
    """Return "zh" if over a fifth of the letters are Chinese, else "en" if any is Latin, else "".

    >>> language_of("The film Inception"), language_of("《盗梦空间》(Inception)是一部电影"), language_of("42")
    ('en', 'zh', '')
    """
    sample = text[:20_000]
    chinese = len(_CJK.findall(sample))
    letters = sum(char.isalpha() for char in sample)
    if chinese > 0.2 * letters:
        return "zh"
    return "en" if 2 * len(_LATIN.findall(sample)) > letters else ""


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where each sentence of a text begins and ends.

    A sentence ends at English or Chinese end marks with their closing quotes, at a blank line, and before a line
    that begins a list item, heading or table row; a row of a table is one sentence. A point after an abbreviation or an initial, or before a
    lower-case word, does not end one.

    Args:
        text: Any text.

    Returns:
        (start, end) pairs, in order, without surrounding white space; all other characters are covered.

    >>> text = "Dr. No met J. Bond in the U.S. yesterday. It cost 3.5 million! 他来了。她走了。"
    >>> [text[start:end] for start, end in sentences(text)]
    ['Dr. No met J. Bond in the U.S. yesterday.', 'It cost 3.5 million!', '他来了。', '她走了。']
    """
    cuts = [match.end() for match in _END.finditer(text) if _ends(text, match)]
    spans = zip([0, *cuts], [*cuts, len(text)], strict=True)
    return [span for start, end in spans if (span := _trim(text, start, end))[0] < span[1]]


def split(document: Document, *, words: int = 120, overlap: int = 20) -> list[Passage]:
    """Cut a document into passages of whole sentences.

    A sentence longer than a passage is cut between words. A Chinese character counts 0.6 words. The answer of a
    question is one passage, however long.

    Args:
        document: What to cut.
        words: Length of a passage at most; at least 1.
        overlap: Up to so many words at the end of a passage, in whole sentences, are repeated at the beginning of
            the next; below `words`.

    Returns:
        Passages in order, each with `document.text[start:end] == text`; empty if there is no text.

    Raises:
        ValueError: If `words` or `overlap` is out of range.

    >>> document = Document("a.txt", "One two. Three four. Five six.", "", "en")
    >>> [passage.text for passage in split(document, words=4, overlap=2)]
    ['One two. Three four.', 'Three four. Five six.']
    """
    if words < 1 or not 0 <= overlap < words:
        raise ValueError(f"need words >= 1 and 0 <= overlap < words, got words={words}, overlap={overlap}")
    if document.question:
        return [_passage(document, *_trim(document.text, 0, len(document.text)))]
    pieces = [piece for span in sentences(document.text) for piece in _cut(document.text, *span, words)]
    sizes = [_size(document.text, *piece) for piece in pieces]
    spans = _group(sizes, words, overlap)
    return [_passage(document, pieces[first][0], pieces[last][1]) for first, last in spans]


def _ends(text: str, match: re.Match[str]) -> bool:
    """Return whether a candidate really ends a sentence."""
    if not match.group().startswith("\n") and _is_in_row(text, match.start()):
        return False
    mark = match.group("latin")
    if mark is None:
        return True
    rest = text[match.end() : match.end() + 40].lstrip()
    if rest[:1].islower():
        return False
    if mark != ".":
        return True
    before = text[max(0, match.start() - 20) : match.start()]
    word = re.split(r"[\s(\[\"“‘']", before)[-1]
    return not rest or not (word.lower() in ABBREVIATIONS or _INITIALS.fullmatch(word))


def _is_in_row(text: str, place: int) -> bool:
    """Return whether a place is in a row of a table, a line that begins with a bar and is not very long."""
    line = text.rfind("\n", max(0, place - MAX_ROW), place) + 1
    return text.startswith("|", line) if line or place < MAX_ROW else False


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without the white space around it."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _size(text: str, start: int, end: int) -> float:
    """Return the length of a stretch in words."""
    return sum(_weight(match.group()) for match in _UNIT.finditer(text, start, end))


def _weight(unit: str) -> float:
    return CJK_WEIGHT if _CJK.match(unit) else 1.0


def _cut(text: str, start: int, end: int, words: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence, in parts of at most `words` if it is longer."""
    size, first = 0.0, start
    for unit in _UNIT.finditer(text, start, end):
        weight = _weight(unit.group())
        if size + weight > words and unit.start() > first:
            yield _trim(text, first, unit.start())
            size, first = 0.0, unit.start()
        size += weight
    yield _trim(text, first, end)


def _group(sizes: list[float], words: int, overlap: int) -> list[tuple[int, int]]:
    """Return (first, last) pieces of each passage: as many as fit, begun with what the overlap repeats."""
    spans: list[tuple[int, int]] = []
    first, size = 0, 0.0
    for index, piece in enumerate(sizes):
        if index > first and size + piece > words:
            spans.append((first, index - 1))
            first, size = _repeat(sizes, index, min(overlap, words - piece))
        size += piece
    if sizes:
        spans.append((first, len(sizes) - 1))
    return spans


def _repeat(sizes: list[float], index: int, room: float) -> tuple[int, float]:
    """Return the first of the pieces before `index` that fit into `room`, and their size."""
    first, size = index, 0.0
    while first > 0 and size + sizes[first - 1] <= room:
        first -= 1
        size += sizes[first]
    return first, size


def _passage(document: Document, start: int, end: int) -> Passage:
    """Return the passage of a stretch."""
    text = document.text[start:end]
    key = f"{document.source}\0{start}\0{end}\0{text}" + (
        f"\0{document.question}" if document.question else ""
    )
    digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    about = (document.title, document.language, document.question)
    return Passage(f"p:{digest}", text, document.source, start, end, *about)
