"""What words and the learnt matcher found, in one order: what is counted, and what is asked for by its noun."""

from __future__ import annotations

from dataclasses import replace

from kbqa.semantics.candidates import Candidate
from kbqa.semantics.confidence import confidence_of
from kbqa.semantics.form import Counted, Follow, Form, Members, Step, Thing
from kbqa.semantics.paths import Path
from kbqa.semantics.rank import rank
from kbqa.semantics.reorder import (
    along_nouns,
    beyond_noun,
    like_nouns,
    of_asked_noun,
    of_relations,
    of_several,
)
from kbqa.semantics.shape import Shape
from kbqa.types import Cue, ParsedQuestion
from kg.types import Iri

FRANCE, BORDERS, PEOPLE = Iri("w:France"), Step(Iri("w:borders"), True), Step(Iri("w:population"), True)
THINGS, NUMBERS = Shape("entity", frozenset(), frozenset()), Shape("number", frozenset(), frozenset())


def candidate(form: Form, shape: Shape, score: float, *, explained: float = 1.0) -> Candidate:
    return Candidate(form, shape, score, explained, 0.9, 0)


def path(step: Step, shape: Shape, score: float) -> Path:
    return Path(FRANCE, (step,), Follow(Thing(FRANCE), step), shape, score, 1.0, 0.4, 0.0)


def parsed() -> ParsedQuestion:
    return ParsedQuestion("How many?", "en", (), (Cue(0, 8, "count", "How many"),), (), "number")


def test_a_count_that_words_read_whole_is_not_a_number_that_none_speak_of() -> None:
    counted = candidate(Counted(Follow(Thing(FRANCE), BORDERS)), THINGS, 2.7)
    paths = [path(PEOPLE, NUMBERS, -0.01), path(BORDERS, THINGS, -4.8)]
    assert rank(parsed(), [counted], paths)[0].form == counted.form
    doubtful = candidate(counted.form, THINGS, 2.7, explained=0.5)
    assert rank(parsed(), [doubtful], paths)[0].form == Follow(Thing(FRANCE), PEOPLE)


def test_a_number_that_words_speak_of_is_no_worse_than_a_count() -> None:
    counted = candidate(Counted(Follow(Thing(FRANCE), BORDERS)), THINGS, 2.7)
    said = candidate(Follow(Thing(FRANCE), PEOPLE), NUMBERS, 2.6)
    paths = [path(PEOPLE, NUMBERS, -0.01), path(BORDERS, THINGS, -4.8)]
    assert rank(parsed(), [counted, said], paths)[0].form == said.form


def test_what_is_asked_for_is_where_a_relation_of_its_name_leads() -> None:
    club, player = Step(Iri("w:playsInClub"), False), Step(Iri("w:age"), True)
    players = candidate(Thing(Iri("w:a")), Shape("entity", frozenset(), frozenset({player})), 1.0)
    clubs = candidate(Thing(Iri("w:b")), Shape("entity", frozenset(), frozenset({club})), 0.0)
    unknown = candidate(Thing(Iri("w:c")), THINGS, 0.5)
    number = candidate(Thing(Iri("w:d")), NUMBERS, 0.4)
    named = [club.predicate]
    ordered = of_asked_noun([players, unknown, number, clubs], named)
    assert [one.form for one in ordered] == [one.form for one in (unknown, number, clubs, players)]
    assert of_asked_noun([players, clubs], []) == [players, clubs]
    assert of_asked_noun([players], named) == [players], "where all are others, the noun says nothing"


def test_several_things_are_not_what_a_relation_of_our_own_has_one_of() -> None:
    utah, capital, located = Thing(Iri("w:Utah")), Step(Iri("w:capital"), True), Step(Iri("w:in"), False)
    capitals = replace(candidate(Follow(utah, capital), THINGS, 1.0), floating=1)
    cities = replace(candidate(Follow(utah, located), THINGS, 0.0), floating=1)

    def ordered(*given: Candidate) -> list[Form]:
        return [one.form for one in of_several(given, lambda step: step == capital)]

    assert ordered(capitals, cities) == [cities.form, capitals.form]
    said = replace(capitals, floating=0)  # "the capitals of Utah": the word says it
    assert ordered(said, cities) == [said.form, cities.form]


def test_what_a_thing_is_about_is_said_by_relations_of_such_names() -> None:
    tags, year = Step(Iri("w:tags"), True), Step(Iri("w:year"), True)
    back = candidate(Follow(Thing(FRANCE), Step(tags.predicate, False)), THINGS, -1.0, explained=0.0)
    tagged = candidate(Follow(Thing(FRANCE), tags), THINGS, -1.1, explained=0.0)
    dated = candidate(Follow(Thing(FRANCE), year), NUMBERS, 0.0, explained=0.5)
    counted = candidate(Counted(Members(Iri("w:Film"))), NUMBERS, 0.2)
    ordered = of_relations([counted, dated, back, tagged], [tags.predicate])
    assert [one.form for one in ordered] == [counted.form, back.form, tagged.form, dated.form]
    whole = candidate(dated.form, NUMBERS, 0.0, explained=1.0)
    assert of_relations([whole, tagged], [tags.predicate])[0] == whole, "all words say it"
    assert of_relations([dated, tagged], []) == [dated, tagged]


def chain(*predicates: str, score: float) -> Candidate:
    form: Form = Thing(FRANCE)
    for predicate in predicates:
        form = Follow(form, Step(Iri(predicate), True))
    return candidate(form, THINGS, score)


def test_nouns_that_hang_on_each_other_are_walked_one_by_one() -> None:
    wife, father, job = (
        {Iri("w:spouse"): 0.9, Iri("w:parent"): 0.5, Iri("w:job"): 0.4},
        {Iri("w:parent"): 0.8, Iri("w:spouse"): 0.6, Iri("w:job"): 0.4},
        {Iri("w:job"): 1.0, Iri("w:spouse"): 0.4, Iri("w:parent"): 0.4},
    )
    right = chain("w:spouse", "w:parent", "w:job", score=-1.5)
    swapped = chain("w:parent", "w:spouse", "w:job", score=-1.0)
    short = chain("w:spouse", "w:job", score=0.0)
    ordered = along_nouns([short, swapped, right], {FRANCE}, [wife, father, job])
    assert [one.form for one in ordered] == [right.form, short.form, swapped.form]
    assert along_nouns([short, swapped, right], {Iri("w:Spain")}, [wife, father, job])[0] == short
    longer = chain("w:spouse", "w:spouse", score=-0.5)
    counted = candidate(Counted(Members(Iri("w:Film"))), NUMBERS, -0.6)
    assert [one.form for one in along_nouns([longer, counted], {FRANCE}, [wife])] == [
        counted.form,
        longer.form,
    ]


def test_where_a_thing_is_is_not_answered_by_the_thing() -> None:
    club, place = chain("w:club", score=0.0), chain("w:club", "w:place", score=-1.5)
    assert [one.form for one in beyond_noun([club, place], [Iri("w:club")])] == [place.form, club.form]
    assert beyond_noun([club], [Iri("w:club")]) == [club], "nothing else is there"
    assert beyond_noun([club, place], []) == [club, place]


def test_a_matcher_that_was_taught_the_graph_is_not_louder_than_the_noun() -> None:
    club = candidate(
        Thing(Iri("w:b")), Shape("entity", frozenset(), frozenset({Step(Iri("w:c"), False)})), -4.0
    )
    player = candidate(
        Thing(Iri("w:a")), Shape("entity", frozenset(), frozenset({Step(Iri("w:c"), True)})), 0.0
    )
    assert of_asked_noun([player, club], [Iri("w:c")])[0].form == player.form
    assert of_asked_noun([player, club], [Iri("w:c")], weight=2.5)[0].form == club.form


def test_a_relation_unlike_the_noun_of_the_question_is_not_what_it_asks_for() -> None:
    people = candidate(Follow(Thing(FRANCE), PEOPLE), NUMBERS, 1.0, explained=0.8)
    said = candidate(Follow(Thing(FRANCE), BORDERS), THINGS, 0.5)
    all_countries = candidate(Members(Iri("w:Country")), THINGS, 0.4, explained=0.8)
    like = [{PEOPLE.predicate: 0.4, BORDERS.predicate: 0.2}]
    found = like_nouns([people, said, all_countries], like)
    assert [one.likeness for one in found] == [0.4, 1.0, 1.0], (
        "what words say, and what is no chain, is not compared"
    )
    assert confidence_of(found[0], lead=1.0) < confidence_of(people, lead=1.0) - 0.2
    near = like_nouns([people], [{PEOPLE.predicate: 0.9}, {PEOPLE.predicate: 0.5}])
    assert near[0].likeness == 0.7, "the mean over all nouns"


def test_walking_the_nouns_counts_for_a_relation_that_is_like_them_only() -> None:
    chains = [
        candidate(Follow(Thing(FRANCE), step), THINGS, 1.0, explained=0.5) for step in (BORDERS, PEOPLE)
    ]
    like = {BORDERS.predicate: 0.9, PEOPLE.predicate: 0.2}
    assert [one.asked for one in along_nouns(like_nouns(chains, [like]), {FRANCE}, [like])] == [True, False]
    unlike = {BORDERS.predicate: 0.5, PEOPLE.predicate: 0.2}
    assert not any(one.asked for one in along_nouns(like_nouns(chains, [unlike]), {FRANCE}, [unlike]))


def test_a_name_that_hardly_fits_makes_no_sure_reading() -> None:
    learnt = {"learnt": -0.1, "said": False, "nearest": 0.6, "fits": 3.0}
    sure = replace(candidate(Follow(Thing(FRANCE), PEOPLE), NUMBERS, 1.0), **learnt)
    assert confidence_of(replace(sure, linked=0.6), lead=2.0) == confidence_of(sure, lead=2.0)
    assert confidence_of(replace(sure, linked=0.45), lead=2.0) < confidence_of(sure, lead=2.0) - 0.1


def test_a_relation_of_our_own_that_any_other_ties_with_is_not_meant() -> None:
    """Of "the richest person in France" no word speaks of a relation: its neighbours are no surer than its capital."""
    own = replace(candidate(Follow(Thing(FRANCE), BORDERS), THINGS, 0.2, explained=0.8), floating=1)
    assert confidence_of(own, lead=0.0) < 0.5 < confidence_of(own, lead=0.2)
    said = replace(own, floating=0)
    assert confidence_of(said, lead=0.0) == confidence_of(said, lead=0.2)
