"""Recalls of an image encoder, worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from kbqa.errors import InputError
from kbqa.evaluation.captioned import difference, recall_table, score_images


class Shade:
    """Puts grey pictures at an angle by their brightness, and texts where the number in them says."""

    name = "shade@000000000000"
    dim = 2

    def __init__(self, *, shift: float = 0.0) -> None:
        self.shift = shift

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        return self._at([float(text.split()[-1].rstrip("号")) + self.shift for text in texts])

    def encode_images(self, pictures: Sequence[Any]) -> np.ndarray:
        return self._at([float(np.asarray(picture).mean()) for picture in pictures])

    def _at(self, brightness: Sequence[float]) -> np.ndarray:
        angle = np.array(brightness, dtype=np.float32) / 255
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def write(folder: Path, *pictures: tuple[int, list[str]]) -> Path:
    folder.mkdir(parents=True)
    lines = []
    for number, (brightness, captions) in enumerate(pictures):
        Pillow.new("RGB", (2, 2), (brightness,) * 3).save(folder / f"{number}.png")
        lines.append(json.dumps({"file": f"{number}.png", "captions": captions}))
    (folder / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_ranks_of_pictures_and_texts(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", (10, ["at 10", "at 200"]), (200, ["at 198"]), (100, ["at 101"]))
    found = score_images(folder, Shade())
    assert (found.pictures, found.texts) == (3, 4)
    # "at 200" belongs to the dark picture: both others are nearer to it
    assert found.picture_ranks.tolist() == [1, 3, 1, 1]
    # the picture at 200 sees the other's "at 200" first
    assert found.text_ranks.tolist() == [1, 2, 1]
    assert found.to_picture == {1: 0.75, 5: 1.0, 10: 1.0}
    assert found.to_text[1] == pytest.approx(2 / 3)
    assert found.mean == pytest.approx((0.75 + 2 / 3 + 4) / 6)


def test_same_words_are_as_good_and_same_pixels_are_one_picture(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", (10, ["At 50."]), (10, ["at 50"]), (90, ["at 50", "at 90"]))
    found = score_images(folder, Shade())
    assert found.picture_ranks.tolist() == [1.5, 1.5, 2, 1]  # 10 and 90 are equally far from 50
    assert found.text_ranks.tolist() == [1, 1, 1]


def test_pictures_may_be_found_by_mistake(tmp_path: Path) -> None:
    folder, others = (
        write(tmp_path / "a", (10, ["at 14"])),
        write(tmp_path / "b", (15, []), (16, []), (90, [])),
    )
    assert score_images(folder, Shade(), among=[others]).picture_ranks.tolist() == [3]


def test_only_one_language(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", (10, ["at 10", "亮度 9号"]), (90, ["at 90"]))
    assert score_images(folder, Shade(), language="zh").texts == 1
    assert score_images(folder, Shade(), language="en").texts == 2


def test_two_encoders_are_compared_query_by_query(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", *((10 * n, [f"at {10 * n}"]) for n in range(12)))
    good, bad = score_images(folder, Shade()), score_images(folder, Shade(shift=60))
    assert "text → picture  R@1 100.0" in recall_table("shade", good)
    told = difference(good, bad)
    assert told.startswith("first − second: +") and "paired bootstrap" in told
    assert difference(good, good).startswith("first − second: +0.0 (+0.0 to +0.0")
    with pytest.raises(ValueError, match="same queries"):
        difference(good, score_images(write(tmp_path / "b", (1, ["at 1"])), Shade()))


def test_what_cannot_be_scored_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="have no descriptions"):
        score_images(tmp_path, Shade())
    folder = write(tmp_path / "a", (10, ["at 10"]))
    with pytest.raises(InputError, match="no descriptions in 'zh'"):
        score_images(folder, Shade(), language="zh")
    (folder / "0.png").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"0\.png"):
        score_images(folder, Shade())
