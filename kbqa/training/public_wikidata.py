"""Reads the public questions over Wikidata, whose relations are numbers: a table gives their names.

The table `wikidata_properties.tsv` (CC0, like Wikidata) has the columns id, English name, Chinese name, other
English names, and the kind of value if that is no entity. The names of one example come from one vocabulary, which
has one name for each relation: no relation is there under a second name, and so none is a wrong answer to itself.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from kbqa.training.examples import Example, Hop
from kbqa.training.public_chains import read_chain
from kbqa.training.public_files import as_published, questions_of, read_json, read_lines
from kbqa.training.public_mentions import mask, mask_capitals
from kbqa.training.public_spans import Asked, find_names
from kg.schema import ValueKind

__all__ = ["Property", "properties", "qald_wikidata", "rubq", "simple_questions"]

TABLE = "wikidata_properties.tsv"
LIKELY, SURE = (
    0.95,
    0.99,
)  # probability from which on a span is masked: if others are asked for alike, or if not
ENGLISH = ("wikidata", "wikidata", "wikidata-aliases")  # vocabularies, drawn with equal chance
CHINESE = "wikidata-zh"
BIRTH, DEATH = re.compile(r"(?i)\b(born|birth)"), re.compile(r"(?i)\b(die|died|death|dead|buried|pass)\b")
OTHERWISE = {"P19": DEATH, "P569": DEATH, "P20": BIRTH, "P570": BIRTH, "P119": BIRTH}  # slips of who asked
SIMPLE_FILES = ("annotated_wd_data_train_answerable.txt", "annotated_wd_data_valid_answerable.txt")
RUBQ_FILES = ("RuBQ_1.0_dev.json", "RuBQ_2.0_dev.json")
QALD_FILES = ("spinach_qald_9_plus_en_train.json", "qald-7-train-en-wikidata.json", "wikidata-train-7.json")


@dataclass(frozen=True, slots=True)
class Property:
    """A Wikidata property: its name in each vocabulary, and the kind of its values."""

    names: Mapping[str, str]
    kind: ValueKind


@cache
def properties() -> Mapping[str, Property]:
    """Return the properties of the table by their P-ids.

    >>> properties()["P19"].names["wikidata"], properties()["P19"].names["wikidata-zh"]
    ('place of birth', '出生地')
    """
    table = files("kbqa.training").joinpath(TABLE).read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    taken = {english for _, english, *_ in rows}
    found = {}
    for number, english, chinese, aliases, kind in rows:
        alias = next((one for one in aliases.split(";") if one and one not in taken), english)
        taken.add(alias)
        names = {"wikidata": english, "wikidata-zh": chinese, "wikidata-aliases": alias}
        found[number] = Property(names, _kind(kind))
    return found


def _kind(text: str) -> ValueKind:
    return next((kind for kind in get_args(ValueKind) if kind == text), "entity")


def simple_questions(folder: Path) -> Iterator[tuple[str, Example]]:
    """Yield (question, example) of SimpleQuestions annotated with Wikidata: train and valid, as far as the name is found surely.

    Args:
        folder: The set's folder; an absent file counts as empty.

    Raises:
        InputError: If a file is damaged or not in its published form.
    """
    rows = [row for name in SIMPLE_FILES for row in _simple_rows(folder / name)]
    spans = find_names([Asked(question, relation, topic) for topic, relation, question in rows])
    found = [
        (row, mask(row[2], span.start, span.end), span.probability)
        for row, span in zip(rows, spans, strict=True)
        if span and span.probability >= LIKELY
    ]
    alike = Counter((relation, masked.casefold()) for (_, relation, _), masked, _ in found)
    for (_, relation, question), masked, probability in found:
        if probability >= SURE or alike[relation, masked.casefold()] > 1:
            yield from _examples(question, masked, [("P" + relation[1:], relation[0] == "P")])


def _simple_rows(path: Path) -> list[tuple[str, str, str]]:
    with as_published(path):
        rows = [line.split("\t") for line in read_lines(path) if line]
        return [(topic, relation, question) for topic, relation, _, question in rows]


def rubq(folder: Path) -> Iterator[tuple[str, Example]]:
    """Yield (question, example) of RuBQ's development questions in their English translation, those that are a chain of relations.

    Args:
        folder: The set's folder; an absent file counts as empty.

    Raises:
        InputError: If a file is damaged or not in its published form.
    """
    for name in RUBQ_FILES:
        with as_published(folder / name):
            asked = [(one["question_eng"], one["query"]) for one in questions_of(read_json(folder / name))]
        yield from _from_sparql(asked)


def qald_wikidata(folder: Path) -> Iterator[tuple[str, Example]]:
    """Yield (question, example) of QALD's English training questions over Wikidata that are a chain of relations.

    Args:
        folder: The set's folder; an absent file counts as empty.

    Raises:
        InputError: If a file is damaged or not in its published form.
    """
    for name in QALD_FILES:
        with as_published(folder / name):
            asked = [pair for one in questions_of(read_json(folder / name)) for pair in _qald_pairs(one)]
        yield from _from_sparql(asked)


def _qald_pairs(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    if isinstance(one["question"], str):
        return [(one["question"], one["sparql"])]
    sparql = one["query"].get("sparql") or ""
    return [(text["string"], sparql) for text in one["question"] if text["language"] == "en"]


def _from_sparql(asked: Iterable[tuple[str, str | None]]) -> Iterator[tuple[str, Example]]:
    for question, sparql in asked:
        chain = read_chain(sparql or "")
        masked = mask_capitals(question) if chain else None
        if chain and masked:
            yield from _examples(
                question, masked, [(iri.rpartition("/")[2], forward) for iri, forward in chain.steps]
            )


def _examples(question: str, masked: str, steps: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, Example]]:
    """Yield the example if all of its relations have names: with English ones, and every second in Chinese too."""
    known = [(properties().get(number), forward) for number, forward in steps]
    lot = zlib.crc32(masked.casefold().encode())
    if any(number in OTHERWISE and OTHERWISE[number].search(masked) for number, _ in steps):
        return
    for source in (ENGLISH[lot % len(ENGLISH)], *([CHINESE] if lot & 64 else [])):
        hops = tuple(
            Hop(one.names[source], forward, one.kind if forward else "entity")
            for one, forward in known
            if one
        )
        if len(hops) == len(known):
            yield question, Example(masked, hops, "en", source)
