"""A tiny English encoder and tiny sets in the public sets' formats."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from retrieval.bert import LAYER_PARTS

PIECES = (
    "[PAD] [unused0] [UNK] [CLS] [SEP] [MASK] , . ? 中 the is of what who a dog cat house city water big small "
    "teacher student red blue sky book reads sees goes eats i you we they beijing capital china hello"
).split()
DICTIONARY = """\
# CC-CEDICT
老師 老师 [lao3 shi1] /teacher/CL:個|个[ge4]/
學生 学生 [xue2 sheng5] /student/
狗 狗 [gou3] /dog/
貓 猫 [mao1] /cat (animal)/
房子 房子 [fang2 zi5] /house/
城市 城市 [cheng2 shi4] /city/
水 水 [shui3] /water/
大 大 [da4] /big/
書 书 [shu1] /book/
首都 首都 [shou3 du1] /capital/
北京 北京 [Bei3 jing1] /Beijing, capital of China/
貓咪 猫咪 [mao1 mi1] /see 貓|猫[mao1]/
"""
NOUNS = {"老师": "teacher", "学生": "student", "狗": "dog", "猫": "cat", "书": "book", "水": "water"}
VERBS = {"看": "sees", "吃": "eats", "读": "reads"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with a dictionary of eleven entries and 90 sentences."""
    folder = tmp_path / "data"
    sentences = [
        f"the {a} {verb} the {b}.\t{x}{do}{y}。\n"
        for x, a in NOUNS.items()
        for y, b in NOUNS.items()
        for do, verb in VERBS.items()
        if x != y
    ]
    write(folder / "parallel_en_zh/cedict.txt.gz", DICTIONARY)
    write(folder / "parallel_en_zh/tatoeba_train.tsv.gz", "".join(sentences))
    write(folder / "openqa/NQ-open.dev.jsonl.gz", json.dumps({"question": "who is the teacher"}) + "\n")
    return folder


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    """Return the folder of a BERT of two small layers with random weights."""
    return write_teacher(tmp_path / "teacher")


@pytest.fixture(scope="session")
def shared_teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of such a BERT that no test changes; its words differ more, as those of a trained one."""
    return write_teacher(tmp_path_factory.mktemp("shared") / "teacher", spread=30.0)


def write_teacher(folder: Path, *, spread: float = 1.0) -> Path:
    folder.mkdir()
    config = {
        "model_type": "bert",
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 64,
        "pad_token_id": 0,
    }
    (folder / "config.json").write_text(json.dumps(config))
    weights = random_weights()
    weights["embeddings.word_embeddings.weight"] *= spread
    save_file(weights, folder / "model.safetensors")
    tokenizer = Tokenizer(
        models.WordPiece({piece: row for row, piece in enumerate(PIECES)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 3), ("[SEP]", 4)]
    )
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def random_weights() -> dict[str, torch.Tensor]:
    chance = torch.Generator().manual_seed(0)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(PIECES), 32),
        "embeddings.position_embeddings.weight": (64, 32),
        "embeddings.token_type_embeddings.weight": (2, 32),
    }
    sizes = {"intermediate.dense": (64, 32), "output.dense": (32, 64)}
    for layer in range(2):
        for part in LAYER_PARTS:
            shapes[f"encoder.layer.{layer}.{part}.weight"] = sizes.get(part, (32, 32))
            shapes[f"encoder.layer.{layer}.{part}.bias"] = sizes.get(part, (32, 32))[:1]
    shapes["embeddings.LayerNorm.weight"] = shapes["embeddings.LayerNorm.bias"] = (32,)
    weights = {name: torch.randn(shape, generator=chance) * 0.3 for name, shape in shapes.items()}
    for name in weights:
        if name.endswith("LayerNorm.weight"):
            weights[name] = torch.ones(32)
    return weights


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
