"""Forms with the same members that take a store less time.

"The largest city" is the same in every question, and finding it reads a value of every city; that what papers
cite is a paper needs no proof for each. In a large graph such steps take longer than all else of a question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kbqa.semantics.form import Both, Either, Extreme, Follow, Form, Members, MostLinks, Thing, things
from kbqa.semantics.form_parts import rebuilt
from kbqa.semantics.remember import Remembered
from kbqa.semantics.shape import Shapes
from kg.types import Iri, Literal

__all__ = ["Shortcuts"]

_REMEMBERED = 1_024
# Superlatives are remembered that have so many members at most.
_MEMBERS = 8

Terms = tuple[Iri | Literal, ...]
Ask = Callable[[Form], Terms | None]


class Shortcuts:
    """Shortens forms over one graph that does not change; safe to use from several threads."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._known: Remembered[Form, Terms] = Remembered(_REMEMBERED)

    def narrowed(self, form: Form, ask: Ask) -> Form:
        """Return a form whose superlatives over whole classes compare only what came out first before.

        One that has no member, or many, stays as it is. What proves an answer stays, too.

        Args:
            form: Any form.
            ask: Gives the members of a form, None where they could not be found in time.
        """
        if isinstance(form, Extreme | MostLinks) and not any(True for _ in things(form)):
            first = _listed(self._members(form, ask))
            return form if first is None else replace(form, source=Both(first, form.source), rank=1)
        return rebuilt(form, lambda part: self.narrowed(part, ask))

    def unchecked(self, form: Form) -> Form:
        """Return a form without the classes that all things which a relation leads to are in."""
        match form:
            case Both(Members(cls), Follow(_, step) as reached) | Both(
                Follow(_, step) as reached, Members(cls)
            ):
                if self._shapes.are_all(step, cls):
                    return self.unchecked(reached)
        return rebuilt(form, self.unchecked)

    def _members(self, form: Form, ask: Ask) -> Terms:
        members = self._known.get(form)
        if members is None:
            members = ask(form)
            if members is None:
                return ()
            self._known.put(form, members if len(members) <= _MEMBERS else ())
        return members


def _listed(members: Terms) -> Form | None:
    """Return the form of a few things, None for none and for many.

    >>> _listed((Iri("w:France"),))
    Thing(term=Iri(value='w:France'))
    """
    if not 0 < len(members) <= _MEMBERS:
        return None
    first, *others = members
    form: Form = Thing(first)
    for member in others:
        form = Either(form, Thing(member))
    return form
