"""Words that ask for a number to be worked out: a sum, an average, a difference, a ratio, a quotient."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from kbqa.parsing.lexicon import ADJECTIVES, ADJECTIVES_ZH, Adjective
from kbqa.semantics.form import Aggregation, Calculation
from kbqa.types import Cue

__all__ = ["PEOPLE", "calculations_en", "calculations_zh", "density", "quotients_en", "quotients_zh"]

PEOPLE: tuple[str, ...] = ("population", "inhabitants")
_AREA = ("area", "surface area", "size")
_DENSITIES = ("population density", "density", "人口密度", "密度")
_PEOPLE_ZH, _AREA_ZH = ("人口", "人口数"), ("面积", "土地面积")

_AGGREGATES: list[tuple[str, Aggregation]] = [
    (r"\b(?:the )?sum(?: total)?(?: of)?\b|\btotal\b|\bcombined\b|\bput together\b", "sum"),
    # "how many are there altogether" is a count
    (r"(?<!\bthere )\b(?:altogether|all together)\b", "sum"),
    (r"\baverage\b|(?<=\bthe )mean\b", "average"),
]
_ARITHMETIC: list[tuple[str, Calculation]] = [
    (r"\b(?:the )?difference(?: (?:in|between))?\b", "distance"),
    (r"\b(?:the )?ratio(?: (?:of|between))?\b", "ratio"),
]
_DENSITY = r"\bpopulation densit(?:y|ies)\b|\b(?:people|inhabitants|residents) (?:live |are there )?per (?:square|sq\.?) \w+\b"
_A_HEAD = r"(?:per|for each|for every) (?:capita|head|person|inhabitant|citizen)(?: of (?:the )?population)?"
_NO_NOUN = "the|a|an|what|which|is|was|total|average|most|least|(?:high|low|larg|great|small|bigg|few)est"
_HEADS = rf"\b(?P<noun>(?:(?!(?:{_NO_NOUN})\b)[\w-]+ ){{1,3}}?){_A_HEAD}\b"
_HEADS_FIRST = r"\bper capita (?P<noun>(?!of\b|in\b|is\b|for\b)[\w-]+)"
_ANY_PER = (
    rf"\b(?P<noun>(?!(?:{_NO_NOUN}|people|inhabitants|residents)\b)[\w-]+ )per "
    r"(?!(?:capita|head|person|inhabitant|citizen|square|sq|cent)\b)(?P<per>[\w-]+)"
)
# What is told of one person anyway is not divided by their number.
_HEADS_ZH = r"人均(?!寿命|年龄|期望)(?P<noun>[一-鿿A-Za-z]{2,8}?)(?=[是为有多达，。？?]|$)"
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


def quotients_en(text: str) -> Iterator[Cue]:
    """Yield what an English question asks for of one property divided by another.

    Example:
    >>> [(cue.text, cue.of, cue.per[0]) for cue in quotients_en("What is the GDP per capita of Peru?")]
    [('GDP per capita', ('gdp',), 'population')]
    """
    for match in re.finditer(_DENSITY, text, re.IGNORECASE):
        yield Cue(match.start(), match.end(), "quotient", match.group(), _DENSITIES)
    for pattern in (_HEADS, _HEADS_FIRST, _ANY_PER):
        for match in re.finditer(pattern, text, re.IGNORECASE):
            noun, own = match["noun"].strip().lower(), (match.group().lower(),)
            per = (match["per"].lower(),) if pattern == _ANY_PER else PEOPLE
            yield Cue(match.start(), match.end(), "quotient", match.group(), own, of=(noun,), per=per)


def quotients_zh(text: str) -> Iterator[Cue]:
    """Yield what a Chinese question asks for of one property divided by another.

    Example:
    >>> [(cue.text, cue.of, cue.per[0]) for cue in quotients_zh("日本的人均国内生产总值是多少？")]
    [('人均国内生产总值', ('国内生产总值',), '人口')]
    """
    for match in re.finditer("人口密度", text):
        yield Cue(match.start(), match.end(), "quotient", match.group(), _DENSITIES)
    for match in re.finditer(_HEADS_ZH, text):
        own, noun = (match.group(),), (match["noun"],)
        yield Cue(match.start(), match.end(), "quotient", match.group(), own, of=noun, per=_PEOPLE_ZH)


def density(cue: Cue, text: str) -> Cue:
    """Return a cue that speaks of a population density with what that is worked out from; any other as it is.

    It holds the word for people that stands before it in Chinese: 人口最密集.
    """
    if cue.per or not set(cue.nouns) & set(_DENSITIES):
        return cue
    start = cue.start - 2 if text[: cue.start].endswith("人口") else cue.start
    people, area = PEOPLE + _PEOPLE_ZH, _AREA + _AREA_ZH
    return replace(cue, start=start, text=text[start : cue.end], of=people, per=area)


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
