"""The recipe on tiny data: it learns, keeps English, repeats itself, and writes a folder that loads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kbqa.training.bilingual_data import hold_out, read_sentences
from kbqa.training.bilingual_scores import neighbours
from kbqa.training.course import Recipe
from kbqa.training.text_encoder import train_text_encoder
from retrieval import load_text_encoder

TINY = Recipe(
    batch=16, negatives=16, rate=2e-3, embedding_rate=2e-2, characters=50, words=10, held_out=10, watched=5, look_every=50
)  # fmt: skip
SENTENCES = ["the dog sees the cat.", "who is the teacher", "water"]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_training_teaches_chinese_and_keeps_english(data: Path, teacher: Path, tmp_path: Path) -> None:
    _, held = hold_out(read_sentences(data), 15, seed=0)
    before = neighbours(load_text_encoder(str(teacher)), held[:10])
    after = train_text_encoder(data, tmp_path / "out", steps=200, recipe=TINY, teacher=teacher)
    assert after.to_english + after.to_chinese >= before.to_english + before.to_chinese + 0.3
    assert after.count == 10
    student, guide = load_text_encoder(str(tmp_path / "out")), load_text_encoder(str(teacher))
    assert (student.encode(SENTENCES) * guide.encode(SENTENCES)).sum(1).min() > 0.9


def test_same_seed_gives_the_same_weights(data: Path, teacher: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        train_text_encoder(data, tmp_path / name, steps=5, recipe=TINY, teacher=teacher)
    first, second = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("first", "second"))
    assert first == second


def test_time_ends_the_training(data: Path, teacher: Path, tmp_path: Path) -> None:
    train_text_encoder(data, tmp_path / "out", minutes=1e-9, steps=10**9, recipe=TINY, teacher=teacher)
    assert (tmp_path / "out/model.safetensors").is_file()


def test_checkpoints_load(data: Path, teacher: Path, tmp_path: Path) -> None:
    looks = Recipe(**{**{name: getattr(TINY, name) for name in TINY.__slots__}, "look_every": 2})
    train_text_encoder(
        data, tmp_path / "out", steps=2, recipe=looks, teacher=teacher, checkpoints=tmp_path / "kept"
    )
    assert load_text_encoder(str(tmp_path / "kept")).encode(["狗"]).shape == (1, 32)


def test_what_is_written_says_what_was_learnt(data: Path, teacher: Path, tmp_path: Path) -> None:
    """8-bit weights give nearly the vectors of the trained ones."""
    from kbqa.training import text_encoder as recipe

    entries = recipe.read_dictionary(data)
    vocabulary, student = recipe._start(teacher, data, entries, read_sentences(data), TINY)
    recipe._write(tmp_path / "out", teacher, vocabulary, student)
    texts = [pair.chinese for pair in read_sentences(data)[:20]] + SENTENCES
    with torch.inference_mode():
        exact = student.encode([encoding.ids for encoding in vocabulary.load().encode_batch(texts)]).numpy()
    cosines = (exact * load_text_encoder(str(tmp_path / "out")).encode(texts)).sum(1)
    assert cosines.min() > 0.995
    assert np.isfinite(cosines).all()
