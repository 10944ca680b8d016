"""What kind of thing the objects of a predicate are: entities, or values that can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal as OneOf

from kg.types import DATE_TYPES, NUMERIC_TYPES, XSD

__all__ = ["ENTITY", "ValueKind", "main_kind"]

ValueKind = OneOf["entity", "number", "date", "text", "boolean"]

ENTITY = "urn:kbqa:entity"
"""Stands for the datatype of what is no literal."""


def main_kind(datatypes: Sequence[tuple[str, int]]) -> ValueKind:
    """Return what most objects are, given datatypes with their number of triples; "text" for none.

    >>> main_kind([(ENTITY, 2), (XSD + "integer", 2), (XSD + "double", 1)])
    'number'
    """
    totals: dict[ValueKind, int] = {}
    for datatype, n in datatypes:
        kind = _kind_of(datatype)
        totals[kind] = totals.get(kind, 0) + n
    return max(totals, key=lambda kind: totals[kind], default="text")


def _kind_of(datatype: str) -> ValueKind:
    if datatype == ENTITY:
        return "entity"
    if datatype in NUMERIC_TYPES:
        return "number"
    if datatype in DATE_TYPES:
        return "date"
    return "boolean" if datatype == XSD + "boolean" else "text"
