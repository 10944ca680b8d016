"""Reading metrics against cases computed by hand from the official definitions."""

from __future__ import annotations

import pytest

from kbqa.evaluation.text_metrics import best, chinese_exact, chinese_f1, drcd_f1, squad_exact, squad_f1


@pytest.mark.parametrize(
    ("answer", "gold", "exact", "overlap"),
    [
        ("The Eiffel Tower", "eiffel tower.", 1, 1),
        ("an apple a day", "apple day", 1, 1),
        ("Eiffel Tower in Paris", "the Eiffel Tower", 0, 2 * (2 / 4) * 1 / (2 / 4 + 1)),
        ("no no yes", "no yes yes", 0, 2 / 3),  # bags: min counts no 1, yes 1
        ("Paris", "Lyon", 0, 0),
        ("", "", 1, 1),
        ("", "Paris", 0, 0),
        ("Paris", "", 0, 0),
        ("the", "a", 1, 1),  # both empty after normalisation, as in the official script
        ("theatre", "atre", 0, 0),  # articles are whole words
        ("co-operation", "cooperation", 1, 1),
        ("Dvořák", "Dvorak", 0, 0),  # accents stay
    ],
)
def test_squad(answer: str, gold: str, exact: float, overlap: float) -> None:
    assert squad_exact(answer, gold) == exact
    assert squad_f1(answer, gold) == pytest.approx(overlap)


@pytest.mark.parametrize(
    ("answer", "gold", "exact", "overlap"),
    [
        ("《红楼梦》。", "红楼梦", 1, 1),
        ("曹雪芹", "作者曹雪芹", 0, 2 * 1 * (3 / 5) / (1 + 3 / 5)),
        ("北京上海", "上海北京", 0, 1 / 2),  # longest run is 2 of 4: no bag of characters
        ("3月15日", "15日", 0, 2 * 2 / (4 + 2)),  # 3 月 15 日: numbers are one piece
        ("iPhone 4S", "iphone 4s", 1, 1),
        ("广州", "深圳", 0, 0),
        ("……", "", 0, 0),  # one "…" is not in the script's list, so not removed
        ("，。", "", 1, 0),
    ],
)
def test_cmrc(answer: str, gold: str, exact: float, overlap: float) -> None:
    assert chinese_exact(answer, gold) == exact
    assert chinese_f1(answer, gold) == pytest.approx(overlap)


def test_drcd_counts_characters_in_bags() -> None:
    assert drcd_f1("北京上海", "上海北京") == 1
    assert drcd_f1("1990年", "1991年") == pytest.approx(8 / 10)
    assert drcd_f1("", "") == 1


def test_best_of_several_gold_answers() -> None:
    assert best(squad_f1, "Denver Broncos", ["Broncos", "Denver Broncos"]) == 1
    assert best(squad_exact, "Denver", []) == 0
    assert best(squad_exact, "", []) == 1
