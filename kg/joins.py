"""Which sides of which predicates share members: what can follow what in a chain of facts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Literal as OneOf

from kg.query import Same, Var, render_element
from kg.same import Sameness
from kg.terms import render_term
from kg.types import Graph, Iri, Literal, Row, Term

__all__ = ["SAMPLE", "Side", "Slot", "count_joins", "find_joins", "group_slots"]

Side = OneOf["subject", "object"]
Slot = tuple[str, Side]
"""One side of a predicate: its IRI and which side."""

Select = Callable[[str], list[Row]]

SAMPLE = 2_000  # members of a slot that are followed; a slot with no more is counted exactly
_ALL = 10_000_000  # triples of one predicate that are read
_MAX_PAIRS = 500_000  # joins of one graph that are kept
_SAME = 0.3  # share of the smaller slot's members from which two slots count as of one type
_VARIABLE: Mapping[Side, str] = {"subject": "s", "object": "o"}


def find_joins(
    select: Select, slots: Sequence[Slot], *, same: Sequence[Iri] = ()
) -> dict[tuple[Slot, Slot], int]:
    """Return pairs of slots that share members, with how many they share at least.

    Only a sample of a large slot's members is followed, so a rare join of two large slots can be missed.

    Args:
        select: Runs a SELECT query.
        slots: The slots to look from, those of literals left out.
        same: Predicates that link IRIs of one thing; a member of a slot is shared if it is one thing with
            a member of the other.

    Returns:
        Both orders of each pair; a slot with itself has its number of members, at most the sample.
    """
    wanted = set(slots)
    joins: dict[tuple[Slot, Slot], int] = {}
    for slot in slots:
        for side in ("subject", "object"):
            for row in select(_joined(slot, side, same)):
                other: Slot = (row["q"].value, side)
                if other in wanted:
                    shared = max(int(row["n"].value), joins.get((slot, other), 0))
                    joins[slot, other] = joins[other, slot] = shared
    return joins


def count_joins(
    graph: Graph, slots: Sequence[Slot], *, same: Sameness
) -> dict[tuple[Slot, Slot], int] | None:
    """Return what `find_joins` does, exactly, by reading every triple: quicker for very many predicates.

    Returns:
        Both orders of each pair; None where there are more than half a million.
    """
    held: defaultdict[Term, set[Slot]] = defaultdict(set)
    wanted = set(slots)
    for predicate in dict.fromkeys(predicate for predicate, _ in slots):
        for fact in graph.triples(None, Iri(predicate), None, limit=_ALL):
            held[_thing(fact.subject, same)].add((predicate, "subject"))
            if not isinstance(fact.object, Literal) and (predicate, "object") in wanted:
                held[_thing(fact.object, same)].add((predicate, "object"))
    joins: Counter[tuple[Slot, Slot]] = Counter()
    for own in held.values():
        joins.update(product(own, own))
        if len(joins) > _MAX_PAIRS:
            return None
    return dict(joins)


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
        smaller = min(sizes[one], sizes[other], SAMPLE)
        if shared >= _SAME * smaller and group[one] != group[other]:
            low, high = sorted((group[one], group[other]))
            group = {slot: low if number == high else number for slot, number in group.items()}
    order = {number: i for i, number in enumerate(dict.fromkeys(group.values()))}
    return {slot: order[number] for slot, number in group.items()}


def _thing(term: Term, same: Sameness) -> Term:
    """Return the term that stands for all IRIs of its thing."""
    return min((term, *same.others(term))) if same.predicates and isinstance(term, Iri) else term


def _joined(slot: Slot, side: Side, same: Sequence[Iri]) -> str:
    predicate, own_side = slot
    variable = _VARIABLE[own_side]
    members = (
        f"SELECT DISTINCT ?{variable} WHERE {{ ?s {render_term(Iri(predicate))} ?o "
        f"FILTER(!isLITERAL(?{variable})) }} LIMIT {SAMPLE}"
    )
    end = "equal" if same else variable
    linked = f"{render_element(Same(Var(variable), Var(end), tuple(same)))} . " if same else ""
    follow = f"?{end} ?q ?other" if side == "subject" else f"?other ?q ?{end}"
    return f"SELECT ?q (COUNT(DISTINCT ?{variable}) AS ?n) WHERE {{ {{ {members} }} {linked}{follow} }} GROUP BY ?q"
