"""Pictures with descriptions to learn from: those in folders with manifests, and made-up flags and scenes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from kbqa.errors import InputError
from kbqa.training.bilingual_data import seeded
from kbqa.training.rewrites import Rewriter
from retrieval.errors import ImageError
from retrieval.images import open_image
from retrieval.pixels import Pixels, to_pixels

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = ["Pictured", "drawn_flags", "drawn_scenes", "key", "read_folder", "read_folders", "read_manifests"]

log = logging.getLogger(__name__)

MANIFEST = "*.jsonl"
REWRITES = 2  # wrong descriptions of each picture
DRAWINGS = 3  # of each made-up flag or scene: a drawing is cheap, a description has to be encoded
Plan = TypeVar("Plan")


@dataclass(frozen=True, slots=True)
class Pictured:
    """Pictures with their descriptions.

    Attributes:
        name: What they are, for the log.
        pixels: (n, 3, side, side) uint8.
        captions: The descriptions of each picture; at least one.
        wrong: Descriptions that differ from right ones in one object, attribute or relation; may be empty.
    """

    name: str
    pixels: Pixels
    captions: tuple[tuple[str, ...], ...]
    wrong: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.captions)


def key(text: str) -> str:
    """Return what two descriptions that say the same in the same words share.

    >>> key("Three bands, of red.") == key("three bands of red")
    True
    """
    return "".join(char for char in text.lower() if char.isalnum())


def read_folders(data: Path, *, seed: int = 0) -> list[Pictured]:
    """Return the pictures of a folder, or of each folder in it, that have a manifest.

    Args:
        data: A folder with a .jsonl manifest beside the pictures, or of such folders.
        seed: Of the wrong descriptions.

    Raises:
        InputError: If there is none, or a manifest or picture cannot be read.
    """
    folders = [data, *sorted(path for path in data.glob("*") if path.is_dir())] if data.is_dir() else []
    found = [read_folder(folder, seed=seed) for folder in folders if any(folder.glob(MANIFEST))]
    if not found:
        raise InputError(
            f'{data}: holds no folder with a manifest; write one with a {{"file", "captions"}} on each line'
        )
    return found


def read_folder(folder: Path, *, seed: int = 0) -> Pictured:
    """Return the pictures that the manifests of a folder describe; raises as `read_folders`."""
    records = read_manifests(folder)
    rewriter, random = Rewriter(captions for _, captions in records), seeded(seed)
    try:
        pixels = np.concatenate([to_pixels([open_image(path)]) for path, _ in records])
    except ImageError as error:
        raise InputError(str(error)) from error
    captions = tuple(captions for _, captions in records)
    wrong = tuple(_wrong(rewriter, group, random) for group in captions)
    log.info("%s: %d pictures", folder.name, len(captions))
    return Pictured(folder.name, pixels, captions, wrong)


def drawn_flags(count: int, *, seed: int, without: frozenset[str] = frozenset()) -> Pictured:
    """Return made-up flags.

    Args:
        count: How many.
        seed: Of everything about them.
        without: Keys of descriptions that none of them may have, in any wording tried.
    """
    from kbqa.training.pictures.flag_drawing import draw_flag
    from kbqa.training.pictures.flag_plan import changed, random_flag
    from kbqa.training.pictures.flag_words import in_chinese, in_english

    return _drawn(
        _Kind("made-up flags", random_flag, changed, draw_flag, (in_english, in_chinese)),
        count,
        seed=seed,
        without=without,
    )


def drawn_scenes(count: int, *, seed: int) -> Pictured:
    """Return made-up scenes of shapes beside each other."""
    from kbqa.training.pictures.scenes import (
        changed_scene,
        draw_scene,
        random_scene,
        scene_in_chinese,
        scene_in_english,
    )

    words = (scene_in_english, scene_in_chinese)
    return _drawn(_Kind("made-up scenes", random_scene, changed_scene, draw_scene, words), count, seed=seed)


@dataclass(frozen=True, slots=True)
class _Kind(Generic[Plan]):
    """How pictures of one kind are made up, changed, drawn and described in each language."""

    name: str
    make: Callable[[Random], Plan]
    change: Callable[[Random, Plan], Plan]
    draw: Callable[[Plan, Random], Picture]
    words: Sequence[Callable[[Plan, Random], str]]


def _drawn(kind: _Kind[Plan], count: int, *, seed: int, without: frozenset[str] = frozenset()) -> Pictured:
    random = seeded(seed)
    pictures, captions, wrong = [], [], []
    for plan in islice(_plans(kind, random, without), count):
        pictures += [to_pixels([kind.draw(plan, random)]) for _ in range(DRAWINGS)]
        told = dict.fromkeys(say(plan, random) for say in kind.words)
        other = kind.change(random, plan)
        mistakes = dict.fromkeys(say(other, random) for say in kind.words)
        captions += [tuple(told)] * DRAWINGS
        wrong += [tuple(text for text in mistakes if text not in told)] * DRAWINGS
    log.info("%s: %d pictures", kind.name, len(pictures))
    return Pictured(kind.name, np.concatenate(pictures), tuple(captions), tuple(wrong))


def _plans(kind: _Kind[Plan], random: Random, without: frozenset[str]) -> Iterator[Plan]:
    """Yield plans of which no wording that is tried is forbidden."""
    while True:
        plan = kind.make(random)
        tries = {key(say(plan, random)) for say in kind.words for _ in range(24 if without else 0)}
        if tries.isdisjoint(without):
            yield plan


def _wrong(rewriter: Rewriter, group: Sequence[str], random: Random) -> tuple[str, ...]:
    """Return wrong versions of a picture's descriptions."""
    made = [rewriter.rewrite(random.choice(group), random) for _ in range(REWRITES)]
    right = {key(text) for text in group}
    return tuple(dict.fromkeys(text for text in made if text and key(text) not in right))


def read_manifests(folder: Path) -> list[tuple[Path, tuple[str, ...]]]:
    """Return the pictures that the manifests of a folder name, each with its descriptions.

    Raises:
        InputError: If a manifest cannot be read.
    """
    return [record for manifest in sorted(folder.glob(MANIFEST)) for record in _read_manifest(manifest)]


def _read_manifest(manifest: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield each picture with its descriptions."""
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            captions = tuple(map(str, record.get("captions") or [record["caption"]]))
            yield manifest.parent / record["file"], captions
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f'{manifest}:{number}: needs {{"file", "captions": [texts]}}, and {error} is wrong'
            ) from error
