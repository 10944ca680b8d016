from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.names import Names
from kg.store import Store
from kg.types import RDFS_LABEL, XSD, Blank, Iri, Literal, Triple
from kg.verbalise import fact_in_sentence, fact_in_words, literal_in_words, name_of, predicate_words

EX = "http://example.org/"
BELGIUM, FRANCE, BORDERS = Iri(EX + "belgium"), Iri(EX + "france"), Iri(EX + "bordersWith")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Names]:
    path: Path = tmp_path_factory.mktemp("names") / "names.sqlite"
    with Store.in_memory() as store:
        store.add(
            [
                Triple(BELGIUM, RDFS_LABEL, Literal("Belgium", language="en")),
                Triple(BELGIUM, RDFS_LABEL, Literal("比利时", language="zh")),
                Triple(BORDERS, RDFS_LABEL, Literal("邻国", language="zh")),
                Triple(BORDERS, RDFS_LABEL, Literal("borders", language="en")),
                Triple(BELGIUM, BORDERS, FRANCE),
            ],
            source="test",
        )
        with Names.build(path, store) as names:
            yield names


def test_facts(names: Names) -> None:
    fact = Triple(BELGIUM, BORDERS, FRANCE)
    assert fact_in_words(fact, names) == "Belgium — borders → france"
    assert fact_in_words(fact, names, "zh") == "比利时 — 邻国 → france"
    assert fact_in_sentence(fact, names) == "Belgium borders france."
    assert fact_in_sentence(fact, names, "zh") == "比利时的邻国是france。"


def test_names(names: Names) -> None:
    assert name_of(Blank("b0"), names) == "something"
    assert name_of(Literal("Drama"), names) == "Drama"
    assert predicate_words(Iri(EX + "directed_by"), names) == "directed by"


@pytest.mark.parametrize(
    ("value", "datatype", "expected"),
    [
        ("1989", "integer", "1989"),
        ("67750000", "integer", "67,750,000"),
        ("-0012345.500", "decimal", "-12,345.5"),
        ("+5.0", "decimal", "5"),
        ("1.5E3", "double", "1.5E3"),
        ("INF", "double", "INF"),
        ("1989", "gYear", "1989"),
        ("-0044", "gYear", "44 BC"),
        ("1989-11", "gYearMonth", "November 1989"),
        ("1989-11-09Z", "date", "9 November 1989"),
        ("1989-11-09T00:00:00", "dateTime", "9 November 1989"),
        ("1989-11-09T18:30:00+01:00", "dateTime", "9 November 1989 18:30"),
        ("1989-13-09", "date", "1989-13-09"),
        ("soon", "date", "soon"),
    ],
)
def test_literals_in_english(value: str, datatype: str, expected: str) -> None:
    assert literal_in_words(Literal(value, XSD + datatype), "en") == expected


def test_dates_in_chinese() -> None:
    assert literal_in_words(Literal("-0221", XSD + "gYear"), "zh-Hans") == "公元前221年"
    assert literal_in_words(Literal("1989-11", XSD + "gYearMonth"), "zh") == "1989年11月"
