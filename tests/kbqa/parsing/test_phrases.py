"""Phrases that describe a thing by another."""

from __future__ import annotations

import pytest

from kbqa.parsing.phrases import phrases


@pytest.mark.parametrize(
    ("text", "named", "expected"),
    [
        ("Who heads the department that employs Osk?", "Osk", "department that employs Osk"),
        ("Who runs the stage Osk is playing on?", "Osk", "stage Osk is playing on"),
        ("Who heads the office the Osk Bureau belongs to", "Osk Bureau", "office the Osk Bureau belongs to"),
        ("Where does the act that headlined in 2023 come from?", "2023", "act that headlined in 2023"),
        ("Which countries do the people who bought Osk live in?", "Osk", "people who bought Osk live in"),
        ("where is Osk's boss based?", "Osk", "Osk's boss"),
        ("Where is Osks’ boss based?", "Osks", "Osks’ boss"),
    ],
)
def test_the_likeliest_phrase_comes_first(text: str, named: str, expected: str) -> None:
    start = text.index(named)
    first = phrases(text, [(start, start + len(named))])[0]
    assert text[first.start : first.end] == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("What is the capital of Osk?", "Osk"),
        ("Who is Osk's boss?", "Osk"),
        ("Who wrote Osk?", "Osk"),
        ("the department that employs Osk", "Osk"),
        ("Who heads the department that is new?", "Who"),
        ("", ""),
    ],
)
def test_what_is_asked_of_nothing_is_no_phrase(text: str, named: str) -> None:
    start = text.index(named)
    assert phrases(text, [(start, start + len(named))]) == []


def test_a_question_without_names_has_no_phrase() -> None:
    assert phrases("Who heads the department that employs the most?", []) == []
