"""The parts of logical forms: to look through them, and to change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from kbqa.semantics.form import Compares, Exists, Form, Holds

__all__ = ["is_askable", "parts", "rebuilt", "replaced"]


def parts(form: Form) -> list[Form]:
    """Return the forms right inside of a form, in the order of its fields.

    >>> from kbqa.semantics.form import Counted, Members
    >>> from kg.types import Iri
    >>> parts(Counted(Members(Iri("w:River"))))
    [Members(cls=Iri(value='w:River'))]
    """
    return [part for field in fields(form) if isinstance(part := getattr(form, field.name), Form)]


def is_askable(form: Form) -> bool:
    """Return whether a query can ask for a form: whether something is so stands only at its top.

    >>> from kbqa.semantics.form import Except, Members
    >>> from kg.types import Iri
    >>> truth = Exists(Members(Iri("w:River")))
    >>> is_askable(truth), is_askable(Except(Members(Iri("w:Lake")), truth))
    (True, False)
    """
    return all(not isinstance(part, Holds | Compares | Exists) and is_askable(part) for part in parts(form))


def rebuilt(form: Form, change: Callable[[Form], Form]) -> Form:
    """Return a form whose parts are changed; the form itself where none is."""
    held = {field.name: getattr(form, field.name) for field in fields(form)}
    changed: dict[str, Any] = {name: change(part) for name, part in held.items() if isinstance(part, Form)}
    if all(part is held[name] for name, part in changed.items()):
        return form
    make: Callable[..., Form] = type(form)
    return make(**(held | changed))


def replaced(form: Form, old: Form, new: Form) -> Form:
    """Return a form with another one in place of a part of it, wherever that stands.

    >>> from kbqa.semantics.form import Follow, Members, Step, Thing
    >>> from kg.types import Iri
    >>> osk, head = Thing(Iri("w:Osk")), Step(Iri("w:head"), True)
    >>> replaced(Follow(osk, head), osk, Members(Iri("w:Team"))) == Follow(Members(Iri("w:Team")), head)
    True
    """
    return new if form == old else rebuilt(form, lambda part: replaced(part, old, new))
