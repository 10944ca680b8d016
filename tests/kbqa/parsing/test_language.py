"""Which language a question is in, and where its words stand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbqa.parsing.language import detect, tokenize


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the capital of France?", "en"),
        ("法国的首都是哪里？", "zh"),
        ("Who wrote 红楼梦?", "en"),
        ("Inception 的导演是谁？", "zh"),
        ("谁导演了 The Dark Knight", "zh"),
        ("谁是 Marie Curie and Pierre Curie 的女儿", "zh"),
        ("Is 北京大学 larger than 清华大学", "en"),
        ("中国 capital", "zh"),
        ("", "en"),
        ("12345", "en"),
        ("¿Dónde está París?", "en"),
    ],
)
def test_detect(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    ("text", "lemmas"),
    [
        (
            "Which rivers flow through Arvania's cities?",
            ["which", "river", "flow", "through", "arvania", "city"],
        ),
        ("the U.S. and O'Brien", ["the", "u.s", "and", "o'brien"]),
        ("more than 1,000 km", ["more", "than", "1", "000", "kilometer"]),
        ("Jean-Luc’s films", ["jean-luc", "film"]),
        ("?!…", []),
    ],
)
def test_words_of_english(text: str, lemmas: list[str]) -> None:
    assert [token.lemma for token in tokenize(text, "en")] == lemmas


def test_words_of_chinese_keep_content_and_structure_apart() -> None:
    tokens = tokenize("法国的首都是哪里？", "zh")
    assert [token.text for token in tokens if not token.function] == ["法国", "首都"]
    assert [token.text for token in tokens if token.function] == ["的", "是", "哪里"]


@given(st.text(max_size=80), st.sampled_from(["en", "zh"]))
def test_tokens_stand_where_they_say(text: str, language: str) -> None:
    tokens = tokenize(text, language)  # type: ignore[arg-type]
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert all(one.end <= two.start for one, two in pairwise(tokens))
    if language == "zh":
        assert all(text[token.start : token.end].lower() == token.text for token in tokens)
