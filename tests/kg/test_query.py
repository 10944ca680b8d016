"""SPARQL text: what is written, that the store reads it, and that no text can change its structure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kg.errors import QueryError
from kg.query import (
    Aggregate,
    Calculation,
    Comparison,
    Count,
    Element,
    Exclusion,
    Group,
    Measured,
    Pattern,
    Query,
    SubQuery,
    Union,
    Values,
    Var,
    render,
)
from kg.readonly import check_read_only
from kg.store import Store
from kg.terms import render_term
from kg.types import RDF_TYPE, XSD, Iri, Literal, Triple

W = "https://example.org/"
X, Y, N = Var("x"), Var("y"), Var("n")
P, Q = Iri(W + "p"), Iri(W + "q")
A, B, C = (Iri(W + name) for name in "abc")

ATTACKS = [
    '"} DROP ALL #',
    '" . ?s ?p ?o . FILTER("" = "',
    "'''} ; DROP ALL",
    '"""} UNION { ?s ?p ?o } #',
    "\\",
    "\\\\",
    '\\"',
    '\\\\"} #',
    "\\u0022",
    "\\u0022} DROP ALL #",
    "\\u005C",
    "\\U00000022 } #",
    "\n} # \r\n",
    "\t\b\f",
    "\x00\x01\x1f\x7f",
    "}>",
    "<http://evil.example/>",
    "@en",
    "^^<urn:x>",
    "?x",
    "SERVICE <http://evil.example/> { ?s ?p ?o }",
    "FROM <urn:x>",
    "不丹\u3000“首都”",
    "🌍\u202e\u2028\u0085",
    "",
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def shape_of(term: Iri | Literal) -> str:
    """Return the query of one pattern that a term stands in."""
    return render(Query((X,), (Pattern(X, P, term),)))


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """One fact with a literal, and the facts of three letters and their numbers."""
    with Store.in_memory() as store:
        facts = [
            Triple(A, P, B),
            Triple(B, P, C),
            Triple(C, P, A),
            Triple(A, P, C),
            Triple(A, Q, Literal("1", XSD + "integer")),
            Triple(B, Q, Literal("2", XSD + "integer")),
            Triple(C, Q, Literal("2", XSD + "integer")),
            Triple(A, RDF_TYPE, Iri(W + "Letter")),
        ]
        store.add(facts, source="letters")
        yield store


def rows(store: Store, query: Query, variable: str = "x") -> list[str]:
    return sorted(row[variable].value.removeprefix(W) for row in store.select(render(query)))


# What is written, and what the store makes of it.


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (Query((X,), (Pattern(X, P, A),)), "SELECT DISTINCT ?x WHERE { ?x e:p e:a }"),
        (Query((X,), (Pattern(X, RDF_TYPE, A),)), "SELECT DISTINCT ?x WHERE { ?x a e:a }"),
        (Query((), (Pattern(A, P, B),)), "ASK { e:a e:p e:b }"),
        (
            Query((X, Count(Y, N)), (Pattern(X, P, Y),), (X,), N, True, 2, 1),
            "SELECT DISTINCT ?x (COUNT(DISTINCT ?y) AS ?n) WHERE { ?x e:p ?y } "
            "GROUP BY ?x ORDER BY DESC(?n) LIMIT 2 OFFSET 1",
        ),
        (
            Query((X,), (Values(X, (A, B)),), order_by=X),
            "SELECT DISTINCT ?x WHERE { VALUES ?x { e:a e:b } } ORDER BY ?x",
        ),
        (
            Query((X,), (Pattern(X, P, Y), Comparison(Y, "!=", A))),
            "SELECT DISTINCT ?x WHERE { ?x e:p ?y . FILTER(?y != e:a) }",
        ),
        (
            Query((X,), (Pattern(X, P, Y), Exclusion((Pattern(X, Q, N),)))),
            "SELECT DISTINCT ?x WHERE { ?x e:p ?y . FILTER NOT EXISTS { ?x e:q ?n } }",
        ),
        (
            Query((X,), (Union((Group((Pattern(X, P, A),)), Group((Pattern(X, P, B),)))),)),
            "SELECT DISTINCT ?x WHERE { { ?x e:p e:a } UNION { ?x e:p e:b } }",
        ),
        (
            Query((X,), (SubQuery(Query((X,), (Pattern(X, P, A),), limit=1)),)),
            "SELECT DISTINCT ?x WHERE { { SELECT DISTINCT ?x WHERE { ?x e:p e:a } LIMIT 1 } }",
        ),
    ],
)
def test_render_writes(query: Query, text: str) -> None:
    assert render(query, prefixes={"e": W}, declare=False) == text
    assert render(query, prefixes={"e": W}) == f"PREFIX e: <{W}>\n{text}"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ((Pattern(X, P, C),), ["a", "b"]),
        ((Pattern(A, P, X), Exclusion((Pattern(X, P, C),))), ["c"]),
        ((Pattern(X, Q, Y), Comparison(Y, ">", Literal("1", XSD + "integer"))), ["b", "c"]),
        ((Pattern(X, Q, Y), Comparison(Y, "<=", Literal("1.0", XSD + "decimal"))), ["a"]),
        ((Union((Group((Pattern(X, P, A),)), Group((Pattern(X, P, B),)))),), ["a", "c"]),
        ((Values(X, (A, B)), Comparison(X, "!=", A)), ["b"]),
        ((SubQuery(Query((X,), (Pattern(X, Q, Y),), order_by=Y, limit=1)),), ["a"]),
    ],
)
def test_the_store_gives_the_rows_that_the_parts_mean(
    store: Store, where: tuple[Element, ...], expected: list[str]
) -> None:
    assert rows(store, Query((X,), where)) == expected


def test_counts_are_of_different_values(store: Store) -> None:
    assert rows(store, Query((Count(Y, N),), (Pattern(X, Q, Y),)), "n") == ["2"]


def test_ask(store: Store) -> None:
    assert store.ask(render(Query((), (Pattern(A, P, B),)))) is True
    assert store.ask(render(Query((), (Pattern(B, P, A),)))) is False


# Terms: what a user writes ends up inside a term, never beside one.


@settings(deadline=None, max_examples=150)
@given(value=texts, language=st.sampled_from(["", "en", "zh-hans"]))
@example(value='"} DROP ALL #', language="")
@example(value="\\u0022} #", language="en")
def test_any_string_comes_back_as_the_same_literal(value: str, language: str) -> None:
    import pyoxigraph as ox

    literal = Literal(value, language=language)
    text = f"SELECT ?x WHERE {{ VALUES ?x {{ {render_term(literal)} }} }}"
    check_read_only(text)
    (solution,) = list(ox.Store().query(text))  # type: ignore[arg-type]
    assert (solution["x"].value, solution["x"].language or "") == (value, language)


@pytest.mark.parametrize("value", ATTACKS)
def test_attacks_come_back_as_literals_from_the_real_store(store: Store, value: str) -> None:
    query = Query((X,), (Pattern(A, Q, Y), Values(X, (Literal(value),))))
    assert [row["x"] for row in store.select(render(query))] == [Literal(value)]


@settings(deadline=None, max_examples=150)
@given(value=texts, datatype=st.sampled_from(["integer", "decimal", "date", "boolean", "string", "double"]))
@example(value="1 } #", datatype="integer")
@example(value="+1", datatype="integer")
@example(value="1\n", datatype="integer")
@example(value="٣", datatype="integer")
@example(value=".5", datatype="decimal")
@example(value="-.5", datatype="decimal")
@example(value="5.", datatype="decimal")
@example(value="1e5", datatype="double")
def test_any_typed_value_stays_one_term(value: str, datatype: str) -> None:
    """Typed values may be normalised by the store (007 is 7), but they stay one literal of that type."""
    import pyoxigraph as ox

    text = f"SELECT ?x WHERE {{ VALUES ?x {{ {render_term(Literal(value, XSD + datatype))} }} }}"
    (solution,) = list(ox.Store().query(text))  # type: ignore[arg-type]
    assert solution["x"].datatype.value == XSD + datatype


@settings(deadline=None, max_examples=100)
@given(name=texts)
@example(name="a> . ?s ?p ?o . <b")
@example(name="a\\u003E")
@example(name="a'b.c,(d)")
def test_any_name_as_iri_is_refused_or_stays_one_term(name: str) -> None:
    """Prefixes must not loosen anything either: a name that needs an escape is written in full."""
    import pyoxigraph as ox

    try:
        term = render_term(Iri(W + name))
        short = render(Query((X,), (Values(X, (Iri(W + name),)),)), prefixes={"": W, "e": W + "x"})
    except QueryError:
        return
    for text in (f"SELECT ?x WHERE {{ VALUES ?x {{ {term} }} }}", short):
        try:
            solutions = list(ox.Store().query(text))  # type: ignore[arg-type]
        except SyntaxError:  # the store knows more of what an IRI may not hold
            assume(False)
        assert [solution["x"].value for solution in solutions] == [W + name]


@pytest.mark.parametrize("value", ATTACKS)
def test_attacks_do_not_change_what_another_parser_sees(value: str) -> None:
    """rdflib decodes \\u before it parses, as the SPARQL recommendation allows; the structure must stand."""
    from pyparsing import ParseException
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.plugins.sparql.algebra import traverse

    def parts(text: str) -> list[str]:
        names: list[str] = []
        traverse(prepareQuery(text).algebra, visitPre=lambda node: names.append(getattr(node, "name", "")))
        return names

    try:
        attacked = parts(shape_of(Literal(value)))
    except ParseException:
        return  # a refusal is fine, only another meaning is not
    assert attacked == parts(shape_of(Literal("plain")))


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb", "\udc80"])
def test_lone_surrogates_are_refused_as_queries(store: Store, value: str) -> None:
    for term in (Literal(value), Literal("a", language=value), Iri(W + value)):
        with pytest.raises(QueryError):
            store.select(shape_of(term))


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "relative",
        "https://example.org/a b",
        "urn:a>",
        "urn:<",
        'urn:"',
        "urn:{",
        "urn:}",
        "urn:|",
        "urn:^",
        "urn:`",
        "urn:\\",
        "urn:a\n",
        "urn:\x00",
    ],
)
def test_bad_iris_are_refused(iri: str) -> None:
    with pytest.raises(QueryError, match="not an absolute IRI"):
        render_term(Iri(iri))
    with pytest.raises(QueryError, match="not an absolute IRI"):
        render(Query((X,), (Pattern(X, Iri(iri), A),)))
    with pytest.raises(QueryError, match="not an absolute IRI"):
        render_term(Literal("a", iri or "x"))


@pytest.mark.parametrize("name", ["", "1x", "x y", "x}", "x\n", "é", "变量", "?x", "_x"])
def test_bad_variables_are_refused_everywhere(name: str) -> None:
    bad = Var(name)
    queries = [
        Query((bad,), (Pattern(X, P, A),)),
        Query((Count(bad, N),), (Pattern(X, P, A),)),
        Query((Count(X, bad),), (Pattern(X, P, A),)),
        Query((X,), (Pattern(bad, P, A),)),
        Query((X,), (Pattern(X, bad, A),)),
        Query((X,), (Values(bad, (A,)),)),
        Query((X,), (Comparison(bad, "=", A),)),
        Query((X,), (Pattern(X, P, A),), (bad,)),
        Query((X,), (Pattern(X, P, A),), order_by=bad),
    ]
    for query in queries:
        with pytest.raises(QueryError, match="not a variable name"):
            render(query)


@pytest.mark.parametrize("tag", ["e n", "en}", "en-", "-en", "1", "en\n", "中文", 'en"', "en_GB"])
def test_bad_language_tags_are_refused(tag: str) -> None:
    with pytest.raises(QueryError, match="not a language tag"):
        render_term(Literal("a", language=tag))


@pytest.mark.parametrize("operator", ["", "==", "> 1) }", "IN"])
def test_bad_operators_are_refused(operator: str) -> None:
    with pytest.raises(QueryError, match="not a comparison"):
        render(Query((X,), (Comparison(X, operator, A),)))  # type: ignore[arg-type]


def test_prefixes_that_are_no_prefixes_are_not_used() -> None:
    query = Query((X,), (Pattern(X, P, A),))
    bad = {"e: <urn:x> DROP": W, "1e": W, "e\n": W, "ok": W + ">"}
    assert (
        render(query, prefixes=bad)
        == "SELECT DISTINCT ?x WHERE { ?x <https://example.org/p> <https://example.org/a> }"
    )


def test_the_longest_prefix_is_used_and_declared_once() -> None:
    query = Query((X,), (Pattern(X, Iri(W + "deep/p"), Iri(W + "deep/a")), Pattern(X, P, Iri(W + "a.b"))))
    text = render(query, prefixes={"e": W, "d": W + "deep/", "unused": "urn:"})
    assert text.splitlines() == [
        f"PREFIX d: <{W}deep/>",
        f"PREFIX e: <{W}>",
        f"SELECT DISTINCT ?x WHERE {{ ?x d:p d:a . ?x e:p <{W}a.b> }}",
    ]


def test_calculations_are_written(store: Store) -> None:
    total = Query((Aggregate("SUM", Y, N),), (Pattern(X, P, Y), Measured(Y, dates=False)))
    assert render(total) == (
        "SELECT DISTINCT (SUM(?y) AS ?n) WHERE { ?x <https://example.org/p> ?y . FILTER(isNumeric(?y)) }"
        " HAVING (COUNT(?y) > 0)"
    )
    one, other = (Values(var, (Literal(value, XSD + "integer"),)) for var, value in ((X, "7"), (Y, "9")))
    gap = Query((N,), (one, other, Calculation(N, X, "-", Y, absolute=True)))
    assert [row["n"].value for row in store.select(render(gap))] == ["2"]


@pytest.mark.parametrize(
    "query",
    [
        Query((Aggregate("MAX(?x) } #", Y, N),), (Pattern(X, P, Y),)),  # type: ignore[arg-type]
        Query((N,), (Pattern(X, P, Y), Calculation(N, X, "- 1) } #", Y))),  # type: ignore[arg-type]
    ],
)
def test_only_known_functions_and_operators_are_written(query: Query) -> None:
    with pytest.raises(QueryError, match="use one of"):
        render(query)
