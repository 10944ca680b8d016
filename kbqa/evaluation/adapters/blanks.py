"""Cloze sets: the Children's Fairy Tale set of Chinese cloze reading, and CMRC 2019's blanks for sentences.

Cui et al., COLING 2016 and COLING 2020.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import get_file, read_json
from kbqa.reading.cloze import BLANK

__all__ = ["CLOZE_SETS", "Cloze", "read_cloze"]

_ARCHIVE, _MEMBER = "cft.zip", "cft/cft.test.{split}"
_MOST_BYTES = 20_000_000  # of a member, unpacked
_BREAK = " ||| "
_WORD_BLANK = "XXXXX"
_AROUND = 400  # characters on either side of a blank that are kept of CMRC 2019's stories


@dataclass(frozen=True, slots=True)
class Cloze:
    """A text with a blank.

    Attributes:
        id: Unique in its set.
        story: Id of the story, of which a set may have several blanks.
        text: With one `BLANK`.
        options: What may fill it.
        right: Number of what does, from 0.
        passage: What the text is about, "" where it stands alone.
    """

    id: str
    story: str
    text: str
    options: tuple[str, ...]
    right: int
    passage: str = ""


def read_cloze(name: str, data: Path, split: str = "") -> list[Cloze]:
    """Return the blanks of a set.

    Args:
        name: A key of `CLOZE_SETS`.
        data: The folder of the set.
        split: One of the set's splits, the first one if "".

    Raises:
        InputError: If the set or the split is unknown, or a file is missing or malformed.
    """
    if name not in CLOZE_SETS:
        raise InputError(f"there is no cloze set {name!r}; there are {', '.join(CLOZE_SETS)}")
    splits = CLOZE_SETS[name]
    if split and split not in splits:
        raise InputError(f"{name}: has no split {split!r}; its splits are {', '.join(splits)}")
    read = _read_tales if name == "cft" else _read_sentences
    return list(read(data, split or splits[0]))


def _read_tales(data: Path, split: str) -> Iterator[Cloze]:
    """Yield blanks for a word of the tale; all words of the tale but marks are options."""
    path = get_file(data, _ARCHIVE)
    member = _MEMBER.format(split=split)
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(member).file_size > _MOST_BYTES:
                raise InputError(f"{path}: {member} is larger than {_MOST_BYTES:,} bytes")
            lines = archive.read(member).decode("utf-8").splitlines()
    except (KeyError, zipfile.BadZipFile, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: {member} cannot be read: {error}") from error
    told: list[str] = []
    for number, line in enumerate(lines, start=1):
        place, bar, rest = line.partition(_BREAK)
        if not bar or not place.strip().isdigit():
            raise InputError(f"{path}, {member}, line {number}: is not 'number ||| text'")
        if _WORD_BLANK not in rest:
            told = [rest] if place.strip() == "1" else [*told, rest]
            continue
        text, _, answer = rest.partition(_BREAK)
        words = dict.fromkeys(word for line in told for word in line.split() if any(map(str.isalnum, word)))
        options = list(dict.fromkeys([*words, answer.strip()]))
        if len(options) > 1 and text.count(_WORD_BLANK) == 1:
            yield Cloze(
                str(number),
                str(number),
                "".join(text.replace(_WORD_BLANK, BLANK).split()),
                tuple(options),
                options.index(answer.strip()),
                "".join("".join(line.split()) for line in told),
            )


def _read_sentences(data: Path, split: str) -> Iterator[Cloze]:
    """Yield blanks for a sentence; the other blanks near it are left empty."""
    path = get_file(data, f"cmrc2019_{split}.json")
    try:
        for story in read_json(path)["data"]:
            text, options = str(story["context"]), tuple(map(str, story["choices"]))
            for number, right in enumerate(story["answers"], start=1):
                before, _, after = text.partition(f"[BLANK{number}]")
                around = _emptied(before)[-_AROUND:] + BLANK + _emptied(after)[:_AROUND]
                key = str(story["context_id"])
                options[right]  # an IndexError for one that there is not
                yield Cloze(f"{key}-{number}", key, around, options, int(right))
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise InputError(f"{path}: is not in the form of CMRC 2019: {error!r}") from error


def _emptied(text: str) -> str:
    first, *others = text.split("[BLANK")
    return first + "".join("…" + other.partition("]")[2] for other in others)


CLOZE_SETS = {"cft": ("human", "auto"), "cmrc2019": ("dev", "trial", "qualify")}
"""Set → its splits."""
