"""The corpus keeps, replaces and removes exactly, and readers keep their snapshot."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval import Corpus, EntityLink, Image, Passage, StorageError


def passage(number: int, source: str = "a.txt") -> Passage:
    return Passage(f"p:{number}", f"text {number}", source, 0, 6)


def test_get_keeps_the_order_and_leaves_out_unknown_ids(corpus: Corpus) -> None:
    assert [item.id for item in corpus.get(["i:2", "p:9", "p:3", "p:1"])] == ["i:2", "p:3", "p:1"]


def test_items_come_back_as_they_were(corpus: Corpus) -> None:
    odd = Passage("p:odd", "'; DROP TABLE passages; -- \0 𝄞 北京", "o'dd\n.txt", 3, 9, 'T"itle', "zh")
    image = Image("i:odd", "x.png", "/a b/x.png", "a 'caption'", 7, 8)
    corpus.add([odd], [image])
    assert corpus.get(["p:odd", "i:odd"]) == [odd, image]


def test_streams_all_in_the_order_of_adding(tmp_path: Path) -> None:
    with Corpus.create(tmp_path / "c") as corpus:
        corpus.add(passage(number) for number in range(2500))
        assert [item.id for item in corpus.passages()] == [f"p:{number}" for number in range(2500)]
        assert list(corpus.images()) == []


def test_adding_again_replaces_the_item_and_its_links(corpus: Corpus) -> None:
    (old,) = corpus.get(["p:2"])
    assert isinstance(old, Passage)
    corpus.add([replace(old, text="new")], links=[EntityLink("p:2", "w:paris", 0, 3)])
    assert corpus.get(["p:2"]) == [replace(old, text="new")]
    assert corpus.entities_of(["p:2"]) == {"p:2": [EntityLink("p:2", "w:paris", 0, 3)]}
    assert corpus.counts().passages == 4


def test_items_of_ranks_by_entities_then_mentions(corpus: Corpus) -> None:
    found = corpus.items_of(["w:nolan", "w:london"], limit=10)
    assert found[:2] == [("p:2", "w:london", 1), ("p:2", "w:nolan", 1)]
    assert {item for item, _, _ in found} == {"p:1", "p:2", "p:3", "i:1", "i:2"}
    assert [item for item, _, _ in corpus.items_of(["w:london"], limit=10, prefix="i:")] == ["i:1"]
    assert {item for item, _, _ in corpus.items_of(["w:nolan", "w:london"], limit=1)} == {"p:2"}
    assert corpus.items_of([], limit=5) == []


def test_remove_source_leaves_no_trace(corpus: Corpus) -> None:
    assert corpus.remove_source("nolan.txt") == ("p:2",)
    assert corpus.get(["p:2"]) == []
    assert corpus.entities_of(["p:2"]) == {}
    assert "nolan.txt" not in {source.name for source in corpus.sources()}
    assert corpus.remove_source("nolan.txt") == ()


def test_a_jsonl_file_is_one_source_and_its_lines_can_go_alone(tmp_path: Path) -> None:
    corpus = Corpus.create(tmp_path / "c")
    corpus.add([passage(1, "x.jsonl#1"), passage(2, "x.jsonl#2"), passage(3, "C#.txt"), passage(4, "C")])
    assert [(source.name, source.passages) for source in corpus.sources()] == [
        ("C", 1),
        ("C#.txt", 1),
        ("x.jsonl", 2),
    ]
    assert corpus.remove_source("x.jsonl#2") == ("p:2",)
    assert [source.passages for source in corpus.sources() if source.name == "x.jsonl"] == [1]
    assert corpus.remove_source("x.jsonl") == ("p:1",)
    assert [source.name for source in corpus.sources()] == ["C", "C#.txt"]


def test_sources_keep_the_kind_they_were_given(tmp_path: Path) -> None:
    corpus = Corpus.create(tmp_path / "c")
    corpus.add([passage(1)], sources={"a.txt": "plots", "g.ttl": "graph"})
    assert [tuple(source) for source in corpus.sources()] == [
        ("a.txt", "plots", 1, 0, ""),
        ("g.ttl", "graph", 0, 0, ""),
    ]


@pytest.mark.parametrize(
    ("items", "links"),
    [([passage(7)], [EntityLink("p:unknown", "w:x")]), ([passage(7), replace(passage(8), id="8")], [])],
)
def test_a_failed_add_changes_nothing(corpus: Corpus, items: list[Passage], links: list[EntityLink]) -> None:
    before = corpus.counts()
    with pytest.raises(StorageError):
        corpus.add(items, links=links)
    assert corpus.counts() == before
    corpus.add([passage(9)])
    assert corpus.counts().passages == before.passages + 1


def test_a_reader_keeps_its_snapshot(tmp_path: Path, corpus: Corpus) -> None:
    with Corpus.open(tmp_path / "corpus.sqlite") as reader:
        corpus.add([passage(7)])
        corpus.remove_source("nolan.txt")
        assert reader.counts().passages == 4
        assert [item.id for item in reader.get(["p:2", "p:7"])] == ["p:2"]
    with Corpus.open(tmp_path / "corpus.sqlite") as later:
        assert [item.id for item in later.get(["p:2", "p:7"])] == ["p:7"]


def test_a_reader_cannot_write(tmp_path: Path, corpus: Corpus) -> None:
    with Corpus.open(tmp_path / "corpus.sqlite") as reader, pytest.raises(StorageError, match="read"):
        reader.add([passage(7)])


def test_a_process_that_dies_leaves_the_old_state(tmp_path: Path, corpus: Corpus) -> None:
    dying = sqlite3.connect(tmp_path / "corpus.sqlite", isolation_level=None)
    dying.execute("BEGIN IMMEDIATE")
    dying.execute("DELETE FROM passages")
    dying.close()
    assert corpus.counts().passages == 4


def test_threads_share_a_corpus(corpus: Corpus) -> None:
    wrong: list[int] = []

    def work(base: int) -> None:
        for number in range(base, base + 30):
            corpus.add([passage(number)])
            if [item.id for item in corpus.get([f"p:{number}"])] != [f"p:{number}"]:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(base,)) for base in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert corpus.counts().passages == 94


def test_unusable_files_are_refused(tmp_path: Path, corpus: Corpus) -> None:
    with pytest.raises(StorageError, match="no corpus at"):
        Corpus.open(tmp_path / "missing")
    (tmp_path / "text").write_text("this is no database, it only looks like a file" * 50)
    with pytest.raises(StorageError, match="text"):
        Corpus.open(tmp_path / "text")
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(StorageError, match="not a corpus"):
        Corpus.open(tmp_path / "other")
    with pytest.raises(StorageError, match="exists already"):
        Corpus.create(tmp_path / "corpus.sqlite")
    corpus.close()
    with sqlite3.connect(tmp_path / "corpus.sqlite") as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="format 99"):
        Corpus.open(tmp_path / "corpus.sqlite")


def test_damage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with Corpus.create(path) as corpus:
        corpus.add(passage(number) for number in range(3000))
        corpus.check()
    content = bytearray(path.read_bytes())
    for start in range(8192, len(content) - 4096, 16384):
        content[start : start + 600] = b"\xff" * 600
    path.write_bytes(content)
    with pytest.raises(StorageError), Corpus.open(path) as corpus:
        corpus.check()


def test_sources_by_folder_and_with_digests(tmp_path: Path) -> None:
    names = ("a/b.txt", "a/c.txt", "a.txt", "ab/c.txt", "/a/d.txt", "../a/e.txt")
    with Corpus.create(tmp_path / "c") as corpus:
        corpus.add(sources=dict.fromkeys(names, "passages"), digests={"a.txt": "1234"})
        corpus.add(sources={"a/d.png": "images"})
        assert corpus.names_below("a") == ["a/b.txt", "a/c.txt", "a/d.png"]
        assert corpus.names_below("a/", "images") == ["a/d.png"]
        assert corpus.names_below("/") == ["/a/d.txt"]
        assert corpus.names_below(".", "passages") == ["a.txt", "a/b.txt", "a/c.txt", "ab/c.txt"]
        assert corpus.digests(["a.txt", "a/b.txt", "x"]) == {"a.txt": "1234", "a/b.txt": ""}


def test_removing_a_line_forgets_what_the_file_was_like(tmp_path: Path) -> None:
    lines = [Passage(f"p:{n}", "Text.", f"x.jsonl#{n}", 0, 5) for n in range(2)]
    with Corpus.create(tmp_path / "c") as corpus:
        corpus.add(lines, sources={"x.jsonl": "passages"}, digests={"x.jsonl": "1234"})
        assert corpus.remove_source("x.jsonl#0") == ("p:0",)
        assert [tuple(source) for source in corpus.sources()] == [("x.jsonl", "passages", 1, 0, "")]
        assert corpus.remove_source("x.jsonl#1") == ("p:1",)
        assert corpus.sources() == []
