"""What the name of a relation says about it: how it is put as a noun, as a verb and as a state."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal as OneOf

from kbqa.training.synthesis.words import (
    NATURAL_VERBS,
    PREPOSITIONS,
    agent,
    is_person,
    is_place,
    is_time,
    is_word,
    lemma,
    participle,
    past,
    singular,
    verb_of,
    with_article,
)

__all__ = ["Reading", "analyse", "asks_of", "words_of"]

Shape = OneOf["noun", "verb", "state"]
Asks = OneOf["who", "where", "when", "what"]

_EVENTS = {
    "birth": "born",
    "death": "die",
    "foundation": "founded",
    "burial": "buried",
    "marriage": "married",
}
_PERFORMING = frozenset({"star", "feature", "appear", "act", "perform", "play", "sing"})
_ADVERBS = frozenset({"up", "down", "out", "off"})
_INTRANSITIVE = frozenset(
    {"die", "begin", "start", "end", "live", "arrive", "happen", "occur", "open", "close"}
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to put a relation between its subject S and its object O.

    Attributes:
        shape: "noun": O is the WORD of S; "verb": S WORDs (particle) O; "state": S is WORD particle O.
        word: A singular noun, a verb's basic form, or what stands after "is": "located", "part", "".
        particle: The preposition of a verb or state, "" where it has none.
        swapped: Whether S and O change places in the sentences of `shape`.
        noun: What O (not swapped) or S (swapped) is called in the singular, "" where the name does not say.
        asks: The question word for what `noun` stands for.
        past: Whether one rather speaks of it in the past.
        weight: How likely people choose it, above 0.
    """

    shape: Shape
    word: str
    particle: str = ""
    swapped: bool = False
    noun: str = ""
    asks: Asks = "what"
    past: bool = False
    weight: float = 1.0


def words_of(name: str) -> str:
    """Return a relation's name as words: no camel case, no underscores, no prefix.

    Example:
    >>> words_of("hasGenre"), words_of("directed_by"), words_of("dbo:birthPlace"), words_of("出生地")
    ('has genre', 'directed by', 'birth place', '出生地')
    """
    bare = re.sub(r"^\w+:(?=\w)", "", name.strip())
    spaced = re.sub(r"[_\-./\s]+", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare)).strip()
    return " ".join(map(_cased, spaced.split())) or name.strip() or "relation"


def _cased(word: str) -> str:
    return word if word.isupper() and len(word) < 5 else word.lower()  # "ISBN" stays


@lru_cache(maxsize=10_000)
def analyse(name: str) -> tuple[Reading, ...]:
    """Return the readings of a relation's name, one at least.

    Example:
    >>> [(reading.shape, reading.word, reading.swapped) for reading in analyse("directedBy")]
    [('verb', 'direct', True), ('noun', 'director', False)]
    >>> [(reading.shape, reading.word, reading.particle) for reading in analyse("is located in")]
    [('state', 'located', 'in')]
    """
    words = words_of(name).split()
    bare = list(words)
    while len(bare) > 1 and bare[0] in {"has", "have", "is", "was", "are", "were", "been", "the", "a", "an"}:
        bare = bare[1:]
    possessive = len(bare) < len(words) and words[0] in {"has", "have"}
    if not bare[-1].isascii():
        return (_noun_reading(" ".join(bare)),)
    if len(bare) > 1 and bare[-1] in PREPOSITIONS:
        return _ending_in_preposition(bare[:-1], bare[-1])
    if bare[0] in PREPOSITIONS and len(bare) > 1:
        noun = singular(" ".join(bare[1:]))
        return (_noun_reading(noun), Reading("state", "", bare[0], noun=noun, asks=asks_of(noun)))
    if possessive:
        return _noun_readings(bare)
    return _verb_readings(bare) or _noun_readings(bare)


def asks_of(noun: str) -> Asks:
    """Return the question word for what a noun names.

    Example:
    >>> asks_of("director"), asks_of("birth place"), asks_of("release year"), asks_of("genre")
    ('who', 'where', 'when', 'what')
    """
    if is_person(noun):
        return "who"
    if is_time(noun):
        return "when"
    return "where" if is_place(noun) else "what"


def _noun_reading(noun: str) -> Reading:
    return Reading("noun", noun, noun=noun, asks=asks_of(noun))


def _ending_in_preposition(words: list[str], particle: str) -> tuple[Reading, ...]:
    """Return the readings of names such as "directed by", "located in", "part of" and "plays for"."""
    *before, last = words
    verb = verb_of(last)
    base = _present_of(last)
    if particle in _ADVERBS and (verb or base):
        return (Reading("verb", verb or base, particle, past=bool(verb) or past(base) == last),)
    if particle == "by" and verb and not before:
        return _passive(verb)
    if verb and verb in {"die", "live", "play", "work", "serve", "compete", "graduate", "appear", "star"}:
        return (Reading("verb", verb, particle, past=True, asks=_place_or_what(particle, verb)),)
    if verb:
        return (
            Reading(
                "state", " ".join(words), particle, asks=_place_or_what(particle, verb), past=last == "born"
            ),
        )
    if base and participle(base) == last:  # set in, put on
        return (Reading("state", " ".join(words), particle, asks=_place_or_what(particle, base)),)
    if base and not before:
        return (Reading("verb", base, particle, asks=_place_or_what(particle, base)),)
    if particle == "of":
        noun = singular(" ".join(words))
        named = Reading("noun", noun, swapped=True, noun=noun, asks=asks_of(noun))
        return (named, Reading("state", noun if noun == "part" else with_article(noun), "of", weight=1.5))
    return (Reading("state", " ".join(words), particle),)


def _place_or_what(particle: str, verb: str) -> Asks:
    places = {
        "bear",
        "locate",
        "base",
        "situate",
        "die",
        "live",
        "bury",
        "reside",
        "headquarter",
        "find",
        "hold",
    }
    return "where" if particle in {"in", "at"} and verb in places else "what"


def _present_of(word: str) -> str:
    """Return the verb that a word is a present form of, "" where it is none of the common ones."""
    if word in NATURAL_VERBS and not verb_of(word):
        return word
    base = lemma(word)
    return base if word.endswith("s") and base in NATURAL_VERBS else ""


def _passive(verb: str) -> tuple[Reading, ...]:
    doer = agent(verb)
    asks: Asks = "who" if doer else "what"
    readings = (
        Reading("verb", verb, swapped=True, noun=doer, asks=asks, past=verb not in {"own", "employ", "rule"}),
    )
    return (*readings, replace(_noun_reading(doer), weight=0.8)) if doer else readings


def _verb_readings(words: list[str]) -> tuple[Reading, ...]:
    """Return the readings of names such as "borders", "founded", "won award" and "starred actors"."""
    first, rest = words[0], words[1:]
    finished = verb_of(first)
    if first.endswith("ed") and first == "aged":
        return ()
    verb = finished or (_present_of(first) if first.endswith("s") or not rest else "")
    if not verb:
        return ()
    if not rest:
        return _single_verb(first, verb, past=bool(finished))
    if rest[0] in PREPOSITIONS and len(rest) > 1:
        noun = singular(" ".join(rest[1:]))
        return _verb_with_particle("" if finished else verb, first, rest[0], noun)
    if not finished and first in NATURAL_VERBS:
        return ()
    noun = singular(" ".join(rest))
    return _verb_with_noun(verb, noun, first, past=bool(finished))


def _single_verb(word: str, verb: str, *, past: bool) -> tuple[Reading, ...]:
    if word == "born":
        return (Reading("state", "born", "in", asks="where", past=True),)
    if verb == "die":
        return (Reading("verb", "die", "in", asks="where", past=True),)
    readings = [Reading("verb", verb, past=past)]
    if (
        not past
        and is_word(verb)
        and verb in {"border", "cause", "use", "star", "effect", "influence", "host", "cover"}
    ):
        noun = word if word == verb else singular(word)
        readings.append(replace(_noun_reading(noun), weight=0.15))
    return tuple(readings)


def _verb_with_particle(verb: str, word: str, particle: str, noun: str) -> tuple[Reading, ...]:
    """Return the readings of names such as "works for company" and "located in country", a state without a verb."""
    said = Reading("verb" if verb else "state", verb or word, particle, noun=noun, asks=asks_of(noun))
    return (said, replace(_noun_reading(noun), weight=0.6))


def _verb_with_noun(verb: str, noun: str, first: str, *, past: bool) -> tuple[Reading, ...]:
    asks = asks_of(noun)
    inside = asks == "who" and past and verb in _PERFORMING  # actors star in films, singers feature in songs
    said = Reading("verb", verb, noun=noun, asks=asks, past=past, weight=0.4 if inside else 1.0)
    readings = [replace(_noun_reading(noun), weight=0.7), said]
    if past and participle(verb) == first:
        readings.append(replace(_noun_reading(f"{first} {noun}"), weight=0.15))
    if inside:
        readings.append(Reading("verb", verb, "in", swapped=True, noun=noun, asks="who", past=True))
    return tuple(readings)


def _noun_readings(words: list[str]) -> tuple[Reading, ...]:
    """Return the readings of names such as "capital", "release year", "place of birth" and "aged"."""
    if len(words) == 1 and words[0] == "aged":
        return (_noun_reading("age"),)
    noun = singular(" ".join(words))
    readings = [_noun_reading(noun)]
    if len(words) == 3 and words[1] == "of" and asks_of(words[0]) in {"where", "when"}:
        noun = f"{words[2]} {words[0]}"
        readings = [
            replace(_noun_reading(noun), weight=0.7),
            replace(_noun_reading(" ".join(words)), asks=asks_of(noun)),
        ]
    parts = noun.split()
    if len(parts) == 1 and parts[0] in {"birthplace", "birthday", "birthdate", "deathplace"}:
        parts = [parts[0][:5], parts[0][5:]]
    event = (
        _event(" ".join(parts[:-1]))
        if len(parts) > 1 and (is_place(parts[-1]) or is_time(parts[-1]))
        else None
    )
    if event:
        readings.append(replace(event, noun=parts[-1], asks=asks_of(parts[-1])))
    return tuple(readings)


def _event(noun: str) -> Reading | None:
    """Return what happens in "release" or "birth", as a state or verb."""
    if noun in _EVENTS:
        word = _EVENTS[noun]
        return (
            Reading("verb", word, "in", past=True)
            if word in _INTRANSITIVE
            else Reading("state", word, "in", past=True)
        )
    verb = noun if noun in NATURAL_VERBS else _nominalised(noun)
    if not verb:
        return None
    if verb in _INTRANSITIVE:
        return Reading("verb", verb, "in", past=True)
    return Reading("state", participle(verb), "in", past=True)


def _nominalised(noun: str) -> str:
    for ending, instead in (
        ("ication", "ish"),
        ("ation", ""),
        ("tion", "te"),
        ("ion", "e"),
        ("ion", ""),
        ("ment", ""),
    ):
        base = noun.removesuffix(ending) + instead
        if noun.endswith(ending) and base in NATURAL_VERBS:
            return base
    return ""
