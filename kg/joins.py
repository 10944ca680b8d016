"""Which sides of which predicates share members: what can follow what in a chain of facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal as OneOf

from kg.query import render_term
from kg.types import Iri, Row

__all__ = ["Side", "Slot", "find_joins", "group_slots"]

Side = OneOf["subject", "object"]
Slot = tuple[str, Side]
"""One side of a predicate: its IRI and which side."""

Select = Callable[[str], list[Row]]

_SAMPLE = 2_000  # members of a slot that are followed; a slot with no more is counted exactly
_SAME = 0.3  # share of the smaller slot's members from which two slots count as of one type
_VARIABLE: Mapping[Side, str] = {"subject": "s", "object": "o"}


def find_joins(select: Select, slots: Sequence[Slot]) -> dict[tuple[Slot, Slot], int]:
    """Return pairs of slots that share members, with how many they share at least.

    Only a sample of a large slot's members is followed, so a rare join of two large slots can be missed.

    Args:
        select: Runs a SELECT query.
        slots: The slots to look from, those of literals left out.

    Returns:
        Both orders of each pair; a slot with itself has its number of members, at most the sample.
    """
    wanted = set(slots)
    joins: dict[tuple[Slot, Slot], int] = {}
    for slot in slots:
        for side in ("subject", "object"):
            for row in select(_joined(slot, side)):
                other: Slot = (row["q"].value, side)
                if other in wanted:
                    shared = max(int(row["n"].value), joins.get((slot, other), 0))
                    joins[slot, other] = joins[other, slot] = shared
    return joins


def group_slots(
    slots: Sequence[Slot], joins: Mapping[tuple[Slot, Slot], int], sizes: Mapping[Slot, int]
) -> dict[Slot, int]:
    """Return slot → number of its group, where slots with largely the same members are in one group.

    Args:
        slots: The slots to group; the first has group 0.
        joins: How many members pairs of them share, as `find_joins` returns it.
        sizes: Number of members of each.
    """
    group = {slot: i for i, slot in enumerate(slots)}
    for (one, other), shared in joins.items():
        smaller = min(sizes[one], sizes[other], _SAMPLE)
        if shared >= _SAME * smaller and group[one] != group[other]:
            low, high = sorted((group[one], group[other]))
            group = {slot: low if number == high else number for slot, number in group.items()}
    order = {number: i for i, number in enumerate(dict.fromkeys(group.values()))}
    return {slot: order[number] for slot, number in group.items()}


def _joined(slot: Slot, side: Side) -> str:
    predicate, own_side = slot
    variable = _VARIABLE[own_side]
    members = (
        f"SELECT DISTINCT ?{variable} WHERE {{ ?s {render_term(Iri(predicate))} ?o "
        f"FILTER(isIRI(?{variable})) }} LIMIT {_SAMPLE}"
    )
    follow = f"?{variable} ?q ?other" if side == "subject" else f"?other ?q ?{variable}"
    return f"SELECT ?q (COUNT(DISTINCT ?{variable}) AS ?n) WHERE {{ {{ {members} }} {follow} }} GROUP BY ?q"
