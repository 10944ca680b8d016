"""States of a reader's tokens → states that know the entities which these name (ERNIE, Zhang et al., ACL 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.reading.windows import Window
from kg.embeddings import Embeddings, read_embeddings, save_embeddings
from kg.errors import GraphError
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

    from kbqa.encoders.ernie import FusionLayer

__all__ = ["FUSION", "EntityFusion", "load_fusion"]

FUSION = "fusion."
"""How the names of the fusion's weights begin."""
_HEADS, _ENTITY_HEADS = 6, 4
_INNER = 384


@dataclass(frozen=True, slots=True)
class EntityFusion:
    """One aggregator of ERNIE before the last layers, with the vectors of a graph's entities, which stay as they are.

    Attributes:
        layer: The aggregator.
        embeddings: Vectors of the graph.
        entities: IRIs of their rows.
        relations: IRIs of the relations' rows.
        numbers: IRI → number of its row, from 1.
    """

    layer: FusionLayer
    embeddings: Embeddings
    entities: Sequence[str]
    relations: Sequence[str]
    numbers: Mapping[str, int]

    @classmethod
    def new(
        cls, embeddings: Embeddings, entities: Sequence[str], relations: Sequence[str], *, dim: int, seed: int
    ) -> EntityFusion:
        """Return a fusion that changes no state's direction yet: what is added to it begins at zero.

        Args:
            embeddings: Vectors of the graph; their number of components must be divisible by 4.
            entities: IRIs of their rows.
            relations: IRIs of the relations' rows.
            dim: Components of a token's state.
            seed: Of the random weights.
        """
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            layer = _layer(dim, embeddings.entities.shape[1])
        for part in (layer.token_attention.out_proj, layer.to_tokens):
            torch.nn.init.zeros_(part.weight)
            torch.nn.init.zeros_(part.bias)
        return cls(layer, embeddings, entities, relations, _numbered(entities))

    def __call__(self, states: Tensor, windows: Sequence[Window]) -> Tensor:
        """Return (windows, length, dim) states of the windows' tokens, fused with the entities that these name."""
        import torch

        from kbqa.encoders.ernie import align

        length = states.shape[1]
        marked = [
            align(length, [(at, self.numbers[iri]) for at, iri in window.entities if iri in self.numbers])
            for window in windows
        ]
        aligned = torch.stack([one for one, _ in marked])
        rows = torch.stack([numbers for _, numbers in marked])
        vectors = self.embeddings.entities[(rows - 1).clamp(min=0)] * aligned[..., None]
        sizes = torch.tensor([len(window.tokens) for window in windows])
        seen = torch.arange(length) < sizes[:, None]
        tokens, _ = self.layer(states, vectors, seen, aligned)
        fused: Tensor = tokens
        return fused

    def weights(self) -> dict[str, Parameter]:
        """Return the weights that are learnt, by name."""
        return {f"{FUSION}{name}": tensor for name, tensor in self.layer.named_parameters()}

    def save(self, folder: Path) -> None:
        """Write the vectors of the entities; the weights are saved with those of the reader."""
        save_embeddings(folder, self.embeddings, self.entities, self.relations)


def load_fusion(folder: Path, weights: Mapping[str, Tensor], *, dim: int) -> EntityFusion:
    """Return the fusion of a reader's folder.

    Args:
        folder: With the vectors of the entities.
        weights: Of the folder, by name.
        dim: Components of a token's state.

    Raises:
        ModelError: If vectors or weights are missing, damaged, not finite or of the wrong shape.
    """
    try:
        embeddings, entities, relations = read_embeddings(folder)
    except GraphError as error:
        raise ModelError(str(error)) from error
    layer = _layer(dim, embeddings.entities.shape[1])
    own = {name.removeprefix(FUSION): tensor for name, tensor in weights.items() if name.startswith(FUSION)}
    if not all(tensor.isfinite().all() for tensor in (*own.values(), embeddings.entities)):
        raise ModelError(f"the reader in {folder} is damaged: its fusion holds what is no number")
    try:
        layer.load_state_dict(own)
    except RuntimeError as error:
        raise ModelError(f"the reader in {folder} does not fit together: {error}") from error
    return EntityFusion(layer.eval(), embeddings, entities, relations, _numbered(entities))


def _layer(dim: int, entity_dim: int) -> FusionLayer:
    from kbqa.encoders.ernie import FusionLayer

    heads = next(heads for heads in (_HEADS, 4, 2, 1) if dim % heads == 0)
    return FusionLayer(dim, entity_dim, heads=heads, entity_heads=_ENTITY_HEADS, inner=_INNER)


def _numbered(entities: Sequence[str]) -> dict[str, int]:
    return {iri: number for number, iri in enumerate(entities, start=1)}
