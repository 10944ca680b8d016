"""Questions for relations, made up the way people ask, to train on."""

from __future__ import annotations

import random
from collections.abc import Sequence

from kbqa.training.examples import Hop
from kbqa.training.synthesis.chinese import chinese_phrase, chinese_question
from kbqa.training.synthesis.english import english_phrase, english_question
from kbqa.training.synthesis.naming import Naming, Thesaurus
from kbqa.training.synthesis.noise import noisy
from kbqa.types import Language

__all__ = ["Thesaurus", "ask", "describe"]

_MOST_HOPS = 3


def ask(
    hops: Sequence[Hop],
    *,
    language: Language,
    chance: random.Random,
    thesaurus: Thesaurus | None = None,
    start: str = "",
) -> str:
    """Return a question with MASK once, that asks for what the hops lead to.

    Args:
        hops: From the entity to the answers, one to three. Their order and direction show in the words.
        language: Of the question.
        chance: Decides everything: the same state makes the same question.
        thesaurus: Other words for relations and classes, and their names in the other language. Without it,
            names stay as they are, in whichever language.
        start: What the entity is called in the singular ("film"), "" where not known.

    Raises:
        ValueError: If there are no hops or more than three.

    Example:
    >>> hops = [Hop("directedBy", True, noun="person")]
    >>> questions = {ask(hops, language="en", chance=random.Random(seed)) for seed in range(2000)}
    >>> "who directed [MASK]?" in questions, "Who is the director of [MASK]" in questions
    (True, True)
    """
    _check(hops)
    put = chinese_question if language == "zh" else english_question
    question = put(hops, naming=Naming(language, chance, thesaurus), start=start)
    return noisy(question, language=language, chance=chance)


def describe(
    hops: Sequence[Hop], *, language: Language, chance: random.Random, thesaurus: Thesaurus | None = None
) -> str:
    """Return a noun phrase with MASK once, for what the hops lead to: "the films that [MASK] directed".

    Takes and raises what `ask` does; put in the place of an entity it makes a longer question of another.
    """
    _check(hops)
    put = chinese_phrase if language == "zh" else english_phrase
    return put(hops, naming=Naming(language, chance, thesaurus))


def _check(hops: Sequence[Hop]) -> None:
    if not 1 <= len(hops) <= _MOST_HOPS:
        raise ValueError(
            f"{len(hops)} hops; a question is made for 1 to {_MOST_HOPS}: split or drop the rest"
        )
