"""Vectors: equal to brute force, exact after adding and removing, safe when a writer dies."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from retrieval import Floats, StorageError, VectorIndex

DIM = 16


def unit(rows: int, seed: int = 0) -> Floats:
    vectors = np.random.default_rng(seed).normal(size=(rows, DIM)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def names(rows: int) -> list[str]:
    return [f"{'i' if row % 10 == 0 else 'p'}:{row}" for row in range(rows)]


@pytest.fixture
def index(tmp_path: Path) -> VectorIndex:
    index = VectorIndex.create(tmp_path / "v", dim=DIM, encoder="e@1")
    index.add(names(500), unit(500))
    index.commit()
    return index


def brute(queries: Floats, known: dict[str, Floats], k: int) -> list[list[str]]:
    ids = sorted(known)
    matrix = np.stack([known[item_id] for item_id in ids])
    return [[ids[row] for row in np.argsort(-(matrix @ query), kind="stable")[:k]] for query in queries]


def ids(found: list[list[tuple[str, float]]]) -> list[list[str]]:
    return [[item_id for item_id, _ in row] for row in found]


@pytest.mark.parametrize("queries", [1, 50])
def test_equals_brute_force(index: VectorIndex, queries: int) -> None:
    wanted, known = unit(queries, seed=1), dict(zip(names(500), unit(500), strict=True))
    assert ids(index.search(wanted, k=7)) == brute(wanted, known, 7)
    pictures = {item_id: vector for item_id, vector in known.items() if item_id.startswith("i:")}
    assert ids(index.search(wanted, k=7, prefix="i:")) == brute(wanted, pictures, 7)
    some = {item_id: known[item_id] for item_id in names(500)[100:140]}
    assert ids(index.search(wanted, k=7, among=[*some, "p:unknown"])) == brute(wanted, some, 7)
    assert ids(index.search(wanted, k=7, among=list(some), prefix="i:")) == brute(
        wanted, {item_id: known[item_id] for item_id in some if item_id in pictures}, 7
    )


def test_scores_are_cosines(index: VectorIndex) -> None:
    ((best, score),) = index.search(unit(500)[42:43], k=1)[0]
    assert best == "p:42"
    assert score == pytest.approx(1.0, abs=1e-6)


def test_fewer_than_k_and_none(index: VectorIndex, tmp_path: Path) -> None:
    assert len(index.search(unit(1), k=9999)[0]) == 500
    assert index.search(unit(2), k=3, among=[]) == [[], []]
    assert index.search(unit(1), k=3, prefix="x:") == [[]]
    assert index.search(np.empty((0, DIM), np.float32), k=3) == []
    assert VectorIndex.create(tmp_path / "e", dim=DIM, encoder="e@1").search(unit(1), k=3) == [[]]


def test_random_changes_equal_an_index_built_from_scratch(index: VectorIndex, tmp_path: Path) -> None:
    known = dict(zip(names(500), unit(500), strict=True))
    random = np.random.default_rng(7)
    for step in range(30):
        added = [f"p:{number}" for number in random.integers(300, 900, size=20)]
        vectors = unit(20, seed=100 + step)
        gone = [f"p:{number}" for number in random.integers(0, 900, size=15)]
        index.add(added, vectors)
        index.remove(gone)
        index.commit()
        known |= dict(zip(added, vectors, strict=True))
        for item_id in gone:
            known.pop(item_id, None)
        if step % 10 == 4:
            index.compact()
        if step % 10 == 7:
            index = VectorIndex.open(tmp_path / "v", encoder="e@1", read_only=False)
        assert len(index) == len(known)
        assert sorted(index.ids()) == sorted(known)
        assert ids(index.search(unit(5, seed=step), k=9)) == brute(unit(5, seed=step), known, 9)


def test_changes_show_at_commit(index: VectorIndex, tmp_path: Path) -> None:
    reader = VectorIndex.open(tmp_path / "v", encoder="e@1")
    new = unit(1, seed=9)
    index.add(["p:new"], new)
    index.remove(["p:1"])
    assert len(index) == 500
    assert "p:new" not in ids(index.search(new, k=500))[0]
    assert ids(index.search(unit(500)[1:2], k=1, among=["p:1", "p:2", "p:new"])) == [["p:1"]]
    index.commit()
    assert ids(index.search(new, k=1)) == [["p:new"]]
    index.compact()
    assert len(reader) == 500
    assert ids(reader.search(unit(500)[1:2], k=1)) == [["p:1"]], "a reader keeps its snapshot"


def test_a_writer_that_died_leaves_no_trace(index: VectorIndex, tmp_path: Path) -> None:
    index.add(["p:half"], unit(1, seed=3))
    index.remove(["p:2"])
    del index
    for name in ("vectors.0", "ids.0", "removed.0"):
        with (tmp_path / "v" / name).open("ab") as file:
            file.write(b"garbage")
    again = VectorIndex.open(tmp_path / "v", encoder="e@1", read_only=False)
    assert len(again) == 500
    again.add(["p:new"], unit(1, seed=4))
    again.remove(["p:3"])
    again.commit()
    reader = VectorIndex.open(tmp_path / "v", encoder="e@1")
    assert len(reader) == 500
    assert ids(reader.search(unit(1, seed=4), k=1)) == [["p:new"]]
    assert set(names(500)) - set(reader.ids()) == {"p:3"}


def test_adding_costs_what_the_change_costs(tmp_path: Path) -> None:
    index = VectorIndex.create(tmp_path / "big", dim=DIM, encoder="e@1")
    index.add([f"p:{row}" for row in range(20_000)], unit(20_000))
    index.commit()
    before = (tmp_path / "big" / "vectors.0").stat()
    index.add(["p:new"], unit(1))
    index.commit()
    after = (tmp_path / "big" / "vectors.0").stat()
    assert after.st_size - before.st_size == DIM * 4
    assert after.st_ino == before.st_ino, "appended, not written anew"


@pytest.mark.parametrize(
    ("ids", "vectors"),
    [
        (["p:1"], unit(2)),
        (["p:1"], np.ones((1, DIM + 1), np.float32)),
        (["p:1"], np.full((1, DIM), np.nan, np.float32)),
        (["p:\n1"], unit(1)),
        ([""], unit(1)),
    ],
)
def test_wrong_vectors_are_refused(index: VectorIndex, ids: list[str], vectors: Floats) -> None:
    with pytest.raises(ValueError):
        index.add(ids, vectors)
    index.commit()
    assert len(index) == 500


def test_wrong_queries_are_refused(index: VectorIndex) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        index.search(unit(1), k=0)
    with pytest.raises(ValueError, match="shape"):
        index.search(np.ones((1, 3), np.float32), k=1)


def test_another_encoder_is_refused(index: VectorIndex, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="made by e@1, not by e@2"):
        VectorIndex.open(tmp_path / "v", encoder="e@2")


def test_a_reader_cannot_write(index: VectorIndex, tmp_path: Path) -> None:
    reader = VectorIndex.open(tmp_path / "v", encoder="e@1")
    for change in (lambda: reader.add(["p:1"], unit(1)), lambda: reader.remove(["p:1"]), reader.commit):
        with pytest.raises(StorageError, match="reading only"):
            change()


def test_compacting_needs_a_commit_first(index: VectorIndex) -> None:
    index.remove(["p:1"])
    with pytest.raises(StorageError, match="uncommitted"):
        index.compact()


def spoil(folder: Path, what: str) -> None:
    manifest = folder / "manifest.json"
    content = json.loads(manifest.read_text())
    if what == "missing":
        manifest.unlink()
    elif what == "not json":
        manifest.write_text("{")
    elif what == "no dim":
        manifest.write_text(json.dumps({key: value for key, value in content.items() if key != "dim"}))
    elif what in content:
        manifest.write_text(json.dumps(content | {what: 99 if what == "format" else "magic"}))
    else:
        file = folder / what
        file.write_bytes(file.read_bytes()[:-10])


@pytest.mark.parametrize(
    "what", ["missing", "not json", "no dim", "format", "kind", "vectors.0", "ids.0", "removed.0"]
)
def test_damage_is_refused(index: VectorIndex, tmp_path: Path, what: str) -> None:
    index.remove(["p:1", "p:2"])
    index.commit()
    spoil(tmp_path / "v", what)
    with pytest.raises(StorageError):
        VectorIndex.open(tmp_path / "v", encoder="e@1")
