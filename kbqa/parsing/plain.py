"""A question without what only describes its entity, and with one noun for what shares its entity's name.

"Inception, a film of 2010," is Inception: once it is linked, the rest tells the matcher nothing. "The thing with the
same name as X" is the namesake of X: phrases built with "same" otherwise compare two things by a relation, as in "with
the same director as X", and a name is not such a relation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kbqa.parsing.lexicon import UNITS
from kbqa.types import Language, ParsedQuestion
from kg.types import Link

__all__ = ["MASK", "find_asides", "in_plain_words", "without_asides"]

MASK = "[MASK]"
"""Stands in a question for the entity that is asked about."""

_MASK = re.escape(MASK)
_SOMETHING = r"(?:the|a|an|any|that) (?:(?:person|people|man|woman|thing|object|place|one|ones|and|or)s?,? )+"
_RELATIVE = r"(?:(?:that|which|who) )?"
# What may stand between "as" and the name: "the ship", "Germany's"; no pronoun, which would mean something else.
_BEFORE = rf"(?=(?:(?!its|their|his|her)[\w'’-]+ ){{0,6}}{_MASK})"
_SAME_NAME = rf"(?:the|a) same name (?:as|with|of) {_BEFORE}"
_NAMED = r"(?:is|was|are|were|has been|had been) named"

_EN = (
    (
        rf"\b{_SOMETHING}{_RELATIVE}(?:with|having|sharing|bearing|has|have|shares?|bears?) {_SAME_NAME}",
        r"the namesake of ",
    ),
    (rf"\b(?:that|which|who) (?:has|have|had|shares?|bears?) {_SAME_NAME}", r"that is the namesake of "),
    (rf"\b(?:with|having|sharing|bearing) {_SAME_NAME}", r"that is the namesake of "),
    (rf"\b(?:has|have|had|shares?|bears?) {_SAME_NAME}", r"is the namesake of "),
    (
        rf"\b{_SOMETHING}whose name (?:is|was|has been) used (?:to name|for naming) {_BEFORE}",
        r"the namesake of ",
    ),
    (rf"\b{_SOMETHING}(?:after|for) (?:whom|which) (.{{0,60}}?{_MASK}) {_NAMED}\b", r"the namesake of \1"),
    (
        rf"\b{_SOMETHING}(?:(?:that|which|whom?) )?(.{{0,60}}?{_MASK}) {_NAMED} (?:after|for)\b",
        r"the namesake of \1",
    ),
)
_THING_ZH = r"(?:的(?:(?:人物|事物|东西|地方|人|事|物)[、或和]?)+)?"
_NAME_ZH = r"(?:名称|名字|姓名|名)"
_EQUAL_ZH = r"(?:相同|同样|一样)"
_WITH_ZH = rf"[和与跟同](.{{0,60}}?{_MASK}(?:，[^，]{{1,30}}，)?)"
_ZH = (
    (rf"{_WITH_ZH}(?:有着|有|具有|拥有)?{_EQUAL_ZH}的?{_NAME_ZH}{_THING_ZH}", r"\1的同名"),
    (rf"{_WITH_ZH}的?{_NAME_ZH}{_EQUAL_ZH}{_THING_ZH}", r"\1的同名"),
    (rf"{_WITH_ZH}同名{_THING_ZH}", r"\1的同名"),
)
# "X, a film of 2010," and "X，一部电影，它的", "美国的一部影片X".
_ONE_ZH = r"一[个座艘种位部首条本家所场支款类]"
_BEHIND_EN = re.compile(r"(, (?:an?|one of) [^,?]*(?:,(?= )|(?=\?|$)))")
_BEHIND_ZH = re.compile(rf"(，[^，]{{1,60}}，(?=其|它|他|她)|，[^，]{{0,30}}{_ONE_ZH}[^，]{{1,30}}，)")
_BEFORE_ZH = re.compile(
    rf"(?:^|[，。和与跟同在])([^，。]{{1,30}}的{_ONE_ZH}[^，。和与的由被在有是于给把从对]{{1,12}}[。，]?)$"
)
# "the cheapest ticket we sell", and not "how many tickets do we sell"
_OURS = re.compile(
    r"(?<!\bdo)(?<!\bdid)(?<!\bhave)(?<!\bcan)( (?:that |which )?(?:we|you) (?:have |['’]ve )?"
    r"(?:sell|have|offer|run|stock|carry|own|keep|got)(?: (?:on|in) (?:record|file|stock|store|(?:the|our) (?:books|records?|files?|system|database|"
    r"catalog(?:ue)?|collection|data)))?)\W*$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^((?:hi|hello|hey|dear \w+|good (?:morning|afternoon|evening)|thanks|excuse me)(?: all| there| everyone| team)?[,.!:]? |"
    r"(?:老师|同学|您好|你好|大家好|嗨|哈喽)[，,！!。 ])",
    re.IGNORECASE,
)
# "Who won it? I need it for a report."
_BEHIND_QUESTION = re.compile(r"\?( [^?]*[.!])\s*$")
# "What do they weigh, in kg?"
_IN_UNITS = re.compile(
    rf"(?<=[a-z])(,? in (?:{'|'.join(re.escape(word) for words in UNITS.values() for word in words if word.isascii())}))\W*$",
    re.IGNORECASE,
)
_ITS_ZH = re.compile(rf"({_MASK})(?:其|它|他|她)(?:的|是)*")
_FORMS: dict[Language, tuple[tuple[re.Pattern[str], str], ...]] = {
    "en": tuple((re.compile(pattern, re.IGNORECASE), short) for pattern, short in _EN),
    "zh": tuple((re.compile(pattern), short) for pattern, short in _ZH),
}


def find_asides(text: str, start: int, end: int, language: Language) -> list[tuple[int, int]]:
    """Return the stretches of a question that only say what a thing is which it names.

    Args:
        text: The question.
        start: First character of the name.
        end: One past its last character.
        language: Of the question.

    >>> text = "Who directed Heat, a film of 1995?"
    >>> [text[one:other] for one, other in find_asides(text, 13, 17, "en")]
    [', a film of 1995']
    >>> find_asides("美国的一位作家马克的母校", 7, 9, "zh")
    [(0, 7)]
    """
    if language == "en":
        found = [_BEHIND_EN.match(text, end)]
    else:
        found = [_BEHIND_ZH.match(text, end), _BEFORE_ZH.search(text, 0, start)]
    return [match.span(1) for match in found if match is not None]


def in_plain_words(question: str, language: Language) -> str:
    """Return a question whose entity is masked, without an aside about it and with "namesake" for what shares its name.

    >>> in_plain_words("Who directed [MASK], a film of 2010?", "en")
    'Who directed [MASK]?'
    >>> in_plain_words("Where is the thing with the same name as the ship [MASK]?", "en")
    'Where is the namesake of the ship [MASK]?'
    >>> in_plain_words("When was the person that [MASK] is named after born?", "en")
    'When was the namesake of [MASK] born?'
    >>> in_plain_words("和[MASK]名称一样的人是谁的儿子", "zh")
    '[MASK]的同名是谁的儿子'
    >>> in_plain_words("films with the same director as [MASK]", "en")
    'films with the same director as [MASK]'
    """
    return _as_namesake(_without_aside(question, language), language)


def without_asides(parsed: ParsedQuestion, links: Sequence[Link]) -> tuple[ParsedQuestion, list[Link]]:
    """Return a question without the words of its asides, and what it mentions outside of them.

    So it is with "we sell" and "in kg" at its end, with greetings, and with what is said behind the question. Its text stays, so that every place in it does. "Which rivers flow through Japan, an island country in Asia?" asks
    neither of Asia nor for islands.
    """
    asides = (_OURS, _IN_UNITS, _GREETING, _BEHIND_QUESTION)
    spans = [match.span(1) for aside in asides for match in aside.finditer(parsed.text)]

    def stays(start: int, end: int) -> bool:
        return all(end <= first or start >= last for first, last in spans)

    for link in links:
        mention = link.mention
        if link.candidates[0].kind == "entity" and mention.text and stays(mention.start, mention.end):
            spans += find_asides(parsed.text, mention.start, mention.end, parsed.language)
    if not spans:
        return parsed, list(links)
    plain = replace(
        parsed,
        tokens=tuple(token for token in parsed.tokens if stays(token.start, token.end)),
        cues=tuple(cue for cue in parsed.cues if stays(cue.start, cue.end)),
        quantities=tuple(one for one in parsed.quantities if stays(one.start, one.end)),
    )
    return plain, [link for link in links if stays(link.mention.start, link.mention.end)]


def _without_aside(question: str, language: Language) -> str:
    start = question.find(MASK)
    if start < 0:
        return question
    for first, last in sorted(find_asides(question, start, start + len(MASK), language), reverse=True):
        question = question[:first] + question[last:]
    return _ITS_ZH.sub(r"\1的", question) if language == "zh" else question


def _as_namesake(question: str, language: Language) -> str:
    for pattern, short in _FORMS[language]:
        found = pattern.sub(short, question, count=1)
        if found != question:
            return found
    return question
