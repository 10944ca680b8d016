"""Words that ask for a number to be worked out: a sum, an average, a difference, a ratio."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kbqa.parsing.lexicon import ADJECTIVES, ADJECTIVES_ZH, Adjective
from kbqa.semantics.form import Aggregation, Calculation
from kbqa.types import Cue

__all__ = ["PEOPLE", "calculations_en", "calculations_zh"]

PEOPLE: tuple[str, ...] = ("population", "inhabitants")

_AGGREGATES: list[tuple[str, Aggregation]] = [
    (r"\b(?:the )?sum(?: total)?(?: of)?\b|\btotal\b|\bcombined\b|\bput together\b", "sum"),
    (r"\baverage\b|(?<=\bthe )mean\b", "average"),
]
_ARITHMETIC: list[tuple[str, Calculation]] = [
    (r"\b(?:the )?difference(?: (?:in|between))?\b", "distance"),
    (r"\b(?:the )?ratio(?: (?:of|between))?\b", "ratio"),
]
_HOW_MUCH = r"\bhow (?:(?P<times>many times)|much|many(?: \w+)??)"
_AGGREGATES_ZH: list[tuple[str, Aggregation]] = [
    (r"总和|之和|合计|加起来|总计|总(?=人口|面积|长度|量|值|数|额|收入)", "sum"),
    (r"平均值?|均值", "average"),
]
_ARITHMETIC_ZH: list[tuple[str, Calculation]] = [
    (r"相差(?:了)?(?:多少)?|差多少|差距|之差|差值", "distance"),
    (r"的?(?:几|多少)倍|的?倍数|之比|比值", "ratio"),
]


def calculations_en(text: str, comparatives: Mapping[str, Adjective]) -> Iterator[Cue]:
    """Yield the calculations of an English question.

    Args:
        text: The question.
        comparatives: Comparative forms of gradable adjectives.

    Example:
    >>> larger = {"larger": Adjective(("area",), True)}
    >>> [(cue.text, cue.function) for cue in calculations_en("How much larger is Peru than Cuba?", larger)]
    [('How much larger', 'difference')]
    """
    for words, aggregation in _AGGREGATES:
        for match in re.finditer(words, text, re.IGNORECASE):
            yield Cue(match.start(), match.end(), "aggregate", match.group(), function=aggregation)
    for words, calculation in _ARITHMETIC:
        for match in re.finditer(words, text, re.IGNORECASE):
            yield Cue(match.start(), match.end(), "arithmetic", match.group(), function=calculation)
    forms = "|".join(re.escape(word) for word in sorted(comparatives, key=len, reverse=True))
    people = r"(?P<more>more|fewer|less)(?P<people> (?:people|inhabitants|residents))?"
    pattern = rf"{_HOW_MUCH} (?:(?P<form>{forms})|{people})\b(?P<than> than\b)?"
    for match in re.finditer(pattern, text, re.IGNORECASE):
        form = comparatives.get((match["form"] or "").lower())
        nouns = form.nouns if form else PEOPLE if match["people"] else ()
        largest = form.largest if form else match["more"].lower() == "more"
        yield Cue(
            match.start(),
            match.end(),
            "arithmetic",
            match.group(),
            nouns,
            # "How much larger than Cuba is Peru?" names what is taken away first.
            largest is not bool(match["than"]),
            function="ratio" if match["times"] else "difference",
        )
    plain = "|".join(sorted(ADJECTIVES, key=len, reverse=True))
    for match in re.finditer(rf"\bhow many times as ({plain})( as)?\b", text, re.IGNORECASE):
        adjective = ADJECTIVES[match.group(1).lower()]
        largest = adjective.largest is not bool(match.group(2))
        yield Cue(
            match.start(),
            match.end(),
            "arithmetic",
            match.group(),
            adjective.nouns,
            largest,
            function="ratio",
        )


def calculations_zh(text: str) -> Iterator[Cue]:
    """Yield the calculations of a Chinese question.

    Example:
    >>> [(cue.text, cue.function) for cue in calculations_zh("中国比日本大多少？")]
    [('比', 'difference'), ('大多少', '')]
    """
    for words, aggregation in _AGGREGATES_ZH:
        for match in re.finditer(words, text):
            yield Cue(match.start(), match.end(), "aggregate", match.group(), function=aggregation)
    adjectives = "|".join(sorted(ADJECTIVES_ZH, key=len, reverse=True))
    much = rf"比(?=[^，。？?]*?(?P<much>(?P<form>{adjectives})(?:了|出)?(?:多少|几)(?P<times>倍)?))"
    for match in re.finditer(much, text):
        adjective = ADJECTIVES_ZH[match["form"]]
        function: Calculation = "ratio" if match["times"] else "difference"
        yield Cue(
            match.start(),
            match.end(),
            "arithmetic",
            match.group(),
            adjective.nouns,
            adjective.largest,
            function=function,
        )
        yield Cue(match.start("much"), match.end("much"), "degree", match["much"])
    for words, calculation in _ARITHMETIC_ZH:
        for match in re.finditer(words, text):
            yield Cue(match.start(), match.end(), "arithmetic", match.group(), function=calculation)
