"""Questions that may be asked, and those that are refused in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbqa.errors import QuestionError
from kbqa.parsing.answer_type import asks_what_about
from kbqa.parsing.nouns import SAME_NOUNS
from kbqa.parsing.parser import MAX_QUESTION_CHARACTERS, Parser
from kbqa.types import Question
from kg.types import Mention


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("   \n\t", "is empty"),
        ("\x00\x01\u200b\ud800", "is empty"),
        ("?!… 。，", "holds no word"),
        ("🌍🌍", "holds no word"),
        ("a" * 10_000, "10,000 characters"),
        ("a" * (MAX_QUESTION_CHARACTERS + 1), "at most 2,000"),
    ],
)
def test_questions_that_cannot_be_asked(text: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message) as caught:
        Parser().parse(Question(text))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_the_longest_question_is_read() -> None:
    assert len(Parser().parse(Question("a" * MAX_QUESTION_CHARACTERS)).text) == MAX_QUESTION_CHARACTERS


def test_control_characters_and_spaces_are_tidied() -> None:
    parsed = Parser().parse(Question("  What\x00 is\n\n the\u200b capital\u202e\ud83d? "))
    assert parsed.text == "What is the capital?"


def test_the_language_can_be_given() -> None:
    assert Parser().parse(Question("Inception")).language == "en"
    assert Parser().parse(Question("Inception", language="zh")).language == "zh"


@given(st.text(max_size=200))
def test_anything_is_parsed_or_refused(text: str) -> None:
    try:
        parsed = Parser().parse(Question(text))
    except QuestionError:
        return
    assert parsed.text == parsed.text.strip()
    assert all(parsed.text[token.start : token.end] for token in parsed.tokens)
    parsed.text.encode("utf-8")


def test_each_noun_has_one_line_of_others() -> None:
    for noun, others in SAME_NOUNS.items():
        assert others, noun
        for other in others:
            assert noun in SAME_NOUNS[other], f"{noun} is in two lines"


def test_a_name_does_not_say_what_is_asked_about() -> None:
    parsed = Parser().parse(Question("Who directed The Theme Park?"))
    name = Mention(13, 27, "The Theme Park")
    assert asks_what_about(parsed)
    assert not asks_what_about(parsed, [name])
