"""Which format a file is in: by its extension, else by a look at its first lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pyoxigraph as ox

from kg.errors import LoadError

__all__ = ["FORMATS", "Format", "by_name", "detect"]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write triples in a file.

    Attributes:
        name: What `load` calls it.
        extensions: With the dot; the same again with ".gz".
        rdf: What pyoxigraph calls it, None for rows of names.
        separator: Of rows of names: what stands between the cells.
        anchor: What must come again and again in any sane file: the end of a line, or a mark of the syntax.
    """

    name: str
    extensions: tuple[str, ...]
    rdf: ox.RdfFormat | None = None
    separator: str = ""
    anchor: bytes = b"\n"


_ALL = (
    Format("turtle", (".ttl",), ox.RdfFormat.TURTLE),
    Format("ntriples", (".nt",), ox.RdfFormat.N_TRIPLES),
    Format("nquads", (".nq",), ox.RdfFormat.N_QUADS),
    Format("trig", (".trig",), ox.RdfFormat.TRIG),
    Format("rdfxml", (".rdf", ".owl", ".xml"), ox.RdfFormat.RDF_XML, anchor=b"<"),
    Format("jsonld", (".jsonld",), ox.RdfFormat.JSON_LD, anchor=b'"'),
    Format("tsv", (".tsv",), separator="\t"),
    Format("csv", (".csv",), separator=","),
    Format("pipe", (".txt",), separator="|"),
    Format("spo", (".spo",), separator="\t"),
)
FORMATS: Mapping[str, Format] = MappingProxyType({format_.name: format_ for format_ in _ALL})
LOOKED_AT = (".txt", ".csv")  # extensions that promise too little

_STATEMENT = re.compile(
    r"(?:<[^<>\s]*>|_:\S+)\s+<[^<>\s]*>\s+(?:<[^<>\s]*>|_:\S+|\".*\"\S*)\s*(?P<graph><[^<>\s]*>)?\s*\."
)
_TURTLE = re.compile(r"\s*(?:@prefix|@base|PREFIX\s+\S*:\s*<|BASE\s+<)", re.IGNORECASE)


def by_name(name: str, path: Path) -> Format:
    """Return the format of a name or extension, e.g. "turtle" or "ttl".

    Raises:
        LoadError: If there is none.
    """
    for format_ in _ALL:
        if name.lower() == format_.name or "." + name.lower().removeprefix(".") in format_.extensions:
            return format_
    raise LoadError(str(path), None, f"there is no format {name!r}; known are {_known()}")


def detect(path: Path, head: bytes) -> Format:
    """Return the format of a file.

    Args:
        path: Its name.
        head: Its first bytes, unpacked; at least a few lines.

    Raises:
        LoadError: If neither name nor content tell.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    last = suffixes[-1] if suffixes else ""
    if last not in LOOKED_AT:
        for format_ in _ALL:
            if last in format_.extensions:
                return format_
    found = _look(head) or ("csv" if last == ".csv" else None)
    if found is None:
        raise LoadError(
            str(path), None, f"is in no format known from its name or first lines; known are {_known()}"
        )
    return FORMATS[found]


def _known() -> str:
    return ", ".join(f"{format_.name} ({' '.join(format_.extensions)})" for format_ in _ALL)


def _look(head: bytes) -> str | None:
    text = head.decode("utf-8", errors="replace").removeprefix("\ufeff")
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    if len(head) >= 1 << 12 and len(lines) > 1 and not text.endswith("\n"):
        lines.pop()  # cut in the middle
    start = text.lstrip()
    if not lines:
        return None
    if start.startswith(("<?xml", "<rdf:RDF", "<!DOCTYPE rdf")):
        return "rdfxml"
    if start.startswith(("{", "[")) and '"@' in text:
        return "jsonld"
    return _look_at_statements(lines) or _look_at_cells(lines)


def _look_at_statements(lines: list[str]) -> str | None:
    plain = [line for line in lines if not line.lstrip().startswith("#")]
    if any(_TURTLE.match(line) for line in plain):
        return "turtle"
    found = [_STATEMENT.match(line.strip()) for line in plain[:20]]
    if found and all(found):
        return "nquads" if any(match and match["graph"] for match in found) else "ntriples"
    return None


def _look_at_cells(lines: list[str]) -> str | None:
    """Return the format whose separator gives most lines as many cells as the first, three or more."""
    for name, separator in (("tsv", "\t"), ("pipe", "|"), ("csv", ",")):
        cells = lines[0].count(separator)
        if cells >= 2 and sum(line.count(separator) == cells for line in lines) > len(lines) / 2:
            return name
    return None
