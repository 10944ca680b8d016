from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kg.delta import Delta
from kg.errors import NamesError
from kg.names import Names
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Graph, Iri, Kind, Literal, Name, Row, Term, Triple

EX = "http://example.org/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
ALIAS, GENRE, BORDERS = Iri(SKOS + "altLabel"), Iri(EX + "genre"), Iri(EX + "bordersWith")


def iri(name: str) -> Iri:
    return Iri(EX + name)


def label(name: str, text: str, language: str = "") -> Triple:
    return Triple(iri(name), RDFS_LABEL, Literal(text, language=language))


FACTS = [
    label("france", "France", "en"),
    label("france", "法国", "zh"),
    Triple(iri("france"), ALIAS, Literal("French Republic", language="en")),
    label("germany", "Germany"),
    label("heat", "Heat"),
    label("heat2", "Heat"),
    label("amelie", "Amélie"),
    label("knight", "The Dark Knight"),
    label("knights", "The Dark Knight Rises"),
    label("dream", "红楼梦"),
    Triple(iri("france"), RDF_TYPE, iri("Country")),
    Triple(iri("germany"), RDF_TYPE, iri("Country")),
    Triple(iri("france"), BORDERS, iri("germany")),
    Triple(iri("germany"), BORDERS, iri("france")),
    Triple(iri("heat2"), BORDERS, iri("unnamedPlace")),
    Triple(iri("heat2"), GENRE, Literal("drama")),
    Triple(iri("heat"), GENRE, Literal("heat")),
    Triple(iri("heat"), GENRE, Literal("x" * 61)),
    Triple(iri("heat"), iri("year"), Literal("1995", XSD + "gYear")),
]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store.in_memory() as store:
        store.add(FACTS, source="test")
        yield store


@pytest.fixture
def names(store: Store, tmp_path: Path) -> Iterator[Names]:
    with Names.build(tmp_path / "names.sqlite", store) as names:
        yield names


def terms(found: list[tuple[Name, float]]) -> list[Term]:
    return [name.term for name, _ in found]


def everything(names: Names) -> set[tuple[Name, int]]:
    rows = names._rows("SELECT key FROM terms", [])
    keys = [Iri(key) if not key.startswith('"') else Literal(key[1:-1]) for (key,) in rows]
    return {(name, names.degree(key)) for key in keys for name in names.of(key)}


def test_kinds(names: Names) -> None:
    found = names.find_exact(["country", "borders with", "France", "drama", "unnamed place"])
    assert [found[text][0].kind for text in found] == ["class", "predicate", "entity", "value", "entity"]
    assert found["drama"][0].term == Literal("drama")


def test_exact_ignores_case_accents_and_possessive_and_keeps_homonyms(names: Names) -> None:
    found = names.find_exact(["FRANCE'S", "amelie", "heat", "紅樓夢", "nothing", ""])
    assert {text: {name.term for name in found[text]} for text in found} == {
        "FRANCE'S": {iri("france")},
        "amelie": {iri("amelie")},
        "heat": {iri("heat"), iri("heat2"), Literal("heat")},
        "紅樓夢": {iri("dream")},
    }


def test_exact_puts_the_name_written_so_first(names: Names) -> None:
    assert names.find_exact(["heat"])["heat"][0].term == Literal("heat")
    assert names.find_exact(["Heat"])["Heat"][-1].term == Literal("heat")


def test_long_strings_and_other_literals_are_no_values(names: Names) -> None:
    assert names.find_exact(["x" * 61, "1995"]) == {}


def test_aliases_are_not_preferred(names: Names) -> None:
    assert [(name.text, name.preferred) for name in names.of(iri("france"))][-1] == ("French Republic", False)


def test_label_languages(names: Names) -> None:
    assert names.label(iri("france")) == "France"
    assert names.label(iri("france"), language="zh-CN") == "法国"
    assert names.label(iri("dream"), language="en") == "红楼梦"
    assert names.label(iri("neverSeen")) == "never Seen".lower()
    assert names.labels([iri("germany"), iri("neverSeen")]) == {
        iri("germany"): "Germany",
        iri("neverSeen"): "never seen",
    }


def test_degree_counts_triples(names: Names) -> None:
    assert names.degree(iri("france")) == 6
    assert names.degrees([Literal("drama"), iri("neverSeen")]) == {Literal("drama"): 1, iri("neverSeen"): 0}


def test_fuzzy(names: Names) -> None:
    found = names.find_fuzzy("the dark nigth", k=2)
    assert found[0][0].term == iri("knight")
    assert 0.8 < found[0][1] < 0.9
    assert terms(names.find_fuzzy("Germny", k=1)) == [iri("germany")]
    assert names.find_fuzzy("zzzzzz", k=3) == []


def test_tokens(names: Names) -> None:
    found = names.find_tokens("knight dark", k=5)
    assert terms(found) == [iri("knight"), iri("knights")]
    assert 1 > found[0][1] > found[1][1] > 0
    assert names.find_tokens("Republic French", k=1) == [(names.of(iri("france"))[-1], 1.0)]


def test_substring(names: Names) -> None:
    assert terms(names.find_substring("楼", k=3)) == [iri("dream")]
    assert terms(names.find_substring("樓夢", k=3)) == [iri("dream")]
    assert terms(names.find_substring("ark kni", k=3)) == [iri("knight"), iri("knights")]
    assert terms(names.find_substring("ge", k=3)) == [GENRE, iri("germany")]
    assert names.find_substring("楼红", k=3) == []


@pytest.mark.parametrize(
    "text", ['"', "a OR b", "NEAR(", "*", "^x", '" DROP TABLE names --', "-", "%", "\x00", "𝕏" * 500]
)
def test_no_text_breaks_the_query_language(names: Names, text: str) -> None:
    names.find_exact([text])
    names.find_tokens(text, k=3)
    names.find_fuzzy(text, k=3)
    names.find_substring(text, k=3)
    assert len(names.of_kind("class")) == 1


def test_own_label_predicates(tmp_path: Path) -> None:
    with Store.in_memory() as store:
        store.add([Triple(iri("x"), iri("titel"), Literal("Das Boot"))], source="test")
        with Names.build(tmp_path / "n", store, label_predicates=[EX + "titel"]) as names:
            assert [name.kind for name in names.find_exact(["das boot"])["das boot"]] == ["entity"]


def test_progress_ends_with_all_names(store: Store, tmp_path: Path) -> None:
    seen: list[int] = []
    with Names.build(tmp_path / "n", store, progress=seen.append) as names:
        assert seen[-1] == len(names)


class CappedGraph:
    """A server that never gives more than a few rows, and does not say so."""

    remote = True

    def __init__(self, inner: Graph, cap: int) -> None:
        self._inner = inner
        self._cap = cap
        self.prefixes: Mapping[str, str] = {}

    def select(self, query: str, *, limit: int = 10_000, seconds: float = 10.0) -> list[Row]:
        return self._inner.select(query, limit=min(limit, self._cap), seconds=seconds)

    def ask(self, query: str, *, seconds: float = 10.0) -> bool:
        return self._inner.ask(query, seconds=seconds)

    def triples(
        self,
        subject: Term | None = None,
        predicate: Iri | None = None,
        object: Term | None = None,
        *,
        limit: int = 10_000,
    ) -> list[Triple]:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._inner)


def test_a_server_that_cuts_results_off_loses_no_name(tmp_path: Path) -> None:
    with Store.in_memory() as store:
        store.add([label(f"thing{i}", f"Thing {i}") for i in range(1_234)], source="test")
        with (
            Names.build(tmp_path / "whole", store) as whole,
            Names.build(tmp_path / "capped", CappedGraph(store, 500)) as capped,
        ):
            assert everything(capped) == everything(whole)
            assert len(capped) == 1_235


def test_a_reader_keeps_its_snapshot_and_a_change_equals_a_new_build(tmp_path: Path) -> None:
    with Store.in_memory() as store:
        store.add(FACTS, source="old")
        reader = Names.build(tmp_path / "names", store)
        before = everything(reader)
        store.remove_source("old")
        changed = [fact for fact in FACTS if fact.subject != iri("heat")]
        added = [
            label("heat2", "Heat Two"),
            label("new", "新电影"),
            Triple(iri("new"), GENRE, Literal("neu")),
        ]
        store.add([*changed, *added], source="new")
        gone = [fact for fact in FACTS if fact.subject == iri("heat")]
        with Names.open(tmp_path / "names", read_only=False) as writer:
            writer.change(store, Delta(tuple(added), tuple(gone)))
        assert everything(reader) == before
        reader.close()
        with Names.open(tmp_path / "names") as updated, Names.build(tmp_path / "again", store) as built:
            assert everything(updated) == everything(built)
            for table in ("word_counts", "gram_counts"):
                sql = f"SELECT item, n FROM {table} WHERE n > 0 ORDER BY item"
                assert updated._rows(sql, []) == built._rows(sql, [])
            assert terms(updated.find_substring("电", k=2)) == [iri("new")]
            assert terms(updated.find_fuzzy("Heat Tow", k=1)) == [iri("heat2")]


def test_names_that_follow_a_change_equal_a_new_build(tmp_path: Path) -> None:
    removed = [fact for fact in FACTS if fact.subject == iri("heat") or fact.object == iri("Country")]
    added = [
        label("heat3", "Heat Three"),
        Triple(iri("heat3"), GENRE, Literal("drama")),
        Triple(iri("heat3"), GENRE, Literal("new wave")),
        Triple(iri("heat3"), iri("year"), Literal("1996", XSD + "gYear")),
        Triple(iri("heat3"), RDFS_LABEL, Literal("y" * 501)),
        Triple(iri("France"), BORDERS, Literal("法国", language="zh")),
        Triple(iri("france"), RDF_TYPE, iri("Land")),
    ]
    with Store.in_memory() as store:
        store.add(FACTS, source="old")
        Names.build(tmp_path / "names", store).close()
        store.remove_source("old")
        store.add([*(set(FACTS) - set(removed)), *added], source="new")
        with Names.open(tmp_path / "names", read_only=False) as writer:
            writer.change(store, Delta(tuple(added), tuple(removed)))
        with Names.open(tmp_path / "names") as changed, Names.build(tmp_path / "again", store) as built:
            assert everything(changed) == everything(built)
            assert changed.degrees(list(built_terms(built))) == built.degrees(list(built_terms(built)))
            assert list(changed.differences(store)) == []
            for table in ("word_counts", "gram_counts"):
                sql = f"SELECT item, n FROM {table} WHERE n > 0 ORDER BY item"
                assert changed._rows(sql, []) == built._rows(sql, [])


def built_terms(names: Names) -> set[Iri | Literal]:
    kinds: tuple[Kind, ...] = ("entity", "class", "predicate", "value")
    return {name.term for kind in kinds for name in names.of_kind(kind)}


def test_a_change_needs_a_writer_and_few_look_ups_for_a_hub(tmp_path: Path) -> None:
    with Store.in_memory() as store:
        facts = [Triple(iri(f"town{n}"), BORDERS, iri("france")) for n in range(500)]
        store.add(facts, source="test")
        more = Delta(added=(Triple(iri("france"), BORDERS, iri("town1")),))
        with Names.build(tmp_path / "names", store) as names, pytest.raises(NamesError, match="read-only"):
            names.change(store, more)
        store.add(more.added, source="more")
        read: list[int] = []
        looked_up = store.triples

        def triples(*given: Any, **options: Any) -> list[Triple]:
            found = looked_up(*given, **options)
            read.append(len(found))
            return found

        store.triples = triples  # type: ignore[method-assign]
        with Names.open(tmp_path / "names", read_only=False) as names:
            names.change(store, more)
            assert names.degree(iri("france")) == 501
        assert sum(read) < 10


def test_a_failed_change_changes_nothing(store: Store, tmp_path: Path) -> None:
    more = Delta(added=(label("heat", "Warmth"),))
    with Names.build(tmp_path / "names", store) as names:
        before = everything(names)
        with pytest.raises(NamesError, match="read-only"):
            names.change(store, more)
    with Names.open(tmp_path / "names", read_only=False) as one:
        holder = sqlite3.connect(tmp_path / "names", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        one._connection.execute("PRAGMA busy_timeout=10")
        with pytest.raises(NamesError, match="locked"):
            one.change(store, more)
        holder.close()
        assert everything(one) == before


def test_threads(names: Names) -> None:
    failures: list[str] = []

    def look(seed: int) -> None:
        for _ in range(50):
            text = random.Random(seed).choice(["heat", "germny", "dark knight"])
            if not names.find_fuzzy(text, k=1):
                failures.append(text)

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_missing_damaged_and_other_version(names: Names, tmp_path: Path) -> None:
    with pytest.raises(NamesError, match="no name index there"):
        Names.open(tmp_path / "absent")
    (tmp_path / "text").write_text("not a database, but long enough to be read as one" * 100)
    with pytest.raises(NamesError, match="text: not a readable"):
        Names.open(tmp_path / "text")
    sqlite3.connect(tmp_path / "empty").execute("CREATE TABLE x (y)").connection.close()
    with pytest.raises(NamesError, match="empty"):
        Names.open(tmp_path / "empty")
    names.close()
    other = sqlite3.connect(tmp_path / "names.sqlite")
    other.execute("UPDATE meta SET value = '0' WHERE key = 'version'")
    other.commit()
    other.close()
    with pytest.raises(NamesError, match="version 0"):
        Names.open(tmp_path / "names.sqlite")


def test_a_truncated_index_is_an_error_not_a_wrong_answer(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "names.sqlite"
    Names.build(path, store).close()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(NamesError), Names.open(path) as names:
        names.find_exact(["heat"])
        names.find_tokens("heat", k=1)
        names.find_fuzzy("germny", k=1)
        everything(names)


def test_a_failed_build_leaves_the_old_index(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "names.sqlite"
    Names.build(path, store).close()

    class Broken(CappedGraph):
        def select(self, query: str, *, limit: int = 10_000, seconds: float = 10.0) -> list[Row]:
            raise NamesError("gone")

    with pytest.raises(NamesError, match="gone"):
        Names.build(path, Broken(store, 1))
    assert not list(tmp_path.glob("*.part*"))
    Names.open(path).close()
    with pytest.raises(NamesError, match="cannot be written"):
        Names.build(tmp_path / "no folder" / "names", store)
