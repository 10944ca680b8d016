"""Vectors of the entities and relations of a graph, and how likely they make facts that are not in it.

TransE (Bordes et al., NeurIPS 2013), ComplEx (Trouillon et al., ICML 2016) and RotatE (Sun et al., ICLR 2019). Of the
latter two the first half of a vector holds the real parts and the second half the imaginary ones.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from kg.errors import GraphError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "KINDS",
    "Embeddings",
    "Facts",
    "Kind",
    "against",
    "filtered_ranks",
    "hits",
    "known_ends",
    "mean_reciprocal_rank",
    "plausibility",
    "read_embeddings",
    "save_embeddings",
]

Kind = Literal["transe", "complex", "rotate"]
KINDS: tuple[Kind, ...] = ("transe", "complex", "rotate")
Facts = NDArray[np.int64]
"""(n, 3): numbers of the subject, the relation and the object of each fact."""
_VECTORS, _ABOUT = "embeddings.safetensors", "embeddings.json"
_ROWS = 16  # ranked together


def plausibility(kind: Kind, heads: Tensor, relations: Tensor, tails: Tensor) -> Tensor:
    """Return how plausible facts are, higher is more: (...) for vectors (..., dim), which are broadcast.

    TransE: minus the L1 distance of h + r and t. ComplEx: the real part of <h, r, conjugate of t>. RotatE: minus the sum
    of the absolute values of h · r - t, where r, of half the dimensions, holds angles in radians.

    >>> import torch
    >>> h, r, t = torch.tensor([.2, .1]), torch.tensor([.3, .3]), torch.tensor([.5, .4])
    >>> round(float(plausibility("transe", h, r, t)), 6), round(float(plausibility("transe", h, r, t - .1)), 6)
    (-0.0, -0.2)
    """
    import torch

    if kind == "transe":
        return -(heads + relations - tails).abs().sum(-1)
    head, tail = heads.chunk(2, -1), tails.chunk(2, -1)
    if kind == "complex":
        turn = relations.chunk(2, -1)
        real = head[0] * turn[0] - head[1] * turn[1]
        imaginary = head[0] * turn[1] + head[1] * turn[0]
        return (real * tail[0] + imaginary * tail[1]).sum(-1)
    cosine, sine = torch.cos(relations), torch.sin(relations)
    real = head[0] * cosine - head[1] * sine - tail[0]
    imaginary = head[0] * sine + head[1] * cosine - tail[1]
    return -(real.square() + imaginary.square() + 1e-12).sqrt().sum(-1)


def against(kind: Kind, known: Tensor, relation: Tensor, far: Tensor, *, forward: bool) -> Tensor:
    """Return the plausibility of facts whose other end is each of some entities: (n, entities).

    Args:
        kind: How they are compared.
        known: (n, dim) of the subjects, or of the objects.
        relation: (n, ...) of the relations.
        far: (entities, dim).
        forward: Whether subjects are known and objects compared.
    """
    import torch

    if kind == "complex":  # a matrix product does it
        a, b = known.chunk(2, -1)
        c, d = relation.chunk(2, -1)
        turned = torch.cat([a * c - b * d, a * d + b * c] if forward else [a * c + b * d, b * c - a * d], -1)
        return turned @ far.T
    if kind == "transe":
        moved = known + relation if forward else known - relation
        return -torch.cdist(moved, far, p=1.0)
    ends = (known[:, None], far[None]) if forward else (far[None], known[:, None])
    return plausibility(kind, ends[0], relation[:, None], ends[1])


def known_ends(
    facts: Iterable[Sequence[int]],
) -> tuple[Mapping[tuple[int, int], Facts], Mapping[tuple[int, int], Facts]]:
    """Return the objects of each (subject, relation), and the subjects of each (relation, object), sorted.

    >>> tails, heads = known_ends([(0, 0, 1), (0, 0, 2), (3, 0, 1)])
    >>> tails[0, 0].tolist(), heads[0, 1].tolist()
    ([1, 2], [0, 3])
    """
    tails: dict[tuple[int, int], set[int]] = defaultdict(set)
    heads: dict[tuple[int, int], set[int]] = defaultdict(set)
    for head, relation, tail in facts:
        tails[int(head), int(relation)].add(int(tail))
        heads[int(relation), int(tail)].add(int(head))
    return (
        {key: np.array(sorted(ends)) for key, ends in tails.items()},
        {key: np.array(sorted(ends)) for key, ends in heads.items()},
    )


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors of one graph.

    Attributes:
        kind: How they are compared.
        entities: (entities, dim) float32.
        relations: (relations, dim) float32, or half as wide for RotatE.
    """

    kind: Kind
    entities: Tensor
    relations: Tensor

    def of_tails(self, heads: Tensor, relations: Tensor) -> Tensor:
        """Return the plausibility of every entity as the object of (subject, relation) pairs: (n, entities)."""
        return self._against_all(heads, relations, forward=True)

    def of_heads(self, relations: Tensor, tails: Tensor) -> Tensor:
        """Return the plausibility of every entity as the subject of (relation, object) pairs: (n, entities)."""
        return self._against_all(tails, relations, forward=False)

    def _against_all(self, known: Tensor, relations: Tensor, *, forward: bool) -> Tensor:
        return against(
            self.kind, self.entities[known], self.relations[relations], self.entities, forward=forward
        )


def filtered_ranks(
    embeddings: Embeddings, asked: Facts, known: Iterable[Sequence[int]]
) -> NDArray[np.float64]:
    """Return the rank, from 1, of the right object and of the right subject of facts among all entities.

    Other entities that make a known fact are left out ("filtered", Bordes et al.). Where several are as plausible as the
    right one, its rank is the mean of the best and the worst it could have ("realistic", Ali et al., TPAMI 2021).

    Args:
        embeddings: The vectors.
        asked: The facts.
        known: All facts, the asked ones too.

    Returns:
        (2 n,): objects first, then subjects.
    """
    import torch

    tails, heads = known_ends(known)
    ranks: list[float] = []
    with torch.inference_mode():
        for forward in (True, False):
            for start in range(0, len(asked), _ROWS):
                rows = asked[start : start + _ROWS]
                head, relation, tail = (torch.from_numpy(column.copy()) for column in rows.T)
                scores = (
                    embeddings.of_tails(head, relation) if forward else embeddings.of_heads(relation, tail)
                )
                for row, (h, r, t) in zip(scores.numpy(), rows.tolist(), strict=True):
                    right, others = (t, tails[h, r]) if forward else (h, heads[r, t])
                    ranks.append(_rank(row, right, others))
    return np.array(ranks)


def _rank(scores: NDArray[np.float32], right: int, others: Facts) -> float:
    own = scores[right]
    kept = np.ones(len(scores), dtype=bool)
    kept[others] = False
    better = int((scores[kept] > own).sum())
    equal = int((scores[kept] == own).sum())
    return 1.0 + better + equal / 2


def mean_reciprocal_rank(ranks: NDArray[np.float64]) -> float:
    """Return the mean of 1 / rank, in (0, 1].

    >>> mean_reciprocal_rank(np.array([1.0, 2.0, 4.0]))
    0.5833333333333334
    """
    return float((1 / ranks).mean())


def hits(ranks: NDArray[np.float64], k: int) -> float:
    """Return the share of ranks that are at most k.

    >>> hits(np.array([1.0, 2.0, 4.0]), 2)
    0.6666666666666666
    """
    return float((ranks <= k).mean())


def save_embeddings(
    folder: Path, embeddings: Embeddings, entities: Sequence[str], relations: Sequence[str]
) -> None:
    """Write vectors as float16, and the IRIs of their rows."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {"entities": embeddings.entities.half(), "relations": embeddings.relations.half()}
    save_file(tensors, folder / _VECTORS)
    about = {"kind": embeddings.kind, "entities": list(entities), "relations": list(relations)}
    (folder / _ABOUT).write_text(json.dumps(about, ensure_ascii=False) + "\n", encoding="utf-8")


def read_embeddings(folder: Path) -> tuple[Embeddings, list[str], list[str]]:
    """Return the vectors in a folder, as float32, with the IRIs of the entities and relations in the order of rows.

    Raises:
        GraphError: If the folder holds none, or they are damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        vectors = load_file(folder / _VECTORS)
        entities, relations = (vectors[name].float() for name in ("entities", "relations"))
        found = Embeddings(about["kind"], entities, relations)
        named = [list(map(str, about[name])) for name in ("entities", "relations")]
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise GraphError(
            f"{folder} holds no embeddings that can be read: {error}; train them again"
        ) from error
    if found.kind not in KINDS or [len(entities), len(relations)] != [len(names) for names in named]:
        raise GraphError(f"the embeddings in {folder} do not fit together; train them again")
    return found, named[0], named[1]
