"""Reciprocal rank fusion."""

from __future__ import annotations

import pytest

from retrieval import Hit, Passage, fuse_ranks


def run(*ids: str) -> list[Hit]:
    return [Hit(Passage(item, "", "a", 0, 0), -rank, rank, "bm25") for rank, item in enumerate(ids, start=1)]


def test_adds_reciprocal_ranks() -> None:
    fused = fuse_ranks([run("p:a", "p:b"), run("p:b", "p:c")], k=3)
    assert [(hit.item.id, hit.rank, hit.source) for hit in fused] == [
        ("p:b", 1, "fused"),
        ("p:a", 2, "fused"),
        ("p:c", 3, "fused"),
    ]
    assert [hit.score for hit in fused] == pytest.approx([1 / 62 + 1 / 61, 1 / 61, 1 / 62])


def test_does_not_depend_on_the_order_of_runs() -> None:
    first, second = run("p:b", "p:x"), run("p:a", "p:y")
    ids = [hit.item.id for hit in fuse_ranks([first, second], k=4)]
    assert ids == [hit.item.id for hit in fuse_ranks([second, first], k=4)] == ["p:a", "p:b", "p:x", "p:y"]


def test_no_runs_give_no_hits() -> None:
    assert fuse_ranks([], k=3) == fuse_ranks([[], []], k=3) == []


def test_k_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        fuse_ranks([], k=0)
