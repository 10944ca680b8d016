"""What the relations of a graph may be called: their labels, abbreviations in full, and names of the way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kg.names import Names
from kg.text import readable
from kg.types import Iri

__all__ = ["RelationName", "all_relation_names", "relation_names"]

_COMPASS = {
    "n": "north",
    "ne": "northeast",
    "e": "east",
    "se": "southeast",
    "s": "south",
    "sw": "southwest",
    "w": "west",
    "nw": "northwest",
}
_LEAST_POINTS = 3  # of the compass, without which "n" is rather a number
_SHORT = {
    "addr": "address",
    "dept": "department",
    "desc": "description",
    "dob": "date of birth",
    "dod": "date of death",
    "elev": "elevation",
    "lat": "latitude",
    "lng": "longitude",
    "lon": "longitude",
    "mgr": "manager",
    "pob": "place of birth",
    "pod": "place of death",
    "pop": "population",
    "qty": "quantity",
    "tel": "telephone",
}

# Each line: relations, and what they are called from the other end; the first name stands for a side. Only what
# says the same: a child's other end is a parent, and a father's is no more than a child.
_CONVERSES = (
    ("predecessor, preceded by, previous, before, 前任, 上一任", "successor, succeeded by, followed by, next, after, 继任者, 继任, 下一任"),
    ("parent, parents, 父母", "child, children, 子女, 孩子"),
    ("teacher, doctoral advisor, 老师, 导师", "student, doctoral student, 学生"),
    ("employer, 雇主", "employee, 雇员"),
    ("influenced by, 受影响于", "influenced, 影响"),
    ("parent company, parent organization, 母公司", "subsidiary, 子公司"),
    ("part of, 属于", "has part, 包含"),
    ("prequel, 前传", "sequel, 续集"),
)  # fmt: skip


def _read_converses() -> dict[str, str]:
    found: dict[str, str] = {}
    for sides in _CONVERSES:
        one, other = (side.split(", ") for side in sides)
        found |= dict.fromkeys(one, other[0]) | dict.fromkeys(other, one[0])
    return found


_CONVERSE = _read_converses()


@dataclass(frozen=True, slots=True)
class RelationName:
    """One name of a relation.

    Attributes:
        relation: The relation.
        text: The name.
        turned: Whether it names the way from objects to subjects: "child" for a relation called "parent".
    """

    relation: Iri
    text: str
    turned: bool = False


def relation_names(iri: Iri, names: Names) -> list[str]:
    """Return what a graph calls a relation: its labels and aliases, and the words of its IRI where it has none."""
    return list(dict.fromkeys(name.text for name in names.of(iri))) or [readable(iri.value)]


def all_relation_names(relations: Iterable[Iri], names: Names) -> list[RelationName]:
    """Return the names of all relations of a graph, those of one together, what the graph says first.

    Abbreviations are written out, points of the compass only where several are used; a relation whose name
    has a converse ("predecessor": "successor") has that one too, for the way back.
    """
    called = {iri: relation_names(iri, names) for iri in relations}
    used = {text.lower() for texts in called.values() for text in texts}
    full = _SHORT | (_COMPASS if len(used & _COMPASS.keys()) >= _LEAST_POINTS else {})
    found = []
    for iri, texts in called.items():
        lower = [text.lower() for text in texts]
        written = [full[text] for text in lower if text in full]
        turned = [_CONVERSE[text] for text in lower if text in _CONVERSE]
        found += [RelationName(iri, text) for text in dict.fromkeys([*texts, *written])]
        found += [RelationName(iri, text, turned=True) for text in dict.fromkeys(turned)]
    return found
