"""The operations that words ask for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbqa.parsing.answer_type import expected_answer
from kbqa.parsing.cues import find_cues
from kbqa.types import Cue, Language


def cue(text: str, language: Language, kind: str) -> Cue:
    (found,) = [cue for cue in find_cues(text, language) if cue.kind == kind]
    return found


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("How many countries border Arvania?", ["count"]),
        ("What is the number of rivers?", ["count"]),
        ("How many people live in Arvania?", ["measure"]),
        ("How long is the Velda?", ["measure"]),
        ("Does Arvania border Belmora?", ["ask"]),
        ("What does it do?", ["sort"]),
        ("Which countries do not border Arvania?", ["negation"]),
        ("Which country doesn’t border Arvania?", ["negation"]),
        ("countries without neighbours", ["negation"]),
        ("rivers and cities", ["and"]),
        ("What do the rivers measure altogether?", ["aggregate"]),
        ("How many rivers are there altogether?", ["count"]),
        ("Arvania or Belmora", ["or"]),
        ("Who shares a parent with Boris?", ["same"]),
        ("Show me the flag of Arvania", ["image"]),
        ("Is the flag red?", ["ask"]),
        ("What is the population density of Arvania?", ["quotient"]),
        ("Which country has the largest GDP per capita?", ["superlative", "quotient"]),
        ("Which country is the most densely populated?", ["superlative"]),
    ],
)
def test_english_kinds(text: str, kinds: list[str]) -> None:
    assert [cue.kind for cue in find_cues(text, "en")] == kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("有多少个国家与科维亚接壤", ["count", "and"]),
        ("维尔达和有多长", ["and", "measure"]),
        ("阿瓦尼亚与科维亚接壤吗", ["and", "ask"]),
        ("是不是首都", ["ask"]),
        ("哪些国家没有邻国", ["negation"]),
        ("没拿过奖学金的学生", ["negation"]),
        ("从未获奖的作家", ["negation"]),
        ("有没有关系", ["ask"]),
        ("他是跟着哪几位老师学的", ["and"]),
        ("有几门课", ["count"]),
        ("几门课没人选", ["count"]),
        ("除了法国以外", ["negation"]),
        ("人口最多的国家", ["superlative"]),
        ("最年轻的人物", ["superlative"]),
        ("比法国大的国家", ["comparative"]),
        ("法国和德国哪个面积大", ["and", "comparative"]),
        ("人口超过500", ["comparison"]),
        ("1970年以后", ["comparison"]),
        ("法国国旗的图片", ["image"]),
        ("法国或者德国", ["or"]),
        ("法国的人口密度", ["quotient"]),
        ("人口密度最大的国家", ["quotient", "superlative"]),
        ("日本的人均寿命是多少", []),
    ],
)
def test_chinese_kinds(text: str, kinds: list[str]) -> None:
    assert [cue.kind for cue in find_cues(text, "zh")] == kinds


@pytest.mark.parametrize(
    ("text", "language", "largest", "rank", "noun"),
    [
        ("the longest river", "en", True, 1, "length"),
        ("the second longest river", "en", True, 2, "length"),
        ("the 3rd-largest country", "en", True, 3, "area"),
        ("the smallest country", "en", False, 1, "area"),
        ("the oldest person", "en", False, 1, "date"),
        ("the youngest person", "en", True, 1, "date"),
        ("the most populous country", "en", True, 1, "population"),
        ("the least populous country", "en", False, 1, "population"),
        ("the country with the most rivers", "en", True, 1, None),
        ("the country with the fewest rivers", "en", False, 1, None),
        ("the best film", "en", True, 1, "rating"),
        ("最长的河流", "zh", True, 1, "长度"),
        ("第二长的河流", "zh", True, 2, "长度"),
        ("最小的国家", "zh", False, 1, "面积"),
        ("人口最少的国家", "zh", False, 1, None),
    ],
)
def test_superlatives(text: str, language: Language, largest: bool, rank: int, noun: str | None) -> None:
    found = cue(text, language, "superlative")
    assert (found.largest, found.rank, next(iter(found.nouns), None)) == (largest, rank, noun)


@pytest.mark.parametrize(
    ("text", "operator", "nouns"),
    [
        ("more than 5 rivers", ">", ()),
        ("at least 5 rivers", ">=", ()),
        ("at most 5 rivers", "<=", ()),
        ("no more than five rivers", "<=", ()),
        ("fewer than two rivers", "<", ()),
        ("larger than 500", ">", ("area",)),
        ("longer than 500 km", ">", ("length",)),
        ("smaller than 500", "<", ("area",)),
        ("older than 1990", "<", ("date",)),
        ("after 1990", ">", ("date",)),
        ("since the year 1990", ">=", ("date",)),
        ("before May 1990", "<", ("date",)),
        ("until 1990", "<=", ("date",)),
    ],
)
def test_comparisons_with_a_quantity(text: str, operator: str, nouns: tuple[str, ...]) -> None:
    found = cue(text, "en", "comparison")
    assert (found.operator, found.nouns[:1]) == (operator, nouns)


def test_comparisons_without_a_quantity_compare_things() -> None:
    found = cue("countries larger than Arvania", "en", "comparative")
    assert (found.text, found.largest, found.nouns[0]) == ("larger than", True, "area")
    found = cue("born after Arvania", "en", "comparative")
    assert (found.text, found.largest, found.nouns[0]) == ("after", True, "date")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Who wrote it?", "en", "person"),
        ("When did it end?", "en", "time"),
        ("In what year was it?", "en", "time"),
        ("Where is Quell?", "en", "place"),
        ("How many rivers?", "en", "number"),
        ("Is it red?", "en", "boolean"),
        ("Is it red or blue?", "en", "any"),
        ("What is it?", "en", "any"),
        ("Show me a picture of it", "en", "image"),
        ("谁写的", "zh", "person"),
        ("什么时候", "zh", "time"),
        ("啥时候到期", "zh", "time"),
        ("出故障是哪一天", "zh", "time"),
        ("在哪里", "zh", "place"),
        ("有多少人", "zh", "number"),
        ("是国家吗", "zh", "boolean"),
        ("长什么样", "zh", "image"),
    ],
)
def test_expected_answer(text: str, language: Language, expected: str) -> None:
    assert expected_answer(text, language, find_cues(text, language)) == expected


@given(st.text(max_size=80), st.sampled_from(["en", "zh"]))
def test_cues_never_overlap(text: str, language: Language) -> None:
    found = find_cues(text, language)
    assert all(text[cue.start : cue.end] == cue.text or cue.kind == "measure" for cue in found)
    assert all(one.end <= two.start for one, two in pairwise(found))


@pytest.mark.parametrize(
    ("question", "language", "first"),
    [
        ("How old is Anna?", "en", "age"),
        ("How young is Anna?", "en", "age"),
        ("How long is the Velda?", "en", "length"),
    ],
)
def test_how_old_asks_for_an_age_before_a_date(question: str, language: Language, first: str) -> None:
    assert cue(question, language, "measure").nouns[0] == first


def test_the_oldest_is_still_the_one_of_the_first_date() -> None:
    assert "age" not in cue("Which is the oldest city?", "en", "superlative").nouns
    assert {"面积", "年龄"} <= set(cue("安娜有多大？", "zh", "measure").nouns)
