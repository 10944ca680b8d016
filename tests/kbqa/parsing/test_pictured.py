"""What questions about a picture ask, part by part."""

from __future__ import annotations

import pytest

from kbqa.parsing.pictured import clauses, refers

ENGLISH = {
    "Which country is this flag of, and what is its capital?": ["", "what is Peru's capital?"],
    "Which country is this flag of?": [""],
    "What is this?": [""],
    "Whose flag is this?": [""],
    "What country does this flag belong to and which countries border it?": [
        "",
        "which countries border Peru?",
    ],
    "Which film is this poster from?": [""],
    "Who is in the picture?": [""],
    "What is the capital of this country?": ["What is the capital of Peru?"],
    "What is the capital of the country with this flag?": ["What is the capital of Peru?"],
    "What is this country's capital?": ["What is Peru's capital?"],
    "What is its capital": ["What is Peru's capital?"],
    "How many people live there in this country?": ["How many people live there in Peru?"],
    "Who designed this flag?": ["Who designed the flag of Peru?"],
    "Which countries border this country and France?": ["Which countries border Peru and France?"],
    "What is the capital of France?": ["What is the capital of France?"],
}
CHINESE = {
    "这是哪个国家的国旗？": [""],
    "这面国旗属于哪个国家，它的首都是哪里？": ["", "秘鲁的首都是哪里？"],
    "图片里是什么？": [""],
    "这个国家的首都是哪里？": ["秘鲁的首都是哪里？"],
    "这面国旗代表的国家的首都是哪里？": ["秘鲁的首都是哪里？"],
    "它的人口是多少": ["秘鲁的人口是多少？"],
    "这面国旗是谁设计的？": ["秘鲁的国旗是谁设计的？"],
    "法国的首都是哪里？": ["法国的首都是哪里？"],
}


@pytest.mark.parametrize(("text", "expected"), ENGLISH.items())
def test_english(text: str, expected: list[str]) -> None:
    assert [clause.text for clause in clauses(text, "Peru", "en")] == expected


@pytest.mark.parametrize(("text", "expected"), CHINESE.items())
def test_chinese(text: str, expected: list[str]) -> None:
    assert [clause.text for clause in clauses(text, "秘鲁", "zh")] == expected


def test_a_question_that_does_not_speak_of_the_picture_is_told_apart() -> None:
    assert (
        refers("What is this?", "en") and refers("What is its capital?", "en") and refers("这是什么？", "zh")
    )
    assert not refers("What is the capital of France?", "en") and not refers("法国的首都是哪里？", "zh")
