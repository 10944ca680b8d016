"""Whether all parts agree is found out, whatever was done to one of them; and compacting changes nothing else."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import kbqa
from kbqa.cli import main
from kbqa.errors import BusyError, KnowledgeBaseError
from kbqa.storage.locks import WRITER, locked
from kg.name_index import delete_terms
from kg.store import Store
from kg.types import Iri, Literal, Triple
from retrieval.lexical import LexicalIndex
from retrieval.vectors import VectorIndex

GRAPH = """@prefix e: <http://e.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
e:lyon a e:City ; rdfs:label "Lyon"@en ; e:in e:france . e:france rdfs:label "France", "法国"@zh ; e:size "large" .
"""
ENCODER, IMAGE_ENCODER = "hash@000000000000", "look@000000000000"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, bases: ModuleType) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "g.ttl").write_text(GRAPH, encoding="utf-8")
    (folder / "t").mkdir()
    (folder / "t/a.txt").write_text("Lyon is in France. Paris is larger.")
    (folder / "t/b.jsonl").write_text(
        '{"text": "法国的首都是巴黎。", "entities": ["Atlantis", "http://x.org/1"]}'
    )
    Image.new("RGB", (4, 3), "red").save(folder / "lyon.png")
    files = {"graph": ["g.ttl"], "passages": ["t"], "images": ["lyon.png"]}
    given = {kind: [folder / name for name in names] for kind, names in files.items()}
    kbqa.build(folder / "x.kb", **given, **bases.encoders(), root=folder).close()
    return folder / "x.kb"


@pytest.fixture
def base(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(kept, "x.kb")
    return Path("x.kb")


def sql(place: str, statement: str) -> Callable[[], None]:
    def change() -> None:
        with sqlite3.connect(Path("x.kb") / place) as connection:
            connection.execute(statement)
        connection.close()

    return change


def change_graph() -> None:
    with Store.open(Path("x.kb/graph/1/store"), read_only=False) as store:
        store.add([Triple(Iri("urn:a"), Iri("urn:b"), Literal("c"))], source="ghost.ttl")


def lose_a_source() -> None:
    with Store.open(Path("x.kb/graph/1/store"), read_only=False) as store:
        store._inner.update("DROP GRAPH <urn:kbqa:source:g.ttl>")


def lose_a_name() -> None:
    with closing(sqlite3.connect("x.kb/graph/1/names.sqlite", isolation_level=None)) as names:
        delete_terms(names, ["http://e.org/lyon"])


def change_words(add: list[tuple[str, str]], remove: list[str]) -> None:
    with LexicalIndex.open("x.kb/lexical", read_only=False) as lexical:
        lexical.add(add)
        lexical.remove(remove)
        lexical.commit()


def change_vectors(add: list[str], remove: list[str]) -> None:
    with VectorIndex.open("x.kb/vectors", encoder=ENCODER, read_only=False) as vectors:
        vectors.add(add, np.full((len(add), 16), 0.25, dtype=np.float32))
        vectors.remove(remove)
        vectors.commit()


def change_image_vectors(add: list[str], remove: list[str]) -> None:
    with VectorIndex.open("x.kb/image-vectors", encoder=IMAGE_ENCODER, read_only=False) as vectors:
        vectors.add(add, np.tile(np.float32([0, 0, 1]), (len(add), 1)))
        vectors.remove(remove)
        vectors.commit()


def change_manifest(**values: object) -> None:
    manifest = json.loads(Path("x.kb/manifest.json").read_text())
    counts = {**manifest["counts"], **values}
    Path("x.kb/manifest.json").write_text(json.dumps({**manifest, "counts": counts}))


def image() -> Path:
    (found,) = Path("x.kb/images").iterdir()
    return found


def passage_id() -> str:
    return only_id("SELECT id FROM passages WHERE file = 't/a.txt'")


def image_id() -> str:
    return only_id("SELECT id FROM images")


def only_id(query: str) -> str:
    with sqlite3.connect("x.kb/corpus.sqlite") as connection:
        ((found,),) = connection.execute(query).fetchall()
    connection.close()
    return found


DAMAGE: dict[str, tuple[Callable[[], object], set[str], str]] = {
    "a triple more": (
        change_graph,
        {"graph", "schema", "names"},
        "graph: holds 7 triples, the manifest says 6",
    ),
    "triples without a source": (lose_a_source, {"graph"}, "holds triples that come from no source"),
    "a lost name": (lose_a_name, {"names", "links"}, "names: there are"),
    "a wrong degree": (
        sql("graph/1/names.sqlite", "UPDATE terms SET degree = 7 WHERE key LIKE '%lyon'"),
        {"names"},
        "names: those of http://e.org/lyon are not what the graph says",
    ),
    "a wrong count": (lambda: change_manifest(triples=99), {"graph", "schema"}, "the manifest says 99"),
    "a shorter text": (
        sql("corpus.sqlite", "UPDATE passages SET text = 'Lyon' WHERE file = 't/a.txt'"),
        {"passages", "links", "vectors"},
        "is 4 characters long and says 0–35; add t/a.txt again: kbqa add x.kb …",
    ),
    "a lost passage": (
        sql("corpus.sqlite", "DELETE FROM passages WHERE file = 't/a.txt'"),
        {"passages", "words", "vectors", "links"},
        "passages: there are 1 passages, the manifest says 2",
    ),
    "a lost text": (lambda: change_words([], [passage_id()]), {"words"}, "words: those of p:"),
    "a text more": (lambda: change_words([("p:ghost", "Ghost")], []), {"words"}, "of 4 texts for 3 passages"),
    "a lost vector": (lambda: change_vectors([], [passage_id()]), {"vectors"}, "vectors: those of p:"),
    "a vector more": (lambda: change_vectors(["p:ghost"], []), {"vectors"}, "those of p:ghost, which are no"),
    "another vector": (lambda: change_vectors([passage_id()], []), {"vectors"}, "not those of their texts"),
    "a lost image vector": (
        lambda: change_image_vectors([], [image_id()]),
        {"image vectors"},
        "image vectors: those of i:",
    ),
    "an image vector more": (
        lambda: change_image_vectors(["i:ghost"], []),
        {"image vectors"},
        "those of i:ghost, which are no images",
    ),
    "another image vector": (
        lambda: change_image_vectors([image_id()], []),
        {"image vectors"},
        "are not those of their pictures",
    ),
    "no image vectors": (
        lambda: shutil.rmtree("x.kb/image-vectors"),
        {"image vectors"},
        "image vectors: cannot be read: ",
    ),
    "a lost link": (
        sql("corpus.sqlite", "DELETE FROM links WHERE start = 11"),
        {"links"},
        "not what their texts",
    ),
    "a link to nothing": (
        sql("corpus.sqlite", "UPDATE links SET entity_id = 'urn:ghost' WHERE start = 11"),
        {"links"},
        "links: lead to urn:ghost, which the graph does not hold",
    ),
    "a link of nothing": (
        sql("corpus.sqlite", "INSERT INTO links VALUES ('p:ghost', 'http://e.org/lyon', 0, 1)"),
        {"links"},
        "links: there are some of p:ghost",
    ),
    "a deleted image file": (lambda: image().unlink(), {"images"}, "images: the file of lyon.png is missing"),
    "a half-written image file": (
        lambda: image().write_bytes(image().read_bytes()[:20]),
        {"images"},
        "images: the file of lyon.png has changed",
    ),
    "somebody's image file": (
        lambda: Path("x.kb/images/mine.png").write_bytes(b""),
        {"images"},
        "mine.png in x.kb/images belong to no image; remove them: kbqa compact x.kb",
    ),
    "half-written vectors": (
        lambda: Path("x.kb/vectors/vectors.0").write_bytes(b"1234"),
        {"vectors"},
        "vectors: cannot be read: ",
    ),
    "no corpus": (
        lambda: Path("x.kb/corpus.sqlite").write_bytes(b"no SQLite"),
        {"passages", "words", "vectors", "links", "images", "image vectors"},
        "passages: cannot be read: ",
    ),
    "no schema": (
        lambda: Path("x.kb/graph/1/schema.json").unlink(),
        {"schema", "relations"},
        "schema: ",
    ),
}


def found(bases: ModuleType, *, thorough: bool = True) -> kbqa.storage.check.Checked:
    return kbqa.check("x.kb", thorough=thorough, **bases.encoders())


def test_all_is_well(base: Path, bases: ModuleType) -> None:
    for thorough in (False, True):
        checked = found(bases, thorough=thorough)
        assert (checked.findings, checked.sound, checked.thorough) == ((), True, thorough)
        assert checked.counts["triples"] == 6


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found(name: str, base: Path, bases: ModuleType) -> None:
    damage, parts, says = DAMAGE[name]
    damage()
    findings = found(bases).findings
    assert {finding.part for finding in findings} == parts
    assert any(says in str(finding) for finding in findings), [str(finding) for finding in findings]
    assert all(finding.todo and "\n" not in str(finding) for finding in findings)


def test_the_command_lists_what_does_not_agree(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x.kb"]) == 0
    assert "6 triples" in capsys.readouterr().out
    image().unlink()
    assert main(["check", "x.kb"]) == 2
    assert "  images    the file of lyon.png is missing" in capsys.readouterr().out
    assert main(["check", "x.kb", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["part"] == "images"
    assert main(["check", "nowhere.kb"]) == 2
    assert capsys.readouterr().err.startswith("kbqa: nowhere.kb is no knowledge base")


@pytest.mark.parametrize(
    ("name", "rows"),
    [("t.tsv", "Osk\tknows\tPell\nPell\tage\t7\n"), ("t.txt", "Osk|knows|Pell\nPell|age|7\n")],
)
def test_a_table_gives_labels_to_its_names_and_all_is_well(tmp_path: Path, name: str, rows: str) -> None:
    (tmp_path / name).write_text(rows, encoding="utf-8")
    kbqa.build(tmp_path / "kb", graph=[tmp_path / name]).close()
    assert main(["check", str(tmp_path / "kb")]) == 0


def test_a_folder_of_tables_makes_one_graph(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "people.csv").write_text(
        "name,town,born,langs\nOsk,Pell,1999,a;b;c;d\n", encoding="utf-8"
    )
    (tmp_path / "tables" / "towns.tsv.gz").write_bytes(gzip.compress(b"name\tarea\nPell\t7\n"))
    (tmp_path / "tables" / "notes.txt").write_text("Not for the graph.", encoding="utf-8")
    with kbqa.build(tmp_path / "kb", graph=[tmp_path / "tables"]) as built:
        assert [Path(found.name).name for found in built.info().sources] == ["people.csv", "towns.tsv.gz"]
        assert built.sources.graph.ask("ASK { ?x a c:person ; r:town/r:area 7 }")
    assert main(["check", str(tmp_path / "kb")]) == 0


def test_it_is_not_changed_meanwhile(base: Path) -> None:
    with locked(base, WRITER):
        for call in (kbqa.check, kbqa.compact):
            with pytest.raises(BusyError):
                call(base)
    with pytest.raises(KnowledgeBaseError):
        kbqa.compact("nowhere.kb")


def test_compacting_gives_space_back_and_changes_nothing(base: Path, bases: ModuleType) -> None:
    before = bases.contents("x.kb")
    Path("many.jsonl").write_text("".join(f'{{"text": "Text {"long " * 50}{n}."}}\n' for n in range(300)))
    lines = "".join(f'<urn:x{n}> <urn:p> "value {n} {"x" * 50}" .\n' for n in range(300))
    Path("many.nt").write_text(lines)
    Image.new("RGB", (4, 3), "blue").save("blue.png")
    with bases.open_base("x.kb") as opened:
        opened.add(passages=["many.jsonl"], graph=["many.nt"], images=["blue.png"])
        for source in ("many.jsonl", "many.nt", "blue.png"):
            opened.remove(source=source)
    Path("x.kb/images/stray.png").write_bytes(bytes(1000))
    with bases.open_base("x.kb") as reader:
        reader.sources.search.search("Lyon", k=1)
        first = kbqa.compact("x.kb")
        assert [hit.item.source for hit in reader.sources.search.search("Lyon is larger", k=1)] == ["t/a.txt"]
        assert len(reader.sources.graph.triples()) == 6
    with VectorIndex.open("x.kb/image-vectors", encoder=IMAGE_ENCODER) as image_vectors:
        assert not image_vectors.can_compact()
    second = kbqa.compact("x.kb")
    assert first.won + second.won > 100_000
    assert (second.after["images"], second.after["left over"]) == (image().stat().st_size, 0)
    assert bases.contents("x.kb") == before
    assert found(bases).sound
    assert kbqa.compact("x.kb").won == 0


def test_an_interrupted_compaction_loses_nothing(
    base: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bases.open_base("x.kb") as opened:
        opened.remove(source="t/a.txt")
    before = bases.contents("x.kb")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for owner in (LexicalIndex, VectorIndex):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(owner, "commit" if owner is LexicalIndex else "_attach", stop)
            kbqa.compact("x.kb")
        assert bases.contents("x.kb") == before
    kbqa.compact("x.kb")
    assert bases.contents("x.kb") == before


def test_the_command_says_what_was_won(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.kb/images/stray.png").write_bytes(bytes(50_000))
    assert main(["compact", "x.kb"]) == 0
    assert "  won       50.0 kB" in capsys.readouterr().out
    assert main(["compact", "x.kb", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["won"] == 0
