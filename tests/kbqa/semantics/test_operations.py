"""Operations in English and Chinese over the bundled world: arithmetic, comparisons, sets, counts, ranks, dates.

Most of the table was written before any of it was tried. The answers were worked out from the tables that the
graph is made of, not by the graph.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import kbqa

WORLD = "https://example.org/kbqa/world/"
ROWS = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "operations.tsv").read_text(encoding="utf-8").splitlines()
]
# What the rules do not find yet.
WRONG = {
    "南美洲哪些国家既不与巴西接壤也不与阿根廷接壤？": "two negations nest in too many ways",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        with kbqa.open_world() as base:
            yield base


def equal(given: set[str], wanted: set[str]) -> bool:
    try:
        ((one,), (other,)) = given, wanted
        return math.isclose(float(one), float(other), rel_tol=1e-6)
    except ValueError:
        return given == wanted


def test_the_table_is_long_enough() -> None:
    chinese = [question for question, _ in ROWS if not question.isascii()]
    assert len(dict(ROWS)) == len(ROWS) >= 120
    assert len(chinese) >= 40
    assert set(WRONG) <= set(dict(ROWS))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param(
            *row,
            id=row[0],
            marks=[pytest.mark.xfail(strict=True, reason=WRONG[row[0]])] if row[0] in WRONG else [],
        )
        for row in ROWS
    ],
)
def test_operations(world: Any, question: str, expected: str) -> None:
    readings = world.ask(question).readings
    given = {term.value.removeprefix(WORLD) for term in readings[0].terms} if readings else set()
    assert equal(given, set(expected.split())), [reading.words for reading in readings]


@pytest.mark.parametrize(
    ("question", "text", "facts"),
    [
        (
            "How many times larger is Russia than France?",
            "30.9922",
            {"Russia — area → 17,098,242", "France — area → 551,695"},
        ),
        (
            "How much longer is the Nile than the Rhine?",
            "5417 km",
            {"Nile — length → 6650", "Rhine — length → 1233"},
        ),
        (
            "What is the combined area of France and Germany?",
            "908,809 km²",
            {"France — area → 551,695", "Germany — area → 357,114"},
        ),
        (
            "Is the population of France larger than the population of Italy?",
            "yes",
            {"France — population → 64,757,000", "Italy — population → 58,871,000"},
        ),
        ("中国比日本大多少？", "9,219,045 km²", {"中国 — 面积 → 9,596,960", "日本 — 面积 → 377,915"}),
    ],
)
def test_what_is_worked_out_shows_what_from(world: Any, question: str, text: str, facts: set[str]) -> None:
    (answer,) = world.ask(question).answers
    assert answer.text == text
    assert {fact.text for fact in answer.evidence} == facts
