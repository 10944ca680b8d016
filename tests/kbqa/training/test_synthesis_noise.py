"""What people do to their sentences."""

import random

import pytest

from kbqa.training.synthesis.noise import noisy

QUESTION = "what is the population of the capital of [MASK]"
QUESTION_ZH = "[MASK]的首都的人口是多少"


def draws(text, language, count=2000):
    chance = random.Random(5)
    return [noisy(text, language=language, chance=chance) for _ in range(count)]


def test_most_questions_keep_their_words():
    kept = [text for text in draws(QUESTION, "en") if QUESTION in text.lower().replace("[mask]", "[MASK]")]
    assert 0.5 < len(kept) / 2000 < 0.9


@pytest.mark.parametrize(
    "part",
    [
        "what's the",
        "whats the",
        "population of capital",
        "?",
        "please",
        "What is",
        "popu",
        "could you tell me",
    ],
)
def test_what_people_do_is_done_now_and_then(part):
    assert 0 < sum(part in text for text in draws(QUESTION, "en", 5000)) < 5000


def test_slips_are_made_inside_long_words_only():
    for text in draws("who saw the cat of [MASK]", "en"):
        assert "[MASK]" in text and " cat " in text and " saw " in f" {text.lower()} "


@pytest.mark.parametrize("part", ["请问", "？", "首都人口", "呢"])
def test_chinese_is_varied_as_well(part):
    found = sum(part in text for text in draws(QUESTION_ZH, "zh", 5000))
    assert 0 < found < 5000


def test_a_request_is_not_asked_for_twice():
    assert not any("告诉我帮我查" in text for text in draws("帮我查[MASK]的人口", "zh"))
