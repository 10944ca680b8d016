"""Questions in Chinese, built from the inside: a noun phrase around the entity, one around that, a question."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kbqa.training.examples import MASK, Hop
from kbqa.training.synthesis.chinese_frames import (
    APPOSED,
    ASKED,
    PHRASES,
    QUESTIONS,
    SHARED,
    SHARED_BACK,
    SHORT_ASKED,
    SHORT_PHRASES,
)
from kbqa.training.synthesis.chinese_words import (
    Saying,
    analyse_chinese,
    asked_with,
    classifier,
    how,
    is_chinese,
    of_persons,
)
from kbqa.training.synthesis.everyday import Everyday, everyday
from kbqa.training.synthesis.frames import Slots
from kbqa.training.synthesis.naming import Naming
from kbqa.training.synthesis.relations import analyse, words_of
from kbqa.training.synthesis.steps import Step, steps_of

__all__ = ["chinese_phrase", "chinese_question"]

_AS_PHRASE = 0.35  # how often a question is put around a noun phrase
_SHORT = (0.3, 0.6, 0.65)  # how often a question is kept short, by the number of steps
_EVERYDAY = 0.5  # how often a common relation is put in everyday words
_APPOSED = 0.12  # how often one says what the entity is
_SAID = ""  # fills a slot that only says that a sentence fits
_NAMELESS = {"who": "人", "where": "地方", "when": "时间"}
_UNKNOWN = ("东西", "事物", "东西", "对象")


@dataclass(frozen=True, slots=True)
class _Target:
    towards: bool
    label: str
    asks: str
    kind: str


def chinese_question(hops: Sequence[Hop], *, naming: Naming, start: str = "") -> str:
    """Return a question without the noise that people add.

    Args:
        hops: One to three.
        naming: Chooses the words.
        start: What the entity is called, "" where not known.

    Example:
    >>> naming = Naming("zh", random.Random(1))
    >>> "[MASK]的首都是哪里" in {chinese_question([Hop("首都", True)], naming=naming) for _ in range(500)}
    True
    """
    x = _start(start, naming)
    *inner, last = steps_of(hops, naming.chance)
    short = naming.chance.random() < _SHORT[len(inner)]
    for step in inner:
        x = _phrase(step, x, naming, short=short)[0]
    return _question(last, x, naming, short=short)


def chinese_phrase(hops: Sequence[Hop], *, naming: Naming) -> str:
    """Return a noun phrase for what one to three hops lead to.

    Example:
    >>> naming = Naming("zh", random.Random(1))
    >>> "[MASK]的首都" in {chinese_phrase([Hop("首都", True)], naming=naming) for _ in range(500)}
    True
    """
    x = MASK
    short = naming.chance.random() < _SHORT[len(hops) - 1]
    for step in steps_of(hops, naming.chance):
        x = _phrase(step, x, naming, short=short)[0]
    return x


def _start(noun: str, naming: Naming) -> str:
    """Return the entity, sometimes with what it is: 电影[MASK]."""
    said = naming.noun(noun)
    if not is_chinese(said) or naming.chance.random() >= _APPOSED:
        return MASK
    work = said if classifier(said) in {"部", "本", "首"} else None  # what 《》 are put around
    return APPOSED.draw({"noun": said, "a": classifier(said), "mask": MASK, "work": work}, naming.chance)


def _question(step: Step, x: str, naming: Naming, *, short: bool) -> str:
    chance = naming.chance
    plain = _everyday_question(step, x, naming)
    if plain:
        return plain
    if step.back is not None or (step.hop.kind != "boolean" and (short or chance.random() < _AS_PHRASE)):
        phrase, slots = _phrase(step, x, naming, short=short)
        return (SHORT_ASKED if short else ASKED).draw({**slots, "np": phrase}, chance)
    saying, target = _read(step.hop, naming)
    return QUESTIONS[saying.shape, target.towards].draw(_slots(saying, target, x, chance), chance)


def _everyday_question(step: Step, x: str, naming: Naming) -> str:
    """Return a question as people put it for a common relation, "" where none is taken."""
    common = everyday(step.hop.name, "zh")
    if common is None or step.back is not None or naming.chance.random() >= _EVERYDAY:
        return ""
    found = common.asked if step.hop.forward else common.asked_back
    return found.draw(_everyday_slots(common, step.hop, x, naming), naming.chance) if found else ""


def _everyday_slots(common: Everyday, hop: Hop, x: str, naming: Naming) -> Slots:
    saying = _everyday_saying(common, common.nouns[0])
    return _slots(saying, _target(saying, hop, naming), x, naming.chance)


def _everyday_saying(common: Everyday, noun: str) -> Saying:
    return Saying("noun", noun, noun=noun, asks=asked_with(common.nouns[0]))


def _phrase(step: Step, x: str, naming: Naming, *, short: bool) -> tuple[str, Slots]:
    """Return a noun phrase for what a step leads to, and what filled its slots."""
    common = everyday(step.hop.name, "zh")
    if (
        common
        and common.phrases
        and step.back is None
        and not step.hop.forward
        and naming.chance.random() < _EVERYDAY
    ):
        slots = _everyday_slots(common, step.hop, x, naming)
        return common.phrases.draw(slots, naming.chance), slots
    saying, target = _read(step.hop, naming)
    if step.back is not None and saying.shape == "noun":
        return _shared(step.back, saying, target, x, naming)
    slots = _slots(saying, target, x, naming.chance)
    shape = (saying.shape, target.towards)
    phrase = (SHORT_PHRASES if short else PHRASES)[shape].draw(slots, naming.chance)
    if step.back is None:
        return phrase, slots
    return _phrase(Step(step.back), phrase, naming, short=short)


def _shared(back: Hop, saying: Saying, target: _Target, x: str, naming: Naming) -> tuple[str, Slots]:
    """Return a phrase for what one comes to by a hop and its inverse."""
    if target.towards:
        end = _target(saying, back, naming)
        shared = {**_slots(saying, end, x, naming.chance), "role": _role(back.name)}
        return SHARED.draw(shared, naming.chance), shared
    end = _Target(True, saying.word, saying.asks, back.kind)
    middle = target.label or naming.chance.choice(_UNKNOWN[:3])
    slots: dict[str, str | None] = {**_slots(saying, end, x, naming.chance)}
    slots |= {"middle": middle, "a_middle": classifier(middle)}
    slots["role"] = _role(back.name)
    return SHARED_BACK.draw(slots, naming.chance), slots


def _role(name: str) -> str | None:
    """Return what is done by those that a relation leads to (导演, 主演), None where its name is no such verb."""
    common = everyday(name, "zh")
    sayings = analyse_chinese(common.nouns[0] if common else name)
    return next((saying.word for saying in sayings if saying.shape == "role"), None)


def _read(hop: Hop, naming: Naming) -> tuple[Saying, _Target]:
    common = everyday(hop.name, "zh")
    if common is not None and naming.everyday(hop.name):
        saying = _everyday_saying(common, common.noun(naming.chance))
        return saying, _target(saying, hop, naming)
    name = naming.relation(hop.name, known=common is not None)
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
