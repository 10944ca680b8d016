"""Vectors of a graph: scores as the papers define them, ranks as by hand, and facts that are found again."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from kbqa.cli import main
from kbqa.errors import DependencyError, InputError
from kbqa.evaluation.pykeen_scores import pykeen_scores
from kbqa.training.embeddings import (
    GraphFacts,
    Recipe,
    margin_loss,
    parted_facts,
    read_facts,
    train_embeddings,
)
from kg.embeddings import (
    KINDS,
    Embeddings,
    Kind,
    against,
    filtered_ranks,
    hits,
    mean_reciprocal_rank,
    plausibility,
    read_embeddings,
)
from kg.errors import GraphError
from kg.store import Store
from kg.types import Iri, Literal, Triple

H, R, T, WRONG = (torch.tensor(pair) for pair in ([0.2, 0.1], [0.3, 0.3], [0.5, 0.4], [-0.1, 0.9]))


def test_transe_by_hand() -> None:
    assert plausibility("transe", H, R, T) == pytest.approx(0.0, abs=1e-6)
    assert plausibility("transe", H, R, WRONG) == pytest.approx(-1.1)
    near, far = torch.zeros(1, 1), torch.tensor([[1.1]])
    assert margin_loss(near, far, 1.0) == pytest.approx(0.0)
    assert margin_loss(near, torch.tensor([[0.78102]]), 1.0) == pytest.approx(0.21898)


def test_complex_by_hand() -> None:
    h, r, t = (torch.tensor([value.real, value.imag]) for value in (1 + 2j, 3 - 1j, -2 + 0.5j))
    wanted = ((1 + 2j) * (3 - 1j) * (-2 - 0.5j)).real
    assert plausibility("complex", h, r, t) == pytest.approx(wanted)
    symmetric = torch.tensor([3.0, 0.0])  # a real relation is symmetric
    assert plausibility("complex", h, symmetric, t) == pytest.approx(
        float(plausibility("complex", t, symmetric, h))
    )


def test_rotate_by_hand() -> None:
    h, t = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    assert plausibility("rotate", h, torch.tensor([math.pi / 2]), t) == pytest.approx(0.0, abs=1e-5)
    assert plausibility("rotate", h, torch.tensor([0.0]), t) == pytest.approx(-math.sqrt(2))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_compared_with_many_is_compared_as_with_one(kind: Kind) -> None:
    chance = torch.Generator().manual_seed(0)
    known, far = torch.randn(3, 8, generator=chance), torch.randn(5, 8, generator=chance)
    relation = torch.randn(3, 4 if kind == "rotate" else 8, generator=chance)
    for forward in (True, False):
        found = against(kind, known, relation, far, forward=forward)
        for row in range(3):
            for column in range(5):
                ends = (known[row], far[column]) if forward else (far[column], known[row])
                one = plausibility(kind, ends[0], relation[row], ends[1])
                assert found[row, column] == pytest.approx(float(one), abs=1e-4)


def test_ranks_by_hand() -> None:
    # on a line: entity k is at k, the relation goes one step on
    embeddings = Embeddings("transe", torch.arange(5.0)[:, None], torch.tensor([[1.0]]))
    asked = np.array([[0, 0, 3]])
    # objects of 0: 1 is nearest to 0 + 1, then 0 and 2 alike, then 3; subjects of 3: 2, then 1 and 3 alike, then 0 and 4
    assert filtered_ranks(embeddings, asked, [(0, 0, 3)]).tolist() == [4.0, 4.5]
    assert filtered_ranks(embeddings, asked, [(0, 0, 3), (0, 0, 1), (2, 0, 3)]).tolist() == [3.0, 3.5]
    assert mean_reciprocal_rank(np.array([1.0, 4.0])) == 0.625
    assert hits(np.array([1.0, 4.0, 3.5]), 3) == pytest.approx(1 / 3)


def test_a_filtered_rank_is_never_worse_than_the_raw_one() -> None:
    chance = np.random.default_rng(0)
    facts = np.unique(chance.integers(0, 12, size=(60, 3)) % [12, 2, 12], axis=0)
    embeddings = Embeddings("complex", torch.randn(12, 8), torch.randn(2, 8))
    asked = facts[:10]
    raw = (
        np.concatenate([filtered_ranks(embeddings, fact[None], [fact]) for fact in asked])
        .reshape(-1, 2)
        .T.ravel()
    )
    assert (filtered_ranks(embeddings, asked, facts) <= raw).all()


def grid(side: int = 7) -> GraphFacts:
    """Return towns on a grid with their neighbours in the east, west, north and south: the facts imply each other."""
    facts = []
    for row in range(side):
        for column in range(side):
            here = row * side + column
            if column + 1 < side:
                facts += [(here, 0, here + 1), (here + 1, 1, here)]
            if row + 1 < side:
                facts += [(here, 2, here + side), (here + side, 3, here)]
    towns = tuple(f"urn:{number}" for number in range(side * side))
    return GraphFacts(towns, ("east", "west", "north", "south"), np.array(facts, dtype=np.int64))


@pytest.mark.parametrize("kind", KINDS)
def test_facts_held_out_are_found_again(kind: Kind) -> None:
    recipe = Recipe(dim=32, epochs=40, batch=32, negatives=40, margin=2.0)
    graph = grid()
    found = train_embeddings(graph, kind, held_out=0.1, seed=0, recipe=recipe)
    assert found.held_out == len(graph.facts) // 10
    by_chance = float(np.mean(1 / np.arange(1, 50)))  # 0.091
    assert found.scores["mrr"] > 3 * by_chance, found.scores


def test_the_same_seed_gives_the_same_vectors() -> None:
    one, other = (train_embeddings(grid(), "complex", recipe=Recipe(dim=8, epochs=2)) for _ in "ab")
    assert torch.equal(one.embeddings.entities, other.embeddings.entities)
    assert one.scores == {}


def test_what_is_held_out_is_known_otherwise() -> None:
    facts = np.array([[0, 0, 1], [1, 0, 2], [2, 0, 0], [3, 0, 0], [0, 1, 1], [4, 0, 4], [4, 0, 0], [1, 0, 0]])
    for seed in range(20):
        learnt, kept = parted_facts(facts, 0.5, seed)
        assert len(learnt) + len(kept) == len(facts)
        assert set(learnt[:, [0, 2]].ravel()) == {0, 1, 2, 3, 4}
        assert set(learnt[:, 1]) == {0, 1}


def test_only_facts_between_entities_are_read() -> None:
    with Store.in_memory() as store:
        with pytest.raises(InputError, match="no facts between two entities"):
            read_facts(store)
        a, b, p = Iri("urn:a"), Iri("urn:b"), Iri("urn:p")
        store.add([Triple(b, p, a), Triple(a, p, b), Triple(a, p, Literal("b"))], source="x")
        found = read_facts(store)
        assert (found.entities, found.relations) == (("urn:a", "urn:b"), ("urn:p",))
        assert found.facts.tolist() == [[0, 0, 1], [1, 0, 0]]
        with pytest.raises(InputError, match="more than 2 triples"):
            read_facts(store, limit=2)


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file

    import kbqa

    monkeypatch.chdir(tmp_path)
    Path("g.nt").write_text("".join(f"<urn:{n}> <urn:on> <urn:{(n + 1) % 30}> .\n" for n in range(30)))
    kbqa.build("x.kb", graph=["g.nt"]).close()
    told = ["train", "embeddings", "--kb", "x.kb"]
    assert main([*told, "--held-out", "0.1", "--epochs", "2", "--dim", "8", "--out", "v"]) == 0
    out = capsys.readouterr().out
    assert "complex: 30 entities, 1 relations, 30 facts" in out or "30 entities, 1 relations, 27 facts" in out
    assert load_file("v/embeddings.safetensors")["entities"].shape == (30, 8)
    assert main(told) == 2
    assert "--held-out" in capsys.readouterr().err
    assert main([*told, "--held-out", "0.9"]) == 2
    assert main([*told, "--out", "v", "--dim", "7"]) == 2


def test_what_is_written_is_read(tmp_path: Path) -> None:
    graph = grid()
    found = train_embeddings(graph, "rotate", recipe=Recipe(dim=8, epochs=1), out=tmp_path / "v")
    read, entities, relations = read_embeddings(tmp_path / "v")
    assert (tuple(entities), tuple(relations), read.kind) == (graph.entities, graph.relations, "rotate")
    assert torch.allclose(read.entities, found.embeddings.entities, atol=1e-2)
    assert torch.allclose(read.relations, found.embeddings.relations, atol=1e-2)
    about = tmp_path / "v" / "embeddings.json"
    about.write_text(about.read_text().replace('"urn:0", ', ""))
    with pytest.raises(GraphError, match="do not fit together"):
        read_embeddings(tmp_path / "v")
    for content in ("{", "[]", '{"kind": "rotate"}'):
        about.write_text(content)
        with pytest.raises(GraphError, match="holds no embeddings"):
            read_embeddings(tmp_path / "v")
    with pytest.raises(GraphError, match="holds no embeddings"):
        read_embeddings(tmp_path / "nothing")


def test_without_pykeen_there_is_nothing_to_compare_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pykeen", None)
    monkeypatch.setitem(sys.modules, "pykeen.pipeline", None)
    facts = np.array([(0, 0, 1), (1, 0, 2)])
    with pytest.raises(DependencyError, match=r'install -e "\.\[pykeen\]"'):
        pykeen_scores("transe", facts, facts[:1], (3, 1), dim=4, epochs=1, seed=0)
    assert (
        main(["train", "embeddings", "--kb", str(tmp_path), "--out", str(tmp_path), "--beside-pykeen"]) != 0
    )
    assert "--held-out" in capsys.readouterr().err


@pytest.mark.parametrize("kind", KINDS)
def test_pykeen_finds_facts_of_a_ring(kind: Kind) -> None:
    pytest.importorskip("pykeen", reason="pykeen is not installed: pip install -e '.[pykeen]'")
    facts = np.array([(number, number % 2, (number + 1) % 12) for number in range(12)])
    found = pykeen_scores(kind, facts, facts[:4], (12, 2), dim=8, epochs=2, seed=0)
    assert set(found.scores) == {"mrr", "hits@1", "hits@3", "hits@10"}
    assert 0 < found.scores["mrr"] <= 1
