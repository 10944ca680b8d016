"""Trains the image encoder: towers for pictures and texts in one space, over a frozen text encoder."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.errors import InputError
from kbqa.storage.encoder import load_encoder
from kbqa.training.pictured import Pictured, drawn_flags, drawn_scenes, key, read_folder, read_folders

if TYPE_CHECKING:
    from kbqa.training.image_course import Recipe
    from retrieval.text_encoder import TransformerEncoder

__all__ = ["Made", "train_image_text"]

log = logging.getLogger(__name__)

DIM = 256
SAVE_EVERY = 100  # steps
FLAGS_SHARE, SCENES_SHARE = 0.65, 0.05


@dataclass(frozen=True, slots=True)
class Made:
    """How many flags and scenes are made up, beside the pictures that are given."""

    flags: int = 0
    scenes: int = 0


def train_image_text(
    data: Path,
    out: Path,
    *,
    held_out: Sequence[Path] = (),
    made: Made | None = None,
    minutes: float | None = None,
    steps: int = 3000,
    seed: int = 0,
    start: Path | None = None,
    recipe: Recipe | None = None,
    text_encoder: str = "bilingual",
) -> int:
    """Train both towers and write them as a model folder.

    Args:
        data: A folder with pictures and a .jsonl manifest of {"file", "captions"}, or of such folders.
        out: Folder to write; made if it does not exist.
        held_out: Folders of the same kind that are measured with later: no description of theirs is learnt from.
        made: What is made up beside.
        minutes: Stop after this time; the result then depends on the machine.
        steps: Stop after this many steps.
        seed: Of everything random.
        start: Model folder to go on from; None begins anew.
        recipe: Sizes and rates.
        text_encoder: What the text tower stands on; a plain BERT.

    Returns:
        How many steps were taken.

    Raises:
        InputError: If the data are missing or damaged.
        DependencyError: If the text encoder is missing.
        ModelError: If the folder to go on from is damaged.
    """
    import torch

    from kbqa.training.image_course import Course, Lesson, Recipe
    from retrieval.small_image_encoder import load_towers, save_towers
    from retrieval.token_states import TokenStates
    from retrieval.towers import Towers

    torch.manual_seed(seed)
    encoder = _plain(text_encoder)
    pictured, shares = _pictured(data, held_out, made or Made(), seed)
    texts = [text for one in pictured for group in (*one.captions, *one.wrong) for text in group]
    log.info("%d descriptions", len(set(texts)))
    towers = load_towers(start) if start else Towers(encoder.dim, DIM)
    lessons = [Lesson(one, share) for one, share in zip(pictured, shares, strict=True)]
    course = Course(towers, lessons, TokenStates(encoder, texts), recipe=recipe or Recipe(), seed=seed)
    taken = 0
    for taken in course.steps(steps=steps, minutes=minutes):
        if taken % SAVE_EVERY == 0:
            save_towers(towers, out, text_encoder=encoder.name)
    save_towers(towers, out, text_encoder=encoder.name)
    return taken


def _plain(name: str) -> TransformerEncoder:
    from retrieval.text_encoder import TransformerEncoder

    encoder = load_encoder(name)
    if not isinstance(encoder, TransformerEncoder) or not encoder.is_bert:
        raise InputError(f"the text tower needs a plain BERT, and {encoder.name} is none")
    return encoder


def _pictured(
    data: Path, held_out: Sequence[Path], made: Made, seed: int
) -> tuple[list[Pictured], list[float]]:
    """Return what is learnt from, without what is held out, and the share of a batch of each."""
    hidden = frozenset(
        key(text) for folder in held_out for group in read_folder(folder).captions for text in group
    )
    given = [kept for one in read_folders(data, seed=seed) if len(kept := _without(one, hidden))]
    total = sum(len(one) ** 0.5 for one in given)  # roots, so that few pictures are seen more often than many
    left = 1.0 - (FLAGS_SHARE if made.flags else 0) - (SCENES_SHARE if made.scenes else 0)
    shares = [left * len(one) ** 0.5 / total for one in given]
    if made.flags:
        given.append(drawn_flags(made.flags, seed=seed, without=hidden))
        shares.append(FLAGS_SHARE)
    if made.scenes:
        given.append(drawn_scenes(made.scenes, seed=seed))
        shares.append(SCENES_SHARE)
    return given, shares


def _without(pictured: Pictured, hidden: frozenset[str]) -> Pictured:
    """Return the pictures of which no description is held out."""
    rows = [row for row, group in enumerate(pictured.captions) if hidden.isdisjoint(map(key, group))]
    return Pictured(
        pictured.name,
        pictured.pixels[rows],
        tuple(pictured.captions[row] for row in rows),
        tuple(pictured.wrong[row] for row in rows),
    )
