"""Nodes in between that a graph gives no class, as it often does with blank nodes: what leads to them says what they are.

`[ a:employer a:tarnwell ; a:since 2015 ]` is an employment, if people have it by `a:employment`.
"""

from __future__ import annotations

from dataclasses import replace

from kg.schema import PredicateProfile, Schema
from kg.types import Iri

__all__ = ["relation_to", "with_classes"]

_OBJECTS_OF = "urn:kbqa:objects-of:"
_FACTS = 2  # kinds of facts that a node in between has at least


def relation_to(cls: Iri) -> Iri | None:
    """Return the relation that leads to all members of a class which no fact states, None for other classes.

    >>> relation_to(Iri("urn:kbqa:objects-of:w:employment")), relation_to(Iri("w:Employment"))
    (Iri(value='w:employment'), None)
    """
    found = cls.value.startswith(_OBJECTS_OF)
    return Iri(cls.value.removeprefix(_OBJECTS_OF)) if found else None


def with_classes(schema: Schema) -> dict[Iri, PredicateProfile]:
    """Return the profiles of a graph's predicates with a class for the nodes in between that have none.

    Such a class is that of the objects of one relation. Where a graph has no classes, or it is not known what its
    predicates share, the profiles stay as they are.
    """
    profiles = {profile.iri: profile for profile in schema.predicates}
    if not schema.classes or not schema.has_joins:
        return profiles
    for iri in [found.iri for found in schema.predicates if _leads_to_untyped(found)]:
        facts = {
            Iri(other[0]): shared
            for (slot, other), shared in schema.joins.items()
            if slot == (iri.value, "object") and other[1] == "subject"
        }
        others = [
            other
            for (slot, other) in schema.joins
            if slot == (iri.value, "object") and other[1] == "object" and other[0] != iri.value
        ]
        if len(facts) < _FACTS or others:
            continue  # they are no nodes in between, or lie between more things
        cls = _OBJECTS_OF + iri.value
        profiles[iri] = replace(profiles[iri], range=((cls, profiles[iri].count),))
        for other, shared in facts.items():
            known = profiles[other]
            profiles[other] = replace(known, domain=(*known.domain, (cls, shared)))
    return profiles


def _leads_to_untyped(profile: PredicateProfile) -> bool:
    return profile.kind == "entity" and not profile.range and not profile.is_label
