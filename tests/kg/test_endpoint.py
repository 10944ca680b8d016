"""Remote graphs: two real servers, and small ones that fail in every way servers do."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kg.endpoint import Endpoint
from kg.errors import EndpointError, GraphError, QueryError, QueryTimeout, ResultTooLarge
from kg.store import Store
from kg.types import XSD, Blank, Iri, Literal

DATA = "".join(f"<urn:{n}> <urn:p> {n} .\n" for n in range(250)) + (
    '<urn:x> <urn:p> "Peking"@de . <urn:x> <urn:q> _:b . _:b <urn:p> "line\\n\\"quote\\" 北京" .'
)
SIZE = 253
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?c) + STR(?f) < STR(?i)) }"
SELECT = "SELECT ?x { ?x ?y ?z }"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("KBQA_ENDPOINT_USER", raising=False)
    monkeypatch.delenv("KBQA_ENDPOINT_PASSWORD", raising=False)


# Real servers


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, path: str) -> Iterator[str]:
    """Run a server until the end of the block; killed, since a busy one may not listen to a kinder signal."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "the server ended"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}{path}"
    finally:
        process.kill()
        process.wait()


def binary(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} here")
    return found


@pytest.fixture(scope="module")
def oxigraph_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("oxigraph")
    (folder / "data.ttl").write_text(DATA, encoding="utf-8")
    command = [
        binary("oxigraph"),
        "load",
        "--location",
        str(folder / "db"),
        "--file",
        str(folder / "data.ttl"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "db"


@pytest.fixture(scope="module")
def oxigraph(oxigraph_data: Path) -> Iterator[str]:
    port = free_port()
    command = [
        binary("oxigraph"),
        "serve-read-only",
        "--location",
        str(oxigraph_data),
        "--bind",
        f"127.0.0.1:{port}",
    ]
    with running(command, port, "/query") as url:
        yield url


@pytest.mark.parametrize("method", ["auto", "get", "post"])
def test_select_and_ask(oxigraph: str, method: Any) -> None:
    graph = Endpoint(oxigraph, method=method)
    assert graph.select("SELECT ?x { <urn:7> ?p ?x }") == [{"x": Literal("7", XSD + "integer")}]
    assert graph.select("SELECT ?x ?y { <urn:7> ?p ?x OPTIONAL { ?x ?q ?y } }") == [
        {"x": Literal("7", XSD + "integer")}
    ]
    assert graph.ask("ASK { <urn:7> <urn:p> 7 }") is True
    assert graph.ask("ASK { <urn:7> <urn:p> 8 }") is False
    assert len(graph) == SIZE


def test_same_answers_as_the_store(oxigraph: str, tmp_path: Path) -> None:
    from kg.load import load

    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    remote = Endpoint(oxigraph)
    with Store.in_memory() as local:
        load(local, tmp_path / "data.ttl")
        for query in (
            "SELECT ?x { ?x <urn:p> ?n FILTER(?n > 240) }",
            "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
            "SELECT ?o { <urn:x> <urn:p> ?o }",
            "SELECT ?o { <urn:x> <urn:q>/<urn:p> ?o }",
            "SELECT ?x { ?x <urn:p> 5 ; rdf:type ?y }",
        ):
            key = str
            assert sorted(remote.select(query), key=key) == sorted(local.select(query), key=key)
        for pattern in ((Iri("urn:7"), None, None), (None, None, Literal("7", XSD + "integer")), (Iri("urn:7"), Iri("urn:p"), Literal("7", XSD + "integer")), (Iri("urn:7"), Iri("urn:p"), Literal("8"))):  # fmt: skip
            assert remote.triples(*pattern) == local.triples(*pattern)


def test_values_cannot_leave_their_place(oxigraph: str) -> None:
    graph = Endpoint(oxigraph)
    text = Literal('line\n"quote" 北京')
    (found,) = graph.triples(object=text)
    assert found.predicate == Iri("urn:p") and isinstance(found.subject, Blank)
    assert graph.triples(object=Literal('" } DROP ALL #\\')) == []
    assert graph.triples(Iri("urn:a> ?p ?o . <urn:b")) == []
    assert graph.triples(Blank("b")) == []


def test_pages(oxigraph: str) -> None:
    graph = Endpoint(oxigraph, page_size=100)
    rows = graph.select("SELECT ?x ?y { ?x <urn:p> ?y } # no LIMIT")
    assert len(rows) == len({str(row) for row in rows}) == 252
    assert len(graph.triples()) == SIZE
    assert len(graph.triples(limit=150)) == 150
    assert len(graph.select("SELECT ?x { ?x ?p ?y }", limit=30)) == 30
    assert graph.select("SELECT ?x { ?x ?p ?y }", limit=0) == []
    assert len(graph.select("SELECT ?x { ?x ?p ?y } LIMIT 120")) == 120
    assert len(graph.select("SELECT ?x { { SELECT ?x { ?x ?p ?y } LIMIT 7 } }")) == 7
    assert len(graph.select("SELECT ?x { ?x <urn:p> ?y } VALUES ?y { 1 2 3 }")) == 3


def test_long_query_goes_by_post(oxigraph: str) -> None:
    values = " ".join(str(n) for n in range(5_000))
    assert len(Endpoint(oxigraph).select(f"SELECT ?x {{ VALUES ?y {{ {values} }} ?x <urn:p> ?y }}")) == 250


def test_refused_queries(oxigraph: str) -> None:
    graph = Endpoint(oxigraph)
    with pytest.raises(QueryError, match="refuses the query"):
        graph.select("SELECT ?x { ?x ?y")
    with pytest.raises(QueryError, match="only SELECT and ASK"):
        graph.select("DROP ALL")
    with pytest.raises(QueryError, match="SERVICE is refused"):
        graph.ask("ASK { SERVICE <http://127.0.0.1/> {} }")
    with pytest.raises(QueryError, match="this is one for ask"):
        graph.select("ASK {}")
    assert graph.ask("# DELETE\nASK { <urn:x> <urn:q> ?insert }")


def test_threads(oxigraph: str) -> None:
    graph = Endpoint(oxigraph)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: graph.triples(Iri(f"urn:{n}"))[0].object.value, range(50)))
    assert found == [str(n) for n in range(50)]


def test_time_limit_of_the_server_cuts_the_answer(oxigraph_data: Path) -> None:
    port = free_port()
    command = [
        binary("oxigraph"),
        "serve-read-only",
        "--location",
        str(oxigraph_data),
        "--bind",
        f"127.0.0.1:{port}",
    ]
    with running([*command, "--timeout-s", "1"], port, "/query") as url:
        graph = Endpoint(url)
        with pytest.raises(QueryTimeout, match="cut off, probably by the server's time limit"):
            graph.select(HEAVY)
        assert graph.ask("ASK { <urn:7> <urn:p> 7 }")


def test_server_that_hangs(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(DATA, encoding="utf-8")
    port = free_port()
    command = [
        binary("rdflib-endpoint"),
        "serve",
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
        str(tmp_path / "data.ttl"),
    ]
    with running(command, port, "/") as url:
        graph = Endpoint(url, timeout_seconds=20)
        assert graph.select("SELECT ?x { <urn:7> <urn:p> ?x }") == [{"x": Literal("7", XSD + "integer")}]
        assert graph.ask("ASK { <urn:7> <urn:p> 7 }")
        start = time.monotonic()
        with pytest.raises(QueryTimeout, match="no complete answer in the time allowed"):
            graph.select(HEAVY, seconds=0.5)
        with pytest.raises(QueryTimeout):
            graph.ask("ASK {}", seconds=0.5)
        assert time.monotonic() - start < 3


def test_no_server() -> None:
    graph = Endpoint(f"http://127.0.0.1:{free_port()}/query")
    start = time.monotonic()
    with pytest.raises(EndpointError, match=r"cannot be reached .*refused.*; is the server up"):
        graph.ask("ASK {}")
    assert time.monotonic() - start < 1
    with pytest.raises(EndpointError, match="cannot be reached"):
        Endpoint("http://no-such-host.invalid/query").ask("ASK {}")


# Faulty servers

JSON = "application/sparql-results+json"
TRUE = json.dumps({"head": {}, "boolean": True}).encode()
ROWS = json.dumps(
    {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "uri", "value": "urn:a"}}]}}
).encode()
Handler = BaseHTTPRequestHandler


@dataclass
class Faulty:
    """A server that answers what its script says, one step a request; the last step for ever."""

    url: str = ""
    script: list[Callable[[Handler], None]] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def answer(self, handler: Handler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        sent = (
            handler.rfile.read(length).decode() if handler.command == "POST" else urlsplit(handler.path).query
        )
        self.seen.append((handler.command, parse_qs(sent).get("query", [""])[0], dict(handler.headers)))
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        step(handler)


def reply(code: int, body: bytes = TRUE, kind: str = JSON, **headers: str) -> Callable[[Handler], None]:
    def step(handler: Handler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Type", kind)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return step


def reset(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def drip(handler: Handler) -> None:
    reply(200, b"", Content_Length="100")(handler)
    for _ in range(50):
        handler.wfile.write(b" ")
        time.sleep(0.1)


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    script = Faulty()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):
                script.answer(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_port}/sparql"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield script
    server.shutdown()
    thread.join()
    server.socket.close()  # server_close would wait for slow answers


@pytest.mark.parametrize("fault", [reply(503), reply(502), reply(504), reply(429), reset])
def test_tries_again(faulty: Faulty, fault: Callable[[Handler], None]) -> None:
    faulty.script = [fault, fault, reply(200)]
    assert Endpoint(faulty.url).ask("ASK {}")
    assert len(faulty.seen) == 3


@pytest.mark.parametrize(
    ("fault", "message"), [(reply(503), "503 Service Unavailable, 3 times"), (reset, "closed the connection")]
)
def test_gives_up(faulty: Faulty, fault: Callable[[Handler], None], message: str) -> None:
    faulty.script = [fault]
    with pytest.raises(EndpointError, match=message):
        Endpoint(faulty.url, retries=2).ask("ASK {}")
    assert len(faulty.seen) == 3


@pytest.mark.parametrize("date", [False, True])
def test_waits_as_long_as_asked(faulty: Faulty, date: bool) -> None:
    wait = formatdate(time.time() + 2, usegmt=True) if date else "1"
    faulty.script = [reply(429, Retry_After=wait), reply(200)]
    start = time.monotonic()
    assert Endpoint(faulty.url).ask("ASK {}")
    assert 0.9 <= time.monotonic() - start < 4


def test_does_not_wait_longer_than_allowed(faulty: Faulty) -> None:
    faulty.script = [reply(503, Retry_After="120")]
    start = time.monotonic()
    with pytest.raises(EndpointError, match="asks to wait 120 s; gave up after the 2 s allowed"):
        Endpoint(faulty.url).ask("ASK {}", seconds=2)
    assert time.monotonic() - start < 1
    faulty.script = [reply(503, Retry_After="soon"), reply(200)]
    assert Endpoint(faulty.url).ask("ASK {}")


@pytest.mark.parametrize("code", [405, 414])
def test_falls_back_to_post_and_stays_there(faulty: Faulty, code: int) -> None:
    faulty.script = [reply(code), reply(200)]
    graph = Endpoint(faulty.url)
    assert graph.ask("ASK {}") and graph.ask("ASK {}")
    assert [seen[0] for seen in faulty.seen] == ["GET", "POST", "POST"]
    faulty.script = [reply(code)]
    with pytest.raises(EndpointError, match="refuses both GET and POST"):
        graph.ask("ASK {}")


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        (reply(200, b"<html>", "text/html"), EndpointError, "answered text/html, not SPARQL results"),
        (reply(200, b"<html>"), EndpointError, "malformed JSON"),
        (reply(200, b"\xff"), EndpointError, "broken UTF-8"),
        (reply(200, b"[]"), EndpointError, "JSON that is no object"),
        (reply(200, b"{}"), EndpointError, "no bindings"),
        (reply(200, b"[" * 100_000), EndpointError, "nested too deep"),
        (reply(200, b'{"results": {"bindings": [5]}}'), EndpointError, "a row that is no object"),
        (reply(200, b'{"results": {"bindings": [{"x": {"type": "uri"}}]}}'), EndpointError, "a term that is none"),
        (reply(200, ROWS[:40]), QueryTimeout, "cut off"),
        (reply(200, b""), QueryTimeout, "cut off"),
        (reply(200, ROWS, Content_Length="5000"), QueryTimeout, "cut off"),
        (reply(400, b"Parse  error\nat <b>line</b> 3", "text/plain"), QueryError, "refuses the query: Parse error at <b>line"),
        (reply(401), EndpointError, r"refuses access \(401\); set KBQA_ENDPOINT_USER"),
        (reply(403), EndpointError, r"refuses access \(403\)"),
        (reply(404, b"x" * 5000), EndpointError, "404 Not Found: x{199}…$"),
        (reply(500, b"internal"), EndpointError, "500 Internal Server Error: internal"),
        (reply(500, b"Virtuoso S1T00 Error SR171: Transaction timed out"), QueryTimeout, "the server stopped the query"),
        (reply(777), EndpointError, "777"),
        (drip, QueryTimeout, "no complete answer"),
        (lambda handler: time.sleep(3), QueryTimeout, "no complete answer"),
        (lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n") and None, EndpointError, "not HTTP"),
    ],
)  # fmt: skip
def test_faults(
    faulty: Faulty, step: Callable[[Handler], None], error: type[GraphError], message: str
) -> None:
    faulty.script = [step]
    start = time.monotonic()
    with pytest.raises(error, match=message) as caught:
        Endpoint(faulty.url).select(SELECT, seconds=1)
    assert time.monotonic() - start < 2
    assert "\n" not in str(caught.value) and str(caught.value).startswith(faulty.url)
    assert type(caught.value) is error


def test_huge_answer_is_not_read(faulty: Faulty) -> None:
    sent = 0

    def huge(handler: Handler) -> None:
        nonlocal sent
        reply(200, b"", Content_Length=str(1 << 40))(handler)
        while sent < 50_000_000:
            sent += handler.wfile.write(b" " * (1 << 16))

    faulty.script = [huge]
    with pytest.raises(ResultTooLarge, match="larger than 1,000,000 bytes"):
        Endpoint(faulty.url, max_bytes=1_000_000).select(SELECT)
    assert sent < 20_000_000


def test_huge_error_is_not_read(faulty: Faulty) -> None:
    faulty.script = [reply(500, b"x" * 5_000_000)]
    with pytest.raises(EndpointError) as caught:
        Endpoint(faulty.url).select(SELECT)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("value", [b"1", b"true"])
def test_ask_of_virtuoso(faulty: Faulty, value: bytes) -> None:
    faulty.script = [reply(200, b'{"boolean": ' + value + b"}")]
    assert Endpoint(faulty.url).ask("ASK {}") is True
    faulty.script = [reply(200, b'{"boolean": "yes"}')]
    with pytest.raises(EndpointError, match="no boolean"):
        Endpoint(faulty.url).ask("ASK {}")


def test_row_limit_of_the_server(faulty: Faulty) -> None:
    capped = {"X_SPARQL_MaxRows": "1"}
    faulty.script = [
        reply(200, ROWS, **capped),
        reply(200, ROWS, **capped),
        reply(200, b'{"results": {"bindings": []}}'),
    ]
    assert len(Endpoint(faulty.url).select(SELECT)) == 2
    assert [seen[1].splitlines()[1] for seen in faulty.seen] == [
        "LIMIT 10000",
        "LIMIT 1 OFFSET 1",
        "LIMIT 1 OFFSET 2",
    ]


def test_headers(faulty: Faulty) -> None:
    faulty.script = [reply(200)]
    Endpoint(faulty.url).ask("ASK {}")
    headers = faulty.seen[0][2]
    assert headers["User-Agent"].startswith("kbqa") and headers["Accept"] == JSON
    assert "Authorization" not in headers


@pytest.mark.parametrize("where", ["url", "environment"])
def test_credentials(faulty: Faulty, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = faulty.url
    if where == "url":
        url = url.replace("http://", "http://ann:s3cr%40t@")
    else:
        monkeypatch.setenv("KBQA_ENDPOINT_USER", "ann")
        monkeypatch.setenv("KBQA_ENDPOINT_PASSWORD", "s3cr@t")
    graph = Endpoint(url + "?key=t0ken")
    faulty.script = [reply(200), reply(500)]
    assert graph.ask("ASK {}")
    assert faulty.seen[0][2]["Authorization"] == "Basic " + base64.b64encode(b"ann:s3cr@t").decode()
    with pytest.raises(EndpointError) as caught:
        graph.ask("ASK {}")
    for text in (str(caught.value), repr(graph), repr(graph._address)):
        assert not any(secret in text for secret in ("ann", "s3cr", "t0ken", "%40"))


def test_redirect_keeps_the_password_at_home(faulty: Faulty) -> None:
    other = faulty.url.replace("127.0.0.1", "localhost")
    faulty.script = [reply(302, Location=other), reply(200)]
    assert Endpoint(faulty.url.replace("http://", "http://ann:pw@")).ask("ASK {}")
    assert ["Authorization" in seen[2] for seen in faulty.seen] == [True, False]


def test_redirect_to_a_file_is_refused(faulty: Faulty) -> None:
    faulty.script = [reply(302, Location="file:///etc/passwd")]
    with pytest.raises(EndpointError):
        Endpoint(faulty.url).ask("ASK {}")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "example.org/sparql",
        "",
        "http://",
        "http://[",
        "http://a:b",
    ],
)
def test_addresses(url: str) -> None:
    with pytest.raises(EndpointError, match="address"):
        Endpoint(url)


def test_prefixes(faulty: Faulty) -> None:
    faulty.script = [reply(200)]
    graph = Endpoint(faulty.url, prefixes={"ex": "http://example.org/", "rdf": "urn:rdf:"})
    graph.ask('ASK { ?x rdf:type "ex:a" }')
    graph.ask("PREFIX ex: <urn:own:> ASK { ?x ex:a <ex:b> }")
    assert [seen[1].splitlines()[0] for seen in faulty.seen] == [
        "PREFIX rdf: <urn:rdf:>",
        "PREFIX ex: <urn:own:> ASK { ?x ex:a <ex:b> }",
    ]
    assert graph.prefixes["ex"] == "http://example.org/"


def test_connection_that_is_never_accepted() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(silent.getsockname())
        start = time.monotonic()
        with pytest.raises((EndpointError, QueryTimeout)):
            Endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}/", connect_seconds=0.3).ask(
                "ASK {}", seconds=1
            )
        assert time.monotonic() - start < 2
        for filler in fillers:
            filler.close()
