"""How much each way of searching counts for questions of each language: what `kbqa train fusion` learnt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast, get_args

from kbqa.types import Language
from retrieval.types import HitSource

__all__ = ["FUSION", "Fusion", "read_fusion", "shipped_fusion", "write_fusion"]

Fusion = Mapping[Language, Mapping[HitSource, float]]
"""Language of a question → source → how much its scores count."""
FUSION = Path(__file__).parent / "weights" / "fusion.json"


def read_fusion(path: Path) -> Fusion:
    """Return the weights in a file that `kbqa train fusion` wrote.

    Raises:
        ValueError: If it holds something else.
    """
    stored = json.loads(path.read_text(encoding="utf-8"))
    if set(stored) != set(get_args(Language)):
        raise ValueError(f"{path}: holds the languages {sorted(stored)}, not {sorted(get_args(Language))}")
    return {language: _weights(path, found) for language, found in stored.items()}


def _weights(path: Path, found: Mapping[str, float]) -> Mapping[HitSource, float]:
    unknown = sorted(set(found) - set(get_args(HitSource)))
    if unknown:
        raise ValueError(f"{path}: there is no search {unknown[0]!r}")
    return {cast("HitSource", source): float(weight) for source, weight in found.items()}


def write_fusion(path: Path, fusion: Fusion) -> None:
    """Write weights as `read_fusion` reads them."""
    rounded = {
        language: {source: round(weight, 4) for source, weight in weights.items()}
        for language, weights in fusion.items()
    }
    path.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")


@lru_cache(maxsize=1)
def shipped_fusion() -> Fusion:
    """Return the weights that come with kbqa."""
    return read_fusion(FUSION)
