"""Vectors in Milvus, for real: Milvus Lite as a file and as a server on loopback."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval import (
    EngineError,
    Floats,
    StorageError,
    VectorIndex,
    VectorPlace,
    create_vectors,
    open_vectors,
)
from retrieval.engine import dropping
from retrieval.engine.milvus import TOKEN_VARIABLE, MilvusIndex

pytest.importorskip("pymilvus", reason="pymilvus is not installed: pip install 'kbqa[milvus]'")
pytest.importorskip("milvus_lite", reason="milvus-lite is not installed: pip install 'kbqa[milvus]'")

DIM = 16


def unit(rows: int, seed: int = 0) -> Floats:
    vectors = np.random.default_rng(seed).normal(size=(rows, DIM)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def names(rows: int, first: int = 0) -> list[str]:
    return [f"{'i' if row % 10 == 0 else 'p'}:{row}" for row in range(first, first + rows)]


@pytest.fixture(params=["file", "server"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a file and of a server in turn."""
    return (
        str(tmp_path / "vectors.db") if request.param == "file" else request.getfixturevalue("milvus_server")
    )


def rounded(found: list[list[tuple[str, float]]]) -> list[list[tuple[str, float]]]:
    return [[(item_id, round(score, 4)) for item_id, score in row] for row in found]


def test_changes_and_searches_equal_those_of_a_folder(address: str, tmp_path: Path) -> None:
    indexes = [
        create_vectors(tmp_path / "database", dim=DIM, encoder="e@1", place=VectorPlace(database=address)),
        create_vectors(tmp_path / "folder", dim=DIM, encoder="e@1", place=VectorPlace("exact")),
    ]
    assert [type(index) for index in indexes] == [MilvusIndex, VectorIndex]
    for index in indexes:
        with index:
            index.add(names(1500), unit(1500))
            index.add(names(20, 1490), unit(20, seed=1))  # some anew
            index.remove([*names(100), "p:unknown"])
            index.commit()
            index.remove(names(5, 200))
            index.add(["p:twice", "p:twice"], unit(2, seed=2))
            index.commit()
            index.compact()
    opened = [open_vectors(tmp_path / name, encoder="e@1") for name in ("database", "folder")]
    with opened[0], opened[1]:
        assert [len(index) for index in opened] == [1406, 1406]
        assert sorted(opened[0].ids()) == sorted(opened[1].ids())
        queries = unit(7, seed=3)
        for options in (
            {"k": 10},
            {"k": 10, "prefix": "i:"},
            {"k": 10, "prefix": "x:"},
            {"k": 3, "among": ["p:203", "p:301", "i:310", "p:twice", "p:unknown"]},
            {"k": 3, "among": names(20, 300), "prefix": "i:"},
            {"k": 3, "among": []},
            {"k": 200, "prefix": "i:"},
        ):
            first, second = (rounded(index.search(queries, **options)) for index in opened)
            assert first == second, options
        assert [len(row) for row in opened[0].search(queries, k=3000)] == [1406] * 7
        assert opened[0].search(queries[:0], k=1) == []
        assert opened[0].described.endswith(address)
        with pytest.raises(StorageError, match="reading only"):
            opened[0].add(names(1), unit(1))
        with pytest.raises(ValueError, match="at least 1"):
            opened[0].search(queries, k=0)


def test_what_is_no_longer_needed_is_dropped(milvus_server: str, tmp_path: Path) -> None:
    place = tmp_path / "v"
    with create_vectors(place, dim=DIM, encoder="e@1", place=VectorPlace(database=milvus_server)) as index:
        index.add(names(5), unit(5))
        index.commit()
    dropping(place)()
    with (
        open_vectors(place, encoder="e@1") as index,
        pytest.raises(EngineError, match="its collection is gone: build the knowledge base again"),
    ):
        index.search(unit(1), k=1)
    dropping(tmp_path / "no such folder")()


def test_a_server_that_is_not_there(free_port: int, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port}"
    with pytest.raises(EngineError, match=f"vector database {address} failed: .*check that it runs"):
        create_vectors(tmp_path / "v", dim=DIM, encoder="e@1", place=VectorPlace(database=address))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("vectors", "'vectors' is no vector database: give http://host:port, or a file that ends in .db"),
        ("ftp://db.example", "starts with http"),
        ("http://ann:secret@db.example:19530", f"put user:password into {TOKEN_VARIABLE}"),
    ],
)
def test_wrong_addresses(address: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=message) as caught:
        create_vectors(tmp_path / "v", dim=DIM, encoder="e@1", place=VectorPlace(database=address))
    assert "secret" not in str(caught.value)


def test_another_encoder_and_damage_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "v"
    create_vectors(
        place, dim=DIM, encoder="e@1", place=VectorPlace(database=str(tmp_path / "x.db"))
    ).__exit__()
    with pytest.raises(StorageError, match="made by e@1, not by e@2"):
        open_vectors(place, encoder="e@2")
    content = (place / "database.json").read_text()
    (place / "database.json").write_text(content.replace('"format": 1', '"format": 9'))
    with pytest.raises(StorageError, match="vector format 9, this version reads 1; build it again"):
        open_vectors(place, encoder="e@1")
    (place / "database.json").write_text(content[:-5])
    with pytest.raises(StorageError, match=r"database.json is damaged: .*; build the vectors again"):
        open_vectors(place, encoder="e@1")
