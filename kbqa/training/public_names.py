"""Says what relation names say: what kind of value they lead to, and what a path through a nameless node means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.schema import ValueKind

__all__ = ["joined_name", "kind_of"]

DATES = re.compile(r"\b(date|year)\b|^(founded|founding|established)$|日期$|^(上映|发行|成立|出版)时间$")
NUMBERS = re.compile(
    r"\b(number|count|population|height|area|elevation|length|depth|capacity|total|weight|mass|budget|gross|cost|"
    r"speed|temperature|density|runtime)\b|数量?$|^(身高|体重|片长|票房|评分)"
)


def kind_of(name: str) -> ValueKind:
    """Return the kind of value that a relation's name promises, "entity" where it promises none.

    >>> kind_of("birth date"), kind_of("population total"), kind_of("birth place"), kind_of("出生日期")
    ('date', 'number', 'entity', 'date')
    """
    if DATES.search(name):
        return "date"
    return "number" if NUMBERS.search(name) else "entity"


def joined_name(names: Sequence[str]) -> str:
    """Return one name for relations walked through a node that only joins things, without saying a word twice.

    >>> joined_name(["sibling s", "sibling"]), joined_name(["starring", "actor"]), joined_name(["teams", "team"])
    ('sibling', 'starring actor', 'teams')
    """
    words: list[str] = []
    stems: set[str] = set()
    for name in names:
        for word in name.split():
            stem = word.removesuffix("s")
            if stem and stem not in stems:
                words.append(word)
                stems.add(stem)
    return " ".join(words)
