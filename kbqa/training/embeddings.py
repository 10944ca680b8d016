"""Training vectors of the entities and relations of a graph: `kbqa train embeddings`."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kbqa.errors import InputError
from kg.embeddings import (
    Embeddings,
    Facts,
    Kind,
    against,
    filtered_ranks,
    hits,
    mean_reciprocal_rank,
    plausibility,
    save_embeddings,
)
from kg.types import Graph, Iri

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Fitted", "GraphFacts", "Recipe", "margin_loss", "parted_facts", "read_facts", "train_embeddings"]

log = logging.getLogger(__name__)

MAX_FACTS = 5_000_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sizes and rates of a course.

    Attributes:
        dim: Components of a vector.
        epochs: Rounds over the facts.
        batch: Facts.
        negatives: Entities that all facts of a batch are compared with.
        rate: Of Adagrad.
        margin: Of TransE and RotatE.
        decay: Of the third powers of ComplEx's absolute values (Lacroix et al., ICML 2018).
    """

    dim: int = 128
    epochs: int = 40
    batch: int = 1024
    negatives: int = 512
    rate: float = 0.1
    margin: float = 6.0
    decay: float = 1e-3


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """The facts between entities of a graph, by numbers.

    Attributes:
        entities: IRIs, in the order of their numbers.
        relations: IRIs, in the order of their numbers.
        facts: (n, 3) int64.
    """

    entities: tuple[str, ...]
    relations: tuple[str, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Fitted:
    """What came of a course.

    Attributes:
        embeddings: The vectors.
        facts: Learnt from.
        held_out: Facts that were not.
        scores: "mrr", "hits@1", "hits@3" and "hits@10" of these, filtered; empty without any.
        seconds: Of the training.
    """

    embeddings: Embeddings
    facts: int
    held_out: int
    scores: Mapping[str, float]
    seconds: float


def read_facts(graph: Graph, *, limit: int = MAX_FACTS) -> GraphFacts:
    """Return the facts of a graph whose subject and object are entities, in a fixed order.

    Raises:
        InputError: If there are none, or more triples than `limit`.
    """
    triples = graph.triples(limit=limit + 1)
    if len(triples) > limit:
        raise InputError(
            f"the graph has more than {limit:,} triples; embeddings are trained on at most so many"
        )
    kept = sorted(
        {
            (triple.subject.value, triple.predicate.value, triple.object.value)
            for triple in triples
            if isinstance(triple.subject, Iri) and isinstance(triple.object, Iri)
        }
    )
    if not kept:
        raise InputError("the graph has no facts between two entities to learn from")
    entities = sorted({end for subject, _, object_ in kept for end in (subject, object_)})
    relations = sorted({predicate for _, predicate, _ in kept})
    number = {iri: place for place, iri in enumerate(entities)}
    of_relation = {iri: place for place, iri in enumerate(relations)}
    facts = np.array([(number[s], of_relation[p], number[o]) for s, p, o in kept], dtype=np.int64)
    return GraphFacts(tuple(entities), tuple(relations), facts)


def train_embeddings(
    graph: GraphFacts,
    kind: Kind,
    *,
    held_out: float = 0.0,
    seed: int = 0,
    recipe: Recipe | None = None,
    out: Path | None = None,
) -> Fitted:
    """Return vectors of a graph's entities and relations, and how well they find facts that were held out.

    Args:
        graph: The facts.
        kind: Of model.
        held_out: Share of the facts that are held out; only such whose entities and relation occur in others are.
        seed: Of everything random.
        recipe: Sizes and rates.
        out: Folder to write vectors, entities and relations to.

    Raises:
        InputError: If the share is not in [0, 0.5].
    """
    if not 0.0 <= held_out <= 0.5:
        raise InputError(f"the share held out must be between 0 and 0.5, not {held_out:g}")
    recipe = recipe or Recipe()
    learnt, kept = parted_facts(graph.facts, held_out, seed)
    start = time.monotonic()
    embeddings = _train(learnt, kind, (len(graph.entities), len(graph.relations)), recipe, seed)
    seconds = time.monotonic() - start
    scores: dict[str, float] = {}
    if len(kept):
        ranks = filtered_ranks(embeddings, kept, graph.facts)
        scores = {"mrr": mean_reciprocal_rank(ranks)} | {f"hits@{k}": hits(ranks, k) for k in (1, 3, 10)}
    if out is not None:
        save_embeddings(out, embeddings, graph.entities, graph.relations)
    return Fitted(embeddings, len(learnt), len(kept), scores, seconds)


def parted_facts(facts: Facts, share: float, seed: int) -> tuple[Facts, Facts]:
    """Return the facts to learn from and those held out, all of whose entities and relations occur in the others."""
    order = np.random.default_rng(seed).permutation(len(facts))
    wanted = int(share * len(facts))
    entities = np.bincount(facts[:, [0, 2]].ravel())
    relations = np.bincount(facts[:, 1])
    apart: list[int] = []
    for place in order:
        if len(apart) == wanted:
            break
        head, relation, tail = facts[place]
        if min(entities[head], entities[tail], relations[relation]) > 1 + (head == tail):
            entities[head] -= 1
            entities[tail] -= 1  # not both at once: numpy would count a loop once only
            relations[relation] -= 1
            apart.append(int(place))
    mask = np.zeros(len(facts), dtype=bool)
    mask[apart] = True
    return facts[~mask], facts[mask]


def _train(facts: Facts, kind: Kind, sizes: tuple[int, int], recipe: Recipe, seed: int) -> Embeddings:
    import torch

    chance = torch.Generator().manual_seed(seed)
    width = recipe.dim // 2 if kind == "rotate" else recipe.dim
    entities = (torch.randn(sizes[0], recipe.dim, generator=chance) * 0.1).requires_grad_()
    relations = (torch.randn(sizes[1], width, generator=chance) * 0.1).requires_grad_()
    optimizer = torch.optim.Adagrad([entities, relations], lr=recipe.rate)
    numbers = torch.from_numpy(facts)
    for epoch in range(recipe.epochs):
        total = 0.0
        for rows in torch.split(torch.randperm(len(numbers), generator=chance), recipe.batch):
            batch = numbers[rows]
            others = torch.randint(sizes[0], (recipe.negatives,), generator=chance)
            loss = _loss(kind, entities, relations, batch, others, recipe)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        log.info("round %d of %d: loss %.4f", epoch + 1, recipe.epochs, total / len(numbers))
    return Embeddings(kind, entities.detach(), relations.detach())


def _loss(
    kind: Kind, entities: Tensor, relations: Tensor, batch: Tensor, others: Tensor, recipe: Recipe
) -> Tensor:
    """Return the loss of a batch against other entities in place of its objects, and of its subjects."""
    import torch

    head, relation, tail = entities[batch[:, 0]], relations[batch[:, 1]], entities[batch[:, 2]]
    own = plausibility(kind, head, relation, tail)[:, None]
    far = entities[others]
    ends = (
        against(kind, head, relation, far, forward=True),
        against(kind, tail, relation, far, forward=False),
    )
    if kind == "complex":
        right = torch.zeros(len(batch), dtype=torch.int64)
        chosen = [torch.nn.functional.cross_entropy(torch.cat([own, end], 1), right) for end in ends]
        powers = sum(_cubes(vectors) for vectors in (head, relation, tail))
        return chosen[0] + chosen[1] + recipe.decay * powers / len(batch)
    return torch.stack([margin_loss(-own, -end, recipe.margin) for end in ends]).mean()


def margin_loss(near: Tensor, far: Tensor, margin: float) -> Tensor:
    """Return the mean of max(0, margin + near - far), each wrong distance weighted by how near it is.

    The weights are those of self-adversarial sampling (Sun et al., ICLR 2019, equation 4), the loss that of TransE.

    Args:
        near: (n, 1) distances of facts.
        far: (n, k) distances of what is none.
        margin: By which these should be further.

    >>> import torch
    >>> near, far = torch.tensor([[0.0]]), torch.tensor([[0.78102, 0.78102]])
    >>> round(float(margin_loss(near, far, 1.0)), 5), float(margin_loss(near, far + 1, 1.0))
    (0.21898, 0.0)
    """
    import torch

    weights = torch.softmax(-far.detach(), dim=1)
    return (weights * torch.relu(margin + near - far)).sum(1).mean()


def _cubes(vectors: Tensor) -> Tensor:
    real, imaginary = vectors.chunk(2, -1)
    return (real.square() + imaginary.square() + 1e-12).sqrt().pow(3).sum()
