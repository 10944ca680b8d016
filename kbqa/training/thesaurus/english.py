"""How English relation names are put together, and the forms of their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "PREPOSITIONS",
    "EnglishName",
    "agrees",
    "participle",
    "plural",
    "split_name",
    "swapped",
    "third_person",
]

PREPOSITIONS = frozenset(
    "about as at by during for from in into near of on over through to under with".split()
)
_OPENERS = frozenset("a an are be been had has have he is it the they was were which who".split())

_UNCHANGED = frozenset(
    "bet burst cast cost cut hit hurt let put quit read rid set shed shut split spread thrust".split()
)
_ARCHAIC = frozenset("pent wrought".split())


@dataclass(frozen=True, slots=True)
class EnglishName:
    """A name without the small words at its ends: "was directed by" is "directed" with the tail "by"."""

    core: str
    tail: str


def split_name(phrase: str) -> EnglishName:
    """Return the parts of a relation's name.

    >>> split_name("is located in"), split_name("place of birth")
    (EnglishName(core='located', tail='in'), EnglishName(core='place of birth', tail=''))
    """
    words = phrase.split()
    while len(words) > 1 and words[0] in _OPENERS:
        words = words[1:]
    tail = words.pop() if len(words) > 1 and words[-1] in PREPOSITIONS else ""
    return EnglishName(" ".join(words), tail)


def swapped(phrase: str) -> str:
    """Return a name of two nouns the other way round, "" for any other.

    >>> swapped("date of birth"), swapped("birth date"), swapped("spouse")
    ('birth date', 'date of birth', '')
    """
    words = phrase.split()
    if len(words) == 3 and words[1] == "of":
        return f"{words[2]} {words[0]}"
    if len(words) == 2 and not PREPOSITIONS & set(words):
        return f"{words[1]} of {words[0]}"
    return ""


def plural(noun: str, irregular: Sequence[str]) -> str:
    """Return the plural of a noun; of several words the last is inflected.

    Args:
        noun: The singular.
        irregular: Its irregular plurals, none if it is regular.

    >>> [plural(noun, []) for noun in ("city", "church", "day", "bounds", "parent")]
    ['cities', 'churches', 'days', 'bounds', 'parents']
    """
    if irregular:
        return irregular[0]
    if re.search(r"[^s]s$", noun):
        return noun
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(?:ss|x|z|ch|sh)$", noun) else "s")


def participle(verb: str, irregular: Sequence[str]) -> str:
    """Return the past participle of a verb; of several words the first is inflected.

    Args:
        verb: The base form.
        irregular: The irregular forms of its first word, none if it is regular.

    >>> participle("write", ["writing", "written", "wrote"]), participle("set up", ["setting"])
    ('written', 'set up')
    >>> [participle(verb, []) for verb in ("direct", "locate", "marry", "star", "bring up")]
    ['directed', 'located', 'married', 'starred', 'bringed up']
    """
    first, space, rest = verb.partition(" ")
    past = [form for form in irregular if not form.endswith(("ing", "s")) and form not in _ARCHAIC]
    if first in _UNCHANGED:
        past = [first]
    return (max(past, key=_like_a_participle) if past else _regular(first)) + space + rest


def _like_a_participle(form: str) -> tuple[bool, bool, str]:
    """Written before wrote, sung before sang."""
    return form.endswith(("n", "ne")), "u" in form, form


def third_person(verb: str) -> str:
    """Return the form after "he" or "she"; of several words the first is inflected.

    >>> third_person("carry"), third_person("play for")
    ('carries', 'plays for')
    """
    first, space, rest = verb.partition(" ")
    return {"have": "has", "do": "does", "go": "goes"}.get(first, plural(first, [])) + space + rest


def _regular(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", verb):
        return verb + verb[-1] + "ed"
    return verb + "ed"


def agrees(agent: str, verb: str) -> bool:
    """Return whether a noun says who does what a verb says: "director" and "direct".

    >>> agrees("director", "direct"), agrees("spouse", "mate"), agrees("owner", "own")
    (True, False, True)
    """
    stem = verb.rstrip("e")
    return agent.startswith(stem) and agent.removeprefix(stem) in {"er", "or", "r", "ist", "ant"}
