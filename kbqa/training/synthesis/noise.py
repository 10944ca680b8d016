"""What people do to the sentences that they type: slips, omissions, politeness, punctuation."""

from __future__ import annotations

import random
import re

from kbqa.training.examples import MASK
from kbqa.types import Language

__all__ = ["noisy"]

_OFTEN = 0.07  # how often each kind of noise is made
_WORD = re.compile(r"[a-z]{4,}")
_ASKING = re.compile(
    r"(?:who|whom|whose|what|which|when|where|how|in|on|by|for|of|is|are|was|were|does|do|did|can|could|any)\b|.*\b"
    r"(?:who|what|which|when|where)\b"
)
_QUESTION_WORD = re.compile(r"(?:who|whom|whose|what|which|when|where|how)\b")
_LESS = re.compile(r"\b(?:the|an?|that|does|do|did) |(?<=^what )(?:is|are) |(?<=^who )(?:is|are) ")
_OPENINGS = (
    "please", "hi,", "hey", "hello,", "so", "ok", "okay so", "and", "now", "well,", "quick question:", "question:",
    "i'm curious,", "just curious,", "say,", "out of interest,", "help:", "i forgot,", "umm",
)  # fmt: skip
_BEFORE_ASKING = (
    "i was wondering", "could you tell me", "can you tell me", "do you know", "does anyone know", "tell me,",
    "remind me,", "can someone tell me", "i'd like to know", "any idea",
)  # fmt: skip
_CLOSINGS = (
    "please",
    "thanks",
    "thank you",
    "pls",
    "again",
    "do you know",
    "by the way",
    "exactly",
    "then",
    "i wonder",
    "anyone",
)
_CONTRACTIONS = (
    ("what is ", ("what's ", "whats ")),
    ("who is ", ("who's ", "whos ")),
    ("where is ", ("where's ",)),
    ("that is ", ("that's ",)),
    ("i would ", ("i'd ",)),
)
_OPENINGS_ZH = (
    "请问", "请问一下", "请问，", "想问下", "麻烦问一下", "那", "问一下", "你好，", "求问", "那么", "我很好奇，", "大家好，",
)  # fmt: skip
_BEFORE_ASKING_ZH = (
    "你知道", "我想知道", "谁能告诉我", "帮我查一下", "有人知道", "快告诉我", "请告诉我", "我想问", "能不能告诉我", "查一查",
)  # fmt: skip
_TELLING_ZH = re.compile(r"(?:列|告诉|我想|帮|查|求|说|想|能|谁|给|找|请|介绍)")
_CLOSINGS_ZH = ("呢", "啊", "呀", "来着", "，谢谢", "，急", "，求解答", "，你知道么", "哦", "？谢谢")


def noisy(question: str, *, language: Language, chance: random.Random) -> str:
    """Return a question as somebody might type it; most keep their words.

    Args:
        question: With MASK once, which stays as it is.
        language: Of the question.
        chance: Decides.

    Example:
    >>> chance = random.Random(1)
    >>> "whats the capital of [MASK]?" in {noisy("what is the capital of [MASK]", language="en", chance=chance) for _ in range(500)}
    True
    """
    return _noisy_chinese(question, chance) if language == "zh" else _noisy_english(question, chance)


def _noisy_english(text: str, chance: random.Random) -> str:
    asking = _ASKING.match(text) is not None
    text = _contracted(text, chance)
    if chance.random() < _OFTEN:
        text = _without_one(text, chance)
    if chance.random() < _OFTEN:
        asked = _QUESTION_WORD.match(text) is not None and chance.random() < 0.5
        text = f"{chance.choice(_BEFORE_ASKING if asked else _OPENINGS)} {text}"
    if chance.random() < _OFTEN / 2:
        text = f"{text}{chance.choice((' ', ', '))}{chance.choice(_CLOSINGS)}"
    if chance.random() < _OFTEN:
        text = _with_slip(text, chance)
    if chance.random() < 0.3:
        text = text[0].upper() + text[1:]
    return text + _end(asking, chance)


def _end(asking: bool, chance: random.Random) -> str:
    """Return how the question ends."""
    ends = (
        ("?", "?", "?", "?", "?", " ?", "", "", "", "", "??")
        if asking
        else ("", "", "", "", "", "", ".", ".", "?")
    )
    return chance.choice(ends)


def _contracted(text: str, chance: random.Random) -> str:
    for words, instead in _CONTRACTIONS:
        if words in text and chance.random() < 0.2:
            text = text.replace(words, chance.choice(instead), 1)
    return text


def _without_one(text: str, chance: random.Random) -> str:
    """Return a text without one of its small words, or without any "the"."""
    if chance.random() < 0.4:
        return re.sub(r"\bthe ", "", text)
    found = list(_LESS.finditer(text))
    if not found:
        return text
    gone = chance.choice(found)
    return text[: gone.start()] + text[gone.end() :]


def _with_slip(text: str, chance: random.Random) -> str:
    """Return a text with a slip of the fingers in one of its longer words."""
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = chance.choice(words)
    place = chance.randrange(word.start() + 1, word.end() - 1)
    here, after = text[place], text[place + 1]
    slip = chance.choice((after + here, here + here + after, after, here))
    return text[:place] + slip + text[place + 2 :]


def _noisy_chinese(text: str, chance: random.Random) -> str:
    if chance.random() < _OFTEN:
        text = _without_de(text, chance)
    if chance.random() < 0.1:
        plain = _TELLING_ZH.match(text) is not None or chance.random() < 0.5
        text = chance.choice(_OPENINGS_ZH if plain else _BEFORE_ASKING_ZH) + text
    closed = chance.random() < 0.08
    if closed:
        text += chance.choice(_CLOSINGS_ZH)
    if chance.random() < _OFTEN:
        text = " ".join(text.replace(MASK, f" {MASK} ").split())
    return text + chance.choice(("", "", "", "", "？", "？", "？", "?", "" if closed else "。"))


def _without_de(text: str, chance: random.Random) -> str:
    places = [
        place for place, character in enumerate(text) if character == "的" and 0 < place < len(text) - 1
    ]
    if not places:
        return text
    place = chance.choice(places)
    return text[:place] + text[place + 1 :]
