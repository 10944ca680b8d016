"""Two answers → whether they mean the same: one entity, one number with its unit, one date, or one text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kbqa.parsing.quantities import find_quantities
from kbqa.semantics.units import converted
from kbqa.types import Answer, Language, Quantity
from kg.names import Names
from kg.text import has_cjk, normalise
from kg.types import XSD, Iri, Literal

__all__ = ["Merger", "Value", "value_of"]

_MOST_BESIDE, _MOST_BESIDE_ZH = 3, 4  # words, and Chinese characters, that may stand beside a number or date
_LONGEST = 80  # characters of a text that may be a name or a value
_LEAST_DIGITS = 2  # that a number must have to be a rounding of another
_MONTH_FIRST = 7  # characters of a date up to its month
_LEAST_ROUNDED = 10_000  # below it, a number without a unit may be a year


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its unit, or a date.

    Attributes:
        kind: "number" or "date".
        text: The number; the date as ISO 8601, as precise as it was.
        unit: Of a number.
    """

    kind: str
    text: str
    unit: str = ""

    def says_same(self, other: Value) -> bool:
        """Return whether both say the same, the finer one at the precision of the coarser one.

        >>> Value("number", "67750000").says_same(Value("number", "67800000"))
        True
        >>> Value("number", "67750000").says_same(Value("number", "68800000"))
        False
        >>> Value("date", "1989-11-09").says_same(Value("date", "1989"))
        True
        """
        if self.kind == other.kind == "date":
            size = min(len(self.text), len(other.text))
            return self.text[:size] == other.text[:size]
        if "date" in (self.kind, other.kind):
            date, number = (self, other) if self.kind == "date" else (other, self)
            return not number.unit and date.text[:4] == number.text
        if not (self.unit and other.unit) or self.unit == other.unit:
            return _rounds_to(Decimal(self.text), Decimal(other.text), unit=self.unit or other.unit)
        stated = Literal(other.text, XSD + "decimal")
        moved = converted(stated, other.unit, self.unit)
        return moved is not stated and _rounds_to(Decimal(self.text), Decimal(moved.value), unit=self.unit)


def value_of(text: str) -> Value | None:
    """Return the number or date that a text is, with few words beside it; None for anything else.

    >>> value_of("about 312 kilometres long"), value_of("9 November 1989"), value_of("the year 7 in Rome and Athens")
    (Value(kind='number', text='312', unit='km'), Value(kind='date', text='1989-11-09', unit=''), None)
    >>> value_of("6775万人")
    Value(kind='number', text='67750000', unit='')
    """
    if len(text) > _LONGEST:
        return None
    language: Language = "zh" if has_cjk(text) else "en"
    found = find_quantities(text, language)
    if len(found) != 1:
        return None
    beside = text[: found[0].start] + " " + text[found[0].end :]
    many = (
        len(re.sub(r"\W", "", beside)) > _MOST_BESIDE_ZH
        if language == "zh"
        else len(beside.split()) > _MOST_BESIDE
    )
    if many or any(map(str.isdigit, beside)):
        return None
    return _value(found[0])


def _value(quantity: Quantity) -> Value | None:
    if quantity.literal.is_date:
        return Value("date", quantity.literal.value[: _MONTH_FIRST if quantity.upper else None])
    if quantity.upper is not None:
        return None
    return Value("number", quantity.literal.value, quantity.unit)


def _rounds_to(one: Decimal, other: Decimal, *, unit: str) -> bool:
    """Return whether the number with more digits is the other one when it is rounded to the digits of that."""
    coarse, fine = sorted((one, other), key=lambda number: len(number.normalize().as_tuple().digits))
    digits = coarse.normalize().as_tuple()
    if coarse == fine:
        return True
    if not unit and coarse < _LEAST_ROUNDED and coarse == coarse.to_integral_value():
        return False
    if len(digits.digits) < _LEAST_DIGITS or not isinstance(digits.exponent, int):
        return False
    return fine.quantize(Decimal(1).scaleb(digits.exponent)) == coarse


class Merger:
    """Tells which answers mean the same."""

    def __init__(self, names: Names | None = None) -> None:
        """Prepare; `names` knows the other names of an entity."""
        self._names = names

    def same(self, one: Answer, other: Answer) -> bool:
        """Return whether two answers mean the same: an entity in common, equal texts, or values that agree."""
        if normalise(one.text) == normalise(other.text):
            return True
        if self._things(one) & self._things(other):
            return True
        values = value_of(one.text), value_of(other.text)
        return values[0] is not None and values[1] is not None and values[0].says_same(values[1])

    def firsts(self, answers: Sequence[Answer]) -> list[tuple[Answer, list[Answer]]]:
        """Return the answers that mean something new, each with the later ones that mean the same."""
        groups: list[tuple[Answer, list[Answer]]] = []
        for answer in answers:
            for first, others in groups:
                if self.same(first, answer):
                    others.append(answer)
                    break
            else:
                groups.append((answer, []))
        return groups

    def _things(self, answer: Answer) -> set[str]:
        """Return the entities that an answer is, or is called as."""
        if answer.source == "graph":
            return {answer.id, *answer.same_as} - {""}
        if self._names is None or len(answer.text) > _LONGEST:
            return set()
        named = self._names.find_exact([answer.text]).get(answer.text, [])
        return {name.term.value for name in named if name.kind == "entity" and isinstance(name.term, Iri)}
