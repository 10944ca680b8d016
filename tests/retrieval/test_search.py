"""The searches one by one and together."""

from __future__ import annotations

import pytest

from retrieval import Corpus, Hit, Search


def ids(hits: list[Hit]) -> list[str]:
    return [hit.item.id for hit in hits]


def test_by_bm25_finds_words(search: Search) -> None:
    hits = search.by_bm25("films by Nolan", k=2)
    assert ids(hits)[0] == "p:1"
    assert {(hit.source, hit.rank) for hit in hits} == {("bm25", 1), ("bm25", 2)}
    assert ids(search.by_bm25("首都在哪里", k=5)) == ["p:4"]


def test_by_dense_is_ranked_by_cosine(search: Search) -> None:
    hits = search.by_dense("Nolan was born in London.", k=3)
    assert ids(hits)[0] == "p:2"
    assert hits[0].score == pytest.approx(1, abs=1e-5)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert search.by_dense("  ") == []


def test_by_entity_prefers_items_that_share_more_entities(search: Search) -> None:
    hits = search.by_entity("Thames", entities=["w:nolan", "w:london"], k=5)
    assert ids(hits) == ["p:2", "p:3", "p:1"], "p:2 has both; of the others p:3 shares the word"
    assert hits[0].source == "entity"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert ids(search.by_entity("", entities=["w:inception"])) == ["p:1"]
    assert search.by_entity("Nolan", entities=[]) == search.by_entity("Nolan", entities=["w:x"]) == []


def test_what_is_linked_to_near_entities_only_comes_last(search: Search) -> None:
    hits = search.by_entity("Thames", entities=["w:nolan"], near=["w:london"], k=5)
    assert set(ids(hits)) == {"p:1", "p:2", "p:3"}
    assert ids(hits)[-1] == "p:3", "it is linked to London alone"
    assert hits[-1].score < 1 < hits[-2].score
    assert ids(search.by_entity("", entities=["w:unknown"], near=["w:inception"])) == ["p:1"]
    assert search.by_entity("", entities=[], near=["w:inception"]) == []
    assert ids(search.search("x", entities=["w:unknown"], near=["w:inception"], using=["entity"])) == ["p:1"]


def test_images_are_found_by_caption_and_entity(search: Search) -> None:
    assert ids(search.by_bm25("a portrait", images=True)) == ["i:2"]
    assert ids(search.by_dense("London by night", images=True, k=1)) == ["i:1"]
    assert ids(search.by_entity("", entities=["w:nolan"], images=True)) == ["i:2"]
    assert ids(search.search("a picture of Nolan", entities=["w:nolan"], images=True))[0] == "i:2"
    assert all(item.startswith("p:") for item in ids(search.search("London", entities=["w:london"])))


def test_search_fuses_and_can_switch_parts_off(search: Search) -> None:
    hits = search.search("What lies on the Thames?", entities=["w:london"], k=5)
    assert ids(hits)[0] == "p:3"
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert {hit.source for hit in hits} == {"fused"}
    assert ids(search.search("What lies on the Thames?", entities=["w:london"], using=["entity"])) == [
        "p:3",
        "p:2",
    ]
    assert search.search("zzz", using=["bm25"]) == []
    with pytest.raises(ValueError, match="unknown search"):
        search.search("x", using=["caption"])
    with pytest.raises(ValueError, match="at least 1"):
        search.search("x", k=0)


def test_what_was_removed_from_the_corpus_is_never_found(search: Search, corpus: Corpus) -> None:
    corpus.remove_source("nolan.txt")
    hits = search.search("Nolan was born in London.", entities=["w:nolan"], k=5)
    assert "p:2" not in ids(hits)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_a_search_without_indexes_still_finds_by_entity(corpus: Corpus) -> None:
    bare = Search(corpus, None, None, None)
    assert ids(bare.search("anything", entities=["w:inception"])) == ["p:1"]
    assert bare.search("Nolan") == []


def test_vectors_need_their_encoder(search: Search, corpus: Corpus) -> None:
    with pytest.raises(ValueError, match="need the encoder bag@"):
        Search(corpus, None, search._vectors, None)


def test_weights_fuse_scores_in_place_of_ranks(search: Search) -> None:
    question = "Where does the Thames lie? London"
    assert [hit.score for hit in search.search(question, k=3)] != [
        hit.score for hit in search.search(question, k=3, weights={"bm25": 1.0, "dense": 1.0})
    ]
    words = [hit.item.id for hit in search.by_bm25(question, k=3)]
    assert [hit.item.id for hit in search.search(question, k=3, weights={"bm25": 1.0})][: len(words)] == words
