"""BM25: words of both languages, adding, replacing, removing, and hostile queries."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.text import fold
from retrieval import LexicalIndex, StorageError
from retrieval.words import index_words

TEXTS = {
    "p:en": "The directors were directing films about dogs.",
    "p:zh": "诺兰导演了电影《盗梦空间》。",
    "p:tw": "北京是中國的首都，頭髮很長。",
    "p:cafe": "A café on the Thames; Beyoncé's house.",
    "i:dog": "A dog in London",
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LexicalIndex]:
    with LexicalIndex.create(tmp_path / "lexical") as index:
        index.add(TEXTS.items())
        index.commit()
        yield index


def ids(found: list[tuple[str, float]]) -> list[str]:
    return [item_id for item_id, _ in found]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("who DIRECTED the film?", "p:en"),
        ("谁导演了盗梦空间", "p:zh"),
        ("盜夢空間", "p:zh"),
        ("中国首都", "p:tw"),
        ("头发", "p:tw"),
        ("空", "p:zh"),
        ("CAFE", "p:cafe"),
        ("beyonce", "p:cafe"),
        ("ｃａｆé", "p:cafe"),
    ],
)
def test_finds_words_whatever_their_form(index: LexicalIndex, query: str, first: str) -> None:
    assert ids(index.search(query, k=5))[:1] == [first]


def test_scores_are_bm25(tmp_path: Path) -> None:
    texts = {"p:1": "apple apple pear", "p:2": "apple plum", "p:3": "fig"}
    with LexicalIndex.create(tmp_path / "l") as index:
        index.add(texts.items())
        index.commit()
        found = dict(index.search("apples", k=3))
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean = 6 / 3

    def score(count: int, length: int) -> float:
        return idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / mean))

    assert found == pytest.approx({"p:1": score(2, 3), "p:2": score(1, 2)}, rel=1e-5)


def test_narrows_by_kind_and_by_ids_without_changing_scores(index: LexicalIndex) -> None:
    everything = dict(index.search("dog", k=5))
    assert set(everything) == {"p:en", "i:dog"}
    assert dict(index.search("dog", k=5, prefix="i:")) == {"i:dog": everything["i:dog"]}
    assert dict(index.search("dog", k=5, among=["p:en", "p:zh"])) == {"p:en": everything["p:en"]}
    assert index.search("dog", k=5, among=[]) == []


def test_adding_again_replaces_and_removing_removes(index: LexicalIndex) -> None:
    index.add([("p:en", "zebra")])
    index.remove(["p:zh", "p:unknown"])
    assert len(index) == 5, "not committed yet"
    index.commit()
    assert len(index) == 4
    assert ids(index.search("films", k=5)) == []
    assert ids(index.search("zebras", k=5)) == ["p:en"]
    assert ids(index.search("盗梦空间", k=5)) == []


def test_the_last_of_two_texts_added_at_once_counts(tmp_path: Path) -> None:
    with LexicalIndex.create(tmp_path / "l") as index:
        index.add([("p:1", "first"), ("p:1", "second")])
        index.commit()
        assert len(index) == 1
        assert ids(index.search("second", k=2)) == ["p:1"]
        assert index.search("first", k=2) == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "?!。…",
        '"} DROP ALL #',
        "id:p\\:en OR *",
        "NOT (",
        "[a TO z]",
        "\0",
        "dog " * 20_000,
        "狗" * 9000,
    ],
)
def test_no_query_is_read_as_syntax(index: LexicalIndex, query: str) -> None:
    assert index.search(query, k=5) == index.search(" ".join(index_words(query)), k=5)


def test_equal_scores_are_in_the_order_of_ids(tmp_path: Path) -> None:
    with LexicalIndex.create(tmp_path / "l") as index:
        for name in ("c", "a", "d", "b"):
            index.add([(f"p:{name}", "same words")])
            index.commit()
        assert ids(index.search("same", k=3)) == ["p:a", "p:b", "p:c"]


def test_a_reader_is_a_snapshot_and_cannot_write(tmp_path: Path, index: LexicalIndex) -> None:
    reader = LexicalIndex.open(tmp_path / "lexical")
    index.remove(["p:cafe"])
    index.commit()
    assert ids(reader.search("thames", k=1)) == ["p:cafe"]
    assert LexicalIndex.open(tmp_path / "lexical").search("thames", k=1) == []
    with pytest.raises(StorageError, match="reading only"):
        reader.add([("p:x", "x")])


def test_what_was_not_committed_is_gone(tmp_path: Path) -> None:
    with LexicalIndex.create(tmp_path / "l") as index:
        index.add([("p:1", "kept")])
        index.commit()
        index.add([("p:2", "lost")])
    with LexicalIndex.open(tmp_path / "l", read_only=False) as index:
        index.commit()
        assert len(index) == 1


def test_a_second_writer_is_refused(tmp_path: Path, index: LexicalIndex) -> None:
    with pytest.raises(StorageError, match="being written by another"):
        LexicalIndex.open(tmp_path / "lexical", read_only=False)


def test_unusable_folders_are_refused(tmp_path: Path, index: LexicalIndex) -> None:
    with pytest.raises(StorageError, match="no word index"):
        LexicalIndex.open(tmp_path / "missing")
    with pytest.raises(StorageError, match="not empty"):
        LexicalIndex.create(tmp_path / "lexical")
    (tmp_path / "lexical" / "format.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(StorageError, match="format 99"):
        LexicalIndex.open(tmp_path / "lexical")
    (tmp_path / "lexical" / "format.json").write_text("{")
    with pytest.raises(StorageError, match="damaged"):
        LexicalIndex.open(tmp_path / "lexical")


@pytest.mark.parametrize("content", [None, "", "{}", "\0\0"])
def test_a_damaged_index_is_refused(tmp_path: Path, content: str | None) -> None:
    LexicalIndex.create(tmp_path / "l").close()
    meta = tmp_path / "l" / "meta.json"
    meta.unlink()
    if content is not None:
        meta.write_text(content)
    with pytest.raises(StorageError):
        LexicalIndex.open(tmp_path / "l")


def test_index_words() -> None:
    assert index_words("O’Brien's  snake_case x2 3.5") == ["obrien", "snake", "case", "x2", "3", "5"]
    assert index_words("在London的人") == ["在", "london", "的", "人"]
    assert max(map(len, index_words("a" * 1000))) == 64
    assert index_words("") == []


def test_what_is_missing_is_named(index: LexicalIndex) -> None:
    assert index.missing(["p:x", "p:en", "p:y"]) == ["p:x", "p:y"]
    assert index.missing([]) == []


def test_compacting_keeps_every_text_and_frees_the_rest(index: LexicalIndex, tmp_path: Path) -> None:
    index.remove(["p:en"])
    index.commit()
    kept = {item_id: text for item_id, text in TEXTS.items() if item_id != "p:en"}
    with LexicalIndex.open(tmp_path / "lexical") as reader:
        assert index.waste() == 1
        index.compact(kept.items())
        assert (index.waste(), len(index), index.missing(list(kept))) == (0, 4, [])
        assert ids(reader.search("dog", k=5)) == ["i:dog"]
    assert ids(index.search("dog", k=5)) == ["i:dog"]


def test_a_compaction_that_fails_leaves_the_index_as_it_was(index: LexicalIndex) -> None:
    def broken() -> Iterator[tuple[str, str]]:
        yield "p:new", "New."
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.compact(broken())
    index.close()
    assert (len(index), index.missing(list(TEXTS))) == (5, [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Simon & Garfunkel", "Simon and Garfunkel sang."),
        ("Simon and Garfunkel", "Simon & Garfunkel sang."),
        ("USA", "The U.S.A. is large."),
        ("U.S.A.", "The USA is large."),
        ("Schindler's List", "He saw Schindlers' List"),
        ("O'Brien", "Pat OʼBrien and Pat O’Brien"),
        ("Beyoncé", "BEYONCE's album"),
        ("頭髮", "他的头发很长"),
        ("盗梦空间", "诺兰导演了電影《盜夢空間》"),
        ("首都机场", "北京首都机场很大"),
        ("C#", "Programs in C# run."),
        ("AC/DC", "The band AC-DC played."),
        ("Straße", "Die Strasse ist lang."),
        ("ＮＡＳＡ", "Nasa's rockets"),
    ],
)
def test_a_text_that_holds_a_name_is_found(tmp_path: Path, name: str, text: str) -> None:
    assert fold(name).replace("schindler ", "schindlers ") in fold(text).replace("schindler ", "schindlers ")
    with LexicalIndex.create(tmp_path / "names") as index:
        index.add([("p:it", text), ("p:other", "Nothing of the kind 没有")])
        index.commit()
        assert index.may_hold([fold(name)]) == ["p:it"]
        assert index.may_hold(["absent", fold(name)]) == ["p:it"]


def test_every_text_with_a_name_is_found_among_many(tmp_path: Path) -> None:
    chance = random.Random(5)
    parts = ["new", "york", "of", "and", "&", "the", "U.S.", "o'hara", "金", "山", "大学", "1990", "É."]
    texts = {f"p:{n}": " ".join(chance.choices(parts, k=8)) for n in range(200)}
    names = [fold(" ".join(chance.choices(parts, k=2))) for _ in range(60)]
    with LexicalIndex.create(tmp_path / "many") as index:
        index.add(texts.items())
        index.commit()
        for name in names:
            holding = [item_id for item_id, text in texts.items() if f" {name} " in f" {fold(text)} "]
            found = index.may_hold([name])
            assert found is None or set(found) >= set(holding)
            assert found is not None or name in ("and", "and and")


def test_a_name_without_words_may_be_anywhere(index: LexicalIndex) -> None:
    assert index.may_hold(["and"]) is None
    assert index.may_hold(["london", "ポケモン"]) is None
    assert index.may_hold([]) == []
