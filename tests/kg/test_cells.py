"""Cells as people write them: amounts, dates and truths become values, and what only looks like one stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kbqa.semantics.units import unit_of
from kg.load import load
from kg.store import Store
from kg.types import XSD, Iri, Literal

RELATION = Iri("urn:kbqa:relation:this")
NINE = ("a", "b", "c", "d", "e", "f", "g", "h", "i")


def column(store: Store, tmp_path: Path, cells: list[str]) -> list[Any]:
    """Return what a column of a table says, by rows: entities by name, texts, and other literals with their type."""
    file = tmp_path / "things.csv"
    rows = "".join('r{:03},"{}",x\n'.format(n, cell.replace('"', '""')) for n, cell in enumerate(cells))
    file.write_text("name,this,other\n" + rows, encoding="utf-8")
    load(store, file)
    found = sorted(store.triples(predicate=RELATION), key=lambda fact: str(fact.subject))
    return [short(fact.object) for fact in found]


def short(term: Any) -> Any:
    if isinstance(term, Literal):
        kind = term.datatype.removeprefix(XSD)
        return term.value if kind == "string" else (term.value, kind)
    return Iri(term.value.removeprefix("urn:kbqa:entity:"))


def numbers(*values: str) -> list[tuple[str, str]]:
    return [(value, "decimal" if "." in value else "integer") for value in values]


@pytest.mark.parametrize(
    ("cells", "values", "unit"),
    [
        (["€1,200.50", "€85.00", "€1,000,000"], numbers("1200.5", "85.0", "1000000"), "€"),
        (["1.200,50 €", "85 €", "2.000 €"], numbers("1200.5", "85", "2000"), "€"),
        (["1.200 €", "950 €"], numbers("1200", "950"), "€"),
        (["€0.950", "€1.459"], numbers("0.95", "1.459"), "€"),
        (["1 200,50", "12,5", "3 000"], numbers("1200.5", "12.5", "3000"), ""),
        (["1\u00a0200 kr", "1\u202f500 kr"], numbers("1200", "1500"), "kr"),
        (["1,200", "3,500"], numbers("1200", "3500"), ""),
        (["1,200", "3,500", "12,5"], numbers("1.2", "3.5", "12.5"), ""),
        (["1,200", "3.5"], numbers("1200", "3.5"), ""),
        (["1’200.50", "1'000"], numbers("1200.5", "1000"), ""),
        (["$ 85", "$ -90", "-$12.5", "−$1", "+$3"], numbers("85", "-90", "-12.5", "-1", "3"), "$"),
        (["USD 300", "$200", "US$ 100"], numbers("300", "200", "100"), "$"),
        (["300 EUR", "€2"], numbers("300", "2"), "€"),
        (["￥300", "¥1,000"], numbers("300", "1000"), "¥"),
        (["300元", "1,000元"], numbers("300", "1000"), "元"),
        (["12.5%", "60 %", "0%", "5％"], numbers("12.5", "60", "0", "5"), "%"),
        (["€100", "200"], numbers("100", "200"), "€"),
        (["€5;€6", "€7"], numbers("5", "6", "7"), "€"),
        (["1999", "2024", "1815"], numbers("1999", "2024", "1815"), ""),
        (["38", "40.5"], numbers("38", "40.5"), ""),
    ],
)
def test_numbers(store: Store, tmp_path: Path, cells: list[str], values: list[Any], unit: str) -> None:
    assert sorted(normal(column(store, tmp_path, cells))) == sorted(normal(values))
    assert unit_of(store, RELATION) == unit
    assert store.ask('ASK { r:this rdfs:label "this" }')


def normal(values: list[Any]) -> list[tuple[float, str]]:
    assert all(isinstance(value, tuple) for value in values)
    return [(float(value), kind) for value, kind in values]


@pytest.mark.parametrize(
    ("cells", "odd"),
    [
        ([f"€{n}.50" for n in range(1, 10)] + ["on request"], "on request"),
        ([f"€{n}.50" for n in range(1, 10)] + ["$4"], "$4"),
        ([f"{n},5" for n in range(1, 10)] + ["12.50"], "12.50"),
        ([str(n) for n in range(1, 10)] + ["15%"], "15%"),
        ([str(n) for n in range(1, 10)] + ["ca. 10"], "ca. 10"),
        ([f"{n}/12/2023" for n in range(11, 20)] + ["soon"], "soon"),
        ([f"{n}/12/2023" for n in range(11, 20)] + ["12/31/2023"], "12/31/2023"),
        ([f"{n}/12/2023" for n in range(11, 20)] + ["1999"], "1999"),
        (["yes", "no"] * 4 + ["yes", "partly"], "partly"),
    ],
)
def test_a_cell_unlike_the_others_stays_a_text(
    store: Store, tmp_path: Path, cells: list[str], odd: str
) -> None:
    *others, last = column(store, tmp_path, cells)
    assert last == odd and len(others) == 9
    assert all(isinstance(other, tuple) for other in others)
    assert unit_of(store, RELATION) == ("€" if "€" in cells[0] else "")


@pytest.mark.parametrize(
    "cells",
    [
        ["€100", "$200"],
        ["€5", "€6", "soon", "later"],
        ["5 apples", "6 pears"],
        ["REF 300", "ABC 400"],
        ["01067", "80331", "10115"],
        [*(str(n) for n in range(10_001, 10_200)), "01067"],
        ["1.2.3", "2.0.1"],
        ["12:30", "14:00"],
        ["5-7", "8-10"],
        ["30 February 2024", "31 June 2024"],
        ["5 Marchand 2024", "6 Mayor 2024"],
        ["1,20,3", "2,30,4"],
        ["5/3", "6/4"],
        ["05/03/2024", "later", "unknown"],
        ["€1 or €2", "€3 or €4"],
        [*(f"{n}." for n in NINE), "5"],
        ["yes", "no", "maybe", "perhaps"],
    ],
)
def test_what_is_no_value_stays_a_name(store: Store, tmp_path: Path, cells: list[str]) -> None:
    found = column(store, tmp_path, cells)
    assert len(found) == len(cells) and all(isinstance(value, Iri) for value in found)
    assert unit_of(store, RELATION) == ""


@pytest.mark.parametrize(
    "cells",
    [
        ["020 7946 0000", "0161 496 0000"],
        ["0207946000", "0161496000"],
        ["+49891234567", "+44207946000"],
        ["555 123 456", "555 987 654"],
        ["555.123.456", "555.987.654"],
        ["+1 555 123 456", "+1 555 987 654"],
    ],
)
def test_telephone_numbers_stay_texts(store: Store, tmp_path: Path, cells: list[str]) -> None:
    assert column(store, tmp_path, cells) == cells


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        ("05/03/2024|25/03/2024", "2024-03-05|2024-03-25"),
        ("05/03/2024|03/25/2024", "2024-05-03|2024-03-25"),
        ("05/03/2024|06/04/2024", "2024-03-05|2024-04-06"),
        ("5.3.2024|16. 4. 2024", "2024-03-05|2024-04-16"),
        ("5-3-2024|6-4-2024", "2024-03-05|2024-04-06"),
        ("5 March 2024|1st of May 2023|5-Mar-2024", "2024-03-05|2023-05-01|2024-03-05"),
        ("Mar 5, 2024|September 30th, 2023|Sept. 1 2023", "2024-03-05|2023-09-30|2023-09-01"),
        ("2024/3/5|2024.12.31|2024-1-2", "2024-03-05|2024-12-31|2024-01-02"),
        ("2024年3月5日|2023年12月31日", "2024-03-05|2023-12-31"),
        ("05/03/2024|5 March 2024|2024-03-05", "2024-03-05|2024-03-05|2024-03-05"),
        ("5/3/2024 9:30|25/3/2024 14:05:30", "2024-03-05T09:30:00|2024-03-25T14:05:30"),
        ("3/25/2024 12:15 AM|3/26/2024, 1:15 pm", "2024-03-25T00:15:00|2024-03-26T13:15:00"),
        ("2024-03-05T14:30:00Z|2024-03-05 14:30", "2024-03-05T14:30:00Z|2024-03-05T14:30:00"),
        ("2024年3月5日 9:30|2024年3月6日", "2024-03-05T09:30:00|2024-03-06"),
    ],
)
def test_dates(store: Store, tmp_path: Path, cells: str, dates: str) -> None:
    expected = [(text, "dateTime" if "T" in text else "date") for text in dates.split("|")]
    assert [
        (value.removesuffix(".0"), kind) for value, kind in column(store, tmp_path, cells.split("|"))
    ] == expected


@pytest.mark.parametrize(
    ("cells", "truths"),
    [
        ("yes|no|YES", "true|false|true"),
        ("Y|n|y", "true|false|true"),
        ("true|FALSE", "true|false"),
        ("是|否", "true|false"),
        ("no|no", "false|false"),
    ],
)
def test_truths(store: Store, tmp_path: Path, cells: str, truths: str) -> None:
    found = column(store, tmp_path, cells.split("|"))
    assert found == [(truth, "boolean") for truth in truths.split("|")]
