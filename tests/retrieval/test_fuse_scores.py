"""The weighted sum of scaled scores: what counts, what does not, and what is not in a list."""

from __future__ import annotations

import pytest

from retrieval import Hit, Passage, fuse_scores
from retrieval.fuse import scaled
from retrieval.types import HitSource


def run(source: HitSource, **scores: float) -> list[Hit]:
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    return [
        Hit(Passage(item, "", "a", 0, 0), score, rank, source)
        for rank, (item, score) in enumerate(ranked, start=1)
    ]


def test_scores_are_measured_from_the_least_that_can_be() -> None:
    assert scaled(run("bm25", a=8.0, b=2.0), depth=2) == ({"a": 1.0, "b": 0.25}, 0.25)
    assert scaled(run("dense", a=1.0, b=0.0, c=-1.0), depth=3) == ({"a": 1.0, "b": 0.5, "c": 0.0}, 0.0)
    # a list that was not cut holds all that has any score
    assert scaled(run("entity", a=2.0, b=1.0), depth=3) == ({"a": 1.0, "b": 0.5}, 0.0)
    assert scaled(run("bm25", a=0.0), depth=1) == ({"a": 0.0}, 0.0)


def test_the_weights_decide_between_two_searches() -> None:
    runs = [run("bm25", a=8.0, b=4.0), run("dense", b=1.0, a=0.0)]
    for weights, first, score in (
        ({"bm25": 1.0, "dense": 0.1}, "a", 1.05),
        ({"bm25": 0.1, "dense": 1.0}, "b", 1.05),
        ({"dense": 1.0}, "b", 1.0),
    ):
        best, other = fuse_scores(runs, weights, k=5, depth=2)  # type: ignore[arg-type]
        assert (best.item.id, best.rank, best.source, other.rank) == (first, 1, "fused", 2)
        assert best.score == pytest.approx(score)


def test_what_a_list_lacks_has_its_last_score_at_most_if_it_was_cut_there() -> None:
    runs, weights = [run("bm25", a=8.0, b=4.0), run("entity", c=2.0)], {"bm25": 1.0, "entity": 1.0}
    fused = fuse_scores(runs, weights, k=5, depth=2)  # type: ignore[arg-type]
    assert [(hit.item.id, hit.score) for hit in fused] == [("c", 1.5), ("a", 1.0), ("b", 0.5)]
    fused = fuse_scores(runs, weights, k=5, depth=3)  # type: ignore[arg-type]
    assert [(hit.item.id, hit.score) for hit in fused] == [("a", 1.0), ("c", 1.0), ("b", 0.5)]
    tied = fuse_scores([run("bm25", b=1.0, a=1.0)], {"bm25": 1.0}, k=1, depth=9)
    assert [hit.item.id for hit in tied] == ["a"]


def test_without_runs_nothing_and_no_place_below_one() -> None:
    assert (
        fuse_scores([], {"bm25": 1.0}, k=3, depth=3)
        == fuse_scores([[], []], {"bm25": 1.0}, k=3, depth=3)
        == []
    )
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        fuse_scores([], {}, k=0, depth=3)
