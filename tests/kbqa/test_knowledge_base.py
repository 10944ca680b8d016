"""The knowledge base on disk: built, described, opened, changed, replaced, moved, and shared by processes."""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import kbqa
import kbqa.storage.build
import kbqa.storage.encoder
import kbqa.world
from kbqa.errors import BusyError, DependencyError, InputError, KnowledgeBaseError
from kbqa.knowledge_base import KnowledgeBase
from kbqa.storage.annotate import Annotator
from kbqa.storage.parts import read_relations
from kg.errors import GraphError
from kg.names import Names
from kg.store import Store
from kg.types import RDFS_LABEL, Iri, Literal, Triple
from retrieval.errors import StorageError
from retrieval.types import EntityLink, Passage

PREFIXES = """@prefix e: <http://e.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
CITIES = (
    PREFIXES
    + 'e:lyon a e:City ; rdfs:label "Lyon"@en ; e:in e:france . e:france rdfs:label "France", "法国"@zh .'
)
PARIS = PREFIXES + 'e:paris a e:City ; rdfs:label "Paris"@en ; e:in e:france .'


@pytest.fixture
def base(tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[KnowledgeBase]:
    """Return a small knowledge base in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("cities.ttl").write_text(CITIES, encoding="utf-8")
    Path("paris.ttl").write_text(PARIS, encoding="utf-8")
    Path("t/more").mkdir(parents=True)
    Path("t/a.txt").write_text("Lyon is in France. Paris is larger.", encoding="utf-8")
    Path("t/more/b.txt").write_text("法国的首都是巴黎。", encoding="utf-8")
    Path("c.txt").write_text("Wine grows near Lyon.", encoding="utf-8")
    Path("flags").mkdir()
    Image.new("RGB", (4, 3), "red").save("flags/lyon.png")
    Path("flags/about.jsonl").write_text(
        json.dumps({"file": "lyon.png", "caption": "A red flag.", "entities": ["e:lyon", "Atlantis"]})
    )
    with kbqa.build(
        "x.kb", graph=["cities.ttl"], passages=["./t"], images=["flags"], **bases.encoders()
    ) as built:
        yield built


def sources(base: KnowledgeBase) -> set[tuple[str, str, int]]:
    return {(source.kind, source.name, source.items) for source in base.info().sources}


def links(base: KnowledgeBase, source: str) -> set[tuple[str, int, int]]:
    corpus = base.sources.corpus
    ids = [item.id for item in [*corpus.passages(), *corpus.images()] if item.source == source]
    found = [link for linked in corpus.entities_of(ids).values() for link in linked]
    marked = "urn:kbqa:declared:"
    return {(link.entity_id, link.start, link.end) for link in found if not link.entity_id.startswith(marked)}


def test_info_says_what_there_is(base: KnowledgeBase) -> None:
    info = base.info()
    assert sources(base) == {
        ("graph", "cities.ttl", 5),
        ("passages", "t/a.txt", 1),
        ("passages", "t/more/b.txt", 1),
        ("images", "flags/lyon.png", 1),
    }
    assert (info.triples, info.entities, info.predicates, info.classes) == (5, 2, 3, 1)
    assert (info.passages, info.images, info.vectors, info.generation) == (2, 1, 3, 1)
    assert info.languages == {"en": 1, "zh": 1}
    assert info.label_languages == {"en": 1, "": 1, "zh": 1}
    assert info.encoder == "hash@000000000000"
    assert info.bytes > 1000
    assert json.loads(json.dumps(info.to_dict()))["sources"][0]["kind"] == "graph"
    assert base.report is not None
    assert base.report.unlinked == ("Atlantis",)
    assert {(s.kind, s.name, s.items) for s in base.report.sources} == sources(base)


def test_entities_are_linked(base: KnowledgeBase) -> None:
    assert links(base, "t/a.txt") == {("http://e.org/lyon", 0, 4), ("http://e.org/france", 11, 17)}
    assert links(base, "t/more/b.txt") == {("http://e.org/france", 0, 2)}
    assert links(base, "flags/lyon.png") == {("http://e.org/lyon", 0, 0)}


def test_every_part_is_open(base: KnowledgeBase) -> None:
    found = base.sources
    assert len(found.graph.triples()) == 5
    assert found.names.label(Iri("http://e.org/lyon")) == "Lyon"
    assert found.schema.find(Iri("http://e.org/in")) is not None
    assert [hit.item.source for hit in found.search.search("Lyon is larger", k=1)] == ["t/a.txt"]
    assert set(found.relation_vectors) == {"in", "label", "type"}


def test_adding_a_graph_links_what_was_there(base: KnowledgeBase) -> None:
    report = base.add(graph=["paris.ttl"], passages=["c.txt"])
    assert [(source.name, source.items) for source in report.sources] == [("paris.ttl", 3), ("c.txt", 1)]
    assert base.info().generation == report.generation == 2
    assert ("http://e.org/paris", 19, 24) in links(base, "t/a.txt")
    assert links(base, "c.txt") == {("http://e.org/lyon", 16, 20)}
    base.remove(source="cities.ttl")
    assert links(base, "t/a.txt") == {("http://e.org/paris", 19, 24), ("http://e.org/france", 11, 17)}
    assert base.sources.names.find_exact(["Lyon"]) == {}
    assert base.sources.search.search("wine", k=1)[0].item.source == "c.txt"


def test_adding_again_replaces(base: KnowledgeBase) -> None:
    Path("t/a.txt").write_text("France is large.", encoding="utf-8")
    Path("cities.ttl").write_text(PARIS, encoding="utf-8")
    Image.new("RGB", (8, 8), "blue").save("flags/lyon.png")
    base.add(graph=["cities.ttl"], passages=["t/a.txt"], images=["flags/lyon.png"])
    assert [p.text for p in base.sources.corpus.passages() if p.source == "t/a.txt"] == ["France is large."]
    assert base.sources.names.find_exact(["Lyon"]) == {}
    assert base.info().triples == 3
    (image,) = base.sources.corpus.images()
    assert image.width == 8
    assert [path.name for path in Path("x.kb/images").iterdir()] == [Path(image.path).name]


def test_images_have_vectors_of_their_own_through_every_change(base: KnowledgeBase) -> None:
    def known() -> dict[str, float]:
        pictures = base.sources.search.pictures
        return {hit.item.source: round(hit.score, 2) for hit in pictures.by_text("something red")}

    assert base.info().image_encoder == "look@000000000000"
    assert known() == {"flags/lyon.png": 1.0}
    Image.new("RGB", (4, 3), "blue").save("flags/lyon.png")
    base.add(images=["flags"])
    assert known() == {"flags/lyon.png": 0.0}
    base.remove(source="flags/lyon.png")
    assert known() == {}


def test_a_base_without_an_image_encoder_is_searched_by_captions_only(
    base: KnowledgeBase, bases: ModuleType
) -> None:
    texts = bases.HashEncoder()
    with kbqa.build("none.kb", images=["flags"], text_encoder=texts, image_encoder="none") as plain:
        assert plain.info().image_encoder == ""
        assert not Path("none.kb/image-vectors").exists()
        assert plain.sources.search.pictures.by_text("something red") == []
        plain.add(images=["flags/lyon.png"])
    with pytest.raises(DependencyError, match='built-in image encoder is "small"'):
        kbqa.build("x2.kb", images=["flags"], text_encoder=texts, image_encoder="nobody/nothing")
    with pytest.raises(KnowledgeBaseError, match="image encoder that was handed in"):
        base.path.rename("moved.kb")
        KnowledgeBase.open("moved.kb", text_encoder=texts).sources.search.pictures.by_text("red")


def test_removing_a_folder_a_line_and_an_image(base: KnowledgeBase) -> None:
    Path("two.jsonl").write_text('{"text": "One.", "id": "a"}\n{"text": "Two.", "id": "b"}\n')
    base.add(passages=["two.jsonl"])
    assert ("passages", "two.jsonl", 2) in sources(base)
    base.remove(source="two.jsonl#a")
    base.remove(source="t/")
    base.remove(source="flags/lyon.png")
    assert sources(base) == {("graph", "cities.ttl", 5), ("passages", "two.jsonl", 1)}
    assert list(Path("x.kb/images").iterdir()) == []
    info = base.info()
    assert (info.passages, info.images, info.vectors, info.languages) == (1, 0, 1, {"en": 1})


def test_removing_what_is_not_there_names_what_is(base: KnowledgeBase) -> None:
    with pytest.raises(InputError, match=r"nothing was added from 't/b.txt'; did you mean t/a.txt"):
        base.remove(source="t/b.txt")
    assert base.info().generation == 1


def test_the_last_source_of_each_kind_can_go_and_come_back(base: KnowledgeBase, bases: ModuleType) -> None:
    before = bases.contents("x.kb")
    for source in ("cities.ttl", "t", "flags"):
        base.remove(source=source)
    info = base.info()
    assert (info.triples, info.names, info.passages, info.vectors, info.predicates) == (0, 0, 0, 0, 0)
    base.add(images=["flags"])
    base.add(passages=["t"])
    base.add(graph=["cities.ttl"])
    assert bases.contents("x.kb") == before


def test_an_open_base_shows_the_state_it_was_opened_in(base: KnowledgeBase, bases: ModuleType) -> None:
    query = "SELECT ?x { ?x a <http://e.org/City> }"
    with bases.open_base("x.kb") as reader:
        base.add(graph=["paris.ttl"], passages=["c.txt"])
        base.remove(source="t")
        assert len(reader.sources.graph.select(query)) == 1  # its query process starts only now
        assert len(list(reader.sources.corpus.passages())) == 2
        assert reader.sources.names.find_exact(["Paris"]) == {}
        assert reader.sources.search.search("wine", k=5, using=["bm25"]) == []
        assert reader.info().generation == 1
        assert reader.refresh()
        assert len(reader.sources.graph.select(query)) == 2
        assert [passage.source for passage in reader.sources.corpus.passages()] == ["c.txt"]
        assert reader.info().generation == 3
        assert not reader.refresh()
        assert sorted(path.name for path in Path("x.kb/graph").iterdir()) == ["1", "2"]
    base.add(passages=["t"])
    assert [path.name for path in Path("x.kb/graph").iterdir()] == ["2"]


def test_a_second_writer_is_refused_and_readers_are_not(base: KnowledgeBase, bases: ModuleType) -> None:
    with Path("x.kb/writer.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BusyError, match=r"x.kb is being changed by another process; try again"):
            base.add(passages=["c.txt"])
        with pytest.raises(BusyError):
            kbqa.build("x.kb", passages=["c.txt"], text_encoder=bases.HashEncoder(), replace=True)
        with bases.open_base("x.kb") as reader:
            assert reader.info().passages == 2


def test_opening_waits_until_a_change_is_carried_out(base: KnowledgeBase, bases: ModuleType) -> None:
    with Path("x.kb/readers.lock").open() as lock, ThreadPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        opening = pool.submit(bases.open_base, "x.kb")
        time.sleep(0.1)
        assert not opening.done()
        fcntl.flock(lock, fcntl.LOCK_UN)
        with opening.result(timeout=20) as reader:
            assert reader.info().passages == 2


def test_many_readers_while_it_changes(base: KnowledgeBase, bases: ModuleType) -> None:
    """Whoever opens it sees all of a state: as many vectors and texts as passages and images."""
    stop = threading.Event()

    def read() -> int:
        opened = 0
        while not stop.is_set():
            with bases.open_base("x.kb") as reader:
                parts = reader._state.parts
                counts = parts.corpus.counts()
                items = counts.passages + counts.images
                assert len(parts.vectors) == len(parts.lexical) == items == parts.manifest.counts["vectors"]
                assert len(reader.sources.graph.triples()) == parts.manifest.counts["triples"]
                opened += 1
        return opened

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            for _ in range(2):
                base.add(graph=["paris.ttl"], passages=["c.txt"])
                base.remove(source="paris.ttl")
                base.remove(source="c.txt")
        finally:
            stop.set()
        assert all(reader.result(timeout=30) for reader in readers)


def test_refreshing_waits_for_calls_on_the_old_state(base: KnowledgeBase) -> None:
    with base._using() as state:
        base.add(passages=["c.txt"])
        assert len(list(state.parts.corpus.passages())) == 2
    with pytest.raises(StorageError, match="closed"):
        list(state.parts.corpus.passages())


def test_the_graph_stays_open_while_it_stays_the_same(base: KnowledgeBase) -> None:
    graph = base.sources.graph
    base.add(passages=["c.txt"])
    assert base.sources.graph is graph
    assert len(graph.triples()) == 5
    base.add(graph=["paris.ttl"])
    assert len(base.sources.graph.triples()) == 8
    with pytest.raises(GraphError, match="closed"):
        graph.triples()


def test_refreshing_sees_a_base_that_took_its_place(base: KnowledgeBase, bases: ModuleType) -> None:
    kbqa.build("x.kb", graph=["paris.ttl"], text_encoder=bases.HashEncoder(), replace=True).close()
    assert len(base.sources.graph.triples()) == 5
    assert base.refresh()
    assert len(base.sources.graph.triples()) == 3
    assert (base.info().generation, base.info().passages) == (1, 0)
    assert not base.refresh()


def test_closed(base: KnowledgeBase) -> None:
    base.close()
    base.close()
    with pytest.raises(KnowledgeBaseError, match=r"x.kb was closed; open it again"):
        base.info()


def test_it_holds_all_it_needs_and_can_be_moved(base: KnowledgeBase, bases: ModuleType) -> None:
    base.close()
    before = bases.contents("x.kb")
    for name in ("t", "flags"):
        shutil.rmtree(name)
    Path("cities.ttl").unlink()
    Path("else/where").mkdir(parents=True)
    Path("x.kb").rename("else/where/y.kb")
    assert bases.contents("else/where/y.kb") == before
    with bases.open_base("else/where/y.kb") as moved:
        assert Path(next(moved.sources.corpus.images()).path).is_relative_to(
            Path("else/where/y.kb").absolute()
        )


def test_building_on_something_that_is_there(base: KnowledgeBase, bases: ModuleType) -> None:
    with pytest.raises(
        InputError, match=r"x.kb is there already; add to it with `kbqa add x.kb …`.*--replace"
    ):
        kbqa.build("x.kb", passages=["c.txt"], text_encoder=bases.HashEncoder())
    with pytest.raises(InputError, match="no knowledge base and is not replaced"):
        kbqa.build("t", passages=["c.txt"], text_encoder=bases.HashEncoder(), replace=True)
    assert base.info().passages == 2
    Path("empty").mkdir()
    kbqa.build("empty", passages=["c.txt"], text_encoder=bases.HashEncoder()).close()


def test_a_replaced_base_stays_until_the_new_one_is_ready(base: KnowledgeBase, bases: ModuleType) -> None:
    before = bases.contents("x.kb")
    Path("broken.ttl").write_text("<a> <b>")
    with pytest.raises(InputError, match=r"broken\.ttl"):
        kbqa.build("x.kb", graph=["broken.ttl"], text_encoder=bases.HashEncoder(), replace=True)
    assert bases.contents("x.kb") == before
    kbqa.build("x.kb", passages=["c.txt"], text_encoder=bases.HashEncoder(), replace=True).close()
    with bases.open_base("x.kb") as new:
        assert sources(new) == {("passages", "c.txt", 1)}
    assert not list(Path().glob(".x.kb*"))


@pytest.mark.parametrize("kind", ["graph", "passages", "images"])
def test_one_kind_is_enough(kind: str, base: KnowledgeBase, bases: ModuleType) -> None:
    given = {"graph": "paris.ttl", "passages": "c.txt", "images": "flags"}[kind]
    with kbqa.build("one.kb", **{kind: [given]}, **bases.encoders()) as one:
        assert {source.kind for source in one.info().sources} == {kind}
        one.add(graph=["cities.ttl"], passages=["t"])
        assert one.info().passages >= 2


def test_graph_folders_give_their_rdf_files(base: KnowledgeBase, bases: ModuleType) -> None:
    Path("g/deep").mkdir(parents=True)
    shutil.copy("paris.ttl", "g/deep/p.ttl")
    Path("g/notes.txt").write_text("nothing")
    base.add(graph=["g"])
    assert ("graph", "g/deep/p.ttl", 3) in sources(base)
    base.remove(source="g")
    assert base.info().triples == 5


def test_progress_is_told(base: KnowledgeBase, bases: ModuleType) -> None:
    told: list[tuple[str, int, int]] = []
    kbqa.build(
        "p.kb",
        graph=["cities.ttl"],
        passages=["t"],
        text_encoder=bases.HashEncoder(),
        progress=lambda *told_: told.append(told_),
    ).close()
    assert [what for what, *_ in told][-2:] == ["passages and images", "indexes"]
    size = Path("cities.ttl").stat().st_size
    assert ("triples of cities.ttl", size, size) in told


# Refused


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("manifest.json", b"{"),
        ("manifest.json", b'{"format": 1}'),
        ("manifest.json", b"\xff\xfe"),
        ("graph/1/names.sqlite", b"no SQLite"),
        ("graph/1/schema.json", b"[]"),
        ("graph/1/relations.npz", b"PK\x03\x04 no zip"),
        ("graph/1/store/oxigraph/CURRENT", b"MANIFEST-999999\n"),
        ("graph/1/in-use.lock", None),
        ("corpus.sqlite", b"no SQLite"),
        ("lexical/meta.json", b"{"),
        ("lexical/format.json", None),
        ("vectors/manifest.json", b"{}"),
        ("readers.lock", None),
        ("journal/change.json", b"{}"),
    ],
)
def test_damage_is_told_in_one_line(
    part: str, content: bytes | None, base: KnowledgeBase, bases: ModuleType
) -> None:
    base.close()
    place = Path("x.kb") / part
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(KnowledgeBaseError) as caught:
        bases.open_base("x.kb")
    assert "\n" not in str(caught.value)
    assert "kbqa build x.kb … --replace" in str(caught.value) or part.endswith(".lock")


def test_relations_with_pickled_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "r.npz", names=np.array(["a"], dtype=object), vectors=np.zeros((1, 2)))
    with pytest.raises(KnowledgeBaseError, match="damaged"):
        read_relations(tmp_path / "r.npz")


def test_no_knowledge_base(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere", Path(__file__)):
        with pytest.raises(KnowledgeBaseError, match="is no knowledge base; make one: kbqa build"):
            kbqa.open(place)


def test_another_format_version(base: KnowledgeBase) -> None:
    manifest = json.loads(Path("x.kb/manifest.json").read_text())
    Path("x.kb/manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(
        KnowledgeBaseError, match=r"x.kb has format 99, .* reads 3; .* kbqa build x.kb … --replace"
    ):
        kbqa.open("x.kb")


def test_another_encoder(base: KnowledgeBase, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    other = bases.HashEncoder()
    other.name = "other@1"
    with pytest.raises(
        KnowledgeBaseError, match=r"built with the encoder hash@0+, not with other@1.*--replace"
    ):
        KnowledgeBase.open("x.kb", text_encoder=other)
    with kbqa.open("x.kb") as without, pytest.raises(KnowledgeBaseError, match="hand it in again"):
        without.sources.search.by_dense("Lyon")
    manifest = json.loads(Path("x.kb/manifest.json").read_text())
    Path("x.kb/manifest.json").write_text(json.dumps({**manifest, "encoder_from": "minilm"}))
    monkeypatch.setattr(kbqa.storage.encoder, "load_encoder", lambda name: other)
    with kbqa.open("x.kb") as changed:
        with pytest.raises(KnowledgeBaseError, match=r"minilm is now other@1; build it again"):
            changed.sources.search.by_dense("Lyon")
        with pytest.raises(KnowledgeBaseError, match="is now other@1"):
            changed.add(passages=["c.txt"])
        assert changed.info().passages == 2


def test_nothing_to_read(base: KnowledgeBase) -> None:
    with pytest.raises(InputError, match=r"nothing to build y\.kb from"):
        kbqa.build("y.kb")
    with pytest.raises(InputError, match=r"nothing to add to x\.kb from"):
        base.add()
    with pytest.raises(InputError, match=r"nowhere\.txt: no such file"):
        base.add(passages=["nowhere.txt"])


# On an endpoint


def test_on_an_endpoint(base: KnowledgeBase, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    binary = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if binary is None:
        pytest.skip("no oxigraph server here")
    location = ["--location", "server"]
    subprocess.run([binary, "load", *location, "--file", "cities.ttl"], check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [binary, "serve-read-only", *location, "--bind", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        url = f"http://ann:secret@127.0.0.1:{port}/query"
        with kbqa.build("e.kb", endpoint=url, passages=["t"], text_encoder=bases.HashEncoder()) as remote:
            info = remote.info()
            assert (info.endpoint, info.triples) == (f"http://127.0.0.1:{port}/query", 5)
            assert links(remote, "t/more/b.txt") == {("http://e.org/france", 0, 2)}
            remote.add(passages=["c.txt"])
            assert remote.info().passages == 3
            with pytest.raises(InputError, match=r"asks http://127\.0\.0\.1:"):
                remote.add(graph=["paris.ttl"])
        for path in Path("e.kb").rglob("*"):
            assert path.is_dir() or b"secret" not in path.read_bytes()
    finally:
        server.kill()
        server.wait()
    with bases.open_base("e.kb") as remote, pytest.raises(Exception, match=r"127\.0\.0\.1"):
        remote.sources.graph.ask("ASK { ?s ?p ?o }")


def test_an_endpoint_that_is_down(tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://ann:secret@127.0.0.1:{probe.getsockname()[1]}/query"
    with pytest.raises(DependencyError) as caught:
        kbqa.build(tmp_path / "e.kb", endpoint=url, text_encoder=bases.HashEncoder())
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# Entities in texts


@pytest.fixture(scope="module")
def annotator(tmp_path_factory: pytest.TempPathFactory) -> Annotator:
    names = {
        "uk": ["United Kingdom", "英国"],
        "york": ["York"],
        "newyork": ["New York", "纽约"],
        "newyorktimes": ["New York Times", "纽约时报"],
        "up": ["Up"],
        "it": ["It"],
        "go": ["Go"],
        "cats": ["cats"],
        "thething": ["The Thing"],
        "ob": ["Ob"],
        "amelie": ["Amélie"],
        "lu": ["鲁"],
        "paris1": ["Paris"],
        "paris2": ["Paris"],
        "dc": ["Washington, D.C."],
    }
    with Store.in_memory() as store:
        store.add(
            [
                Triple(
                    Iri(f"urn:{local}"), RDFS_LABEL, Literal(text, language="en" if text.isascii() else "zh")
                )
                for local, texts in names.items()
                for text in texts
            ],
            source="test",
        )
        names_index = Names.build(tmp_path_factory.mktemp("names") / "n.sqlite", store)
    return Annotator(names_index, {"w": "urn:"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left the united kingdom for New York.", [("United Kingdom", "uk"), ("New York", "newyork")]),
        ("The New York Times wrote of York.", [("New York Times", "newyorktimes"), ("York", "york")]),
        ("York's walls", [("York", "york")]),
        ("Yorkshire and NewYork", []),
        ("It went Up, and Go is up.", []),
        ("She likes cats.", []),
        ("John Carpenter made The Thing.", [("The Thing", "thething")]),
        ("This is the thing.", []),
        ("The Ob flows north.", []),
        ("AMELIE, Amelie and amélie", [("AMELIE", "amelie"), ("Amelie", "amelie")]),
        ("《纽约时报》在纽约出版。", [("纽约时报", "newyorktimes"), ("纽约", "newyork")]),
        ("紐約和英國", [("紐約", "newyork"), ("英國", "uk")]),
        ("鲁迅", []),
        ("New\n\nYork", [("York", "york")]),
        ("Washington, D.C. is a city", [("Washington, D.C.", "dc")]),
        ("Paris", [("Paris", "paris1"), ("Paris", "paris2")]),
    ],
)
def test_mentions(annotator: Annotator, text: str, expected: list[tuple[str, str]]) -> None:
    passage = Passage("p:1", text, "a.txt", 0, len(text))
    found = [(text[link.start : link.end].lower(), link.entity_id) for link in annotator.links(passage)]
    assert found == [(mention.lower(), f"urn:{local}") for mention, local in expected]


def test_many_texts_are_read_like_one(annotator: Annotator) -> None:
    texts = ["紐約時報·纽约", "鲁迅在纽约读《纽约时报》。", "New York, 紐約", "York·纽约·", "没有"] * 20
    passages = [Passage(f"p:{n}", text, "a.txt", 0, len(text)) for n, text in enumerate(texts)]
    together = annotator.annotate([(passage, ()) for passage in passages])
    assert together == [annotator.links(passage) for passage in passages]
    assert [len(found) for found in together[:5]] == [2, 2, 2, 2, 0]


def test_titles_and_declared_entities_concern_the_whole(annotator: Annotator) -> None:
    passage = Passage("p:1", "A city.", "a.txt", 0, 7, title="New York")
    declared = ["w:york", "Paris", "http://other/x", "Nowhere"]
    (found,) = annotator.annotate([(passage, declared)])
    ids = {link.entity_id for link in found if not link.entity_id.startswith("urn:kbqa:declared:")}
    assert ids == {"urn:newyork", "urn:york", "urn:paris1", "urn:paris2", "http://other/x"}
    assert {(link.start, link.end) for link in found} == {(0, 0)}
    assert {"http://other/x", "Nowhere"} <= annotator.unlinked.keys()
    assert EntityLink("p:1", "urn:newyork") in found


# Names by other predicates


def test_things_are_named_by_the_predicates_that_the_user_gives(tmp_path: Path, bases: ModuleType) -> None:
    graph, more = tmp_path / "films.ttl", tmp_path / "more.ttl"
    graph.write_text('<urn:f:1> <urn:f:titled> "Alien" ; <urn:f:year> 1979 .', encoding="utf-8")
    more.write_text('<urn:f:2> <urn:f:titled> "Heat" ; <urn:f:year> 1995 .', encoding="utf-8")
    with kbqa.build(
        tmp_path / "films.kb",
        graph=[graph],
        text_encoder=bases.HashEncoder(),
        label_predicates=["urn:f:titled"],
    ) as base:
        base.add(graph=[more])
        assert [base.sources.names.label(Iri(f"urn:f:{n}")) for n in (1, 2)] == ["Alien", "Heat"]


# The bundled world


@pytest.fixture
def little_world(tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the bundled data small and the encoder light, and return the cache folder."""
    data = tmp_path / "data"
    (data / "passages").mkdir(parents=True)
    (data / "flags").mkdir()
    (data / "world.ttl").write_text(CITIES, encoding="utf-8")
    (data / "passages" / "lyon.txt").write_text("Lyon is in France.", encoding="utf-8")
    Image.new("RGB", (4, 3), "red").save(data / "flags" / "lyon.png")
    monkeypatch.setattr(kbqa.world, "DATA", data)
    monkeypatch.setattr(kbqa.storage.build, "load_encoder", lambda name: bases.HashEncoder())
    monkeypatch.setattr(kbqa.storage.build, "named", lambda name, folder: bases.LookEncoder())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kbqa"


def test_world_is_built_once(little_world: Path) -> None:
    with kbqa.open_world() as world:
        built = (world.path / "manifest.json").stat().st_mtime_ns
        assert world.path.parent == little_world
        assert world.info().images == 1
    with kbqa.open_world() as again:
        assert (again.path / "manifest.json").stat().st_mtime_ns == built


def test_world_is_built_by_one_of_many(little_world: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        worlds = list(pool.map(lambda _: kbqa.open_world(), range(3)))
    assert len({world.path for world in worlds}) == 1
    assert [world.info().generation for world in worlds] == [1, 1, 1]
    for world in worlds:
        world.close()
    assert len([path for path in little_world.iterdir() if path.is_dir()]) == 1


def test_world_is_built_anew_when_it_changes_or_is_damaged(little_world: Path) -> None:
    kbqa.open_world().close()
    (kbqa.world.DATA / "passages" / "lyon.txt").write_text("Lyon lies in France.", encoding="utf-8")
    with kbqa.open_world() as changed:
        assert next(changed.sources.corpus.passages()).text == "Lyon lies in France."
        path = changed.path
    (path / "corpus.sqlite").write_bytes(b"damage")
    with kbqa.open_world() as mended:
        assert mended.info().passages == 1
        assert mended.path == path


def test_world_without_a_cache_folder(
    little_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with kbqa.open_world() as world:
        assert world.path.parent.parent == tmp_path
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with pytest.raises(kbqa.KbqaError, match="set XDG_CACHE_HOME to a folder that can"):
        kbqa.open_world()
