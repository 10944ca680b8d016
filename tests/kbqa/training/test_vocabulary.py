"""Made-up chains: what joins what is guessed from names, and chains go on from where they have come to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from kbqa.training.vocabulary import Vocabulary
from retrieval.text_encoder import load_text_encoder

PEOPLE, FILMS = ("spouse", "place of birth", "occupation"), ("director", "box office", "screenwriter")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    shipped = Path(__file__).parents[3] / "kbqa" / "weights" / "text-encoder"
    return Vocabulary(Counter([*PEOPLE, *FILMS]), load_text_encoder(str(shipped)))


def test_chains_have_the_length_asked_for_and_nouns_of_the_language(vocabulary: Vocabulary) -> None:
    chance = Random(0)
    for length in (1, 2, 3):
        for language in ("en", "zh"):
            hops = vocabulary.chain(length, language, chance)  # type: ignore[arg-type]
            assert len(hops) == length
            assert all(hop.name in vocabulary.names for hop in hops)
            assert all(not hop.noun or hop.noun.isascii() == (language == "en") for hop in hops)


def test_chains_mostly_go_on_from_what_they_have_come_to(vocabulary: Vocabulary) -> None:
    chance = Random(1)
    chains = [vocabulary.chain(2, "en", chance) for _ in range(2000)]
    from_people = [two for one, two in chains if one.name == "director" and one.forward]
    # a director is a person: what follows is a relation of people, or leads to one of them
    fitting = [hop for hop in from_people if (hop.name in PEOPLE and hop.forward) or not hop.forward]
    assert len(from_people) > 100
    assert len(fitting) > 0.75 * len(from_people)


def test_nouns_say_what_a_hop_leads_to(vocabulary: Vocabulary) -> None:
    chance = Random(2)
    hops = [hop for _ in range(500) for hop in vocabulary.chain(1, "en", chance)]
    directed = {hop.noun for hop in hops if hop.name == "director" and not hop.forward and hop.noun}
    assert directed & {"film", "movie"}
    named = {vocabulary.start(vocabulary.chain(1, "en", chance), "en", chance) for _ in range(200)}
    assert "person" in named and "" in named
