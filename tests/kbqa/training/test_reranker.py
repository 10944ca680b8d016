"""A knowledge base's own reranker: made-up questions, and what is learnt with each kind of knowledge."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import torch

from kbqa.cli import main
from kbqa.errors import DependencyError, InputError
from kbqa.knowledge_base import KnowledgeBase
from kbqa.reading.passage import LazyReader, open_reader
from kbqa.training.embeddings import Recipe as GraphRecipe
from kbqa.training.fact_questions import FactQuestions
from kbqa.training.reranker import Recipe, _Group, _sentence_weights, train_reranker

TOWNS = [
    first + last
    for first in ("Os", "Vel", "Ar", "Kor", "Lun", "Bre")
    for last in ("burg", "land", "ville", "mouth")
]
PEOPLE = ["Anna Berg", "Boris Kestrel", "Clara Voss", "David Lind"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a knowledge base of towns whose texts say nothing of their founders."""
    place = tmp_path_factory.mktemp("towns")
    lines = ["@prefix r: <http://www.w3.org/2000/01/rdf-schema#> .", '<urn:founder> r:label "founder" .']
    lines += [f'<urn:p{at}> r:label "{name}" .' for at, name in enumerate(PEOPLE)]
    lines += [
        f'<urn:t{at}> r:label "{name}" ; <urn:founder> <urn:p{at % 4}> .' for at, name in enumerate(TOWNS)
    ]
    (place / "g.ttl").write_text("\n".join(lines))
    texts = [
        {
            "id": str(at),
            "title": name,
            "text": f"A harbour town with {at + 3} gates, known for fish and rain.",
        }
        for at, name in enumerate(TOWNS)
    ]
    (place / "t.jsonl").write_text("".join(json.dumps(one) + "\n" for one in texts))
    base = place / "towns.kb"
    build = ["build", str(base), "--graph", str(place / "g.ttl"), "--passages", str(place / "t.jsonl")]
    assert main(build) == 0
    return base


@pytest.fixture
def base(folder: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(folder) as opened:
        yield opened


def test_made_up_questions_name_one_end_of_a_fact_and_find_the_other(base: KnowledgeBase) -> None:
    found = list(FactQuestions(base.sources, random.Random(0)).draw(24))
    assert len(found) == 24
    for one in found:
        assert "founder" in one.text
        assert one.passage.id in one.right
        person = next((name for name in PEOPLE if name in one.text), "")
        assert len(one.right) == (6 if person else 1)
        if person:
            graph, names = base.sources.graph, base.sources.names
            (fact,) = graph.triples(
                subject=next(iter(names.find_exact([one.passage.title])[one.passage.title])).term
            )[:1]  # type: ignore[arg-type]
            assert fact is not None


@pytest.mark.parametrize("knowledge", ["none", "facts", "entities", "candidates"])
def test_each_kind_of_knowledge_is_learnt_and_read_back(
    base: KnowledgeBase, tmp_path: Path, knowledge: Literal["none", "facts", "entities", "candidates"]
) -> None:
    recipe = Recipe(questions=24, held_out=0.3, rate=2e-4, graph=GraphRecipe(dim=8, epochs=3))
    done = train_reranker(
        base, knowledge=knowledge, out=tmp_path / "r", minutes=None, steps=6, seed=0, recipe=recipe
    )
    assert (done.steps, done.folder) == (6, tmp_path / "r")
    assert 0.0 <= done.before <= 1.0 >= done.after
    reader = open_reader(tmp_path / "r")
    assert reader.settings.knowledge == knowledge
    assert (tmp_path / "r" / "embeddings.safetensors").exists() == (knowledge in ("entities", "candidates"))
    asked = "Who is the founder of Osburg?"
    plain = reader.odds(asked, ["Osburg. A harbour town."])
    assert reader.odds(asked, ["Osburg. A harbour town."]) == plain


def test_entities_change_what_is_read(base: KnowledgeBase, tmp_path: Path) -> None:
    from kbqa.reading.windows import TextEntity

    recipe = Recipe(questions=24, held_out=0.3, graph=GraphRecipe(dim=8, epochs=3))
    train_reranker(base, knowledge="entities", out=tmp_path, minutes=None, steps=6, recipe=recipe)
    reader = open_reader(tmp_path)
    text, asked = "Osburg. A harbour town.", "founder Anna Berg?"
    plain = reader.odds(asked, [text])
    known = reader.odds(
        asked,
        [text],
        entities=[[TextEntity(0, 6, "urn:t0")]],
        asked=[TextEntity(8, 17, "urn:p0")],
    )
    assert plain != known
    strange = reader.odds(asked, [text], entities=[[TextEntity(0, 6, "urn:unknown")]])
    assert strange == plain
    (tmp_path / "embeddings.json").write_text("{}")
    with pytest.raises(DependencyError, match="holds no embeddings"):
        open_reader(tmp_path)


def test_what_a_name_may_mean_changes_what_is_read(base: KnowledgeBase, tmp_path: Path) -> None:
    from kbqa.reading.windows import TextEntity

    recipe = Recipe(questions=24, held_out=0.3, head_rate=5e-3, graph=GraphRecipe(dim=8, epochs=3))
    train_reranker(base, knowledge="candidates", out=tmp_path, minutes=None, steps=6, recipe=recipe)
    reader = open_reader(tmp_path)
    text, asked = "Osburg. A harbour town.", "founder Anna Berg?"

    def odds(*meanings: tuple[str, float]) -> list[float]:
        return reader.odds(asked, [text], entities=[[TextEntity(0, 6, "urn:t0", meanings)]])

    plain = reader.odds(asked, [text])
    assert odds() == odds(("urn:t0", 1.0)) != plain
    assert odds(("urn:t0", 0.5), ("urn:t1", 0.5)) != odds()
    assert odds(("urn:t0", 0.9), ("urn:t1", 0.1)) != odds(("urn:t0", 0.5), ("urn:t1", 0.5))
    # What the vectors do not know is as if nothing were named.
    assert odds(("urn:unknown", 1.0)) == plain


def test_of_several_bearers_of_a_name_the_right_one_is_learnt(tmp_path: Path) -> None:
    """Two rows of the same name: the loss of choosing falls, and only where the right one is known."""
    import torch

    from kbqa.reading.entity_fusion import EntityVectors, fusion_weights, new_fusion
    from kbqa.reading.windows import TokenEntity, Window
    from kg.embeddings import Embeddings

    chance = torch.Generator().manual_seed(0)
    vectors = EntityVectors.of(
        Embeddings("transe", torch.randn(2, 8, generator=chance), torch.randn(1, 8, generator=chance)),
        ("urn:a", "urn:b"),
        ("urn:r",),
    )
    fusion = new_fusion("candidates", vectors, dim=16, seed=0)
    states = torch.randn(1, 5, 16, generator=chance)

    def window(iri: str) -> Window:
        named = TokenEntity(1, 3, iri, (("urn:a", 0.5), ("urn:b", 0.5)))
        return Window((0, 1, 2, 3, 4), 1, ((0, 1),) * 3, entities=(named,))

    optimizer = torch.optim.Adam(fusion_weights(fusion).values(), lr=1e-2)
    losses = []
    for _ in range(60):
        _, loss = fusion(states, [window("urn:b")])
        assert loss is not None
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[0] > 0.1 and losses[-1] < 0.01
    _, loss = fusion(states, [window("urn:elsewhere")])
    assert loss is not None and float(loss.detach()) == 0.0
    new, loss = fusion(states, [Window((0, 1, 2, 3, 4), 1, ((0, 1),) * 3)])
    assert loss is None and torch.equal(new, states)


def test_the_command_writes_into_the_knowledge_base_which_uses_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "reranker", "--kb", str(folder), "--steps", "2"]) == 0
    assert "reranker after 2 steps" in capsys.readouterr().out
    with KnowledgeBase.open(folder) as base:
        assert base.sources.reranker == folder / "reranker"
        settings = LazyReader(base.sources.reranker).load().settings
        assert settings.knowledge == "none"
        base.ask("Which town has many gates?")
    assert main(["check", str(folder)]) == 0
    assert main(["train", "reranker", "--kb", str(folder), "--steps", "0"]) != 0


def test_without_passages_there_is_nothing_to_learn(tmp_path: Path) -> None:
    (tmp_path / "g.ttl").write_text(
        '<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> "Osk" ; <urn:b> <urn:c> .'
    )
    assert main(["build", str(tmp_path / "k"), "--graph", str(tmp_path / "g.ttl")]) == 0
    with (
        KnowledgeBase.open(tmp_path / "k") as base,
        pytest.raises(InputError, match="no questions can be made up"),
    ):
        train_reranker(base, minutes=None, steps=1)


def test_how_sure_a_sentence_is_counts_the_questions_that_none_answers() -> None:
    chance = random.Random(3)
    groups = []
    for _ in range(60):
        right = (True, False, False)
        odds = tuple(chance.gauss(2.0 if one else -2.0, 1.0) for one in right)
        ranks = tuple(chance.sample([1, 2, 3], 3))
        groups.append(_Group(odds, (0.5, 0.5, 0.5), ranks, right))  # type: ignore[arg-type]

    def model(odds: tuple[float, ...]) -> tuple[None, torch.Tensor]:
        return None, torch.tensor(odds)

    weights = _sentence_weights(model, groups)  # type: ignore[arg-type]
    assert weights.log_odds(0.5, 2.0, 2) > 0 > weights.log_odds(0.5, -1.0, 2)
