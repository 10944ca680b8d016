"""The bilingual encoder that ships: small, loads by its folder, both languages and both scripts meet."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

import kbqa
from kbqa.training.bilingual_data import Pair, hold_out, read_sentences, to_simplified
from kbqa.training.bilingual_scores import agreement, neighbours, recall
from retrieval import TextEncoder, load_text_encoder

LEAST_ACCURACY = 0.95
LEAST_COSINE = 0.99
FOLDER = Path(kbqa.__file__).parent / "weights" / "text-encoder"
PAIRS = [
    Pair("谁导演了这部电影？", "Who directed this film?"),
    Pair("北京是中国的首都。", "Beijing is the capital of China."),
    Pair("这条河有多长？", "How long is this river?"),
    Pair("他的母亲是老师。", "His mother is a teacher."),
    Pair("人口", "population"),
    Pair("出生地", "birthplace"),
]


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return load_text_encoder(str(FOLDER))


def test_folder_is_small_and_holds_nothing_but_the_model() -> None:
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(files) == {"README.md", "config.json", "model.safetensors", "tokenizer.json"}
    assert sum(files.values()) <= 30_000_000


def test_translations_are_nearest(encoder: TextEncoder) -> None:
    found = neighbours(encoder, PAIRS)
    assert (found.to_english, found.to_chinese) == (1.0, 1.0)


def test_both_scripts_give_the_same_vector(encoder: TextEncoder) -> None:
    traditional = ["誰導演了這部電影？", "漢語和電腦", "圖書館裡有學生"]
    first, second = encoder.encode(traditional), encoder.encode([to_simplified(text) for text in traditional])
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_mixed_text_is_near_both(encoder: TextEncoder) -> None:
    mixed, chinese, english, other = encoder.encode(
        ["这个student喜欢看书", "这个学生喜欢看书", "This student likes reading", "The river is long"]
    )
    assert mixed @ chinese > 0.7
    assert mixed @ english > mixed @ other + 0.3


@pytest.mark.slow
def test_held_out_sentences_find_their_translation(encoder: TextEncoder, shared_data: Path) -> None:
    _, held = hold_out(read_sentences(shared_data), 1500, seed=0)
    found = neighbours(encoder, held[:1000])
    assert found.to_english >= LEAST_ACCURACY
    assert found.to_chinese >= LEAST_ACCURACY


@pytest.mark.slow
def test_english_is_kept(encoder: TextEncoder, shared_data: Path) -> None:
    """Questions find their paragraph as with the English encoder, within one point."""
    english = load_text_encoder("minilm")
    content = gzip.decompress((shared_data / "squad2_cs224n/cs224n-dev-v2.0.json.gz").read_bytes())
    articles = json.loads(content)["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]][:200]
    questions = [
        (row, asked["question"])
        for row, paragraph in enumerate(paragraphs)
        for asked in paragraph["qas"]
        if not asked["is_impossible"]
    ][:400]
    texts = [paragraph["context"] for paragraph in paragraphs]
    scores = [
        recall(
            each.encode([text for _, text in questions]),
            each.encode(texts),
            [row for row, _ in questions],
            at=1,
        )
        for each in (encoder, english)
    ]
    assert scores[0] >= scores[1] - 0.01
    cosine, correlation = agreement(encoder, english, [text for _, text in questions])
    assert cosine >= LEAST_COSINE
    assert correlation >= LEAST_COSINE
