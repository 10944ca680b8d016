"""Questions in Chinese, built from the inside: a noun phrase around the entity, one around that, a question."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kbqa.training.examples import MASK, Hop
from kbqa.training.synthesis.chinese_frames import ASKED, PHRASES, QUESTIONS, SHARED, SHARED_BACK
from kbqa.training.synthesis.chinese_words import (
    Saying,
    analyse_chinese,
    asked_with,
    classifier,
    how,
    is_chinese,
    of_persons,
)
from kbqa.training.synthesis.frames import Slots
from kbqa.training.synthesis.naming import Naming
from kbqa.training.synthesis.relations import analyse, words_of
from kbqa.training.synthesis.steps import Step, steps_of

__all__ = ["chinese_phrase", "chinese_question"]

_AS_PHRASE = 0.35  # how often a question is put around a noun phrase
_SAID = ""  # fills a slot that only says that a sentence fits
_NAMELESS = {"who": "人", "where": "地方", "when": "时间"}
_UNKNOWN = ("东西", "事物", "东西", "对象")


@dataclass(frozen=True, slots=True)
class _Target:
    towards: bool
    label: str
    asks: str
    kind: str


def chinese_question(hops: Sequence[Hop], *, naming: Naming) -> str:
    """Return a question without the noise that people add.

    Args:
        hops: One to three.
        naming: Chooses the words.

    Example:
    >>> naming = Naming("zh", random.Random(1))
    >>> "[MASK]的首都是哪里" in {chinese_question([Hop("首都", True)], naming=naming) for _ in range(500)}
    True
    """
    x = MASK
    *inner, last = steps_of(hops, naming.chance)
    for step in inner:
        x = _phrase(step, x, naming)[0]
    return _question(last, x, naming)


def chinese_phrase(hops: Sequence[Hop], *, naming: Naming) -> str:
    """Return a noun phrase for what one to three hops lead to.

    Example:
    >>> naming = Naming("zh", random.Random(1))
    >>> "[MASK]的首都" in {chinese_phrase([Hop("首都", True)], naming=naming) for _ in range(500)}
    True
    """
    x = MASK
    for step in steps_of(hops, naming.chance):
        x = _phrase(step, x, naming)[0]
    return x


def _question(step: Step, x: str, naming: Naming) -> str:
    if step.back is not None or (step.hop.kind != "boolean" and naming.chance.random() < _AS_PHRASE):
        phrase, slots = _phrase(step, x, naming)
        return ASKED.draw({**slots, "np": phrase}, naming.chance)
    saying, target = _read(step.hop, naming)
    return QUESTIONS[saying.shape, target.towards].draw(
        _slots(saying, target, x, naming.chance), naming.chance
    )


def _phrase(step: Step, x: str, naming: Naming) -> tuple[str, Slots]:
    saying, target = _read(step.hop, naming)
    if step.back is not None and saying.shape == "noun":
        return _shared(step.back, saying, target, x, naming)
    slots = _slots(saying, target, x, naming.chance)
    phrase = PHRASES[saying.shape, target.towards].draw(slots, naming.chance)
    if step.back is None:
        return phrase, slots
    return _phrase(Step(step.back), phrase, naming)


def _shared(back: Hop, saying: Saying, target: _Target, x: str, naming: Naming) -> tuple[str, Slots]:
    """Return a phrase for what one comes to by a hop and its inverse."""
    if target.towards:
        end = _target(saying, back, naming)
        slots = _slots(saying, end, x, naming.chance)
        return SHARED.draw(slots, naming.chance), slots
    end = _Target(True, saying.word, saying.asks, back.kind)
    middle = target.label or naming.chance.choice(_UNKNOWN[:3])
    slots = {**_slots(saying, end, x, naming.chance), "middle": middle, "a_middle": classifier(middle)}
    return SHARED_BACK.draw(slots, naming.chance), slots


def _read(hop: Hop, naming: Naming) -> tuple[Saying, _Target]:
    name = naming.relation(hop.name)
    sayings = analyse_chinese(name) if is_chinese(name) else _foreign(name)
    saying = naming.chance.choices(sayings, [saying.weight for saying in sayings])[0]
    if name != words_of(hop.name):
        saying = _turned(saying, hop)
    return saying, _target(saying, hop, naming)


def _foreign(name: str) -> tuple[Saying, ...]:
    """Return how an English name is put in a Chinese sentence: as a noun."""
    for reading in analyse(name):
        if reading.shape == "noun":
            return (Saying("noun", reading.word, reading.swapped, noun=reading.word, asks=reading.asks),)
    return (Saying("noun", words_of(name), noun=words_of(name)),)


def _turned(saying: Saying, hop: Hop) -> Saying:
    """Return a saying of another word for a relation so that it keeps the direction of the relation's own name."""
    if is_chinese(hop.name):
        return saying
    own = analyse(hop.name)[0]
    if own.shape == "noun" and own.swapped and saying.shape == "noun":
        return replace(saying, swapped=True)  # "member of" leads away from the members
    doer = (own.shape == "verb" and own.swapped) or (
        own.shape == "noun" and own.asks == "who" and not own.swapped
    )
    return replace(saying, swapped=True, asks="who") if saying.shape == "verb" and doer else saying


def _target(saying: Saying, hop: Hop, naming: Naming) -> _Target:
    towards = hop.forward != saying.swapped
    if saying.shape == "noun" and towards:
        return _Target(True, saying.word, saying.asks, hop.kind)
    at_noun = saying.shape != "noun" and towards != saying.swapped
    label = naming.noun(hop.noun) or (saying.noun if at_noun else "")
    asks = saying.asks if at_noun and saying.asks != "what" else asked_with(label)
    if not label and not at_noun and of_persons(saying.word):
        asks = "who"
    return _Target(towards, label, "when" if hop.kind == "date" else asks, hop.kind)


def _slots(saying: Saying, target: _Target, x: str, chance: random.Random) -> Slots:
    word = saying.word
    return {
        "x": x,
        "n": word,
        "v": word,
        "e": word,
        "a": classifier(word) if saying.shape == "noun" else "个",
        "v_bare": word[:-1] if saying.shape == "verb" and word[-1] in "于在自" and len(word) > 2 else None,
        "noun": saying.noun or None,
        **_asked(target, chance),
        **_flags(saying, target, x),
    }


def _asked(target: _Target, chance: random.Random) -> dict[str, str | None]:
    many = target.label or _NAMELESS.get(target.asks) or chance.choice(_UNKNOWN)
    one = classifier(many)
    what = {
        "who": ("谁", "谁", "哪位", "什么人"),
        "where": ("哪里", "什么地方", "哪儿"),
        "when": ("什么时候", "哪一年", "何时"),
    }
    which = f"哪{chance.choice((one, one, '个'))}{many}"
    return {
        "many": many,
        "one": one,
        "what": chance.choice(what.get(target.asks, ("什么", "什么", "哪个")))
        if target.kind != "number"
        else how(many),
        "which": which
        if target.label
        else chance.choice(("谁", which) if target.asks == "who" else ("什么", which)),
        "several": chance.choice((f"哪些{many}", f"哪几{one}{many}", f"什么{many}", f"哪些{many}")),
        "how": how(many) if target.kind == "number" else None,
    }


def _flags(saying: Saying, target: _Target, x: str) -> dict[str, str | None]:
    said = {
        "simple": x == MASK,
        "person": target.asks == "who",
        "person_n": saying.shape == "noun" and saying.asks == "who",
        "thing": target.asks == "what" and target.kind == "entity",
        "entity": target.kind == "entity" and target.asks != "when",
        "number": target.kind == "number",
        "text": target.kind == "text",
        "boolean": target.kind == "boolean",
        "time": target.asks == "when" or target.kind == "date",
        "place": target.asks == "where",
        "where": saying.asks == "where",
        "free": saying.shape == "verb" and saying.word[-1] not in "于在自为至",
    }
    return {name: _SAID if fits else None for name, fits in said.items()}
