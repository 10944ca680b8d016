"""A whole course of a few steps, and what its batches hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from kbqa.errors import InputError
from kbqa.training.image_course import Course, Lesson, Recipe, distorted
from kbqa.training.image_text import Made, train_image_text
from kbqa.training.pictured import Pictured
from retrieval.image_encoder import load_image_encoder
from retrieval.text_encoder import TransformerEncoder, load_text_encoder
from retrieval.token_states import TokenStates
from retrieval.towers import Towers


@pytest.fixture(scope="module")
def encoder(shared_teacher: Path) -> TransformerEncoder:
    loaded = load_text_encoder(str(shared_teacher))
    assert isinstance(loaded, TransformerEncoder)
    return loaded


def pictured(count: int = 8) -> Pictured:
    pixels = np.random.default_rng(0).integers(0, 256, size=(count, 3, 64, 64), dtype=np.uint8)
    captions = tuple((f"picture number {n}", f"the {n} of them", "a picture") for n in range(count))
    wrong = tuple((f"not number {n}",) for n in range(count))
    return Pictured("test", pixels, captions, wrong)


def course(encoder: TransformerEncoder, recipe: Recipe) -> Course:
    torch.manual_seed(0)
    given = pictured()
    texts = [text for group in (*given.captions, *given.wrong) for text in group]
    return Course(
        Towers(encoder.dim, 16), [Lesson(given, 1.0)], TokenStates(encoder, texts), recipe=recipe, seed=0
    )


def test_a_batch_marks_every_right_text_and_holds_wrong_ones(encoder: TransformerEncoder) -> None:
    pixels, texts, positive = course(encoder, Recipe(batch=8))._batch()
    assert pixels.shape == (8, 3, 64, 64) and pixels.dtype == torch.float32
    assert positive.shape == (8, len(texts))
    assert sum(text.startswith("not") for text in texts) == 8
    for column, text in enumerate(texts):
        right = int(positive[:, column].sum())
        assert right == (0 if text.startswith("not") else 8 if text == "a picture" else 1)


def test_infonce_knows_one_text_of_each_picture(encoder: TransformerEncoder) -> None:
    _, texts, positive = course(encoder, Recipe(loss="infonce", batch=8))._batch()
    assert not any(text.startswith("not") for text in texts)
    assert (positive.sum(1) == 1).all()


def test_the_loss_falls(encoder: TransformerEncoder) -> None:
    losses = []
    one = course(encoder, Recipe(batch=8, warm_up=2))
    for step in range(1, 31):
        losses.append(one._step(step, 0.0))
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:5])


def test_distortion_keeps_pictures_recognisable() -> None:
    pixels = torch.from_numpy(pictured(4).pixels // 4 + 96)
    pixels[:, 0, :, :32] = 255
    for turned in (False, True):
        seen = distorted(pixels, torch.Generator().manual_seed(0), turned=turned)
        assert seen.shape == pixels.shape and seen.abs().max() < 1.4
    left, right = (
        distorted(pixels, torch.Generator().manual_seed(1), turned=False)[:, 0, :, part].mean()
        for part in (slice(0, 24), slice(40, 64))
    )
    assert left > right + 0.5


def test_a_model_folder_is_written_that_loads(
    shared_teacher: Path, tmp_path: Path, encoder: TransformerEncoder
) -> None:
    folder = tmp_path / "data" / "dogs"
    folder.mkdir(parents=True)
    Pillow.new("RGB", (9, 5), "red").save(folder / "a.png")
    (folder / "m.jsonl").write_text('{"file": "a.png", "captions": ["a red dog"]}')
    steps = train_image_text(
        tmp_path / "data",
        tmp_path / "out",
        made=Made(flags=2, scenes=1),
        steps=2,
        recipe=Recipe(batch=4, log_every=1),
        text_encoder=str(shared_teacher),
    )
    assert steps == 2
    loaded = load_image_encoder(str(tmp_path / "out"), text_encoder=encoder)
    assert loaded.encode_texts(["a red flag"]).shape == (1, loaded.dim)
    with pytest.raises(InputError, match="no folder with a manifest"):
        train_image_text(tmp_path / "out", tmp_path / "no", steps=1, text_encoder=str(shared_teacher))
