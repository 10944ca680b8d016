"""Terms and facts in words: for people to read, and for encoders."""

from __future__ import annotations

import re

from kg.names import Names
from kg.text import has_cjk
from kg.types import Blank, Iri, Literal, Term, Triple

__all__ = [
    "fact_in_sentence",
    "fact_in_words",
    "literal_in_words",
    "name_of",
    "node_in_words",
    "predicate_words",
]

_MONTHS = ("January February March April May June July August September October November December").split()
_DATE = re.compile(
    r"(?P<year>-?\d{4,})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?P<clock>\d\d:\d\d):\d\d(?:\.\d+)?)?)?)?"
    r"(?:Z|[+-]\d\d:\d\d)?"
)
_PLAIN_DIGITS = 4  # digits up to which a number may be a year and gets no separators


def name_of(term: Term, names: Names, language: str = "") -> str:
    """Return what to call a term: its best label, a literal in words, or "something" for a blank node."""
    if isinstance(term, Literal):
        return literal_in_words(term, language)
    if isinstance(term, Blank):
        return "某物" if _is_chinese(language) else "something"
    return names.label(term, language=language)


def predicate_words(iri: Iri, names: Names, language: str = "") -> str:
    """Return a predicate as words: its label, else its readable IRI."""
    return names.label(iri, language=language)


def fact_in_words(triple: Triple, names: Names, language: str = "", *, subject: str = "") -> str:
    """Return a fact as shown to people, e.g. "Belgium — borders → France"; `subject` is what to call its subject, if known."""
    own, predicate, value = _parts(triple, names, language)
    return f"{subject or own} — {predicate} → {value}"


def node_in_words(triple: Triple, names: Names, language: str = "") -> str:
    """Return what to call the nameless object of a fact, e.g. "employment of Ada"."""
    subject, predicate, _ = _parts(triple, names, language)
    return f"{subject}的{predicate}" if has_cjk(predicate) else f"{predicate} of {subject}"


def fact_in_sentence(triple: Triple, names: Names, language: str = "") -> str:
    """Return a fact as a plain sentence for an encoder, e.g. "Belgium borders France."."""
    subject, predicate, value = _parts(triple, names, language)
    if has_cjk(predicate):
        return f"{subject}的{predicate}是{value}。"
    return f"{subject} {predicate} {value}."


def literal_in_words(literal: Literal, language: str = "") -> str:
    """Return a literal as a person would write it.

    Numbers of five digits and more get thousands separators; dates get month names in English and
    年月日 in Chinese. What is no valid number or date is returned as it is.

    Args:
        literal: Any literal.
        language: Language tag; everything but Chinese is written as English.

    >>> literal_in_words(Literal("67750000", "http://www.w3.org/2001/XMLSchema#integer"))
    '67,750,000'
    >>> literal_in_words(Literal("1989-11-09", "http://www.w3.org/2001/XMLSchema#date"), "zh")
    '1989年11月9日'
    """
    if literal.is_number:
        return _number_in_words(literal.value)
    if literal.is_date:
        return _date_in_words(literal.value, chinese=_is_chinese(language))
    return literal.value


def _parts(triple: Triple, names: Names, language: str) -> tuple[str, str, str]:
    return (
        name_of(triple.subject, names, language),
        predicate_words(triple.predicate, names, language),
        name_of(triple.object, names, language),
    )


def _number_in_words(value: str) -> str:
    sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value.removeprefix("+"))
    whole, point, rest = digits.partition(".")
    if not whole.isascii() or not whole.isdigit() or (rest and not rest.isdigit()):
        return value
    whole = whole.lstrip("0") or "0"
    if len(whole) > _PLAIN_DIGITS:
        whole = _in_thousands(whole)
    rest = rest.rstrip("0")
    return f"{sign}{whole}{point if rest else ''}{rest}"


def _in_thousands(digits: str) -> str:
    head = len(digits) % 3
    groups = [digits[:head]] if head else []
    groups += [digits[i : i + 3] for i in range(head, len(digits), 3)]
    return ",".join(groups)


def _date_in_words(value: str, *, chinese: bool) -> str:
    """Write year, month and day of an XSD date, and the time where there is one that is not midnight."""
    match = _DATE.fullmatch(value)
    if match is None:
        return value
    year, month, day = (int(part) if part else 0 for part in match.group("year", "month", "day"))
    if month > len(_MONTHS):
        return value
    clock = match.group("clock") or ""
    time = "" if clock in ("", "00:00") else f" {clock}"
    if chinese:
        year_text = f"公元前{-year}年" if year < 0 else f"{year}年"
        return year_text + (f"{month}月" if month else "") + (f"{day}日" if day else "") + time
    year_text = f"{-year} BC" if year < 0 else str(year)
    return " ".join(filter(None, (str(day or ""), _MONTHS[month - 1] if month else "", year_text))) + time


def _is_chinese(language: str) -> bool:
    return language.lower().split("-")[0] == "zh"
