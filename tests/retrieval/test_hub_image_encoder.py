"""CLIP, Chinese-CLIP and SigLIP from tiny checkpoints of random weights in the hub's layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from retrieval.errors import ModelError
from retrieval.hub_image_encoder import FAMILIES, HubImageEncoder, Preparation, _vectors, load_hub
from retrieval.image_encoder import load_image_encoder

SIDE = 32
WORDS = ["a", "red", "blue", "flag", "star", "红", "旗", "the", "of", "with"]
TEXTS = ["a red flag", "a blue star of the flag with a red star", "flag"]
VISION = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
VISION |= {"image_size": SIDE, "patch_size": 8}
TEXT = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}


def pictures() -> list[Pillow.Image]:
    noise = np.random.default_rng(0)
    sizes = [(40, 60), (60, 40), (32, 32), (1, 1), (500, 7), (97, 101)]
    return [
        Pillow.fromarray(noise.integers(0, 256, size=(height, width, 3), dtype=np.uint8))
        for width, height in sizes
    ]


def write_tokenizer(folder: Path, *, begin: str, end: str, pad: str) -> None:
    """Write a tokenizer of whole words; the ending token has the highest id, as CLIP's has."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    specials = list(dict.fromkeys([pad, "[UNK]", begin, *WORDS, end]))
    vocabulary = {word: number for number, word in enumerate(specials)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, vocabulary[begin]), (end, vocabulary[end])]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=begin, eos_token=end, pad_token=pad, unk_token="[UNK]"
    ).save_pretrained(folder)


def write_clip(folder: Path) -> None:
    from transformers import CLIPConfig, CLIPModel

    # hub files of CLIP carry eos_token_id 2, which selects pooling at the highest id
    text = {**TEXT, "vocab_size": 20, "max_position_embeddings": 77, "eos_token_id": 2}
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=VISION, projection_dim=8))
    model.save_pretrained(folder)
    write_tokenizer(folder, begin="<|startoftext|>", end="<|endoftext|>", pad="!")
    write_json(folder / "preprocessor_config.json", {"size": SIDE, "crop_size": SIDE, "do_center_crop": True})


def write_chinese_clip(folder: Path) -> None:
    from transformers import ChineseCLIPConfig, ChineseCLIPModel

    text = {**TEXT, "vocab_size": 20, "max_position_embeddings": 60}
    model = ChineseCLIPModel(ChineseCLIPConfig(text_config=text, vision_config=VISION, projection_dim=8))
    model.save_pretrained(folder)
    write_tokenizer(folder, begin="[CLS]", end="[SEP]", pad="[PAD]")
    said = {"feature_extractor_type": "ChineseCLIPFeatureExtractor", "do_center_crop": False}
    write_json(folder / "preprocessor_config.json", {**said, "size": {"height": SIDE, "width": SIDE}})


def write_siglip(folder: Path) -> None:
    from transformers import SiglipConfig, SiglipModel

    text = {**TEXT, "vocab_size": 20, "max_position_embeddings": 64}
    SiglipModel(SiglipConfig(text_config=text, vision_config=VISION)).save_pretrained(folder)
    write_tokenizer(folder, begin="<bos>", end="</s>", pad="<pad>")
    write_json(folder / "preprocessor_config.json", {"size": {"height": SIDE, "width": SIDE}})


def write_json(place: Path, content: dict[str, Any]) -> None:
    place.write_text(json.dumps(content), encoding="utf-8")


WRITERS: dict[str, Callable[[Path], None]] = {
    "clip": write_clip,
    "chinese_clip": write_chinese_clip,
    "siglip": write_siglip,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    torch.manual_seed(0)
    made = {}
    for kind, write in WRITERS.items():
        made[kind] = tmp_path_factory.mktemp(kind)
        write(made[kind])
    return made


@pytest.fixture(scope="module")
def encoders(folders: dict[str, Path]) -> dict[str, HubImageEncoder]:
    return {kind: load_hub(folder, name=f"tiny-{kind}") for kind, folder in folders.items()}


@pytest.mark.parametrize("kind", WRITERS)
def test_vectors_are_those_of_the_whole_model(kind: str, encoders: dict[str, HubImageEncoder]) -> None:
    encoder = encoders[kind]
    texts, images = encoder.encode_texts(TEXTS), encoder.encode_images(pictures())
    assert texts.shape == (3, encoder.dim) and images.shape == (6, encoder.dim)
    for vectors in (texts, images):
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    pixels = np.stack([encoder._preparation.apply(picture) for picture in pictures()])
    padding = "max_length" if kind == "siglip" else True
    tokens = encoder._tokenizer(TEXTS, padding=padding, max_length=64, return_tensors="pt", truncation=True)
    with torch.inference_mode():
        given = {"input_ids": tokens["input_ids"], "pixel_values": torch.from_numpy(pixels)}
        if kind != "siglip":
            given["attention_mask"] = tokens["attention_mask"]
        whole = encoder._model(**given)
    assert np.allclose(whole.text_embeds.numpy(), texts, atol=1e-5)
    assert np.allclose(whole.image_embeds.numpy(), images, atol=1e-5)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_text_is_the_same_alone_and_among_longer_ones(
    kind: str, encoders: dict[str, HubImageEncoder]
) -> None:
    together = encoders[kind].encode_texts(TEXTS)
    alone = np.concatenate([encoders[kind].encode_texts([text]) for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-5)
    assert not np.allclose(together[0], together[2], atol=1e-3)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_long_text_is_cut_and_an_empty_one_is_read(kind: str, encoders: dict[str, HubImageEncoder]) -> None:
    vectors = encoders[kind].encode_texts(["red " * 500, "", "词"])
    assert np.isfinite(vectors).all()
    assert encoders[kind].encode_texts([]).shape == (0, encoders[kind].dim)


def reference(kind: str, folder: Path) -> Any:
    from transformers.models.chinese_clip.image_processing_pil_chinese_clip import (
        ChineseCLIPImageProcessorPil,
    )
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    classes = {
        "clip": CLIPImageProcessorPil,
        "chinese_clip": ChineseCLIPImageProcessorPil,
        "siglip": SiglipImageProcessorPil,
    }
    return classes[kind].from_pretrained(folder)


@pytest.mark.parametrize("kind", WRITERS)
def test_preparation_is_that_of_the_reference_processor(kind: str, folders: dict[str, Path]) -> None:
    processor = reference(kind, folders[kind])
    said = json.loads((folders[kind] / "preprocessor_config.json").read_text())
    preparation = Preparation.from_config(said, FAMILIES[kind], side=SIDE)
    for picture in pictures():
        expected = processor(picture, return_tensors="np")["pixel_values"][0]
        found = preparation.apply(picture)
        assert found.shape == expected.shape == (3, SIDE, SIDE)
        assert np.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("kind", WRITERS)
def test_without_a_file_about_preparation_that_of_the_family_is_taken(kind: str) -> None:
    from_file = {
        "clip": {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}},
        "chinese_clip": {"do_center_crop": False, "size": {"height": SIDE, "width": SIDE}},
        "siglip": {"size": {"height": SIDE, "width": SIDE}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3},
    }[kind]
    family = FAMILIES[kind]
    assert Preparation.from_config({}, family, side=SIDE) == Preparation.from_config(
        from_file, family, side=99
    )


def test_both_forms_of_features_are_read() -> None:
    tensor = torch.ones(2, 3)
    wrapped = type("Output", (), {"pooler_output": tensor})()
    assert _vectors(tensor) is tensor and _vectors(wrapped) is tensor


def test_the_name_changes_with_the_weights(folders: dict[str, Path], tmp_path: Path) -> None:
    torch.manual_seed(1)
    write_clip(tmp_path)
    names = {load_image_encoder(str(folder)).name for folder in (folders["clip"], tmp_path)}
    assert len(names) == 2
    assert all(len(name.rpartition("@")[2]) == 12 for name in names)


def without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def of_another_kind(folder: Path) -> None:
    write_json(folder / "config.json", {"model_type": "vilt"})


def with_half_the_weights(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    kept = {name: one for name, one in load_file(folder / "model.safetensors").items() if "text" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def broken(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"no weights")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (without_weights, "holds no model.safetensors"),
        (of_another_kind, "describes a vilt; image encoders are clip, chinese_clip, siglip"),
        (with_half_the_weights, "lacks .* weights, among them"),
        (broken, "cannot be loaded"),
    ],
)
def test_what_cannot_be_used_is_refused(spoil: Callable[[Path], None], says: str, tmp_path: Path) -> None:
    write_clip(tmp_path)
    spoil(tmp_path)
    with pytest.raises(ModelError, match=says):
        load_image_encoder(str(tmp_path))


def test_a_name_that_is_nowhere_names_the_command_and_the_built_in_one() -> None:
    with pytest.raises(ModelError, match=r"hf download nobody/nothing .*built-in image encoder is \"small\""):
        load_image_encoder("nobody/nothing")
