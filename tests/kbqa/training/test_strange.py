"""Steps in words that tell nothing: how often, in which language, and what stays as it was."""

from __future__ import annotations

from pathlib import Path
from random import Random

from kbqa.training.examples import MASK, Example, Hop
from kbqa.training.matcher import synthetic_lesson, vocabularies_of
from kbqa.training.strange import StrangeWords
from retrieval.text_encoder import load_text_encoder

CHAIN = (Hop("directed by", True, noun="person"), Hop("born in", False), Hop("genre", True))
FILMS = [
    Example(f"{name} [MASK]?", (Hop(name, True),), "en", "films")
    for name in ("directed by", "genre", "studio")
]
WORDS = StrangeWords(["stone", "violin", "石头", "小提琴"])


def test_at_most_one_step_is_strange_and_only_its_name_changes() -> None:
    chance = Random(0)
    drawn = [WORDS.said(CHAIN, "en", chance) for _ in range(2000)]
    changed = [said for said in drawn if said != CHAIN]
    assert 0.1 < len(changed) / len(drawn) < 0.2
    places = set()
    for said in changed:
        different = [
            place for place, (one, other) in enumerate(zip(said, CHAIN, strict=True)) if one != other
        ]
        assert len(different) == 1
        (place,) = different
        places.add(place)
        assert (said[place].forward, said[place].kind, said[place].noun) == (
            CHAIN[place].forward,
            CHAIN[place].kind,
            CHAIN[place].noun,
        )
        assert set(said[place].name.split()) <= {"stone", "violin"}
    assert places == {0, 1, 2}


def test_strange_words_are_of_the_language_of_the_question() -> None:
    chance = Random(0)
    names = {hop.name for _ in range(500) for hop in WORDS.said(CHAIN, "zh", chance)}
    strange = names - {hop.name for hop in CHAIN}
    assert strange
    assert all(not name.isascii() and " " not in name for name in strange)
    assert StrangeWords(["stone"]).said(CHAIN, "zh", chance) == CHAIN


def test_a_lesson_keeps_the_steps_that_strange_words_stand_for(shared_teacher: Path) -> None:
    known = vocabularies_of(FILMS, load_text_encoder(str(shared_teacher)))
    lesson = synthetic_lesson(known, 1.0, thesaurus=None, strange=StrangeWords(["zyzzyva"]))
    chance = Random(3)
    examples = [example for _ in range(20) for example in lesson.draw(20, chance)]
    strange = [example for example in examples if "zyzz" in example.question.lower()]
    assert strange
    for example in strange:
        assert len(example.hops) > 1
        assert example.question.count(MASK) == 1
        assert {hop.name for hop in example.hops} <= set(lesson.names)
