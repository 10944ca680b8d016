"""What a person sees of a result: the answers, what they rest on, and how long they took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kbqa.terminal.page import Page, clean, shorten

if TYPE_CHECKING:
    from kbqa.reading.generate import Told
    from kbqa.types import FactEvidence, PassageEvidence, Result

__all__ = ["confidence_word", "show_result"]

SURE, LIKELY = 0.85, 0.65
ANSWERS, ANSWER_CHARACTERS = 30, 600
FACTS, OBJECTS, PASSAGES, PICTURES, READINGS = 6, 8, 2, 3, 2
QUOTE_CHARACTERS, CAPTION_CHARACTERS = 320, 60
LEAST_SHOWN = 0.01  # confidence of a reading that is worth a line
STYLES = {"sure": "bold green", "likely": "bold yellow", "unsure": "bold red", "guess": "bold magenta"}


@dataclass(frozen=True, slots=True)
class _Words:
    """The fixed words of one language."""

    certainty: Mapping[str, str]
    nothing: str
    why: str
    facts: str
    query: str
    meaning: str
    passage: str
    place: str
    picture: str
    other_readings: str
    readings: str
    stages: Mapping[str, str]
    more: str
    told: str
    refused: str


_ENGLISH = _Words(
    certainty={"sure": "sure", "likely": "likely", "unsure": "unsure", "guess": "guess"},
    nothing="Not in this knowledge base.",
    why="why",
    facts="facts",
    query="query",
    meaning="in words",
    passage="passage",
    place="{source}, characters {start}–{end}",
    picture="picture",
    other_readings="also read as",
    readings="read as",
    stages={},
    more="and {count:,} more",
    told="in full",
    refused="the model wrote what the evidence does not hold",
)
_CHINESE = _Words(
    certainty={"sure": "确定", "likely": "很可能", "unsure": "不确定", "guess": "猜测"},
    nothing="知识库里没有答案。",
    why="原因",
    facts="事实",
    query="查询",
    meaning="意思",
    passage="原文",
    place="{source}，第 {start}–{end} 字",
    picture="图片",
    other_readings="也可理解为",
    readings="理解为",
    stages={
        "parse": "解析",
        "link": "链接",
        "query": "查询",
        "search": "检索",
        "rerank": "重排",
        "read": "阅读",
        "decide": "决定",
    },
    more="另有 {count:,} 项",
    told="完整回答",
    refused="模型写了依据中没有的内容",
)


def confidence_word(confidence: float) -> str:
    """Return "sure" from 0.85, "likely" from 0.65, else "unsure".

    >>> confidence_word(0.85), confidence_word(0.7), confidence_word(0.2)
    ('sure', 'likely', 'unsure')
    """
    if confidence >= SURE:
        return "sure"
    return "likely" if confidence >= LIKELY else "unsure"


def show_result(page: Page, result: Result, told: Told | None = None) -> None:
    """Write the answers, what they rest on and how long it took; or that there is none, and why.

    Args:
        page: Where to.
        result: What came of a question; the labels are in the question's language.
        told: The answer in sentences, if that is asked for.
    """
    words = _CHINESE if result.parsed.language == "zh" else _ENGLISH
    if result.answers:
        _show_answers(page, words, result)
        _show_told(page, words, told)
        _show_query(page, words, result)
        _show_documents(page, words, result)
    else:
        page.headline(words.nothing)
        page.gap()
        page.row(words.why, result.reason)
    _show_other_readings(page, words, result)
    _show_seconds(page, words, result.seconds)


def _show_answers(page: Page, words: _Words, result: Result) -> None:
    """Write the answers in one line, cut where they get too many or too long."""
    shown: list[str] = []
    for answer in result.answers:
        text = shorten(clean(answer.text), ANSWER_CHARACTERS)
        if shown and (len(shown) == ANSWERS or len(" · ".join([*shown, text])) > ANSWER_CHARACTERS):
            break
        shown.append(text)
    confidence = result.answers[0].confidence
    word = "guess" if result.answers[0].guessed else confidence_word(confidence)
    text = " · ".join(shown + _left(len(result.answers) - len(shown), words))
    page.headline(text, f"{words.certainty[word]} ({confidence:.2f})", style=STYLES[word])
    page.gap()


def _show_told(page: Page, words: _Words, told: Told | None) -> None:
    if told is None:
        return
    page.row(words.told, clean(told.text))
    if told.refused:
        page.row(
            "", f"{words.refused}: {shorten(clean(', '.join(told.refused)), QUOTE_CHARACTERS)}", style="dim"
        )


def _left(count: int, words: _Words) -> list[str]:
    return [words.more.format(count=count)] if count else []


def _show_query(page: Page, words: _Words, result: Result) -> None:
    from kbqa.types import FactEvidence

    page.row(words.facts, _facts([item for item in result.evidence if isinstance(item, FactEvidence)], words))
    if result.reading is not None:
        page.row(words.query, result.reading.short, style="cyan")
        page.row(words.meaning, result.reading.words)


def _facts(facts: Sequence[FactEvidence], words: _Words) -> str:
    """Return facts in one line; those that differ in their object only are told as one."""
    objects: dict[str, list[str]] = {}
    for fact in facts:
        start, _, value = clean(fact.text).partition(" → ")
        objects.setdefault(start, []).append(shorten(value, QUOTE_CHARACTERS))
    told = [
        f"{start} → {', '.join(values[:OBJECTS] + _left(max(0, len(values) - OBJECTS), words))}"
        for start, values in objects.items()
    ]
    return " · ".join(told[:FACTS] + _left(max(0, len(told) - FACTS), words))


def _show_documents(page: Page, words: _Words, result: Result) -> None:
    """Write the passages, without repeating one that is the answer itself, and the pictures."""
    from kbqa.types import ImageEvidence, PassageEvidence

    told = {answer.text for answer in result.answers}
    quotes = [item for item in result.evidence if isinstance(item, PassageEvidence)]
    for quote in quotes[:PASSAGES]:
        where = _place(quote, words)
        text = shorten(" ".join(quote.text.split()), QUOTE_CHARACTERS)
        asked = shorten(quote.passage.question, QUOTE_CHARACTERS)
        said = asked if quote.text in told else text
        page.row(words.passage, f"“{said}”  {where}" if said else where)
    pictures = [item for item in result.evidence if isinstance(item, ImageEvidence)]
    for picture in pictures[:PICTURES]:
        caption = "" if picture.image.caption in told else shorten(picture.image.caption, CAPTION_CHARACTERS)
        page.row(words.picture, f"{caption}  {picture.image.path}".lstrip())


def _place(quote: PassageEvidence, words: _Words) -> str:
    return words.place.format(source=quote.passage.source, start=quote.start, end=quote.end)


def _show_other_readings(page: Page, words: _Words, result: Result) -> None:
    others = [
        reading
        for reading in result.readings
        if reading is not result.reading and reading.confidence >= LEAST_SHOWN
    ]
    label = words.other_readings if result.answers else words.readings
    for reading in others[:READINGS]:
        page.row(label, f"{reading.words} ({reading.confidence:.2f})", style="dim")


def _show_seconds(page: Page, words: _Words, seconds: Mapping[str, float]) -> None:
    stages = [f"{words.stages.get(stage, stage)} {_milliseconds(spent)}" for stage, spent in seconds.items()]
    page.row(f"{_milliseconds(sum(seconds.values()))} ms", " · ".join(stages), style="dim")


def _milliseconds(seconds: float) -> str:
    """Return a time in whole milliseconds.

    >>> _milliseconds(0.0384), _milliseconds(0.0002), _milliseconds(0.0), _milliseconds(2.5)
    ('38', '<1', '0', '2,500')
    """
    if 0.0 < seconds < 0.0005:
        return "<1"
    return f"{seconds * 1000:,.0f}"
