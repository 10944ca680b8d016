"""What gold queries are made of, in the standard's words and in Virtuoso's."""

from __future__ import annotations

import pytest

from kbqa.evaluation.gold import MAX_QUERY, read_gold

W = "PREFIX w: <http://example.org/> "


def test_entities_relations_and_classes() -> None:
    gold = read_gold(
        W + "SELECT ?x WHERE { ?x a w:Film ; w:director w:Nolan ; w:year ?y . w:Nolan w:born ?z }"
    )
    assert gold is not None
    assert gold.entities == ("http://example.org/Nolan",)
    assert set(gold.relations) == {f"http://example.org/{name}" for name in ("director", "year", "born")}
    assert gold.classes == ("http://example.org/Film",)
    assert (gold.operation, gold.links, gold.rewritten) == ("select", 3, False)


@pytest.mark.parametrize(
    ("query", "operation"),
    [
        ("ASK { w:a w:p w:b }", "ask"),
        ("SELECT (COUNT(DISTINCT ?x) AS ?n) { ?x w:p w:b }", "count"),
        ("SELECT (COUNT(?x) AS ?n) { ?x w:p ?v FILTER(?v > 5) }", "count"),
        ("SELECT ?x { ?x w:p ?v } ORDER BY DESC(?v) LIMIT 1", "superlative"),
        ("SELECT ?x { ?x w:p ?v } ORDER BY ?x", "select"),
        ("SELECT ?x { ?x w:p ?v } GROUP BY ?x ORDER BY DESC(COUNT(?v)) LIMIT 1", "superlative"),
        ("SELECT ?x { ?x w:p ?v } GROUP BY ?x HAVING (COUNT(?v) > 2)", "filter"),
        ("SELECT ?x { ?x w:p ?v FILTER(?v >= 1000) }", "filter"),
        ("SELECT ?x { ?x w:p ?v . w:a w:p ?u FILTER(?v > ?u) }", "comparison"),
        ("SELECT ?x { ?x w:p w:b FILTER NOT EXISTS { ?x w:q ?y } }", "negation"),
        ("SELECT ?x { ?x w:p ?v FILTER regex(?v, 'x') }", "select"),
        ("SELECT ?x { ?x w:p ?v FILTER(lang(?v) = 'en') }", "select"),
    ],
)
def test_operations(query: str, operation: str) -> None:
    gold = read_gold(W + query)
    assert gold is not None and gold.operation == operation


def test_what_is_optional_or_only_a_name_does_not_count() -> None:
    query = (
        "SELECT ?x { ?x w:p w:b OPTIONAL { ?x w:q ?y } ?x <http://www.w3.org/2000/01/rdf-schema#label> ?l }"
    )
    gold = read_gold(W + query)
    assert gold is not None and (gold.links, gold.relations) == (1, ("http://example.org/p",))


def test_paths_become_single_facts() -> None:
    gold = read_gold(W + "SELECT ?x { w:a w:p/^w:q ?x . ?x (w:r|w:s)* w:b }")
    assert gold is not None
    between = ("variable", "http://example.org/a-0")
    assert set(gold.facts) == {
        (("iri", "http://example.org/a"), "http://example.org/p", between),
        (("variable", "x"), "http://example.org/q", between),
        (("variable", "x"), "http://example.org/r", ("iri", "http://example.org/b")),
    }


def test_compared_and_ordered_variables_are_numbers() -> None:
    gold = read_gold(W + "SELECT ?x { ?x w:p ?v ; w:q ?u FILTER(?u < 3) } ORDER BY ?v LIMIT 1")
    assert gold is not None and gold.numbers == {"u", "v"}


@pytest.mark.parametrize(
    ("query", "operation"),
    [
        ("SELECT DISTINCT COUNT(?uri) WHERE { ?uri <http://x/p> <http://x/b> . }", "count"),
        ("SELECT Count(?sub) as ?c WHERE { ?sub <http://x/p> <http://x/b> }", "count"),
        ("SELECT COUNT(DISTINCT ?y AS ?y) WHERE { <http://x/a> <http://x/p> ?y }", "count"),
        ("SELECT DISTINCT ?uri, ?x WHERE { ?uri <http://x/p> ?x . ?x <http://x/q> <http://x/b> }", "select"),
        ("SELECT DISTINCT xsd:date(?d) WHERE { <http://x/a> <http://x/p> ?d }", "select"),
        ("SELECT ?x WHERE { dbr:A dbo:p ?x }", "select"),
    ],
)
def test_what_virtuoso_lets_pass_is_put_right(query: str, operation: str) -> None:
    gold = read_gold(query)
    assert gold is not None and gold.rewritten and gold.operation == operation


@pytest.mark.parametrize("query", ["", "no query", "SELECT ?x WHERE { ?x", "SELECT ?x { nope:a nope:b ?x }"])
def test_what_is_no_query_is_none(query: str) -> None:
    assert read_gold(query) is None


def test_huge_queries_are_not_read() -> None:
    assert read_gold("SELECT ?x { ?x <http://x/p> ?y }" + " " * MAX_QUERY) is None
