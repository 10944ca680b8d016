"""Nouns that hang on a name: in both languages, in either order, and nothing where a question says more."""

from __future__ import annotations

import pytest

from kbqa.parsing.genitives import genitive_nouns


@pytest.mark.parametrize(
    ("text", "nouns"),
    [
        ("Who is the father of Osk?", ("father",)),
        ("what is the profession of the children of Osk 's wife ?", ("wife", "children", "profession")),
        ("Osk's mother's brother", ("mother", "brother")),
        ("What's Osk’s mother’s place of birth?", ("mother", "place of birth")),
        ("Name the date of death of Osk's other half.", ("other half", "date of death")),
        ("What is the name of the head of state of Osk?", ("head of state",)),
        ("Tell me the population of the capital of Osk", ("capital", "population")),
        ("Who did Osk's wife marry?", ()),
        ("Which films did the director of Osk make?", ()),
        ("Who wrote books of Osk?", ()),
        ("Who is the mother of the man that Osk married?", ()),
        ("What is the largest city in the south of Osk?", ()),
        ("Is Osk the capital of Brem?", ()),
        ("Osk", ()),
    ],
)
def test_english(text: str, nouns: tuple[str, ...]) -> None:
    start = text.index("Osk")
    assert genitive_nouns(text, start, start + 3, "en", {"head of state"}) == nouns


@pytest.mark.parametrize(
    ("text", "nouns"),
    [
        ("奥斯克的父亲是谁？", ("父亲",)),
        ("奥斯克的妻子的父亲的出生地在哪里？", ("妻子", "父亲", "出生地")),
        ("请问奥斯克的首都的名称是什么", ("首都",)),
        ("奥斯克有多少人口？", ()),
        ("谁设计了奥斯克？", ()),
    ],
)
def test_chinese(text: str, nouns: tuple[str, ...]) -> None:
    start = text.index("奥斯克")
    assert genitive_nouns(text, start, start + 3, "zh") == nouns
