"""Approximate indexes: near to exact search whatever is added and removed, and never a removed vector."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import Floats, StorageError, VectorIndex, VectorKind, vectors
from retrieval.approximate import HNSW_FROM, IVFPQ_FROM, TAIL, choose_kind

DIM, TAIL_ROWS = 16, 300  # fewer than 256 rows cannot train compressed copies
APPROXIMATE: tuple[VectorKind, ...] = ("hnsw", "ivfpq")
ALL: tuple[VectorKind, ...] = ("exact", *APPROXIMATE)


def unit(rows: int, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(20, DIM))[random.integers(0, 20, rows)] + 0.5 * random.normal(
        size=(rows, DIM)
    )
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def names(rows: int, first: int = 0) -> list[str]:
    return [f"{'i' if row % 10 == 0 else 'p'}:{row}" for row in range(first, first + rows)]


def made(path: Path, kind: VectorKind, rows: int = 2000) -> VectorIndex:
    index = VectorIndex.create(path, dim=DIM, encoder="e@1", kind=kind)
    index.add(names(rows), unit(rows))
    index.commit(tail=TAIL_ROWS)
    return index


def ids(found: list[list[tuple[str, float]]]) -> list[list[str]]:
    return [[item_id for item_id, _ in row] for row in found]


def brute(queries: Floats, known: dict[str, Floats], k: int) -> list[list[str]]:
    order = sorted(known)
    matrix = np.stack([known[item_id] for item_id in order])
    return [[order[row] for row in np.argsort(-(matrix @ query), kind="stable")[:k]] for query in queries]


def recall(index: VectorIndex, known: dict[str, Floats], *, seed: int, k: int = 10, **options: Any) -> float:
    """Check that the hits are what is there, as many as there can be, with their cosines; return their recall."""
    queries = unit(30, seed=seed)
    wanted, found = brute(queries, known, k), index.search(queries, k=k, **options)
    for query, row in zip(queries, found, strict=True):
        assert len(row) == min(k, len(known)) == len({item_id for item_id, _ in row})
        for item_id, score in row:
            assert score == pytest.approx(float(known[item_id] @ query), abs=1e-5)
        assert [score for _, score in row] == sorted((score for _, score in row), reverse=True)
    return float(np.mean([len({*a} & {*b}) / len(a) for a, b in zip(wanted, ids(found), strict=True)]))


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_finds_nearly_what_exact_search_finds(kind: VectorKind, tmp_path: Path) -> None:
    index, known = made(tmp_path / "v", kind), dict(zip(names(2000), unit(2000), strict=True))
    assert (tmp_path / "v" / f"{kind}-0.0").is_file()
    assert index.described == f"{kind}, by name"
    assert recall(index, known, seed=1) >= 0.9
    again = VectorIndex.open(tmp_path / "v", encoder="e@1")
    assert again.search(unit(5, seed=1), k=10) == index.search(unit(5, seed=1), k=10)


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_filters_keep_the_number_of_hits(kind: VectorKind, tmp_path: Path) -> None:
    index, known = made(tmp_path / "v", kind), dict(zip(names(2000), unit(2000), strict=True))
    for prefix in ("p:", "i:"):
        part = {item_id: vector for item_id, vector in known.items() if item_id.startswith(prefix)}
        assert recall(index, part, seed=2, prefix=prefix) >= 0.9
        assert recall(index, part, seed=2, k=300, prefix=prefix) >= 0.9
    some = {item_id: known[item_id] for item_id in names(2000)[300:340]}
    assert recall(index, some, seed=3, among=list(some)) == 1.0, "exact among given ids"
    assert index.search(unit(1), k=3, prefix="x:") == [[]]


@pytest.mark.parametrize("kind", APPROXIMATE)
@pytest.mark.parametrize("share", [0.4, 0.95])
def test_removed_vectors_are_never_found(kind: VectorKind, share: float, tmp_path: Path) -> None:
    index, known = made(tmp_path / "v", kind), dict(zip(names(2000), unit(2000), strict=True))
    gone = [
        item_id
        for item_id, chance in zip(known, np.random.default_rng(5).random(2000), strict=True)
        if chance < share
    ]
    index.remove(gone)
    index.commit(tail=10**6)  # so large that nothing is rewritten
    left = {item_id: vector for item_id, vector in known.items() if item_id not in set(gone)}
    assert recall(index, left, seed=4) >= 0.9
    assert recall(VectorIndex.open(tmp_path / "v", encoder="e@1"), left, seed=4) >= 0.9


@pytest.mark.parametrize("kind", ALL)
@settings(max_examples=4, deadline=None, derandomize=True)
@given(data=st.data())
def test_random_changes_equal_an_index_built_from_scratch(
    kind: VectorKind, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("v")
    index, known = made(place, kind, 600), dict(zip(names(600), unit(600), strict=True))
    for step in range(data.draw(st.integers(2, 5))):
        operation = data.draw(st.sampled_from(["add", "add", "remove", "both", "compact", "reopen"]))
        if operation in ("add", "both"):
            first, rows = data.draw(st.integers(0, 900)), data.draw(st.sampled_from([1, 40, 350]))
            new = unit(rows, seed=1000 + step)
            index.add(names(rows, first), new)
            known |= dict(zip(names(rows, first), new, strict=True))
        if operation in ("remove", "both"):
            gone = names(data.draw(st.sampled_from([1, 120])), data.draw(st.integers(0, 900)))
            index.remove(gone)
            known = {item_id: vector for item_id, vector in known.items() if item_id not in set(gone)}
        if operation == "reopen":
            index = VectorIndex.open(place, encoder="e@1", read_only=False)
        elif operation == "compact":
            index.compact(tail=TAIL_ROWS)
        else:
            index.commit(tail=TAIL_ROWS)
        assert len(index) == len(known)
        assert sorted(index.ids()) == sorted(known)
        assert recall(index, known, seed=step) >= (1.0 if kind == "exact" else 0.9)


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_a_change_costs_what_it_brings(kind: VectorKind, tmp_path: Path) -> None:
    index = made(tmp_path / "v", kind)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "v").iterdir()}
    index.add(names(TAIL_ROWS, 5000), unit(TAIL_ROWS, seed=8))
    index.commit(tail=TAIL_ROWS)
    files = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "v").iterdir()}
    assert set(files) == set(before), "few are searched exactly"
    index.add(["p:one more"], unit(1, seed=9))
    index.commit(tail=TAIL_ROWS)
    files = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "v").iterdir()}
    assert set(files) - set(before) == {f"{kind}-2000.0"}, "what was added has an index of its own"
    assert files[f"{kind}-0.0"] == before[f"{kind}-0.0"]
    assert index.described.endswith("2 indexes")
    index.compact(tail=TAIL_ROWS)
    assert {path.name for path in (tmp_path / "v").glob(f"{kind}-*")} == {f"{kind}-0.1"}


def test_what_is_mostly_dead_is_rewritten(tmp_path: Path) -> None:
    index = made(tmp_path / "v", "hnsw")
    reader = VectorIndex.open(tmp_path / "v", encoder="e@1")
    index.remove(names(1001))
    index.commit(tail=TAIL_ROWS)
    assert (tmp_path / "v" / "vectors.1").is_file()
    assert not (tmp_path / "v" / "hnsw-0.0").exists()
    known = dict(zip(names(2000), unit(2000), strict=True))
    assert recall(index, {item_id: known[item_id] for item_id in names(2000)[1001:]}, seed=1) >= 0.9
    assert recall(reader, known, seed=1) >= 0.9, "a reader keeps its state"


def test_the_folder_is_no_larger_than_the_index_of_faiss(tmp_path: Path) -> None:
    made(tmp_path / "v", "hnsw")
    bare = faiss.IndexHNSWFlat(DIM, 24, faiss.METRIC_INNER_PRODUCT)
    bare.add(unit(2000))
    faiss.write_index(bare, str(tmp_path / "bare"))
    files = [path for path in (tmp_path / "v").iterdir() if not path.name.startswith("ids")]
    assert sum(path.stat().st_size for path in files) < 1.01 * (tmp_path / "bare").stat().st_size


def test_the_kind_is_chosen_by_size_and_the_reason_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.INFO, logger="retrieval"):
        assert [choose_kind(rows) for rows in (0, HNSW_FROM - 1, HNSW_FROM, IVFPQ_FROM - 1, IVFPQ_FROM)] == [
            "exact",
            "exact",
            "hnsw",
            "hnsw",
            "ivfpq",
        ]
    assert "50,000 vectors are searched by hnsw: from 50,000 on a graph" in caplog.text
    monkeypatch.setattr("retrieval.approximate.HNSW_FROM", 500)
    index = VectorIndex.create(tmp_path / "v", dim=DIM, encoder="e@1")
    index.add(names(499), unit(499))
    index.commit(tail=TAIL_ROWS)
    assert index.described == "exact, chosen by size"
    index.add(names(1, 499), unit(1))
    index.commit(tail=TAIL_ROWS)
    assert index.described == "hnsw, chosen by size"
    index.remove(names(100))
    index.commit(tail=TAIL_ROWS)
    index.compact(tail=TAIL_ROWS)
    assert index.described == "exact, chosen by size"


def test_few_vectors_need_no_index_whatever_the_kind(tmp_path: Path) -> None:
    index = VectorIndex.create(tmp_path / "v", dim=DIM, encoder="e@1", kind="ivfpq")
    index.add(names(500), unit(500))
    index.commit()
    assert TAIL > 500
    assert recall(index, dict(zip(names(500), unit(500), strict=True)), seed=1) == 1.0
    assert not list((tmp_path / "v").glob("ivfpq-*"))


@pytest.mark.parametrize("kind", APPROXIMATE)
@pytest.mark.parametrize("damage", ["missing", "empty", "half", "other rows", "other kind"])
def test_a_damaged_index_is_refused_and_can_be_made_anew(
    kind: VectorKind, damage: str, tmp_path: Path
) -> None:
    made(tmp_path / "v", kind)
    place = tmp_path / "v" / f"{kind}-0.0"
    if damage == "missing":
        place.unlink()
    elif damage in ("empty", "half"):
        place.write_bytes(place.read_bytes()[: 0 if damage == "empty" else place.stat().st_size // 2])
    else:
        other = kind if damage == "other rows" else next(name for name in APPROXIMATE if name != kind)
        made(tmp_path / "w", other, 1500 if damage == "other rows" else 2000)
        place.write_bytes((tmp_path / "w" / f"{other}-0.0").read_bytes())
    with pytest.raises(StorageError, match=f"{kind}-0.0 is missing or damaged .* build the vectors again"):
        VectorIndex.open(tmp_path / "v", encoder="e@1")


def test_cells_are_made_on_gpus_where_there_are_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[str] = []

    def to_gpus(index: Any, co: Any) -> Any:
        moved.append(f"to, 16 bits: {co.useFloat16}")
        return index

    def to_cpu(index: Any) -> Any:
        moved.append("back")
        return index

    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1)
    monkeypatch.setattr(faiss, "GpuMultipleClonerOptions", SimpleNamespace, raising=False)
    monkeypatch.setattr(faiss, "index_cpu_to_all_gpus", to_gpus)
    monkeypatch.setattr(faiss, "index_gpu_to_cpu", to_cpu, raising=False)
    index = made(tmp_path / "v", "ivfpq")
    assert moved == ["to, 16 bits: True", "back"]
    assert recall(index, dict(zip(names(2000), unit(2000), strict=True)), seed=1) >= 0.9


def test_a_writer_that_died_while_indexing_leaves_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = made(tmp_path / "v", "hnsw")
    known = dict(zip(names(2000), unit(2000), strict=True))
    new = unit(TAIL_ROWS + 1, seed=6)

    def die(kind: VectorKind, matrix: Floats, place: Path) -> None:
        place.write_bytes(b"IHN")
        raise RuntimeError("No space left on device")

    index.add(names(len(new), 3000), new)
    index.remove(names(1))
    with monkeypatch.context() as patch, pytest.raises(StorageError, match="No space left"):
        patch.setattr("retrieval.vectors.build_index", die)
        index.commit(tail=TAIL_ROWS)
    assert recall(VectorIndex.open(tmp_path / "v", encoder="e@1"), known, seed=1) >= 0.9
    again = VectorIndex.open(tmp_path / "v", encoder="e@1", read_only=False)
    again.add(names(len(new), 3000), new)
    again.commit(tail=TAIL_ROWS)
    known |= dict(zip(names(len(new), 3000), new, strict=True))
    assert recall(again, known, seed=1) >= 0.9
    assert again.described.endswith("2 indexes")


def test_a_writer_reads_no_index_until_it_searches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "index", "hnsw")
    read: list[object] = []
    opened = vectors.open_segment

    def noted(*given: Any, **options: Any) -> Any:
        read.append(given)
        return opened(*given, **options)

    monkeypatch.setattr(vectors, "open_segment", noted)
    with VectorIndex.open(tmp_path / "index", encoder="e@1", read_only=False) as index:
        index.add(["p:new"], unit(1, seed=7))
        index.commit()
        assert read == []
        assert ids(index.search(unit(1, seed=7), k=1)) == [["p:new"]]
        assert len(read) == 1
