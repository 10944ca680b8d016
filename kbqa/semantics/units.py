"""Units of measure: how a quantity in one unit reads in another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from kbqa.parsing.lexicon import UNITS
from kg.types import RDFS_LABEL, XSD, Graph, Iri, Literal

__all__ = ["SPOKEN", "are_alike", "converted", "unit_in", "unit_of"]

_UNIT_NAMES = ("unit", "unitText", "unitCode")
_UNIT_LABELS = frozenset({"unit", "units", "unit of measurement", "unit of measure", "单位", "计量单位"})
SPOKEN = {word: unit for unit, words in UNITS.items() for word in words}
"""Word for a unit in small letters → the unit."""
_REMARK = re.compile(r"(?:\bunits?|单位)(?: is)?\s*[:：=]\s*([^\s,;，；。]+)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"[(（]([^()（）]+)[)）]\s*$")

_METRES = {"km": "1000", "m": "1", "cm": "0.01", "mm": "0.001", "mi": "1609.344", "ft": "0.3048"}
_SQUARE_METRES = {"km²": "1000000", "m²": "1", "ha": "10000", "mi²": "2589988.110336"}
_KILOGRAMS = {"kg": "1", "g": "0.001", "t": "1000", "lb": "0.45359237"}
_SECONDS = {"s": "1", "min": "60", "h": "3600", "d": "86400"}
_KILOWATTS = {"kW": "1", "W": "0.001", "MW": "1000"}
_GIGABYTES = {"GB": "1", "MB": "0.001", "TB": "1000"}
_FAMILIES = (_METRES, _SQUARE_METRES, _KILOGRAMS, _SECONDS, _KILOWATTS, _GIGABYTES)
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


def are_alike(unit: str, other: str) -> bool:
    """Return whether two units are of one kind.

    >>> are_alike("cm", "metre"), are_alike("cm", "kg"), are_alike("GB", "GB")
    (True, False, True)
    """
    one, two = (_SPELLINGS.get(each.lower(), each) for each in (unit, other))
    return one == two or any(one in family and two in family for family in _FAMILIES)


def unit_in(names: Iterable[str]) -> str:
    """Return the unit that one of a relation's names says, in brackets or as its last word; "" where none does.

    >>> unit_in(["height (cm)"]), unit_in(["weight kg"]), unit_in(["被引用（次）"]), unit_in(["选修人数"]), unit_in(["width"])
    ('cm', 'kg', '次', '人', '')
    """
    for name in names:
        bracketed = _IN_BRACKETS.search(name)
        last = name.split()[-1].lower() if " " in name.strip() else ""
        if bracketed:
            return SPOKEN.get(bracketed[1].lower(), bracketed[1])
        if last in SPOKEN:
            return SPOKEN[last]
        if name.endswith("人数"):
            return "人"
    return ""


def unit_of(graph: Graph, predicate: Iri) -> str:
    """Return the unit that a graph states for a predicate's numbers, also in a remark ("unit: kg"), "" where it states none.

    What states it is told by its name, and in a graph that is not remote also by its label, which costs a look-up each.
    """
    facts = [
        fact for fact in graph.triples(predicate, None, None, limit=50) if isinstance(fact.object, Literal)
    ]
    named = (fact.object.value for fact in facts if _local(fact.predicate) in _UNIT_NAMES)
    called = {
        iri for iri in {fact.predicate for fact in facts} if not graph.remote and _is_called_unit(graph, iri)
    }
    labelled = (fact.object.value for fact in facts if fact.predicate in called)
    remarks = (_REMARK.search(fact.object.value) for fact in facts)
    remarked = (SPOKEN.get(found[1].lower(), found[1]) for found in remarks if found)
    return next(named, "") or next(labelled, "") or next(remarked, "")


def _local(predicate: Iri) -> str:
    return predicate.value.replace("#", "/").rsplit("/", 1)[-1]


def _is_called_unit(graph: Graph, predicate: Iri) -> bool:
    labels = graph.triples(predicate, RDFS_LABEL, limit=20)
    return any(label.object.value.lower() in _UNIT_LABELS for label in labels)
