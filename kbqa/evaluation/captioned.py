"""How well an image encoder finds pictures by their descriptions, and descriptions by their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kbqa.errors import InputError
from kbqa.training.pictured import key, read_manifests
from kg.text import has_cjk
from retrieval.errors import ImageError
from retrieval.images import image_files, open_image

if TYPE_CHECKING:
    from retrieval.types import Floats, ImageEncoder

__all__ = ["Recalls", "difference", "recall_table", "score_images"]

CUTS = (1, 5, 10)
BATCH = 64
RESAMPLES = 2000
TIE = 1e-6  # cosines nearer than this are equal
Ranks = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recalls:
    """Shares of queries that are answered within the first 1, 5 and 10.

    Attributes:
        pictures: How many pictures there are to find.
        texts: How many descriptions are asked with.
        to_picture: By k, the share of descriptions whose picture is among the first k.
        to_text: By k, the share of described pictures of which a description is among the first k.
        picture_ranks: Rank of its picture for each description.
        text_ranks: Best rank of a description of its own for each described picture.
    """

    pictures: int
    texts: int
    to_picture: dict[int, float]
    to_text: dict[int, float]
    picture_ranks: Ranks
    text_ranks: Ranks

    @property
    def mean(self) -> float:
        """Mean of all six."""
        return float(np.mean([*self.to_picture.values(), *self.to_text.values()]))


def score_images(
    folder: Path, encoder: ImageEncoder, *, among: Sequence[Path] = (), language: str = ""
) -> Recalls:
    """Return how often descriptions and pictures find each other.

    Every description of every picture asks for that picture; every picture asks for any of its descriptions among
    those of all pictures, where one in the same words is as good. What is equally near counts half as nearer, so that
    an encoder gains nothing by finding things equal; pictures of the same pixels are one.

    Args:
        folder: With a manifest of {"file", "captions"}.
        encoder: What is measured.
        among: Folders whose pictures are there to be found by mistake, too.
        language: "en" or "zh" to ask with the descriptions in that language only.

    Raises:
        InputError: If the folder has no such descriptions, or a picture cannot be read.
    """
    records = [(path, _in(language, captions)) for path, captions in read_manifests(folder)]
    records = [(path, captions) for path, captions in records if captions]
    if not records:
        raise InputError(
            f"{folder}: its manifests have no descriptions" + f" in {language!r}" * bool(language)
        )
    others = [path for place in among for path in image_files(place)]
    images, looks = _seen([path for path, _ in records] + others, encoder)
    texts = list({key(text): text for _, captions in records for text in captions}.values())
    column = {key(text): place for place, text in enumerate(texts)}
    told = [[column[key(text)] for text in captions] for _, captions in records]
    cosines = images @ encoder.encode_texts(texts).T
    picture_ranks = _picture_ranks(cosines, looks, told)
    text_ranks = _text_ranks(cosines, told)
    return Recalls(
        len(images),
        len(picture_ranks),
        _shares(picture_ranks),
        _shares(text_ranks),
        picture_ranks,
        text_ranks,
    )


def _shares(ranks: Ranks) -> dict[int, float]:
    return {k: float((ranks <= k).mean()) for k in CUTS}


def recall_table(name: str, recalls: Recalls) -> str:
    """Return recalls in percent, as lines of text."""
    rows = (("text → picture", recalls.to_picture), ("picture → text", recalls.to_text))
    lines = [f"{name}: {recalls.pictures:,} pictures, {recalls.texts:,} descriptions"]
    for label, shares in rows:
        lines.append(f"  {label}  " + "  ".join(f"R@{k} {100 * shares[k]:5.1f}" for k in CUTS))
    return "\n".join([*lines, f"  mean of the six  {100 * recalls.mean:.1f}"])


def difference(one: Recalls, other: Recalls, *, seed: int = 0) -> str:
    """Return the difference of two means with its interval, from queries asked of both encoders, as text.

    Raises:
        ValueError: If they are not of the same queries.
    """
    if one.picture_ranks.shape != other.picture_ranks.shape or one.text_ranks.shape != other.text_ranks.shape:
        raise ValueError("only recalls of the same queries can be compared")
    random = np.random.default_rng(seed)
    gains = [
        np.mean([(ranks <= k).astype(float) - (against <= k) for k in CUTS], axis=0)
        for ranks, against in (
            (one.picture_ranks, other.picture_ranks),
            (one.text_ranks, other.text_ranks),
        )
    ]
    mean = np.mean([gain.mean() for gain in gains])
    samples = [np.mean([random.choice(gain, len(gain)).mean() for gain in gains]) for _ in range(RESAMPLES)]
    low, high = np.quantile(samples, (0.025, 0.975))
    return (
        f"first − second: {100 * mean:+.1f} ({100 * low:+.1f} to {100 * high:+.1f}, 95 %, paired bootstrap)"
    )


def _picture_ranks(cosines: Floats, looks: Sequence[bytes], told: Sequence[Sequence[int]]) -> Ranks:
    """Return the rank of its picture for each description of each picture."""
    names = np.array([hash(look) for look in looks])
    ranks = []
    for row, columns in enumerate(told):
        unlike = names != names[row]
        ranks += [_rank(cosines[unlike, column], cosines[row, column]) for column in columns]
    return np.array(ranks)


def _text_ranks(cosines: Floats, told: Sequence[Sequence[int]]) -> Ranks:
    """Return the best rank of a description of its own for each picture."""
    every = np.array([column for columns in told for column in columns])
    ranks = []
    for row, columns in enumerate(told):
        foreign = every[~np.isin(every, columns)]
        ranks.append(_rank(cosines[row, foreign], cosines[row, list(columns)].max()))
    return np.array(ranks)


def _rank(others: Floats, own: float) -> float:
    """Return the rank of a cosine among others; equal ones count half.

    >>> _rank(np.array([0.9, 0.5, 0.1], np.float32), 0.5)
    2.5
    """
    nearer = (others > own + TIE).sum()
    equal = (np.abs(others - own) <= TIE).sum()
    return float(1 + nearer + equal / 2)


def _seen(paths: Sequence[Path], encoder: ImageEncoder) -> tuple[Floats, list[bytes]]:
    """Return the vectors of pictures, and what tells pictures of other pixels apart."""
    vectors, looks = [], []
    try:
        for start in range(0, len(paths), BATCH):
            pictures = [open_image(path) for path in paths[start : start + BATCH]]
            vectors.append(encoder.encode_images(pictures))
            looks += [blake2b(picture.tobytes(), digest_size=16).digest() for picture in pictures]
    except ImageError as error:
        raise InputError(str(error)) from error
    return np.concatenate(vectors), looks


def _in(language: str, captions: Sequence[str]) -> list[str]:
    return [text for text in captions if not language or has_cjk(text) == (language == "zh")]
