from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.text import fold, has_cjk, is_cjk, normalise, readable, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Dark Knight", "the  dark\tknight"),
        ("Schindler’s List", "Schindler's List"),
        ("France's", "france"),
        ("boys' life", "boys life"),
        ("O’Brien", "OBrien"),
        ("Lilo & Stitch", "Lilo and Stitch"),
        ("Spider–Man", "spider-man"),
        ("U.S.A.", "USA"),
        ("ＡＢＣ", "abc"),
        ("Straße", "STRASSE"),
        ("《紅樓夢》", "红楼梦"),
        ("“Heat”", "heat"),
        ("Mr. Nobody", "mr nobody"),
    ],
)
def test_equal_after_normalisation(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [("C", "C++"), ("C#", "C"), ("Heat", "Heats"), ("Malmö", "Malmo")])
def test_different_after_normalisation(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_fold_drops_accents_of_latin_letters_only() -> None:
    assert fold("Malmö") == "malmo"
    assert fold("Übermaß") == "ubermass"
    assert fold("ガンダム") == "ガンダム"
    assert fold("서울") == "서울"


def test_punctuation_only_is_kept() -> None:
    assert normalise(" !!! ") == "!!!"
    assert normalise("  ") == ""


def test_cjk() -> None:
    assert is_cjk("国")
    assert not is_cjk("é")
    assert has_cjk("who is 姚明")
    assert not has_cjk("Æ")
    assert words("iPhone手机 15") == ["iphone", "手", "机", "15"]


@given(st.text(max_size=40))
def test_normalising_is_idempotent_in_its_words(text: str) -> None:
    once = fold(text)
    assert once == once.strip()
    assert "  " not in once
    assert "".join(words(text)) == once.replace(" ", "") or any(c.isspace() for c in once)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("directed_by", "directed by"),
        ("http://example.org/releaseYear", "release year"),
        ("http://example.org/hasURL", "has URL"),
        ("http://example.org/BarackObama", "Barack Obama"),
        ("http://www.wikidata.org/prop/direct/P31", "P31"),
        ("http://example.org/AC%2FDC", "AC/DC"),
        ("urn:kb:%E7%BA%A2%E6%A5%BC", "红楼"),
        ("http://example.org/has-part", "has part"),
        ("McDonald", "McDonald"),
        ("http://example.org/", "example.org"),
        ("", ""),
    ],
)
def test_readable(name: str, expected: str) -> None:
    assert readable(name) == expected
