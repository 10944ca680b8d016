"""States of a reader's tokens → states that know the entities which these name.

Either as ERNIE fuses them (Zhang et al., ACL 2019), with one entity for each name, or with KnowBERT's attention (Peters et
al., EMNLP 2019), which weighs all that a name may mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from kbqa.reading.windows import TokenEntity, Window
from kg.embeddings import Embeddings, read_embeddings, save_embeddings
from kg.errors import GraphError
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Linear, Module, Parameter

    from kbqa.encoders.ernie import FusionLayer
    from kbqa.encoders.knowbert import KnowledgeAttention

__all__ = [
    "FUSION",
    "CandidateAttention",
    "EntityFusion",
    "EntityVectors",
    "Fusion",
    "fusion_weights",
    "load_fusion",
    "new_fusion",
]

FUSION = "fusion."
"""How the names of the fusion's weights begin."""
Fused = Literal["entities", "candidates"]
_HEADS, _ENTITY_HEADS = 6, 4
_INNER = 384


class Fusion(Protocol):
    """Puts what a graph knows into the states of tokens."""

    @property
    def vectors(self) -> EntityVectors:
        """Of the entities; they stay as they are."""
        ...

    @property
    def layer(self) -> Module:
        """What is learnt."""
        ...

    def __call__(self, states: Tensor, windows: Sequence[Window]) -> tuple[Tensor, Tensor | None]:
        """Return new (windows, length, dim) states, and the loss of choosing among meanings where there is one."""
        ...


@dataclass(frozen=True, slots=True)
class EntityVectors:
    """Vectors of a graph's entities.

    Attributes:
        embeddings: The vectors.
        entities: IRIs of their rows.
        relations: IRIs of the relations' rows.
        numbers: IRI → number of its row, from 1.
    """

    embeddings: Embeddings
    entities: Sequence[str]
    relations: Sequence[str]
    numbers: Mapping[str, int]

    @classmethod
    def of(cls, embeddings: Embeddings, entities: Sequence[str], relations: Sequence[str]) -> EntityVectors:
        """Return the vectors with their rows numbered."""
        numbers = {iri: number for number, iri in enumerate(entities, start=1)}
        return cls(embeddings, entities, relations, numbers)

    @property
    def dim(self) -> int:
        """Components of a vector."""
        return int(self.embeddings.entities.shape[1])

    def rows(self, numbers: Tensor) -> Tensor:
        """Return (..., dim) vectors of numbers (...), zero for number 0."""
        vectors: Tensor = self.embeddings.entities[(numbers - 1).clamp(min=0)] * (numbers > 0)[..., None]
        return vectors

    def save(self, folder: Path) -> None:
        """Write the vectors; the weights of the fusion are saved with those of the reader."""
        save_embeddings(folder, self.embeddings, self.entities, self.relations)


@dataclass(frozen=True, slots=True)
class EntityFusion:
    """One aggregator of ERNIE before the last layers: a name's first token is fused with the entity that it names."""

    layer: FusionLayer
    vectors: EntityVectors

    def __call__(self, states: Tensor, windows: Sequence[Window]) -> tuple[Tensor, None]:
        """Return (windows, length, dim) states of the windows' tokens, fused with the entities that these name."""
        import torch

        from kbqa.encoders.ernie import align

        length, numbers = states.shape[1], self.vectors.numbers
        marked = [
            align(length, [(one.first, numbers[one.iri]) for one in window.entities if one.iri in numbers])
            for window in windows
        ]
        aligned = torch.stack([one for one, _ in marked])
        vectors = self.vectors.rows(torch.stack([rows for _, rows in marked]))
        sizes = torch.tensor([len(window.tokens) for window in windows])
        seen = torch.arange(length) < sizes[:, None]
        tokens, _ = self.layer(states, vectors, seen, aligned)
        fused: Tensor = tokens
        return fused, None

    def outputs(self) -> list[Linear]:
        """Return the parts that write into the states of tokens."""
        return [self.layer.token_attention.out_proj, self.layer.to_tokens]


@dataclass(frozen=True, slots=True)
class CandidateAttention:
    """One layer of KnowBERT before the last layers: every token attends to what the names of its window may mean.

    Meanings that the graph's vectors lack are left out, and names without any.
    """

    layer: KnowledgeAttention
    vectors: EntityVectors

    def __call__(self, states: Tensor, windows: Sequence[Window]) -> tuple[Tensor, Tensor | None]:
        """Return the states, and the linker's margin loss over the names whose meaning is known; None without any name."""
        import torch

        from kbqa.encoders.knowbert import margin_loss

        named = [self._named(window) for window in windows]
        names = max(map(len, named))
        if names == 0:
            return states, None
        most = max(len(meanings) for row in named for _, meanings in row)
        spans = torch.zeros(len(windows), names, 2, dtype=torch.int64)
        numbers = torch.zeros(len(windows), names, most, dtype=torch.int64)
        priors = torch.zeros(len(windows), names, most)
        right = torch.zeros(len(windows), names, most, dtype=torch.bool)
        for row, found in enumerate(named):
            for at, (one, meanings) in enumerate(found):
                spans[row, at] = torch.tensor([one.first, one.end])
                for place, (iri, prior) in enumerate(meanings):
                    numbers[row, at, place] = self.vectors.numbers[iri]
                    priors[row, at, place] = prior
                    right[row, at, place] = iri == one.iri
        known = numbers > 0
        new, scores, _ = self.layer(states, spans, self.vectors.rows(numbers), priors, known)
        return new, margin_loss(scores, right, known & right.any(2, keepdim=True))

    def outputs(self) -> list[Linear]:
        """Return the parts that write into the states of tokens."""
        return [self.layer.back]

    def _named(self, window: Window) -> list[tuple[TokenEntity, list[tuple[str, float]]]]:
        """Return the names of a window, each with those of its meanings that have vectors."""
        found = []
        for one in window.entities:
            meanings = one.meanings or ((one.iri, 1.0),)
            known = [(iri, prior) for iri, prior in meanings if iri in self.vectors.numbers]
            if known:
                found.append((one, known))
        return found


def new_fusion(kind: Fused, vectors: EntityVectors, *, dim: int, seed: int) -> Fusion:
    """Return a fusion that changes hardly anything yet: what it adds to a state begins at zero.

    Args:
        kind: "entities" for ERNIE's, "candidates" for KnowBERT's.
        vectors: Of the graph's entities; their number of components must be divisible by 4.
        dim: Components of a token's state.
        seed: Of the random weights.
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fusion = _fusion(kind, vectors, dim)
    for part in fusion.outputs():
        torch.nn.init.zeros_(part.weight)
        torch.nn.init.zeros_(part.bias)
    return fusion


def load_fusion(kind: Fused, folder: Path, weights: Mapping[str, Tensor], *, dim: int) -> Fusion:
    """Return the fusion of a reader's folder.

    Args:
        kind: "entities" for ERNIE's, "candidates" for KnowBERT's.
        folder: With the vectors of the entities.
        weights: Of the folder, by name.
        dim: Components of a token's state.

    Raises:
        ModelError: If vectors or weights are missing, damaged, not finite or of the wrong shape.
    """
    try:
        vectors = EntityVectors.of(*read_embeddings(folder))
    except GraphError as error:
        raise ModelError(str(error)) from error
    fusion = _fusion(kind, vectors, dim)
    own = {name.removeprefix(FUSION): tensor for name, tensor in weights.items() if name.startswith(FUSION)}
    if not all(tensor.isfinite().all() for tensor in (*own.values(), vectors.embeddings.entities)):
        raise ModelError(f"the reader in {folder} is damaged: its fusion holds what is no number")
    try:
        fusion.layer.load_state_dict(own)
    except RuntimeError as error:
        raise ModelError(f"the reader in {folder} does not fit together: {error}") from error
    fusion.layer.eval()
    return fusion


def fusion_weights(fusion: Fusion) -> dict[str, Parameter]:
    """Return the weights of a fusion that are learnt, by name."""
    return {f"{FUSION}{name}": tensor for name, tensor in fusion.layer.named_parameters()}


def _fusion(kind: Fused, vectors: EntityVectors, dim: int) -> EntityFusion | CandidateAttention:
    from kbqa.encoders.ernie import FusionLayer
    from kbqa.encoders.knowbert import KnowledgeAttention

    if kind == "candidates":
        layer = KnowledgeAttention(dim, vectors.dim, heads=_ENTITY_HEADS, inner=_INNER)
        return CandidateAttention(layer, vectors)
    heads = next(heads for heads in (_HEADS, 4, 2, 1) if dim % heads == 0)
    fusing = FusionLayer(dim, vectors.dim, heads=heads, entity_heads=_ENTITY_HEADS, inner=_INNER)
    return EntityFusion(fusing, vectors)
