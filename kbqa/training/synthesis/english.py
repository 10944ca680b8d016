"""Questions in English, built from the inside: a noun phrase around the entity, one around that, a question."""

from __future__ import annotations

from collections.abc import Sequence

from kbqa.training.examples import MASK, Hop
from kbqa.training.synthesis.english_frames import (
    ASKED,
    IN_TURN,
    PHRASES,
    PREDICATES,
    QUESTIONS,
    SHARED,
    SHARED_BACK,
)
from kbqa.training.synthesis.english_slots import Phrase, aim, read, slots_of
from kbqa.training.synthesis.frames import Slots
from kbqa.training.synthesis.naming import Naming
from kbqa.training.synthesis.relations import Reading, analyse
from kbqa.training.synthesis.steps import Step, steps_of
from kbqa.training.synthesis.words import participle, past, plural

__all__ = ["english_phrase", "english_question"]

_AS_PHRASE = 0.4  # how often a question is put around a noun phrase
_IN_TURN = 0.04  # how often two hops are asked for in two questions
_START = Phrase(MASK, simple=True, light=True)


def english_question(hops: Sequence[Hop], *, naming: Naming) -> str:
    """Return a question without the noise that people add.

    Args:
        hops: One to three.
        naming: Chooses the words.

    Example:
    >>> import random
    >>> naming = Naming("en", random.Random(1))
    >>> "what is the capital of [MASK]" in {english_question([Hop("capital", True)], naming=naming) for _ in range(500)}
    True
    """
    x = _START
    *inner, last = steps_of(hops, naming.chance)
    for step in inner[:-1]:
        x = _phrase(step, x, naming, inner=True)[0]
    if inner and naming.chance.random() < _IN_TURN:
        return _in_turn(inner[-1], last, x, naming)
    if inner:
        x = _phrase(inner[-1], x, naming, inner=True)[0]
    return _question(last, x, naming)


def english_phrase(hops: Sequence[Hop], *, naming: Naming) -> str:
    """Return a noun phrase for what one to three hops lead to.

    Example:
    >>> import random
    >>> naming = Naming("en", random.Random(1))
    >>> "the capital of [MASK]" in {english_phrase([Hop("capital", True)], naming=naming) for _ in range(500)}
    True
    """
    x = _START
    for step in steps_of(hops, naming.chance):
        x = _phrase(step, x, naming, inner=True)[0]
    return x.text


def _question(step: Step, x: Phrase, naming: Naming) -> str:
    chance = naming.chance
    if step.back is not None or (step.hop.kind != "boolean" and chance.random() < _AS_PHRASE):
        phrase, slots = _phrase(step, x, naming)
        bare = phrase.text.removeprefix("the ").removeprefix("all ").removeprefix("the ")
        return _tidy(ASKED.draw({**slots, "np": phrase.text, "np_bare": bare}, chance))
    reading = read(step.hop, naming)
    target = aim(reading, step.hop, naming)
    slots = {**slots_of(reading, target, x, chance), "the": "the "}
    return _tidy(QUESTIONS[reading.shape, target.towards].draw(slots, chance))


def _in_turn(before: Step, last: Step, x: Phrase, naming: Naming) -> str:
    """Return a question for what a step leads to and one for what the last leads to from there."""
    first = _question(before, x, naming)
    named = naming.noun(before.hop.noun if before.back is None else before.back.noun)
    that = Phrase(f"that {named or 'one'}", simple=True, light=True)
    return IN_TURN.draw({"first": first, "second": _question(last, that, naming)}, naming.chance)


def _phrase(step: Step, x: Phrase, naming: Naming, *, inner: bool = False) -> tuple[Phrase, Slots]:
    """Return a noun phrase for what a step leads to, and what filled its slots."""
    if step.back is not None:
        return _there_and_back(step.hop, step.back, x, naming)
    reading = read(step.hop, naming)
    target = aim(reading, step.hop, naming)
    slots = {
        **slots_of(reading, target, x, naming.chance),
        "the": "the ",
        "nested": "" if inner else None,
    }
    shape = (reading.shape, target.towards)
    text = _tidy(PHRASES[shape].draw(slots, naming.chance))
    predicate = _tidy(PREDICATES[shape].draw(slots, naming.chance)) if inner else ""
    light = reading.shape == "noun" and not target.several and text.endswith(reading.word)
    return Phrase(text, target.several, light=light and x.light, predicate=predicate), slots


def _there_and_back(hop: Hop, back: Hop, x: Phrase, naming: Naming) -> tuple[Phrase, Slots]:
    """Return a phrase for what one comes to by a hop and its inverse."""
    reading = _as_noun(hop)
    if reading is None:
        there = _phrase(Step(hop), x, naming, inner=True)[0]
        return _phrase(Step(back), there, naming)
    towards = hop.forward != reading.swapped
    target = aim(reading, back, naming)
    slots = {**slots_of(reading, target, x, naming.chance), "the": "the ", **_verb_slots(hop, naming)}
    if towards:
        return Phrase(_tidy(SHARED.draw(slots, naming.chance)), target.several), slots
    middle = naming.noun(hop.noun) or "thing"
    slots |= {"middle": plural(middle), "middle1": middle, "n": plural(reading.word), "is_t": "are"}
    slots |= {"whos": None, "one": None, "several": ""}
    return Phrase(_tidy(SHARED_BACK.draw(slots, naming.chance)), several=True), slots


def _as_noun(hop: Hop) -> Reading | None:
    return next((reading for reading in analyse(hop.name) if reading.shape == "noun"), None)


def _verb_slots(hop: Hop, naming: Naming) -> Slots:
    """Return what is filled in where the relation is a verb as well: directed, starred."""
    verb = next(
        (reading for reading in analyse(hop.name) if reading.shape == "verb" and reading.swapped), None
    )
    if verb is None:
        return {"ved": None, "ved_past": None, "v_past": None}
    said = {"v_past": past(verb.word), "also": naming.chance.choice(("", "also "))}
    alone = {"ved": participle(verb.word), "ved_past": past(verb.word), "transitive": ""}
    return said | (alone if not verb.particle else {"ved": None, "ved_past": None})


def _tidy(text: str) -> str:
    return " ".join(text.split())
