"""Terms as SPARQL and Turtle write them: the one place where text becomes part of a query."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kg.errors import QueryError
from kg.types import XSD, Iri, Literal

__all__ = ["TermWriter", "render_term"]

# The characters that an IRIREF may not hold: SPARQL 1.1, production [139].
_FORBIDDEN_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_LANGUAGE = re.compile(r"[a-zA-Z]+(-[a-zA-Z0-9]+)*\Z")
# A local name that needs no escape: narrower than SPARQL's PN_LOCAL on purpose.
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?\Z")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*\Z|\Z")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def render_term(term: Iri | Literal, *, prefixes: Mapping[str, str] | None = None) -> str:
    r"""Return a term as SPARQL and Turtle write it.

    Raises:
        QueryError: If the IRI or language tag cannot be written.

    Example:
    >>> render_term(Literal('"} DROP ALL #'))
    '"\\"} DROP ALL #"'
    """
    return TermWriter(prefixes or {}).write(term)


class TermWriter:
    """Writes terms and remembers which prefixes it used."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        """Prepare; prefixes that SPARQL could not declare are left out."""
        self.prefixes = {
            prefix: namespace
            for prefix, namespace in prefixes.items()
            if namespace and _PREFIX.match(prefix) and not _FORBIDDEN_IN_IRI.search(namespace)
        }
        self.used: set[str] = set()

    def write(self, term: Iri | Literal) -> str:
        """Return a term as SPARQL and Turtle write it; raises as `render_term`."""
        return self._iri(term.value) if isinstance(term, Iri) else self._literal(term)

    def _iri(self, value: str) -> str:
        if _FORBIDDEN_IN_IRI.search(value) or ":" not in value:
            raise QueryError(f"{value!r} is not an absolute IRI; percent-encode what an IRI may not hold")
        fitting = [
            prefix
            for prefix, namespace in self.prefixes.items()
            if value.startswith(namespace) and _PLAIN_LOCAL.match(value[len(namespace) :])
        ]
        if not fitting:
            return f"<{value}>"
        best = max(fitting, key=lambda prefix: len(self.prefixes[prefix]))
        self.used.add(best)
        return f"{best}:{value[len(self.prefixes[best]) :]}"

    def _literal(self, literal: Literal) -> str:
        if literal.datatype == XSD + "integer" and re.fullmatch(r"[+-]?[0-9]+", literal.value):
            return literal.value
        if literal.datatype == XSD + "decimal" and re.fullmatch(r"[+-]?[0-9]*\.[0-9]+", literal.value):
            return literal.value
        quoted = '"' + "".join(_escape(char) for char in literal.value) + '"'
        if literal.language:
            if not _LANGUAGE.match(literal.language):
                raise QueryError(f"{literal.language!r} is not a language tag such as 'en' or 'zh-hans'")
            return f"{quoted}@{literal.language}"
        if literal.datatype == XSD + "string":
            return quoted
        return f"{quoted}^^{self._iri(literal.datatype)}"


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    # Lone surrogates and control characters would make the request itself unreadable.
    return (
        f"\\u{ord(char):04X}"
        if ord(char) < 0x20 or 0xD800 <= ord(char) < 0xE000 or ord(char) == 0x7F
        else char
    )
