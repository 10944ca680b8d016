"""Questions with their gold answers, and `.jsonl` files of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbqa.errors import InputError
from kbqa.evaluation.gold import Gold
from retrieval.errors import DocumentError
from retrieval.files import Refused, read_lines

__all__ = ["Item", "read_jsonl", "read_text_lines"]

MAX_ANSWERS = 100_000  # of one question
_LISTED = {"entities": "names or IRIs", "sources": "names of files, or ids of lines"}


@dataclass(frozen=True, slots=True)
class Item:
    """A question of a set.

    Attributes:
        id: Its id, unique in its set.
        question: The question.
        answers: All that is right: texts, numbers or IRIs. Empty where the right thing is to abstain.
        language: "en", "zh" or another tag; "" where unknown.
        entities: Names or IRIs of what the question is about, for the setting "entity given".
        kind: The set's own type of the question, "" where it has none.
        image: Path of a picture that belongs to the question, or "".
        hops: How many relations lead to the answer, 0 where the set does not say.
        query: The gold query in SPARQL, "" where the set has none.
        gold: What the right query is made of; None where the set does not say, or its query cannot be read.
        sources: The documents that are to be found for it: names of files, or ids of lines of a .jsonl file.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    language: str = ""
    entities: tuple[str, ...] = ()
    kind: str = ""
    image: str = ""
    hops: int = 0
    query: str = ""
    gold: Gold | None = None
    sources: tuple[str, ...] = ()


def read_text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a UTF-8 file, gzipped or not, blank lines left out.

    Raises:
        InputError: If it is missing, damaged, not UTF-8, or has an overlong line.
    """
    try:
        for number, line in read_lines(path, str(path), refuse=_raise_refused):
            text = _decoded(line, path, number)
            if text.strip():
                yield number, text
    except DocumentError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_jsonl(path: Path) -> list[Item]:
    """Return the questions of a `.jsonl` or `.jsonl.gz` file in order.

    Each line is {"question", "answers": [texts, IRIs or numbers], "id"?, "language"?, "entities"?: [names or
    IRIs], "kind"?, "image"?: path from the file's folder, "hops"?, "sparql"?: the gold query, "sources"?: [names of
    the files or ids of the lines that are to be found for it]}; other keys do not matter.

    Raises:
        InputError: At the first line that is no such thing, or if the file holds no question.
    """
    items: list[Item] = []
    seen: dict[str, int] = {}
    for number, line in read_text_lines(path):
        item = _parse(line, path, number)
        if item.id in seen:
            raise InputError(
                f"{path}, line {number}: the id {item.id!r} was used on line {seen[item.id]}; give each its own"
            )
        seen[item.id] = number
        items.append(item)
    if not items:
        raise InputError(f'{path}: holds no question; write one {{"question": …, "answers": […]}} per line')
    return items


def _raise_refused(refused: Refused) -> None:
    raise DocumentError(refused.path, refused.line, refused.reason)


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, line {number}: is not UTF-8; convert the file") from error


def _parse(line: str, path: Path, number: int) -> Item:
    """Return the question of one line."""
    try:
        record = json.loads(line)
        if not isinstance(record, dict):
            raise ValueError('must be an object such as {"question": "…", "answers": ["…"]}')
        return Item(
            id=_identifier(record.get("id"), number),
            question=_question(record.get("question")),
            answers=_answers(record),
            language=_text(record, "language"),
            entities=_names(record, "entities"),
            kind=_text(record, "kind"),
            image=_image(_text(record, "image"), path),
            hops=_hops(record.get("hops")),
            query=_text(record, "sparql").strip(),
            sources=_names(record, "sources"),
        )
    except (ValueError, RecursionError) as error:
        reason = f"is not JSON: {error}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise InputError(f"{path}, line {number}: {reason}") from error


def _question(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError('"question" is missing, empty or no text')
    return _whole(value, "question")


def _answers(record: dict[str, Any]) -> tuple[str, ...]:
    values = record.get("answers")
    if not isinstance(values, list):
        raise ValueError(
            '"answers" must be a list of texts, IRIs or numbers; [] if the question has no answer'
        )
    if len(values) > MAX_ANSWERS:
        raise ValueError(f'"answers" holds {len(values):,} answers; the limit is {MAX_ANSWERS:,}')
    return tuple(dict.fromkeys(_answer(value) for value in values))


def _answer(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    if isinstance(value, str) and value.strip():
        return _whole(value, "answers")
    raise ValueError(f'"answers" holds {json.dumps(value)[:80]}, which is no text, IRI or number')


def _identifier(value: Any, number: int) -> str:
    if value is None:
        return str(number)
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
        return _whole(str(value), "id")
    raise ValueError('"id" must be a text or a whole number')


def _names(record: dict[str, Any], key: str) -> tuple[str, ...]:
    value = record.get(key)
    values = [] if value is None else value
    if not isinstance(values, list) or not all(isinstance(name, str) and name.strip() for name in values):
        raise ValueError(f'"{key}" must be a list of {_LISTED[key]}')
    return tuple(_whole(name, key) for name in values)


def _hops(value: Any) -> int:
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError('"hops" must be a whole number')
    return value


def _image(name: str, path: Path) -> str:
    return str(path.parent / name) if name else ""


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f'"{key}" must be a text')
    return _whole(value, key)


def _whole(text: str, key: str) -> str:
    """Return a text that can be written to a file again."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f'"{key}" holds half a surrogate pair') from error
    return text
