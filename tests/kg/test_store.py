"""The embedded store: contents, provenance, and queries that cannot run away."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pyoxigraph as ox
import pytest

import kg.store
from kg.errors import GraphError, QueryError, QueryTimeout, ResultTooLarge
from kg.readonly import check_read_only
from kg.store import Store
from kg.types import XSD, Blank, Iri, Literal, Triple

P, Q = Iri("urn:p"), Iri("urn:q")
RUNAWAY = (
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STRLEN(CONCAT(STR(?c), STR(?f), STR(?i))) > 100) }"
)
NUMBERS = [Triple(Iri(f"urn:{n}"), P, Literal(str(n), XSD + "integer")) for n in range(300)]


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with (
        Store.in_memory()
        if request.param == "memory"
        else Store.open(tmp_path / "kb", read_only=False) as opened
    ):
        yield opened


def test_all_terms_come_back(store: Store) -> None:
    terms = [
        Iri("http://example.org/ä?x=1#y"),
        Literal('line\n"quote" \\ 北京'),
        Literal("Peking", language="de-at"),
        Literal("3.50", XSD + "decimal"),
        Literal("", XSD + "string"),
        Blank("b1"),
    ]
    triples = [Triple(Iri("urn:s"), P, term) for term in terms]
    assert store.add(triples, source="a") == len(terms)
    assert len(store) == len(terms)
    # Oxigraph keeps numbers by value, so 3.50 comes back as 3.5
    expected = {Literal("3.5", XSD + "decimal") if term == terms[3] else term for term in terms}
    assert {row["o"] for row in store.select("SELECT ?o { <urn:s> <urn:p> ?o }")} == expected
    assert {triple.object for triple in store.triples(Iri("urn:s"))} == expected


def test_unbound_variables_are_absent(store: Store) -> None:
    store.add([Triple(Iri("urn:a"), P, Iri("urn:b"))], source="x")
    assert store.select("SELECT ?x ?y { ?x <urn:p> ?z OPTIONAL { ?x <urn:q> ?y } }") == [{"x": Iri("urn:a")}]


def test_patterns(store: Store) -> None:
    a, b = Triple(Iri("urn:a"), P, Iri("urn:b")), Triple(Iri("urn:a"), Q, Literal("1"))
    store.add([a, b, Triple(Blank("n"), P, Literal("1"))], source="x")
    assert store.triples(a.subject, P) == [a]
    assert set(store.triples(a.subject)) == {a, b}
    assert len(store.triples(object=Literal("1"))) == 2
    assert store.triples(Blank("n")) == [Triple(Blank("n"), P, Literal("1"))]
    assert len(store.triples(limit=2)) == 2
    assert store.triples(limit=0) == []
    assert store.triples(Iri("not an iri> <")) == []


def test_shared_triple_is_one_and_survives_one_source(store: Store) -> None:
    shared, mine = Triple(Iri("urn:a"), P, Literal("1")), Triple(Iri("urn:a"), P, Literal("2"))
    store.add([shared, mine], source="one")
    store.add([shared], source="two/ö %")
    assert store.sources() == {"one": 2, "two/ö %": 1}
    assert len(store) == 2
    assert store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == [{"n": Literal("2", XSD + "integer")}]
    assert len(store.triples()) == 2
    assert store.remove_source("one") == 2
    assert store.triples() == [shared]
    assert store.sources() == {"two/ö %": 1}
    assert store.remove_source("one") == 0
    assert store.remove_source("two/ö %") == 1
    assert len(store) == 0 and store.sources() == {}


def test_queries_see_every_write(store: Store) -> None:
    ask = "ASK { <urn:a> <urn:p> 1 }"
    assert not store.ask(ask)
    store.add([Triple(Iri("urn:a"), P, Literal("1", XSD + "integer"))], source="x")
    assert store.ask(ask)
    store.remove_source("x")
    assert not store.ask(ask)


def test_blank_nodes_are_the_same_everywhere(store: Store) -> None:
    store.add([Triple(Blank("b7"), P, Blank("b8"))], source="x")
    (row,) = store.select("SELECT * { ?s ?p ?o }")
    assert store.triples() == [Triple(Blank("b7"), P, Blank("b8"))]
    assert row == {"s": Blank("b7"), "p": P, "o": Blank("b8")}


def test_limit_stops_early(store: Store) -> None:
    store.add(NUMBERS, source="x")
    start = time.monotonic()
    assert len(store.select("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", limit=5_000)) == 5_000
    assert time.monotonic() - start < 5
    assert store.select("SELECT * { ?a ?b ?c }", limit=0) == []


def test_runaway_query_is_stopped_and_the_next_one_works(store: Store) -> None:
    store.add(NUMBERS, source="x")
    store.select("SELECT * { ?s ?p ?o }", limit=1)
    worker = pid(store)
    start = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"stopped after 0\.3 s"):
        store.select(RUNAWAY, seconds=0.3)
    assert time.monotonic() - start < 2
    assert not alive(worker)
    assert store.ask("ASK { <urn:1> <urn:p> 1 }")


def test_too_deep_query_ends_only_its_process(store: Store) -> None:
    with pytest.raises(QueryError, match="ended its process"):
        store.ask("ASK " + "{" * 50_000 + "}" * 50_000)
    assert store.ask("ASK {}")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_greedy_query_ends_only_its_process() -> None:
    with Store.in_memory() as store:
        store.add([Triple(Iri(f"urn:{n}"), P, Literal(str(n))) for n in range(6_000)], source="x")
        with pytest.raises(QueryError, match="out of memory"):
            store.select("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f", seconds=60)
        assert store.ask("ASK {}")


def test_too_large_result(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(NUMBERS, source="x")
    monkeypatch.setattr("kg.worker.MAX_RESULT_BYTES", 1000)
    with pytest.raises(ResultTooLarge, match="1,000 bytes"):
        store.select("SELECT * { ?s ?p ?o }")
    assert store.ask("ASK {}")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * { ?s ?p", "not a valid query"),
        ("", "only SELECT and ASK"),
        ("INSERT DATA { <urn:a> <urn:b> 1 }", "only SELECT and ASK"),
        ("PREFIX a: <urn:a> DELETE WHERE { ?s ?p ?o }", "only SELECT and ASK"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "only SELECT and ASK"),
        ("# SELECT\nDESCRIBE <urn:a>", "only SELECT and ASK"),
        ("ASK {}", "this is one for ask"),
        ("SELECT * FROM <http://127.0.0.1/> { ?s ?p ?o }", "FROM is refused"),
        ("SELECT ?x { ?x ?y '\ud800' }", "lone surrogate"),
        ("SELECT * { ?x ?y ?z } #" + "x" * 1_000_000, "the limit is"),
        ('SELECT ?x { ?x ?y "} DROP ALL #', "not a valid query"),
        ("SELECT ?x { ?x unknown:y ?z }", "not a valid query"),
    ],
)
def test_refused(store: Store, query: str, message: str) -> None:
    store.add(NUMBERS[:1], source="x")
    with pytest.raises(QueryError, match=message) as caught:
        store.select(query)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 700
    assert len(store) == 1


SERVICE = [
    "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { service silent<URL>{ ?s ?p ?o } }",
    "SELECT * { #SERVICE\nSERVICE#\n<URL>{} }",
    "PREFIX x: <URL> SELECT * { SERVICE x: {} }",
    "PREFIX : <URL> SELECT * { SERVICE:{} }",
    "SELECT * { ?s <urn:p> 1.SERVICE <URL> {} }",
    "SELECT * { ?s <urn:p> 1SERVICE <URL> {} }",
    "SELECT * { ?s <urn:p> trueSERVICE <URL> {} }",
    "SELECT * { ?a <urn:p> ?b FILTER(?a<?b)SERVICE#>\n<URL> {} }",
    "PREFIX b: <urn:b> SELECT * { ?a <urn:p> ?b FILTER(?a<b:c)SERVICE#>\n<URL> {} }",
    "SELECT * { ?a <urn:p> ?b FILTER(?a<'x>' ) SERVICE <URL> { ?s ?p 'o' } }",
    "SELECT * { ?a <urn:p> '''x''' . SERVICE <URL> { ?s ?p '''o''' } }",
    'SELECT * { ?a <urn:p> "\\"" . SERVICE <URL> { ?s ?p "" } }',
    "SELECT * { ?a <urn:it's> ?b . SERVICE <URL> { ?s <urn:it's> ?o } }",
    "PREFIX n: <urn:n> SELECT * { ?a n:b.c.SERVICE <URL> {} }",
    "SELECT * { \\u0053ERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { \\U00000053ERV\\u0049CE <URL> { ?s ?p ?o } }",
    "BASE <URL> SELECT * { SERVICE <> {} }",
    "SELECT * { BIND(<URL> AS ?x) SERVICE ?x {} }",
    "SELECT * { { SELECT * { SERVICE <URL> {} } } }",
    "SELECT * { FILTER EXISTS { SERVICE <URL> {} } }",
    "SELECT * { <<( <urn:a> <urn:b> 'SERVICE' )>> <urn:p> ?x SERVICE <URL> {} }",
]


class Trap(BaseHTTPRequestHandler):
    hits = 0

    def do_GET(self) -> None:
        type(self).hits += 1
        self.send_error(500)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def trap() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Trap)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_trap_catches_what_the_engine_lets_through(trap: str) -> None:
    Trap.hits = 0
    with pytest.raises(OSError, match="500"):
        list(ox.Store().query(SERVICE[0].replace("URL", trap)))
    assert Trap.hits == 1


@pytest.mark.parametrize("query", SERVICE)
def test_no_query_reaches_the_network(trap: str, query: str) -> None:
    Trap.hits = 0
    with Store.in_memory() as store:
        store.add(NUMBERS[:1], source="x")
        with pytest.raises(QueryError):
            store.select(query.replace("URL", trap))
    assert Trap.hits == 0


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p ?o }",
        "SELECT ?x { ?x <http://example.org/service> 'SERVICE' } # SERVICE",
        "PREFIX ex: <http://example.org/> SELECT ?x { ?x ex:service ex:customer-service }",
        'SELECT ?x { ?x <http://example.org/(x)_service> """a " SERVICE""" }',
        "SELECT ?x { ?x ?y <urn:kbqa:entity:Secret_Service> }",
        "BASE <http://e/> prefix from: <http://e/from#> SELECT ?from { ?from from:from from:x }",
        "SELECT ?x { ?x ?y ?z FILTER(?x<?y && ?z>?y) }",
    ],
)
def test_words_that_are_no_clauses(query: str) -> None:
    assert check_read_only(query) == "select"
    with Store.in_memory() as store:
        assert store.select(query) == []


def test_threads_get_their_own_results(store: Store) -> None:
    store.add(NUMBERS, source="x")

    def look(n: int) -> str:
        (row,) = store.select(f"SELECT ?o {{ <urn:{n}> <urn:p> ?o }}")
        return row["o"].value

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look, range(200))) == [str(n) for n in range(200)]


def test_waiting_for_another_query_counts(store: Store) -> None:
    store.add(NUMBERS, source="x")
    store.ask("ASK {}")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(store.select, RUNAWAY, seconds=1.0)
        time.sleep(0.2)
        with pytest.raises(QueryTimeout):
            store.ask("ASK {}", seconds=0.2)
        with pytest.raises(QueryTimeout):
            running.result()


def test_prefixes_need_no_declaration(store: Store) -> None:
    store.add_prefixes(
        {"ex": "http://example.org/", "rdf": "urn:other", "bad one": "urn:x", "worse": "not an iri"}
    )
    store.add([Triple(Iri("http://example.org/a"), P, Literal("1"))], source="x")
    assert store.ask("ASK { ex:a <urn:p> '1' }")
    assert store.prefixes["rdf"].startswith("http://www.w3.org/1999/")
    assert "bad one" not in store.prefixes and "worse" not in store.prefixes


def test_disk_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "kb"
    with Store.open(path, read_only=False) as store:
        store.add(NUMBERS, source="x")
        store.add_prefixes({"ex": "http://example.org/"})
    with Store.open(path) as first, Store.open(path) as second:
        assert len(first) == len(second) == 300
        assert first.sources() == {"x": 300}
        assert second.prefixes["ex"] == "http://example.org/"
        assert first.ask("ASK { <urn:7> <urn:p> 7 }")
        with pytest.raises(GraphError, match="opened read-only"):
            first.add(NUMBERS, source="y")
        with pytest.raises(GraphError, match="opened read-only"):
            first.remove_source("x")


def test_opening_what_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="no graph store here"):
        Store.open(tmp_path / "missing")
    (tmp_path / "file").write_text("x")
    with pytest.raises(GraphError, match="cannot open"):
        Store.open(tmp_path / "file", read_only=False)
    with Store.open(tmp_path / "kb", read_only=False) as store:
        store.add(NUMBERS, source="x")
        with pytest.raises(GraphError, match="another process is writing"):
            Store.open(tmp_path / "kb", read_only=False)
    (tmp_path / "kb" / "prefixes.json").write_text("{")
    with pytest.raises(GraphError, match="cannot read the prefixes"):
        Store.open(tmp_path / "kb")
    (tmp_path / "kb" / "prefixes.json").write_text(json.dumps({"x y": "z", "ex": "urn:ex:"}))
    with Store.open(tmp_path / "kb") as store:
        assert store.prefixes["ex"] == "urn:ex:" and "x y" not in store.prefixes


@pytest.mark.parametrize("damage", ["CURRENT", "MANIFEST", "folder"])
def test_damaged_store(tmp_path: Path, damage: str) -> None:
    with Store.open(tmp_path, read_only=False) as store:
        store.add(NUMBERS, source="x")
    for file in (tmp_path / "oxigraph").iterdir():
        if damage == "folder":
            file.unlink()
        elif file.name.startswith(damage):
            file.write_bytes(b"\x00\xffdamaged")
    with pytest.raises(GraphError, match="cannot open the graph store") as caught:
        Store.open(tmp_path)
    assert "\n" not in str(caught.value)


def test_closed_store(store: Store) -> None:
    store.add(NUMBERS, source="x")
    store.ask("ASK {}")
    worker = pid(store)
    store.close()
    store.close()
    assert not alive(worker)
    for call in (store.triples, store.sources, lambda: store.ask("ASK {}"), lambda: len(store)):
        with pytest.raises(GraphError, match="closed"):
            call()


def test_invalid_terms_change_nothing(store: Store) -> None:
    for bad in (Iri("a b"), Literal("x", "not an iri"), Literal("x", language="not a tag"), Blank("a b")):
        with pytest.raises(GraphError, match="not a valid RDF term"):
            store.add([NUMBERS[0], Triple(Iri("urn:s"), P, bad)], source="x")
    assert len(store) == 0


def test_full_disk_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(NUMBERS[:5], source="x")

    def full(*_: object) -> Iterator[ox.Quad]:
        yield ox.Quad(ox.NamedNode("urn:new"), ox.NamedNode("urn:p"), ox.Literal("1"))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(kg.store, "_doubled", full)
    for write in (store.add, store.bulk_load):
        with pytest.raises(GraphError, match=r"No space left on device.*nothing was changed"):
            write([], source="y")
    assert len(store) == 5 and store.sources() == {"x": 5}


def test_rdflib_sees_the_same_data(store: Store) -> None:
    rdflib = pytest.importorskip("rdflib")
    store.add([*NUMBERS[:3], Triple(Iri("urn:a"), P, Literal("x", language="en"))], source="one")
    store.add(NUMBERS[:2], source="two")
    graph = store.as_rdflib()
    assert len(graph) == len(store) == 4
    assert graph.value(rdflib.URIRef("urn:a"), rdflib.URIRef("urn:p")) == rdflib.Literal("x", lang="en")
    assert len(list(graph.query("SELECT * { ?s <urn:p> ?o }"))) == 4


FORKING = """
import os, sys
from pathlib import Path
from kg.store import Store
from kg.types import *
store = Store.open(Path(sys.argv[1]), read_only=False) if sys.argv[1:] else Store.in_memory()
store.add([Triple(Iri(f"urn:{n}"), Iri("urn:p"), Literal(str(n))) for n in range(5)], source="x")
store.ask("ASK {}")
before = store._worker._child.process.pid
child = os.fork()
if child == 0:
    ok = store._path is not None or store.ask("ASK { <urn:1> <urn:p> ?n }")
    store._worker.close()
    os._exit(0 if ok else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert store.ask("ASK { <urn:1> <urn:p> ?n }")
assert store._worker._child.process.pid == before
store.close()
print("shared nothing")
"""


@pytest.mark.parametrize("on_disk", [False, True])
def test_fork_does_not_share_the_process(tmp_path: Path, on_disk: bool) -> None:
    # in a process of its own: this one may hold threads of other libraries, which no fork survives
    place = [str(tmp_path / "store")] if on_disk else []
    done = subprocess.run([sys.executable, "-c", FORKING, *place], capture_output=True, text=True, timeout=60)
    assert done.stdout == "shared nothing\n", done.stderr


SCRIPT = """
import sys, threading
from pathlib import Path
from kg.store import Store
from kg.types import *
store = Store.in_memory()
store.add([Triple(Iri(f"urn:{n}"), Iri("urn:p"), Literal(str(n))) for n in range(300)], source="x")
store.ask("ASK {}")
print(store._worker._child.process.pid, flush=True)
"""


def test_interpreter_exit_is_clean() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not alive(int(done.stdout))


def test_killed_parent_leaves_no_process() -> None:
    query = f"store.select({RUNAWAY!r}, seconds=60)"
    parent = subprocess.Popen([sys.executable, "-c", SCRIPT + query], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.send_signal(signal.SIGKILL)
    for _ in range(50):
        if not alive(worker):
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the query process outlived its parent")


def pid(store: Store) -> int:
    child = store._worker._child
    assert child is not None
    return child.process.pid


def alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:  # noqa: PTH123
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
