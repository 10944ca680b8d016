"""What a query reads is estimated before it is run, so that no second-best reading waits for a dear one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kbqa.semantics.candidates import Candidate
from kbqa.semantics.confidence import confidence_of
from kbqa.semantics.effort import Effort
from kbqa.semantics.execute import Executor
from kbqa.semantics.form import Both, Counted, Extreme, Follow, Members, Step, Thing
from kbqa.semantics.shape import Shape
from kg.names import Names
from kg.profiling import profile
from kg.store import Store
from kg.types import RDF_TYPE, XSD, Iri, Literal, Triple

PERSON, HOME, AGE = Iri("urn:e:Person"), Iri("urn:e:home"), Iri("urn:e:age")
HUB, HAMLET = Thing(Iri("urn:e:Hub")), Thing(Iri("urn:e:Hamlet"))
LIVES = Step(HOME, False)
SHAPE = Shape("entity", frozenset(), frozenset())


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Effort]]:
    with Store.in_memory() as store:
        facts = []
        for number in range(3_000):
            person = Iri(f"urn:e:{number}")
            facts.append(Triple(person, RDF_TYPE, PERSON))
            facts.append(Triple(person, HOME, HAMLET.term if number < 3 else HUB.term))
            facts.append(Triple(person, AGE, Literal(str(number % 90), XSD + "integer")))
        store.add(facts, source="town")
        with Names.build(tmp_path_factory.mktemp("town") / "names.sqlite", store) as names:
            yield store, Effort(profile(store), names)


def test_effort_follows_the_degree_of_what_is_named(town: tuple[Store, Effort]) -> None:
    effort = town[1]
    assert effort.of(Follow(HAMLET, LIVES)) == 3
    assert effort.of(Counted(Follow(HUB, LIVES))) == 2_997
    assert effort.of(Members(PERSON)) == 3_000
    assert effort.of(Both(Members(PERSON), Follow(HAMLET, LIVES))) < 10
    assert effort.of(Extreme(Members(PERSON), Step(AGE, True), largest=True)) > 5_000
    assert effort.of(Extreme(Follow(HAMLET, LIVES), Step(AGE, True), largest=True)) < 20


def test_a_dear_query_is_run_for_the_best_reading_only(town: tuple[Store, Effort]) -> None:
    store, effort = town
    executor = Executor(store, lambda term: term.value, language="en", effort=effort)
    dear, cheap = Counted(Members(PERSON)), Follow(HAMLET, LIVES)
    best_first = [Candidate(form, SHAPE, score, 1.0, 1.0, 0) for form, score in ((cheap, 2.0), (dear, 1.0))]
    assert [reading.form for reading in executor.run(best_first, k=3)] == [cheap]
    assert [reading.form for reading in executor.run(best_first[::-1], k=3)] == [dear, cheap]
    assert len(list(executor.run(best_first, k=3, rivals=False))) == 2


def test_no_query_starts_after_the_time_of_a_question(
    town: tuple[Store, Effort], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kbqa.semantics.execute._SECONDS", 0.0)
    executor = Executor(town[0], lambda term: term.value, language="en")
    assert not list(executor.run([Candidate(Follow(HAMLET, LIVES), SHAPE, 1.0, 1.0, 1.0, 0)], k=1))


def test_a_thing_is_no_answer_to_what_is_asked_of_it() -> None:
    whole = Candidate(HUB, SHAPE, 1.0, 1.0, 1.0, 0)
    asked_of = Candidate(HUB, SHAPE, 1.0, 0.64, 1.0, 0, unsaid=1)
    assert confidence_of(whole, lead=0.0) > 0.9
    assert confidence_of(asked_of, lead=0.0) < 0.5
