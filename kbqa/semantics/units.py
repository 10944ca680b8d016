"""Units of measure: how a quantity in one unit reads in another."""

from __future__ import annotations

from decimal import Decimal

from kg.types import XSD, Graph, Iri, Literal

__all__ = ["converted", "unit_of"]

_UNIT_NAMES = ("unit", "unitText", "unitCode")

_METRES = {"km": "1000", "m": "1", "cm": "0.01", "mi": "1609.344", "ft": "0.3048"}
_SQUARE_METRES = {"km²": "1000000", "m²": "1", "ha": "10000", "mi²": "2589988.110336"}
_KILOGRAMS = {"kg": "1", "g": "0.001", "t": "1000", "lb": "0.45359237"}
_FAMILIES = (_METRES, _SQUARE_METRES, _KILOGRAMS)
_SPELLINGS = {
    **dict.fromkeys(("kilometre", "kilometer", "kilometres", "kilometers", "千米", "公里"), "km"),
    **dict.fromkeys(("metre", "meter", "metres", "meters", "米"), "m"),
    **dict.fromkeys(("square kilometre", "square kilometer", "km2", "sq km", "平方公里", "平方千米"), "km²"),
    **dict.fromkeys(("mile", "miles", "英里"), "mi"),
    **dict.fromkeys(("foot", "feet", "英尺"), "ft"),
    **dict.fromkeys(("kilogram", "kilograms", "公斤", "千克"), "kg"),
}


def converted(literal: Literal, unit: str, wanted: str) -> Literal:
    """Return a number in another unit; as it is where the units are equal, unknown or of different kinds.

    Example:
    >>> converted(Literal("8.5", XSD + "decimal"), "km", "m").value
    '8500'
    >>> converted(Literal("5", XSD + "integer"), "kg", "m").value
    '5'
    """
    one, other = _SPELLINGS.get(unit, unit), _SPELLINGS.get(wanted.lower(), wanted)
    family = next((family for family in _FAMILIES if one in family and other in family), None)
    if family is None or one == other or not literal.is_number:
        return literal
    value = Decimal(literal.value) * Decimal(family[one]) / Decimal(family[other])
    whole = value == value.to_integral_value()
    text = f"{value.to_integral_value() if whole else value.normalize():f}"
    return Literal(text, XSD + ("integer" if whole else "decimal"))


def unit_of(graph: Graph, predicate: Iri) -> str:
    """Return the unit that a graph states for a predicate's numbers, "" where it states none."""
    for triple in graph.triples(predicate, None, None, limit=50):
        name = triple.predicate.value.replace("#", "/").rsplit("/", 1)[-1]
        if name in _UNIT_NAMES and isinstance(triple.object, Literal):
            return triple.object.value
    return ""
