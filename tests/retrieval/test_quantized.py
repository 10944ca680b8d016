"""8-bit weights: small error, zero stays zero, damaged files are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from retrieval import ModelError
from retrieval.quantized import Rows, load_weights, save_weights, whole


def test_error_is_at_most_half_a_step(tmp_path: Path) -> None:
    weights = torch.tensor([[0.9, -0.1, 0.05, -0.7, 0.3, -0.2], [0.0] * 6, [1e-4, 0, 0, 0, 0, -2e-4]])
    save_weights({"w": weights, "b": torch.tensor([0.5, -2.0])}, tmp_path / "m.safetensors")
    read = load_weights(tmp_path / "m.safetensors")
    steps = weights.abs().amax(1, keepdim=True) / 127
    assert ((read["w"] - weights).abs() <= steps / 2 + 1e-9).all()
    assert (read["w"][1] == 0).all()
    assert read["w"].dtype == torch.float32
    assert read["b"].tolist() == [0.5, -2.0]
    assert set(read) == {"w", "b"}


def test_matrices_take_a_quarter(tmp_path: Path) -> None:
    save_weights({"w": torch.randn(100, 400)}, tmp_path / "m.safetensors")
    assert (tmp_path / "m.safetensors").stat().st_size < 100 * 400 * 1.05


def test_ordinary_files_are_read_as_they_are(tmp_path: Path) -> None:
    tensors = {"w": torch.randn(3, 4), "i": torch.arange(3), "norm.scale": torch.ones(3)}
    save_file(tensors, tmp_path / "m.safetensors")
    read = load_weights(tmp_path / "m.safetensors")
    assert set(read) == set(tensors)
    assert all(torch.equal(read[name], tensors[name]) for name in tensors)


def test_scales_must_fit(tmp_path: Path) -> None:
    save_weights({"w": torch.randn(3, 4)}, tmp_path / "m.safetensors")
    stored = load_file(tmp_path / "m.safetensors")
    save_file({**stored, "w.scale": torch.ones(2)}, tmp_path / "m.safetensors")
    with pytest.raises(ModelError, match=r"w\.scale of shape \(2,\) does not fit w of shape \(3, 4\)"):
        load_weights(tmp_path / "m.safetensors")


def test_damaged_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"m\.safetensors cannot be read"):
        load_weights(tmp_path / "m.safetensors")


def test_a_matrix_of_whole_numbers_maps_exactly() -> None:
    states = torch.tensor([[127.0, -3.0, 0.0], [0.0, 0.0, 0.0], [-254.0, 2.0, 64.0]])
    matrix = torch.tensor([[1.0, 2.0, 127.0], [-127.0, 5.0, 0.0]])
    stored = whole("w", matrix)
    found = Rows.of(states).linear(stored["w"], stored["w.scale"], torch.tensor([0.5, -1.0]))
    assert torch.equal(found, states @ matrix.T + torch.tensor([0.5, -1.0]))


def test_a_row_is_mapped_alone_as_among_others() -> None:
    chance = torch.Generator().manual_seed(0)
    states, matrix = torch.randn(40, 64, generator=chance), torch.randn(48, 64, generator=chance)
    stored, bias = whole("w", matrix), torch.zeros(48)
    together = Rows.of(states).linear(stored["w"], stored["w.scale"], bias)
    one = Rows.of(states[7:8] * 1.0).linear(stored["w"], stored["w.scale"], bias)
    assert torch.equal(together[7:8], one)
    exact = states @ matrix.T
    assert float((together - exact).norm() / exact.norm()) < 0.02
