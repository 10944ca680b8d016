"""Numbers, units and dates of both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbqa.parsing.quantities import find_quantities
from kg.types import XSD

INTEGER, DECIMAL, DATE = "integer", "decimal", "date"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("over 5 rivers", [("5", INTEGER, "")]),
        ("more than 1,234,567 people", [("1234567", INTEGER, "")]),
        ("1.5 million people", [("1500000", INTEGER, "")]),
        ("2 bn dollars", [("2000000000", INTEGER, "$")]),
        ("10k votes", [("10000", INTEGER, "")]),
        ("5m people", [("5000000", INTEGER, "")]),
        ("taller than 5 m", [("5", INTEGER, "m")]),
        ("longer than 500 km", [("500", INTEGER, "km")]),
        ("less than 10 days", [("10", INTEGER, "d")]),
        ("over 2 tonnes", [("2", INTEGER, "t")]),
        ("1,000 km²", [("1000", INTEGER, "km²")]),
        ("1000 square kilometres", [("1000", INTEGER, "km²")]),
        ("10%", [("10", INTEGER, "%")]),
        ("0.00001 km", [("0.00001", DECIMAL, "km")]),
        ("3.50", [("3.50", DECIMAL, "")]),
        ("2.0", [("2", INTEGER, "")]),
        ("12345678901234567890", [("12345678901234567890", INTEGER, "")]),
        ("released in 1999", [("1999", INTEGER, "")]),
        ("on 1989-11-09", [("1989-11-09", DATE, "")]),
        ("on 9 November 1989", [("1989-11-09", DATE, "")]),
        ("on November 9th, 1989", [("1989-11-09", DATE, "")]),
        ("on 9th Nov. 1989", [("1989-11-09", DATE, "")]),
        ("1 May 2000 and 7", [("2000-05-01", DATE, ""), ("7", INTEGER, "")]),
        ("more than two neighbours", [("2", INTEGER, "")]),
        ("at least three of the two", [("3", INTEGER, "")]),
        ("the two largest", []),
        ("Blade Runner", []),
        ("Route66 and v2.0", []),
    ],
)
def test_english(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = find_quantities(text, "en")
    assert [(q.literal.value, q.literal.datatype.removeprefix(XSD), q.unit) for q in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("人口超过一亿三千万", [("130000000", "")]),
        ("人口超过1.5亿", [("150000000", "")]),
        ("人口超过1,000万", [("10000000", "")]),
        ("六百万", [("6000000", "")]),
        ("十二个", [("12", "")]),
        ("两千三百平方公里", [("2300", "km²")]),
        ("三百平方千米", [("300", "km²")]),
        ("500千米", [("500", "km")]),
        ("功率超过20千瓦", [("20", "kW")]),
        ("停机超过3个小时", [("3", "h")]),
        ("超过5千小时", [("5000", "h")]),
        ("长度超过9千", [("9000", "")]),
        ("海拔高于8000米", [("8000", "m")]),
        ("1960年", [("1960", "")]),
        ("二〇二四年", [("2024", "")]),
        ("一九六零年", [("1960", "")]),
        ("2024年3月5日", [("2024-03-05", "")]),
        ("2024年12月25号", [("2024-12-25", "")]),
        ("超过三个国家", [("3", "")]),
        ("至少十条河", [("10", "")]),
        ("三国演义", []),
        ("哪一个", []),
        ("百度", []),
    ],
)
def test_chinese(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(q.literal.value, q.unit) for q in find_quantities(text, "zh")] == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [("9" * 1999, "en"), ("亿" * 1999, "zh"), ("九" * 1999, "zh"), ("1亿" + "亿" * 500, "zh")],
)
def test_absurd_numbers_do_no_harm(text: str, language: str) -> None:
    for quantity in find_quantities(text, language):  # type: ignore[arg-type]
        assert quantity.literal.value.isdigit()


@given(
    st.text("0123456789.,亿万千百十零一两 年月日-kmKM²%mayMAY", max_size=40), st.sampled_from(["en", "zh"])
)
def test_places_are_in_order_and_apart(text: str, language: str) -> None:
    found = find_quantities(text, language)  # type: ignore[arg-type]
    assert all(0 <= q.start < q.end <= len(text) for q in found)
    assert [q.start for q in found] == sorted(q.start for q in found)


@given(st.integers(min_value=0, max_value=10**15))
def test_any_integer_is_read_as_it_is(number: int) -> None:
    for text in (f"more than {number} of them", f"more than {number:,} of them"):
        assert [q.literal.value for q in find_quantities(text, "en")] == [str(number)]
    assert [q.literal.value for q in find_quantities(f"超过{number}个", "zh")] == [str(number)]
