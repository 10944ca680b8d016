"""Reads the public training questions for the matcher: questions whose relations people (or checks) vouch for.

Weights trained on them are shipped, so only sets that allow it are read; `SOURCES` names each with its licence. Not
read, because no licence is stated or it forbids this: CKBQA (CCKS), ComplexWebQuestions, SimpleDBpediaQA, WebQSP and
WikiWebQuestions, the other files of ToG, LC-QuAD 1.0 (GPL-3.0), and what others linked of LC-QuAD 2.0. The subset of
LC-QuAD 2.0 (CC BY 4.0) that is at hand is not read either: all of its questions are in the set that measures linking.
Tests stay out: QALD-9 (plus) and QALD-10, QALD-7 over Wikidata, LC-QuAD 2.0, SimpleQuestions and RuBQ, and any
question with the same words as one of the first four.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbqa.training.examples import MASK, Example
from kbqa.training.public_dbpedia import qald_dbpedia
from kbqa.training.public_dialogues import kdconv
from kbqa.training.public_files import as_published, questions_of, read_json, text_key
from kbqa.training.public_freebase import grail_qa, web_questions
from kbqa.training.public_wikidata import qald_wikidata, rubq, simple_questions

__all__ = ["SOURCES", "Source", "public_examples"]

Reader = Callable[[Path], Iterator[tuple[str, Example]]]


@dataclass(frozen=True, slots=True)
class Source:
    """A public set: its folder below the data, its licence, who made it, and what reads (question, example) pairs."""

    folder: str
    licence: str
    citation: str
    read: Reader


SOURCES: Mapping[str, Source] = {
    "simplequestions": Source(
        "simplequestions", "CC BY 3.0", "Bordes et al. 2015; Diefenbach et al. 2017", simple_questions
    ),
    "qald-dbpedia": Source("qald", "MIT", "QALD 5 to 9; Usbeck et al. 2018", qald_dbpedia),
    "qald-wikidata": Source("qald", "MIT; QALD-9-plus CC BY 4.0", "Perevalov et al. 2022", qald_wikidata),
    "rubq": Source("rubq", "CC BY-SA 4.0", "Korablinov & Braslavski 2020; Rybin et al. 2021", rubq),
    "webquestions": Source(
        "webquestions", "CC BY 4.0", "Berant et al. 2013; Baudis & Pichl 2016", web_questions
    ),
    "grailqa": Source("complex_freebase", "CC BY-SA 4.0", "Gu et al. 2021", grail_qa),
    "kdconv": Source("kdconv", "Apache-2.0", "Zhou et al. 2020", kdconv),
}
"""The sets by name, in the order in which they are read."""

TESTS = (
    "qald/qald-9-test-multilingual.json",
    "qald/qald_9_plus_test_dbpedia.json",
    "qald/qald_9_plus_test_wikidata.json",
    "qald/qald-7-test-en-wikidata.json",
    "qald/spinach_qald_9_plus_en_test.json",
    "qald/qald_10.json",
    "lcquad/lcquad2_ground_truth_final.json",
)
"""Files whose questions are kept out."""


def public_examples(data: Path) -> list[Example]:
    """Return the examples of all sets that are there, set by set, each once.

    Args:
        data: Folder that holds the sets' folders; an absent set counts as empty.

    Returns:
        In the same order for the same files. Each question holds `MASK` once. An example that differs from an
        earlier one in nothing but the case of its question is left out.

    Raises:
        InputError: If a file is damaged or not in its published form.

    Example:
    >>> public_examples(Path("no such folder"))
    []
    """
    tests = _test_questions(data)
    found: dict[tuple[str, object, str], Example] = {}
    for source in SOURCES.values():
        for question, example in source.read(data / source.folder):
            if example.question.count(MASK) == 1 and text_key(question) not in tests:
                found.setdefault((example.question.casefold(), example.hops, example.source), example)
    return list(found.values())


def _test_questions(data: Path) -> set[str]:
    """Return the keys of all questions that measure, in any language."""
    keys: set[str] = set()
    for name in TESTS:
        path = data / name
        with as_published(path):
            content = read_json(path)
            listed = content.values() if "questions" not in content and isinstance(content, dict) else None
            for one in listed or questions_of(content):
                keys.update(text_key(text) for text in _texts(one))
    return keys


def _texts(one: Mapping[str, Any]) -> list[str]:
    """Return the wordings of a question in QALD's form or that of linked sets."""
    asked = one.get("question") or one["text"]
    return [asked] if isinstance(asked, str) else [text.get("string") or "" for text in asked]
