"""Questions in English, built from the inside: a noun phrase around the entity, one around that, a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kbqa.training.examples import MASK, Hop
from kbqa.training.synthesis.english_frames import (
    APPOSED,
    ASKED,
    IN_TURN,
    PHRASES,
    PREDICATES,
    QUESTIONS,
    SHARED,
    SHARED_BACK,
    SHARED_OBJECT,
    SHARED_STATE,
    SHORT_ASKED,
    SHORT_PHRASES,
)
from kbqa.training.synthesis.english_slots import Phrase, Target, aim, read, slots_of
from kbqa.training.synthesis.everyday import Everyday, everyday
from kbqa.training.synthesis.frames import Slots
from kbqa.training.synthesis.naming import Naming
from kbqa.training.synthesis.relations import Reading, analyse, asks_of
from kbqa.training.synthesis.steps import Step, steps_of
from kbqa.training.synthesis.words import PREPOSITIONS, gerund, is_person, participle, past, plural

__all__ = ["english_phrase", "english_question"]

_AS_PHRASE = 0.4  # how often a question is put around a noun phrase
_SHORT = (0.3, 0.6, 0.65)  # how often a question is kept short, by the number of steps
_EVERYDAY = 0.5  # how often a common relation is put in everyday words
_APPOSED = 0.12  # how often one says what the entity is
_IN_TURN = 0.03  # how often two hops are asked for in two questions
_START = Phrase(MASK, simple=True, light=True)


def english_question(hops: Sequence[Hop], *, naming: Naming, start: str = "") -> str:
    """Return a question without the noise that people add.

    Args:
        hops: One to three.
        naming: Chooses the words.
        start: What the entity is called in the singular, "" where not known.

    Example:
    >>> import random
    >>> naming = Naming("en", random.Random(1))
    >>> "what is the capital of [MASK]" in {english_question([Hop("capital", True)], naming=naming) for _ in range(500)}
    True
    """
    x = _start(start, naming)
    *inner, last = steps_of(hops, naming.chance)
    short = naming.chance.random() < _SHORT[len(inner)]
    for step in inner[:-1]:
        x = _phrase(step, x, naming, inner=True, short=short)[0]
    if inner and not short and naming.chance.random() < _IN_TURN:
        return _in_turn(inner[-1], last, x, naming)
    if inner:
        x = _phrase(inner[-1], x, naming, inner=True, short=short)[0]
    return _question(last, x, naming, short=short)


def english_phrase(hops: Sequence[Hop], *, naming: Naming) -> str:
    """Return a noun phrase for what one to three hops lead to.

    Example:
    >>> import random
    >>> naming = Naming("en", random.Random(1))
    >>> "the capital of [MASK]" in {english_phrase([Hop("capital", True)], naming=naming) for _ in range(500)}
    True
    """
    x = _START
    short = naming.chance.random() < _SHORT[len(hops) - 1]
    for step in steps_of(hops, naming.chance):
        x = _phrase(step, x, naming, inner=True, short=short)[0]
    return x.text


def _start(noun: str, naming: Naming) -> Phrase:
    """Return the entity, sometimes with what it is: "the film [MASK]"."""
    said = naming.noun(noun)
    if not said or naming.chance.random() >= _APPOSED:
        return replace(_START, noun=said)
    return replace(_START, text=APPOSED.draw({"noun": said, "mask": MASK}, naming.chance), noun=said)


def _question(step: Step, x: Phrase, naming: Naming, *, short: bool = False) -> str:
    chance = naming.chance
    everyday = _everyday_question(step, x, naming)
    if everyday:
        return everyday
    if step.back is not None or (step.hop.kind != "boolean" and (short or chance.random() < _AS_PHRASE)):
        phrase, slots = _phrase(step, x, naming, short=short)
        bare = phrase.text.removeprefix("the ").removeprefix("all ").removeprefix("the ")
        asked = SHORT_ASKED if short else ASKED
        return _tidy(asked.draw({**slots, "np": phrase.text, "np_bare": bare}, chance))
    reading = read(step.hop, naming)
    target = aim(reading, step.hop, naming)
    slots = {**slots_of(reading, target, x, chance), "the": "the "}
    return _tidy(QUESTIONS[reading.shape, target.towards].draw(slots, chance))


def _everyday_question(step: Step, x: Phrase, naming: Naming) -> str:
    """Return a question as people put it for a common relation, "" where none is taken."""
    common = everyday(step.hop.name, "en")
    if common is None or step.back is not None or naming.chance.random() >= _EVERYDAY:
        return ""
    found = common.asked if step.hop.forward else common.asked_back
    return _tidy(found.draw(_everyday_slots(common, step.hop, x, naming)[1], naming.chance)) if found else ""


def _everyday_slots(common: Everyday, hop: Hop, x: Phrase, naming: Naming) -> tuple[Target, Slots]:
    noun = common.nouns[0]
    reading = Reading("noun", noun, noun=noun, asks=asks_of(noun))
    target = aim(reading, hop, naming)
    return target, {**slots_of(reading, target, x, naming.chance), "the": "the "}


def _in_turn(before: Step, last: Step, x: Phrase, naming: Naming) -> str:
    """Return a question for what a step leads to and one for what the last leads to from there."""
    first = _question(before, x, naming)
    named = naming.noun(before.hop.noun if before.back is None else before.back.noun)
    that = Phrase(f"that {named or 'one'}", simple=True, light=True, noun=named)
    return IN_TURN.draw({"first": first, "second": _question(last, that, naming)}, naming.chance)


def _phrase(
    step: Step, x: Phrase, naming: Naming, *, inner: bool = False, short: bool = False
) -> tuple[Phrase, Slots]:
    """Return a noun phrase for what a step leads to, and what filled its slots."""
    if step.back is not None:
        return _there_and_back(step.hop, step.back, x, naming, short=short)
    common = everyday(step.hop.name, "en")
    if common and common.phrases and not step.hop.forward and naming.chance.random() < _EVERYDAY:
        target, slots = _everyday_slots(common, step.hop, x, naming)
        text = _tidy(common.phrases.draw(slots, naming.chance))
        return Phrase(text, target.several, noun=target.label), slots
    reading = read(step.hop, naming)
    target = aim(reading, step.hop, naming)
    slots = {
        **slots_of(reading, target, x, naming.chance),
        "the": "the ",
        "nested": "" if inner else None,
    }
    shape = (reading.shape, target.towards)
    text = _tidy((SHORT_PHRASES if short else PHRASES)[shape].draw(slots, naming.chance))
    predicate = _tidy(PREDICATES[shape].draw(slots, naming.chance)) if inner else ""
    light = reading.shape == "noun" and text.endswith(str(slots["n"])) and (short or not target.several)
    return Phrase(
        text, target.several, light=light and x.light, predicate=predicate, noun=target.label
    ), slots


def _there_and_back(hop: Hop, back: Hop, x: Phrase, naming: Naming, *, short: bool) -> tuple[Phrase, Slots]:
    """Return a phrase for what one comes to by a hop and its inverse."""
    reading = _as_noun(hop, naming)
    if reading is None:
        return _same_object(hop, back, x, naming) or _twice(hop, back, x, naming, short=short)
    towards = hop.forward != reading.swapped
    target = aim(reading, back, naming)
    slots: dict[str, str | None] = {**slots_of(reading, target, x, naming.chance), "the": "the "}
    slots |= _verb_slots(hop, naming)
    slots |= {"n_s": plural(reading.word), "thing_t": None if target.person else ""}
    slots["thing_n"] = None if is_person(reading.word) else ""
    if towards:
        return Phrase(_tidy(SHARED.draw(slots, naming.chance)), target.several, noun=target.label), slots
    middle = naming.noun(hop.noun) or "thing"
    person = is_person(reading.word)
    slots |= {"middle": plural(middle), "middle1": middle, "n": plural(reading.word), "is_t": "are"}
    slots |= {"whos": None, "one": None, "several": "", "person": "" if person else None}
    return Phrase(_tidy(SHARED_BACK.draw(slots, naming.chance)), several=True, noun=reading.word), slots


def _same_object(hop: Hop, back: Hop, x: Phrase, naming: Naming) -> tuple[Phrase, Slots] | None:
    """Return a phrase for what a verb or state relates to the same thing, None where the hop goes against it."""
    reading = read(hop, naming)
    if reading.shape == "noun" or hop.forward == reading.swapped:
        return None
    target = replace(aim(reading, back, naming), towards=False)
    slots: dict[str, str | None] = {**slots_of(reading, target, x, naming.chance), "the": "the "}
    slots["middle1"] = (
        naming.noun(hop.noun) or reading.noun or ("place" if reading.asks == "where" else "thing")
    )
    frames = SHARED_OBJECT if reading.shape == "verb" else SHARED_STATE
    return Phrase(_tidy(frames.draw(slots, naming.chance)), target.several, noun=target.label), slots


def _twice(hop: Hop, back: Hop, x: Phrase, naming: Naming, *, short: bool) -> tuple[Phrase, Slots]:
    """Return a phrase that goes there and then back."""
    there = _phrase(Step(hop), x, naming, inner=True, short=short)[0]
    return _phrase(Step(back), there, naming, short=short)


def _as_noun(hop: Hop, naming: Naming) -> Reading | None:
    common = everyday(hop.name, "en")
    if common is not None and naming.everyday(hop.name):
        noun = common.noun(naming.chance)
        return Reading("noun", noun, noun=noun, asks=asks_of(common.nouns[0]))
    nouns = (reading for reading in analyse(hop.name) if reading.shape == "noun")
    return next((noun for noun in nouns if noun.word.split(" ")[0] not in PREPOSITIONS), None)


def _verb_slots(hop: Hop, naming: Naming) -> dict[str, str | None]:
    """Return what is filled in where the relation is a verb as well: directed, starred."""
    verb = next(
        (reading for reading in analyse(hop.name) if reading.shape == "verb" and reading.swapped), None
    )
    if verb is None:
        return {"ved": None, "ved_past": None, "v_past": None}
    said: dict[str, str | None] = {
        "v_past": past(verb.word),
        "vp": f" {verb.particle}" if verb.particle else "",
        "performed": "" if verb.particle == "in" else None,
        "v_ing": gerund(verb.word),
    }
    alone = {"ved": participle(verb.word), "ved_past": past(verb.word), "transitive": ""}
    return said | (alone if not verb.particle else {"ved": None, "ved_past": None})


def _tidy(text: str) -> str:
    return " ".join(text.split())
