"""Encoders keep to what is visible: on tiny checkpoints of each kind, in the hub's format, with random weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from kbqa.encoders.backbone import Backbone, additive_mask, batch_trees, load_backbone
from kbqa.encoders.sentence_tree import Mention, SentenceTree, grow_tree
from retrieval.errors import ModelError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"w{number}" for number in range(95))]
SIZES = {
    "vocab_size": 100,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 72,
}
KINDS = ("bert", "roberta", "ernie", "xlm-roberta")


def write_checkpoint(folder: Path, kind: str, *, seed: int = 0) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

    torch.manual_seed(seed)
    padding = 1 if "roberta" in kind else 0
    config = AutoConfig.for_model(kind, pad_token_id=padding, **SIZES)
    AutoModel.from_config(config).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(
        folder
    )
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = write_checkpoint(tmp_path_factory.mktemp(kind), kind)
        return made[kind]

    return make


@pytest.fixture(params=[(kind, attention) for kind in KINDS for attention in ("eager", "sdpa")], ids="-".join)
def backbone(request: pytest.FixtureRequest, checkpoint: Callable[[str], Path]) -> Backbone:
    kind, attention = request.param
    return load_backbone(str(checkpoint(kind)), attention=attention)


def paper(china: int = 39) -> SentenceTree:
    text = [30, 31, 32, 35, 36, 37, 42]
    mentions = [Mention(1, 3, ((33, 34),)), Mention(5, 6, ((38, china), (40, 41)))]
    return grow_tree(text, mentions, length=64)


def states(backbone: Backbone, *trees: SentenceTree) -> list[torch.Tensor]:
    with torch.inference_mode():
        return backbone(*batch_trees(trees, padding=backbone.padding))


def test_a_change_reaches_as_far_as_the_matrix_lets_it(backbone: Backbone) -> None:
    one, other = states(backbone, paper()), states(backbone, paper(china=77))
    changed = [
        set(((a - b).abs().amax(2)[0] > 0).nonzero().flatten().tolist())
        for a, b in zip(one, other, strict=True)
    ]
    assert changed == [{9}, {7, 8, 9}, {0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12}, set(range(13))]


def test_without_facts_it_is_the_plain_encoder(backbone: Backbone) -> None:
    text = [30, 31, 32, 35, 36, 37, 42]
    tokens = torch.tensor([text])
    with torch.inference_mode():
        plain = backbone.model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state
    ours = states(backbone, grow_tree(text, length=64))[-1]
    assert (ours - plain).abs().max() <= 1e-6


def test_the_order_of_siblings_only_moves_them(backbone: Backbone) -> None:
    text, one, other = [30, 35, 36, 37, 42], (38, 39), (40, 41, 43)
    first = states(backbone, grow_tree(text, [Mention(3, 4, (one, other))], length=64))[-1][0]
    second = states(backbone, grow_tree(text, [Mention(3, 4, (other, one))], length=64))[-1][0]
    order = [0, 1, 2, 3, 7, 8, 4, 5, 6, 9]
    assert (first - second[order]).abs().max() <= 1e-5


def test_padding_changes_nothing(backbone: Backbone) -> None:
    short, long = grow_tree([30, 31], [Mention(1, 2, ((40,),))], length=64), paper()
    alone, together = states(backbone, short)[-1][0], states(backbone, short, long)[-1]
    assert (alone - together[0, : len(short)]).abs().max() <= 1e-5
    assert together.isfinite().all()


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_no_number_is_lost_in_any_precision(
    checkpoint: Callable[[str], Path], precision: torch.dtype, attention: str
) -> None:
    backbone = load_backbone(str(checkpoint("bert")), attention=attention)  # type: ignore[arg-type]
    backbone.model.to(precision)
    found = states(backbone, paper(), grow_tree([30], length=64))
    assert all(state.isfinite().all() for state in found)
    assert found[-1].dtype == precision


def test_both_kinds_of_attention_agree(checkpoint: Callable[[str], Path]) -> None:
    one, other = (
        states(load_backbone(str(checkpoint("bert")), attention=kind), paper())[-1]
        for kind in ("eager", "sdpa")
    )
    assert (one - other).abs().max() <= 1e-5


def test_the_mask_is_made_of_numbers_to_add() -> None:
    visible = torch.tensor([[[True, False], [False, False]]])
    for precision in (torch.float32, torch.bfloat16, torch.float16):
        mask = additive_mask(visible, precision)
        assert mask.shape == (1, 1, 2, 2)
        assert mask.dtype == precision
        assert mask[0, 0].tolist() == [[0.0, torch.finfo(precision).min], [torch.finfo(precision).min, 0.0]]


def test_a_library_that_takes_the_matrix_for_something_else_is_found_out(
    checkpoint: Callable[[str], Path],
) -> None:
    backbone = load_backbone(str(checkpoint("bert")))

    class Blind:
        config, dtype = backbone.model.config, torch.float32

        def __call__(self, attention_mask: torch.Tensor, **given: torch.Tensor) -> object:
            return backbone.model(**given)

    with pytest.raises(ModelError, match="does not keep tokens apart"):
        Backbone(Blind(), None, 0, 64, 0).check()


def test_what_is_no_encoder_is_refused(tmp_path: Path, checkpoint: Callable[[str], Path]) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    with pytest.raises(ModelError, match="nobody/nothing"):
        load_backbone("nobody/nothing")
    other = shutil.copytree(checkpoint("bert"), tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    with pytest.raises(ModelError, match="'gpt2'; taken are bert"):
        load_backbone(str(other))
    cut = shutil.copytree(checkpoint("bert"), tmp_path / "cut")
    (cut / "model.safetensors").write_bytes((cut / "model.safetensors").read_bytes()[:999])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_backbone(str(cut))
    lacking = shutil.copytree(checkpoint("bert"), tmp_path / "lacking")
    kept = {
        key: value for key, value in load_file(lacking / "model.safetensors").items() if "layer.1." not in key
    }
    save_file(kept, lacking / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="lacks 16 weights"):
        load_backbone(str(lacking))
