"""Nouns guessed for the ends of relations from what else their members take part in."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from kbqa.storage.encoder import load_encoder
from kbqa.training.nouns import COMMON_NOUNS, COMMON_NOUNS_ZH, Nouns, terms
from kg.names import Names
from kg.profiling import profile
from kg.store import Store
from kg.types import Iri, Triple

E = "http://example.org/"

FILMS = {"directed_by": ("m", "p"), "starring": ("m", "q"), "genre": ("m", "g"), "screenwriter": ("m", "p")}
PEOPLE = {"spouse": ("p", "r"), "place_of_birth": ("p", "c"), "profession": ("p", "j"), "parents": ("p", "r")}
COUNTRIES = {"capital": ("n", "c"), "currency": ("n", "m"), "official_language": ("n", "l")}


def nouns_of(relations: dict[str, tuple[str, str]], folder: Path) -> Nouns:
    facts = [
        Triple(Iri(f"{E}{one}{n}"), Iri(E + name), Iri(f"{E}{other}{n % 3}"))
        for name, (one, other) in relations.items()
        for n in range(6)
    ]
    with Store.in_memory() as store:
        store.add(facts, source="facts")
        with Names.build(folder / "names.sqlite", store) as names:
            return Nouns(load_encoder("bilingual"), profile(store), names)


@pytest.mark.parametrize(
    ("relations", "name", "side", "expected"),
    [
        (FILMS, "genre", "subject", "film"),
        (FILMS, "directed_by", "object", "person"),
        (PEOPLE, "profession", "subject", "person"),
        (PEOPLE, "profession", "object", "job"),
        (COUNTRIES, "currency", "subject", "country"),
        (COUNTRIES, "official_language", "object", "language"),
    ],
)
def test_things_are_called_by_what_they_take_part_in(relations, name, side, expected, tmp_path):
    nouns = nouns_of(relations, tmp_path)
    likeliest, weight = nouns.guesses((E + name, side))[0]
    assert likeliest.english[0] == expected and weight == 1.0
    drawn = [
        nouns.draw((E + name, side), Random(seed), chinese=chinese)
        for chinese in (False, True)
        for seed in range(60)
    ]
    assert "" in drawn and set(likeliest.english) & set(drawn) and set(likeliest.chinese) & set(drawn)
    assert nouns.draw((E + "nothing", side), Random(1), chinese=False) == ""


def test_there_are_nouns_of_both_languages_for_every_class():
    assert len(COMMON_NOUNS) >= 140 and len(COMMON_NOUNS_ZH) >= 140
    assert all(term.english and term.chinese and (term.has or term.given) for term in terms())
