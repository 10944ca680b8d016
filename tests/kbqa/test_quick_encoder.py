"""An encoder for texts that are compared and forgotten: near the other one's vectors, and that one where none is quicker."""

from __future__ import annotations

from types import ModuleType

import pytest

from kbqa.storage.encoder import DEFAULT, QuickEncoder, load_encoder
from retrieval import text_encoder

TEXTS = ["The Velda springs in the Grey Hills.", "维尔达河发源于灰山。", "Who wrote Alien?"]


def test_vectors_are_near_those_of_the_other_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_encoder, "computes_whole", lambda: True)
    encoder = load_encoder(DEFAULT)
    quick = QuickEncoder(encoder)
    assert (quick.name, quick.dim) == (encoder.name, encoder.dim)
    exact, near = encoder.encode(TEXTS), quick.encode(TEXTS)
    cosines = (exact * near).sum(1)
    assert cosines.min() > 0.99
    assert cosines.max() < 1.0 - 1e-6, "it computes otherwise"
    assert abs(exact @ exact.T - near @ near.T).max() < 0.03


def test_without_whole_numbers_or_layers_it_is_the_other_encoder(
    bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_encoder, "computes_whole", lambda: False)
    encoder = load_encoder(DEFAULT)
    assert (QuickEncoder(encoder).encode(TEXTS) == encoder.encode(TEXTS)).all()
    other = bases.HashEncoder()
    assert (QuickEncoder(other).encode(TEXTS) == other.encode(TEXTS)).all()
