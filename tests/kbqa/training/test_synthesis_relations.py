"""What the names of relations are taken for."""

import pytest

from kbqa.training.synthesis.chinese_words import analyse_chinese
from kbqa.training.synthesis.relations import analyse, words_of
from kbqa.training.synthesis.words import (
    agent,
    gerund,
    is_person,
    participle,
    past,
    plural,
    singular,
    third_person,
)


def brief(name):
    return [
        (reading.shape, reading.word, reading.particle, "swapped" if reading.swapped else "")
        for reading in analyse(name)
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("directed by", ("verb", "direct", "", "swapped")),
        ("directed by", ("noun", "director", "", "")),
        ("wasWrittenBy", ("verb", "write", "", "swapped")),
        ("plays for", ("verb", "play", "for", "")),
        ("set in", ("state", "set", "in", "")),
        ("is located in", ("state", "located", "in", "")),
        ("part of", ("noun", "part", "", "swapped")),
        ("employer of", ("state", "an employer", "of", "")),
        ("in language", ("state", "", "in", "")),
        ("borders", ("verb", "border", "", "")),
        ("founded", ("verb", "found", "", "")),
        ("won award", ("verb", "win", "", "")),
        ("starred actors", ("verb", "star", "in", "swapped")),
        ("children", ("noun", "child", "", "")),
        ("hasGenre", ("noun", "genre", "", "")),
        ("place of birth", ("noun", "birth place", "", "")),
        ("place of birth", ("state", "born", "in", "")),
        ("deathPlace", ("verb", "die", "in", "")),
        ("publicationDate", ("state", "published", "in", "")),
        ("is aged", ("noun", "age", "", "")),
    ],
)
def test_readings_of_names(name, expected):
    assert expected in brief(name)


def test_nouns_are_not_taken_for_verbs():
    for name in ("capital", "population", "genres", "languages", "has parts"):
        assert {reading.shape for reading in analyse(name)} == {"noun"}, name


def test_names_are_put_in_words():
    assert words_of("ex:hasISBN") == "has ISBN"
    assert words_of(" ") == "relation"
    assert words_of("tail-number_of.plane") == "tail number of plane"
    assert words_of("___") == "___"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (plural("city"), "cities"),
        (plural("box"), "boxes"),
        (plural("date of birth"), "dates of birth"),
        (singular("countries"), "country"),
        (singular("movies"), "movie"),
        (singular("bus"), "bus"),
        (past("star"), "starred"),
        (past("develop"), "developed"),
        (participle("speak"), "spoken"),
        (gerund("win"), "winning"),
        (third_person("flow"), "flows"),
        (agent("compose"), "composer"),
        (agent("act"), "actor"),
        (agent("locate"), "locator"),
    ],
)
def test_word_forms(made, expected):
    assert made == expected


def test_persons_are_told_from_things():
    assert all(map(is_person, ("director", "voice actors", "child", "head of state")))
    assert not any(map(is_person, ("number", "genre", "honor", "river", "place of birth")))


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("导演", {"noun", "role"}),
        ("出生地", {"noun", "event"}),
        ("目的地", {"noun"}),
        ("位于", {"verb"}),
        ("是否退役", {"noun"}),
        ("的", {"noun"}),
    ],
)
def test_sayings_of_chinese_names(name, shapes):
    assert {saying.shape for saying in analyse_chinese(name)} == shapes
