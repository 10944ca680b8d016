"""Days and years as bounds: from when to when they are, in the datatypes that a property has."""

from __future__ import annotations

from collections.abc import Mapping

from kg.schema import PredicateProfile
from kg.types import XSD, Literal

__all__ = ["ends_of"]

# Datatype → how much of a date it says, and what makes that the first and the last moment of a day.
_PRECISION: Mapping[str, tuple[int, str, str]] = {
    XSD + "date": (10, "", ""),
    XSD + "dateTime": (10, "T00:00:00", "T23:59:59"),
    XSD + "gYearMonth": (7, "", ""),
    XSD + "gYear": (4, "", ""),
}
_YEAR_DIGITS = 4


def ends_of(bound: Literal, profile: PredicateProfile) -> list[tuple[Literal, Literal]]:
    """Return the first and last moment of a day or year, in each datatype that a property has for dates.

    Args:
        bound: A date, or a number of four digits that is compared with dates.
        profile: Of the property.

    Returns:
        The commonest datatype first, days before others; empty where the bound is no such thing.

    Example:
    >>> from kg.types import Iri
    >>> seen = PredicateProfile(Iri("w:seen"), 2, 2, 2, (), ((XSD + "dateTime", 1), (XSD + "date", 1)), "date", True, True)
    >>> [(one.value, other.value) for one, other in ends_of(Literal("2024", XSD + "integer"), seen)]
    [('2024-01-01', '2024-12-31'), ('2024-01-01T00:00:00', '2024-12-31T23:59:59')]
    """
    if profile.kind != "date" or not (bound.is_date or len(bound.value) == _YEAR_DIGITS):
        return []
    first, last = _days(bound.value)
    held = [name for name, _ in profile.range if name in _PRECISION] or [XSD + "date"]
    found = []
    for datatype in sorted(held, key=lambda name: name != XSD + "date"):
        length, morning, night = _PRECISION[datatype]
        found.append((Literal(first[:length] + morning, datatype), Literal(last[:length] + night, datatype)))
    return found


def _days(value: str) -> tuple[str, str]:
    """Return the first and last day of a year, and a day twice."""
    if len(value) == _YEAR_DIGITS:
        return f"{value}-01-01", f"{value}-12-31"
    return value[:10], value[:10]
