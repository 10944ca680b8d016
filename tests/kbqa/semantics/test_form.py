"""Every kind of form → SPARQL → the rows that a person works out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kbqa.semantics.compile import MAX_ROWS, proof_query, to_query
from kbqa.semantics.form import (
    Aggregate,
    Arithmetic,
    Both,
    Compares,
    Counted,
    Either,
    Except,
    Extreme,
    Follow,
    Form,
    Having,
    HavingCount,
    Holds,
    Lacks,
    Members,
    MostLinks,
    Step,
    Thing,
    things,
)
from kbqa.semantics.words import in_words
from kg.query import render
from kg.store import Store
from kg.types import RDF_TYPE, XSD, Iri, Literal, Triple

W = "https://lands.example/"


def iri(local: str) -> Iri:
    return Iri(W + local)


def to(source: Form, relation: str) -> Follow:
    return Follow(source, Step(iri(relation), True))


def back(source: Form, relation: str) -> Follow:
    return Follow(source, Step(iri(relation), False))


def step(relation: str) -> Step:
    return Step(iri(relation), True)


def number(value: str) -> Literal:
    return Literal(value, XSD + ("decimal" if "." in value else "integer"))


def date(value: str) -> Literal:
    return Literal(value, XSD + "date")


COUNTRY, CITY, RIVER, PERSON = (Members(iri(name)) for name in ("Country", "City", "River", "Person"))
ARVANIA, BELMORA, CORVIA, DORLAND, ESTWICK = (
    Thing(iri(name)) for name in ("Arvania", "Belmora", "Corvia", "Dorland", "Estwick")
)
VELDA, TARN, BROOK = (Thing(iri(name)) for name in ("Velda", "Tarn", "Brook"))
ANNA, BORIS, CLARA = (Thing(iri(name)) for name in ("Anna", "Boris", "Clara"))

SETS: dict[str, tuple[Form, str]] = {
    "a thing": (ARVANIA, "Arvania"),
    "a value": (Thing(number("300000")), "300000"),
    "a class": (RIVER, "Velda Tarn Brook"),
    "forward": (to(ARVANIA, "capital"), "Lunden"),
    "back": (back(Thing(iri("Osk")), "capital"), "Corvia"),
    "back from a value": (back(Thing(number("8000000")), "population"), "Corvia"),
    "two steps": (to(to(CLARA, "parent"), "parent"), "Anna"),
    "there and back": (back(to(BORIS, "parent"), "parent"), "Boris David"),
    "a symmetric relation": (back(ARVANIA, "borders"), "Belmora Corvia"),
    "from a class": (to(CITY, "locatedIn"), "Arvania Belmora Corvia Dorland Estwick"),
    "both": (Both(to(ARVANIA, "borders"), to(BELMORA, "borders")), "Corvia"),
    "both with a class": (Both(CITY, back(CORVIA, "locatedIn")), "Osk Quell"),
    "both of nothing in common": (Both(RIVER, to(ARVANIA, "borders")), ""),
    "either": (Either(to(ARVANIA, "borders"), to(DORLAND, "borders")), "Belmora Corvia"),
    "either of things": (Either(VELDA, TARN), "Velda Tarn"),
    "except a thing": (Except(to(CORVIA, "borders"), BELMORA), "Arvania Dorland"),
    "except things": (Except(COUNTRY, Either(ARVANIA, ESTWICK)), "Belmora Corvia Dorland"),
    "except a set": (Except(COUNTRY, to(CORVIA, "borders")), "Corvia Estwick"),
    "except an extreme": (Except(RIVER, Extreme(RIVER, step("length"), True)), "Tarn Brook"),
    "others": (Except(back(to(BORIS, "parent"), "parent"), BORIS), "David"),
    "more than": (Having(COUNTRY, step("population"), ">", number("6000000")), "Belmora Corvia Dorland"),
    "at most": (Having(RIVER, step("length"), "<=", number("800")), "Tarn Brook"),
    "equal": (Having(COUNTRY, step("population"), "=", number("12000000")), "Belmora Dorland"),
    "not equal": (Having(RIVER, step("length"), "!=", number("800")), "Velda Brook"),
    "an integer against a decimal": (Having(COUNTRY, step("area"), "<", number("2000.6")), "Estwick"),
    "after a date": (Having(PERSON, step("birthDate"), ">", date("1975-07-20")), "Clara David"),
    "since a date": (Having(PERSON, step("birthDate"), ">=", date("1975-07-20")), "Boris Clara David"),
    "than another thing": (
        Having(COUNTRY, step("area"), ">", to(BELMORA, "area")),
        "Arvania Corvia",
    ),
    "than the value of a set": (
        Having(COUNTRY, step("area"), "<", to(Extreme(COUNTRY, step("population"), False), "area")),
        "",
    ),
    "a range": (
        Having(Having(COUNTRY, step("area"), ">", number("60000")), step("area"), "<", number("340000")),
        "Arvania Belmora",
    ),
    "lacks a relation": (Lacks(COUNTRY, step("leader"), None), "Corvia Dorland Estwick"),
    "lacks it backwards": (Lacks(COUNTRY, Step(iri("flowsThrough"), False), None), "Estwick"),
    "lacks a target": (Lacks(COUNTRY, step("borders"), ARVANIA), "Arvania Dorland Estwick"),
    "lacks targets of a kind": (
        Lacks(COUNTRY, step("borders"), Having(COUNTRY, step("population"), ">", number("10000000"))),
        "Belmora Dorland Estwick",
    ),
    "largest": (Extreme(RIVER, step("length"), True), "Velda"),
    "smallest": (Extreme(RIVER, step("length"), False), "Brook"),
    "all on a tie": (Extreme(COUNTRY, step("population"), True), "Belmora Dorland"),
    "second after a tie": (Extreme(COUNTRY, step("population"), True, 2), "Corvia"),
    "third": (Extreme(COUNTRY, step("area"), True, 3), "Belmora"),
    "a rank that is not there": (Extreme(RIVER, step("length"), True, 4), ""),
    "largest of some": (Extreme(back(CORVIA, "flowsThrough"), step("length"), False), "Tarn"),
    "largest of two": (Extreme(Either(ARVANIA, BELMORA), step("area"), True), "Arvania"),
    "latest date": (Extreme(PERSON, step("birthDate"), True), "Clara"),
    "of the largest": (to(Extreme(COUNTRY, step("area"), True), "capital"), "Osk"),
    "largest of those of the largest": (
        Extreme(to(Extreme(COUNTRY, step("area"), True), "borders"), step("area"), False),
        "Dorland",
    ),
    "most links": (MostLinks(COUNTRY, step("borders"), None, True), "Corvia"),
    "fewest links": (MostLinks(COUNTRY, step("borders"), None, False), "Dorland"),
    "second most, a tie": (MostLinks(COUNTRY, step("borders"), None, True, 2), "Arvania Belmora"),
    "most links back": (
        MostLinks(COUNTRY, Step(iri("locatedIn"), False), None, True),
        "Arvania Belmora Corvia",
    ),
    "most links to some": (
        MostLinks(RIVER, step("flowsThrough"), Having(COUNTRY, step("area"), "<", number("100000")), True),
        "Velda Tarn",
    ),
    "count at least": (HavingCount(COUNTRY, step("borders"), None, ">=", 2), "Arvania Belmora Corvia"),
    "count exactly": (HavingCount(COUNTRY, step("borders"), None, "=", 1), "Dorland"),
    "three largest": (Extreme(COUNTRY, step("area"), True, 1, 3), "Corvia Arvania Belmora"),
    "two from the second on": (Extreme(COUNTRY, step("area"), False, 2, 2), "Dorland Belmora"),
    "more asked for than there are": (Extreme(RIVER, step("length"), True, 1, 9), "Velda Tarn Brook"),
    "two with most links": (MostLinks(RIVER, step("flowsThrough"), None, True, 1, 2), "Velda Tarn"),
    "more links than another": (
        HavingCount(COUNTRY, step("borders"), None, ">", Counted(to(ARVANIA, "borders"))),
        "Corvia",
    ),
    "sum": (Aggregate("sum", to(CORVIA, "borders"), step("population")), "29000000"),
    "sum of equal values": (Aggregate("sum", Either(BELMORA, DORLAND), step("population")), "24000000"),
    "sum of nothing": (Aggregate("sum", to(ESTWICK, "borders"), step("population")), ""),
    "difference": (Arithmetic("difference", to(BELMORA, "area"), to(ARVANIA, "area")), "-30000"),
    "distance": (Arithmetic("distance", to(BELMORA, "area"), to(ARVANIA, "area")), "30000"),
    "difference of counts": (
        Arithmetic("difference", Counted(to(CORVIA, "borders")), Counted(to(DORLAND, "borders"))),
        "2",
    ),
    "divided by zero": (
        Arithmetic("ratio", to(ARVANIA, "area"), Counted(to(ESTWICK, "borders"))),
        "",
    ),
    "count of some": (HavingCount(COUNTRY, step("borders"), Either(ARVANIA, BELMORA), "=", 2), "Corvia"),
}


def rows(lands: Any, form: Form) -> set[str]:
    variable = "n" if isinstance(form, Counted) else "x"
    found = lands.graph.select(render(to_query(form), prefixes=lands.graph.prefixes))
    assert len(found) == len({row[variable] for row in found}), "an answer comes twice"
    return {lands.local(row[variable]) for row in found}


@pytest.mark.parametrize("name", SETS)
def test_a_form_has_the_members_that_it_says(lands: Any, name: str) -> None:
    form, expected = SETS[name]
    assert rows(lands, form) == set(expected.split())


@pytest.mark.parametrize("name", SETS)
def test_counting_a_form_counts_its_members(lands: Any, name: str) -> None:
    form, expected = SETS[name]
    assert rows(lands, Counted(form)) == {str(len(expected.split()))}


@pytest.mark.parametrize(
    ("left", "right", "truth"),
    [
        (ARVANIA, to(CORVIA, "borders"), True),
        (ARVANIA, to(DORLAND, "borders"), False),
        (Thing(iri("Osk")), to(CORVIA, "capital"), True),
        (ARVANIA, COUNTRY, True),
        (ARVANIA, RIVER, False),
        (ARVANIA, Having(ARVANIA, step("area"), ">", to(BELMORA, "area")), True),
        (BELMORA, Having(BELMORA, step("area"), ">", to(ARVANIA, "area")), False),
        (VELDA, Extreme(RIVER, step("length"), True), True),
        (ESTWICK, MostLinks(COUNTRY, step("borders"), None, False), False),
    ],
)
def test_ask(lands: Any, left: Form, right: Form, truth: bool) -> None:
    assert lands.graph.ask(render(to_query(Holds(left, right)))) is truth


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (Arithmetic("ratio", to(ARVANIA, "area"), to(BELMORA, "area")), 4 / 3),
        (Aggregate("average", COUNTRY, step("population")), 7_460_000),
        (Arithmetic("ratio", Aggregate("sum", RIVER, step("length")), Counted(RIVER)), 2300 / 3),
    ],
)
def test_what_is_worked_out_may_have_a_fraction(lands: Any, form: Form, value: float) -> None:
    (given,) = rows(lands, form)
    assert float(given) == pytest.approx(value)


@pytest.mark.parametrize(
    ("left", "operator", "right", "truth"),
    [
        (to(ARVANIA, "area"), ">", to(BELMORA, "area"), True),
        (to(ARVANIA, "area"), "<", to(BELMORA, "area"), False),
        (Counted(to(CORVIA, "borders")), ">", Counted(to(ARVANIA, "borders")), True),
        (Counted(to(ESTWICK, "borders")), "=", Thing(number("0")), True),
        (to(ARVANIA, "independence"), "<", to(BELMORA, "independence"), True),
    ],
)
def test_values_are_compared(lands: Any, left: Form, operator: Any, right: Form, truth: bool) -> None:
    assert lands.graph.ask(render(to_query(Compares(left, operator, right)))) is truth


def test_text_among_numbers_is_no_part_of_a_sum(mixed: Store) -> None:
    form = Aggregate("sum", Members(iri("Mixed")), step("size"))
    assert [float(value) for value in mixed_rows(mixed, form)] == [10.0]


@pytest.mark.parametrize(
    "inner", [Counted(COUNTRY), Holds(ARVANIA, COUNTRY), Compares(ARVANIA, "<", BELMORA)]
)
def test_counts_and_questions_stand_only_at_the_top(inner: Form) -> None:
    for form in (to(inner, "area"), Both(COUNTRY, inner), Counted(inner)):
        with pytest.raises(ValueError, match="only at the top"):
            to_query(form)


def test_sets_are_limited_and_counts_are_not() -> None:
    assert to_query(COUNTRY).limit == MAX_ROWS
    assert to_query(Counted(COUNTRY)).limit is None


@pytest.mark.parametrize(
    ("form", "facts"),
    [
        (to(ARVANIA, "capital"), {"Arvania capital Lunden"}),
        (
            Both(to(ARVANIA, "borders"), to(BELMORA, "borders")),
            {"Arvania borders Corvia", "Belmora borders Corvia"},
        ),
        (Counted(back(CORVIA, "flowsThrough")), {"Velda flowsThrough Corvia", "Tarn flowsThrough Corvia"}),
        (Holds(ARVANIA, to(CORVIA, "borders")), {"Corvia borders Arvania"}),
        (Extreme(RIVER, step("length"), True), {"Velda a River", "Velda length 1200"}),
        (
            MostLinks(COUNTRY, step("borders"), None, False),
            {"Dorland borders Corvia"},
        ),
        (
            HavingCount(COUNTRY, step("borders"), Either(ARVANIA, BELMORA), "=", 2),
            {"Corvia borders Arvania", "Corvia borders Belmora"},
        ),
        (
            Arithmetic("ratio", to(ARVANIA, "area"), to(BELMORA, "area")),
            {"Arvania area 120000", "Belmora area 90000"},
        ),
        (
            Compares(Counted(to(ARVANIA, "borders")), ">", Counted(to(DORLAND, "borders"))),
            {"Arvania borders Belmora", "Arvania borders Corvia", "Dorland borders Corvia"},
        ),
        (
            Aggregate("sum", Either(VELDA, TARN), step("length")),
            {"Velda length 1200", "Tarn length 800"},
        ),
        (
            Either(to(ARVANIA, "capital"), to(BELMORA, "capital")),
            {"Arvania capital Lunden", "Belmora capital Mirth"},
        ),
    ],
)
def test_proofs_are_facts_of_the_answers(lands: Any, form: Form, facts: set[str]) -> None:
    from kbqa.semantics.execute import Executor

    proof = Executor(lands.graph, lands.local, language="en").prove(form)
    said = {
        " ".join("a" if "rdf-syntax" in term.value else lands.local(term) for term in fact) for fact in proof
    }
    assert said == facts
    assert all(lands.graph.triples(*fact) == [fact] for fact in proof)


def test_a_proof_holds_no_more_rows_than_asked_for() -> None:
    query, patterns = proof_query(COUNTRY, limit=7)
    assert query.limit == 7
    assert len(patterns) == 1


@pytest.fixture
def mixed() -> Iterator[Store]:
    """Three things with the values 5, 5.0 and "unknown"."""
    with Store.in_memory() as store:
        values = {"a": number("5"), "b": number("5.0"), "c": Literal("unknown")}
        for name, value in values.items():
            facts = [Triple(iri(name), RDF_TYPE, iri("Mixed")), Triple(iri(name), iri("size"), value)]
            store.add(facts, source=name)
        yield store


def mixed_rows(store: Store, form: Form) -> set[str]:
    return {row["x"].value.removeprefix(W) for row in store.select(render(to_query(form)))}


def test_text_among_numbers_is_never_the_largest(mixed: Store) -> None:
    assert "c" not in mixed_rows(mixed, Extreme(Members(iri("Mixed")), step("size"), True))


def test_equal_numbers_of_different_types_tie(mixed: Store) -> None:
    numbers = Having(Members(iri("Mixed")), step("size"), ">", number("0"))
    assert mixed_rows(mixed, Extreme(numbers, step("size"), True)) == {"a", "b"}


def test_comparisons_pass_over_what_cannot_be_compared(mixed: Store) -> None:
    assert mixed_rows(mixed, Having(Members(iri("Mixed")), step("size"), "=", number("5"))) == {"a", "b"}
    assert mixed_rows(mixed, Having(Members(iri("Mixed")), step("size"), ">", date("1900-01-01"))) == set()


def test_things_are_named_in_order() -> None:
    form = Both(back(CORVIA, "locatedIn"), Having(CITY, step("population"), ">", to(ARVANIA, "population")))
    assert list(things(form)) == [iri("Corvia"), iri("Arvania")]
    assert list(things(Lacks(COUNTRY, step("borders"), DORLAND))) == [iri("Dorland")]
    assert list(things(Counted(Extreme(RIVER, step("length"), True)))) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_different_forms_are_different_in_words(lands: Any, language: Any) -> None:
    said = {name: in_words(form, lands.local, language=language) for name, (form, _) in SETS.items()}
    assert all(said.values())
    assert len(set(said.values())) == len(said)
