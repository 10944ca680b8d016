"""What fills the slots of the English sentences for one hop."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from kbqa.training.examples import MASK, Hop
from kbqa.training.synthesis.chinese_words import analyse_chinese, is_chinese
from kbqa.training.synthesis.everyday import everyday
from kbqa.training.synthesis.frames import Slots
from kbqa.training.synthesis.naming import Naming
from kbqa.training.synthesis.relations import Reading, analyse, asks_of, words_of
from kbqa.training.synthesis.words import (
    MEASURES,
    gerund,
    is_person,
    participle,
    past,
    plural,
    singular,
    third_person,
    with_article,
)

__all__ = ["Phrase", "Target", "aim", "read", "slots_of"]

_PERSONAL = frozenset(
    "parent father mother child son daughter sibling brother sister spouse husband wife born birth marry graduate "
    "occupation profession nationality birthplace employer die death".split()
)
_NAMELESS = {"where": "place", "when": "time"}
_PERHAPS_PERSONS = 0.12  # how often one asks "who" where nothing says whether it is a person
_BLANK = 0.12  # how often "'s" stands after a blank
_SAID = ""  # fills a slot that only says that a sentence fits


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase: the entity itself or what hops lead to.

    Attributes:
        text: The phrase.
        several: Whether it is plural.
        simple: Whether it is the entity itself.
        light: Whether "'s" can follow it.
        predicate: What can be said of one such thing, after "who" or "whose director": "was born in [MASK]".
        noun: What it is called, "" where that is not known.
    """

    text: str
    several: bool = False
    simple: bool = False
    light: bool = False
    predicate: str = ""
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a hop is said to lead to.

    Attributes:
        towards: Whether one walks from the S of the reading to its O.
        label: Singular noun for it, "" where there is none.
        asks: The question word that fits: "who", "where", "when" or "what".
        several: Whether it is spoken of in the plural.
        kind: The hop's kind.
    """

    towards: bool
    label: str
    asks: str
    several: bool
    kind: str

    @property
    def person(self) -> bool:
        """Whether it is a person."""
        return self.asks == "who"


def read(hop: Hop, naming: Naming) -> Reading:
    """Return a reading of the relation's own name or of another name for it, one that fits the hop."""
    common = everyday(hop.name, "en")
    if common is not None and naming.everyday(hop.name):
        return Reading(
            "noun", common.noun(naming.chance), noun=common.nouns[0], asks=asks_of(common.nouns[0])
        )
    name = naming.relation(hop.name, known=common is not None)
    readings = analyse(name)
    reading = naming.chance.choices(readings, [reading.weight for reading in readings])[0]
    if name != words_of(hop.name):
        reading = _turned(reading, hop.name)
    return _dated(reading) if hop.kind == "date" else reading


def _turned(reading: Reading, name: str) -> Reading:
    """Return a reading of another word for a relation so that it keeps the direction of the relation's own name.

    Who "directed by" and "director" lead to does what "direct" says: there the verb's subject is the object.
    """
    if reading.shape != "verb" or reading.noun or reading.particle:
        return reading
    if is_chinese(name):
        doer = analyse_chinese(name)[0].asks == "who"
    else:
        own = analyse(name)[0]
        doer = (own.shape == "verb" and own.swapped) or (
            own.shape == "noun" and own.asks == "who" and not own.swapped
        )
    return replace(reading, swapped=True, asks="who") if doer else reading


def _dated(reading: Reading) -> Reading:
    """Return the reading of a verb that leads to a date: what is founded 1901 is founded in 1901."""
    if reading.shape != "verb" or reading.swapped or reading.particle:
        return reading
    return Reading("state", participle(reading.word), "in", asks="when", past=True)


def aim(reading: Reading, hop: Hop, naming: Naming) -> Target:
    """Return how what a hop leads to is spoken of."""
    chance = naming.chance
    towards = hop.forward != reading.swapped
    if reading.shape == "noun" and towards:
        several = chance.random() < (0.3 if hop.kind == "entity" else 0.04)
        return Target(True, reading.word, reading.asks, several, hop.kind)
    at_noun = reading.shape != "noun" and towards != reading.swapped
    label = naming.noun(hop.noun) or (reading.noun if at_noun else "")
    several = hop.kind == "entity" and chance.random() < (0.4 if hop.forward else 0.65)
    asks = _asks(reading, label, hop, at_noun=at_noun)
    if asks == "what" and not label and hop.kind == "entity" and chance.random() < _PERHAPS_PERSONS:
        asks = "who"
    return Target(towards, label, asks, several, hop.kind)


def _asks(reading: Reading, label: str, hop: Hop, *, at_noun: bool) -> str:
    if at_noun and (reading.asks != "what" or not hop.forward):
        return reading.asks
    if hop.forward and hop.kind == "date":
        return "when"
    return "who" if is_person(label) or (not label and not at_noun and _of_persons(reading)) else "what"


def _of_persons(reading: Reading) -> bool:
    """Return whether what a relation starts from is surely a person."""
    return reading.word in _PERSONAL or (reading.shape == "noun" and reading.word.split(" ")[0] in _PERSONAL)


def slots_of(reading: Reading, target: Target, x: Phrase, chance: random.Random) -> Slots:
    """Return what fills the slots of the sentences for a hop from `x`."""
    finished = reading.past != (chance.random() < (0.1 if reading.shape != "noun" else 0.02))
    return {
        **_of_start(x, finished and reading.shape != "noun", chance),
        **_of_target(target, finished and reading.shape != "noun", chance),
        **_of_relation(reading, target, x, finished, chance),
        **_flags(reading, target, x, finished),
    }


def _be(several: bool, finished: bool) -> str:
    if finished:
        return "were" if several else "was"
    return "are" if several else "is"


def _of_start(x: Phrase, finished: bool, chance: random.Random) -> dict[str, str | None]:
    do = "do" if x.several else "does"
    blank = " " if chance.random() < _BLANK else ""
    return {
        "x": x.text,
        "xs": f"{x.text}{blank}'" if x.several and x.text.endswith("s") else f"{x.text}{blank}'s",
        "was_x": "were" if x.several else "was",
        "xs_own": "their" if x.several or not x.noun or is_person(x.noun) else "its",
        "thing": x.noun or None,
        "person_x": "" if not x.noun or is_person(x.noun) else None,
        "thing_x": None if x.noun and is_person(x.noun) else "",
        "is_x": _be(x.several, finished),
        "have_x": "have" if x.several else "has",
        "do_x": do,
        "did": "did" if finished else do,
        "one_x": "one of " if x.several else "",
    }


def _of_target(target: Target, finished: bool, chance: random.Random) -> dict[str, str | None]:
    who = "who" if target.person else "what"
    label = target.label
    many = (plural(label) if target.several else label) if label else _generic(target, chance)
    which = f"{chance.choice(('which', 'which', 'what'))} {many}" if label or target.several else who
    return {
        "who": who,
        "whos": None if target.several else f"{who}'s",
        "what": "what",
        "which": which,
        "which_n": which,
        "other": chance.choice(("other", "the other", "all other")) if target.several else "another",
        "many": many,
        "few": many if target.several else f"the {many}",
        "head": _head(many, target, chance),
        "that": chance.choice(("who", "who", "that") if target.person else ("that", "that", "which")),
        "is_t": _be(target.several, finished),
        "was_t": "were" if target.several else "was",
        "do_t": "do" if target.several else "does",
        "have_t": "have" if target.several else "has",
        "has": "has",
        "where": chance.choice(("where", "where", "in what place")) if target.asks == "where" else None,
        "when": _when(label, chance) if target.asks == "when" else None,
    }


def _generic(target: Target, chance: random.Random) -> str:
    if target.person:
        return "people" if target.several else "person"
    if target.asks in _NAMELESS:
        return plural(_NAMELESS[target.asks]) if target.several else _NAMELESS[target.asks]
    return chance.choice(("things", "ones") if target.several else ("thing", "one"))


def _head(many: str, target: Target, chance: random.Random) -> str:
    if many in {"ones", "one"} or (target.several and many == "things" and chance.random() < 0.3):
        return f"the {many}"
    if not target.several:
        return chance.choice((f"the {many}", f"the {many}", with_article(many)))
    return chance.choice(
        (f"the {many}", f"the {many}", many, many, f"all {many}", f"all the {many}", f"those {many}")
    )


def _when(label: str, chance: random.Random) -> str:
    if label.endswith("date") or label.endswith("day"):
        return chance.choice(("when", "when", "on what date", "on which day"))
    return chance.choice(("when", "when", "when", "in what year", "in which year", "what year"))


def _of_relation(
    reading: Reading, target: Target, x: Phrase, finished: bool, chance: random.Random
) -> dict[str, str | None]:
    word = reading.word
    particle = f" {reading.particle}" if reading.particle else ""
    slots: dict[str, str | None] = {"p": particle, "prep": reading.particle or None}
    if reading.shape == "noun":
        one = with_article(word)
        own = "their" if (x.several if target.towards else target.several) or target.person else "its"
        return slots | {
            "n": plural(word) if target.several and target.towards else word,
            "n1": word,
            "is_1": "was" if finished else "is",
            "a_n": one,
            "that_n": "who" if is_person(word) else "that",
            "predicate": x.predicate or None,
            "as_n": chance.choice((word, f"the {word}", f"{own} {word}", one)),
            "old": MEASURES.get(word.rsplit(" ", 1)[-1]) if target.kind == "number" else None,
            "number_of": _number_of(word),
        }
    if reading.shape == "state":
        return slots | {"w": word, "is_1": "was" if finished else "is"}
    agreed = {
        several: past(word) if finished else (word if several else third_person(word))
        for several in (True, False)
    }
    return slots | {
        "v": word,
        "v_x": agreed[x.several],
        "v_t": agreed[target.several],
        "v_1": agreed[False],
        "is_1": "was" if finished else "is",
        "ved": participle(word),
        "ving": gerund(word),
    }


def _number_of(noun: str) -> str | None:
    counted = noun.removeprefix("number of ").removesuffix(" count")
    return None if counted == noun else f"how many {plural(singular(counted))}"


def _flags(reading: Reading, target: Target, x: Phrase, finished: bool) -> dict[str, str | None]:
    said = {
        "simple": x.simple,
        "light": x.light,
        "bare": x.text == MASK,
        "label": bool(target.label),
        "single": not x.several,
        "person": target.person,
        "person_n": reading.shape == "noun" and is_person(reading.word),
        "thing": target.asks == "what",
        "one": not target.several,
        "several": target.several,
        "entity": target.kind == "entity",
        "number": target.kind == "number",
        "boolean": target.kind == "boolean",
        "past": finished,
        "present": not finished,
        "alone": not reading.particle,
        "inside": bool(reading.particle),
        "adjective": reading.shape == "state" and not reading.word.startswith(("a ", "an ")),
        "at_place": target.asks == "where",
        "at_time": target.asks == "when",
    }
    return {name: _SAID if fits else None for name, fits in said.items()}
