"""The image encoder that is trained here, with random weights over a tiny text encoder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from retrieval.bert import Bert
from retrieval.errors import ModelError
from retrieval.image_encoder import load_image_encoder
from retrieval.images import open_image
from retrieval.pixels import SIDE, to_pixels
from retrieval.small_image_encoder import SmallImageEncoder, load_small, save_towers
from retrieval.text_encoder import TransformerEncoder
from retrieval.token_states import MAX_TOKENS, TokenStates, token_states
from retrieval.towers import Towers
from retrieval.types import PartsEncoder

WIDTH, DIM = 8, 16


def text_encoder(name: str = "tiny@0123456789ab") -> TransformerEncoder:
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=200,
        hidden_size=WIDTH,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=128,
    )
    bert = Bert.from_checkpoint(BertModel(config).state_dict(), config.to_dict(), precision=torch.float32)

    def tokenise(texts: list[str]) -> list[list[int]]:
        return [[1, *(3 + ord(char) % 190 for char in text), 2] for text in texts]

    return TransformerEncoder(name, WIDTH, tokenise, bert, pooling="mean")  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    save_towers(Towers(WIDTH, DIM), tmp_path / "towers", text_encoder="other name@0123456789ab")
    return tmp_path / "towers"


@pytest.fixture
def encoder(folder: Path) -> SmallImageEncoder:
    return load_small(folder, name="towers", text_encoder=text_encoder())


def noise(*sizes: tuple[int, int]) -> list[Pillow.Image]:
    random = np.random.default_rng(0)
    return [
        Pillow.fromarray(random.integers(0, 256, size=(high, wide, 3), dtype=np.uint8))
        for wide, high in sizes
    ]


def test_vectors_have_unit_length_and_do_not_depend_on_what_is_beside_them(
    encoder: SmallImageEncoder,
) -> None:
    pictures, texts = noise((40, 60), (1, 1), (300, 20)), ["red", "a much longer text", "红旗"]
    for together, alone in (
        (encoder.encode_images(pictures), [encoder.encode_images([one])[0] for one in pictures]),
        (encoder.encode_texts(texts), [encoder.encode_texts([one])[0] for one in texts]),
    ):
        assert together.shape == (3, DIM) and together.dtype == np.float32
        assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
        assert np.allclose(together, np.stack(alone), atol=1e-5)
    assert encoder.encode_texts([]).shape == encoder.encode_images([]).shape == (0, DIM)


def test_parts_are_places_and_tokens(encoder: SmallImageEncoder) -> None:
    assert isinstance(encoder, PartsEncoder)
    (places,) = encoder.image_parts(noise((50, 50)))
    assert places.shape == (16, DIM)
    assert [parts.shape for parts in encoder.text_parts(["abc", "abcde"])] == [(3, DIM), (5, DIM)]
    assert np.allclose(np.linalg.norm(places, axis=1), 1.0, atol=1e-5)


def test_where_a_colour_is_matters(encoder: SmallImageEncoder) -> None:
    picture = Pillow.new("RGB", (64, 64), "white")
    picture.paste("red", (0, 0, 32, 64))
    mirrored = picture.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT)
    one, other = encoder.encode_images([picture, mirrored])
    assert not np.allclose(one, other, atol=1e-3)


def test_the_folder_is_found_by_the_loader_and_named_by_its_weights(folder: Path) -> None:
    loaded = load_image_encoder(str(folder), text_encoder=text_encoder())
    assert loaded.name.startswith("towers@") and len(loaded.name) == len("towers@") + 12
    assert loaded.dim == DIM
    with pytest.raises(ModelError, match="stands on a text encoder"):
        load_image_encoder(str(folder))


def test_another_text_encoder_is_refused(folder: Path) -> None:
    with pytest.raises(
        ModelError, match=r"stands on the text encoder other name@0123456789ab, not on tiny@ff"
    ):
        load_small(folder, name="towers", text_encoder=text_encoder("tiny@ffffffffffff"))


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("config.json", "[]", "no JSON object"),
        ("config.json", '{"model_type": "kbqa-image-text"}', "describes no image encoder"),
        ("config.json", None, "config.json is missing"),
        ("model.safetensors", None, "cannot be read"),
        ("model.safetensors", "damaged", "cannot be read"),
    ],
)
def test_damaged_folders_are_refused(folder: Path, file: str, content: str | None, says: str) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)
    with pytest.raises(ModelError, match=says):
        load_small(folder, name="towers", text_encoder=text_encoder())


def test_weights_of_another_size_are_refused(folder: Path) -> None:
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**settings, "dim": DIM + 1}))
    with pytest.raises(ModelError, match="does not fit"):
        load_small(folder, name="towers", text_encoder=text_encoder())


def test_states_kept_are_those_computed(encoder: SmallImageEncoder) -> None:
    texts = ["red star", "x" * 300, "a"]
    kept = TokenStates(text_encoder(), [*texts, "red star"])
    states, mask = kept.gather(texts)
    assert states.shape == (3, MAX_TOKENS, WIDTH) and mask.sum(1).tolist() == [10, MAX_TOKENS, 3]
    computed, real = token_states(text_encoder(), texts)
    assert torch.equal(mask, real)
    assert torch.allclose(states[mask], computed[real], atol=2e-3)


def hostile(path: Path, kind: str) -> Path:
    """Write a picture of a difficult kind."""
    picture = noise((31, 17))[0]
    match kind:
        case "cmyk":
            picture.convert("CMYK").save(path.with_suffix(".jpg"))
            return path.with_suffix(".jpg")
        case "16 bit":
            Pillow.fromarray(np.arange(31 * 17, dtype=np.uint16).reshape(17, 31) * 100).save(path)
        case "animated":
            picture.save(path, save_all=True, append_images=noise((31, 17), (31, 17)))
        case "turned":
            exif = Pillow.Exif()
            exif[274] = 6
            picture.save(path.with_suffix(".jpg"), exif=exif)
            return path.with_suffix(".jpg")
        case "one pixel":
            Pillow.new("L", (1, 1)).save(path)
        case "clear":
            Pillow.new("RGBA", (9, 9), (0, 0, 0, 0)).save(path)
        case "wide":
            Pillow.new("P", (6000, 1)).save(path)
    return path


@pytest.mark.parametrize("kind", ["cmyk", "16 bit", "animated", "turned", "one pixel", "clear", "wide"])
def test_difficult_pictures_have_vectors(encoder: SmallImageEncoder, tmp_path: Path, kind: str) -> None:
    picture = open_image(hostile(tmp_path / "picture.png", kind))
    assert to_pixels([picture]).shape == (1, 3, SIDE, SIDE)
    assert np.isfinite(encoder.encode_images([picture])).all()
