"""Made-up flags and scenes, their descriptions, and the pictures of folders."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image as Pillow

from kbqa.errors import InputError
from kbqa.training.pictured import DRAWINGS, drawn_flags, drawn_scenes, key, read_folders
from kbqa.training.pictures.colors import COLORS, pick_colors
from kbqa.training.pictures.flag_drawing import draw_flag
from kbqa.training.pictures.flag_plan import CHARGES, COVERS, FIELDS, FlagPlan, Part, changed, random_flag
from kbqa.training.pictures.flag_words import in_chinese, in_english
from kbqa.training.pictures.scenes import (
    RELATIONS,
    Scene,
    Thing,
    changed_scene,
    draw_scene,
    random_scene,
    scene_in_chinese,
    scene_in_english,
)
from kbqa.training.rewrites import Rewriter

RED, WHITE, BLUE = COLORS[:3]
WHITE_STAR = Part("star", WHITE)


def middle(picture: Pillow.Image, x: float, y: float) -> tuple[int, ...]:
    return picture.getpixel((int(x * (picture.width - 1)), int(y * (picture.height - 1))))  # type: ignore[return-value]


def test_every_field_cover_and_charge_comes_up_and_can_be_drawn_and_told() -> None:
    random = Random(0)
    plans = [random_flag(random) for _ in range(3000)]
    assert {plan.field for plan in plans} == set(FIELDS)
    assert {part.kind for plan in plans for part in plan.parts} == {*COVERS, *CHARGES}
    for plan in plans[:200]:
        picture = draw_flag(plan, random)
        assert picture.mode == "RGB" and picture.height == 64
        assert in_english(plan, random) and in_chinese(plan, random)


def test_a_drawing_shows_what_its_words_say() -> None:
    plan = FlagPlan("vertical", (BLUE, WHITE, RED))
    for seed in range(5):
        picture = draw_flag(plan, Random(seed))
        left, centre, right = (middle(picture, x, 0.5) for x in (0.1, 0.5, 0.9))
        assert max(left) == left[2] and min(centre) > 230 and max(right) == right[0] and min(right) < 60
    assert {in_english(plan, Random(seed)) for seed in range(20)} >= {
        "three vertical bands of blue, white and red"
    }
    assert in_chinese(plan, Random(0)).startswith("蓝、白、红三条竖")
    starred = draw_flag(FlagPlan("plain", (RED,), parts=(WHITE_STAR,)), Random(0))
    assert min(middle(starred, 0.5, 0.5)) > 230 and min(middle(starred, 0.03, 0.03)) < 60
    told = in_english(FlagPlan("plain", (COLORS[7],), parts=(WHITE_STAR,)), Random(3))
    assert not told.startswith("a o") and "white" in told and "star" in told


def test_a_changed_flag_is_another_one() -> None:
    random = Random(1)
    for _ in range(500):
        plan = random_flag(random)
        assert changed(random, plan) != plan


def test_scenes_are_where_their_words_say() -> None:
    scene = Scene(WHITE, Thing("square", RED), "left", Thing("circle", BLUE))
    for seed in range(5):
        pixels = np.asarray(draw_scene(scene, Random(seed))).astype(int)
        red = (pixels[:, :, 0] - pixels[:, :, 2] > 100).nonzero()[1]
        blue = (pixels[:, :, 2] - pixels[:, :, 0] > 60).nonzero()[1]
        assert red.mean() < blue.mean()
    assert "to the left of" in scene_in_english(scene, Random(0))
    assert "在蓝色圆形的左边" in scene_in_chinese(scene, Random(0)).replace("深蓝", "蓝")
    random = Random(2)
    made = [random_scene(random) for _ in range(300)]
    assert {one.relation for one in made} == set(RELATIONS)
    assert all(changed_scene(random, one) != one for one in made)


def test_shades_stay_apart() -> None:
    assert len(pick_colors(Random(0), 6)) == 6
    for color in COLORS:
        assert all(len(color.shade(Random(seed))) == 7 for seed in range(20))


def test_made_up_pictures_come_with_right_and_wrong_texts_in_both_languages() -> None:
    flags = drawn_flags(4, seed=0)
    assert len(flags) == 4 * DRAWINGS == len(flags.pixels) == len(flags.wrong)
    assert flags.captions == drawn_flags(4, seed=0).captions != drawn_flags(4, seed=1).captions
    for right, wrong in zip(flags.captions, flags.wrong, strict=True):
        assert len(right) == 2 and wrong and not set(right) & set(wrong)
    assert len(drawn_scenes(2, seed=0)) == 2 * DRAWINGS


def test_no_flag_has_a_description_that_is_held_out() -> None:
    held = "two horizontal bands of white and red"
    plans = FlagPlan("horizontal", (WHITE, RED))
    assert key(held) in {key(in_english(plans, Random(seed))) for seed in range(40)}
    every = drawn_flags(300, seed=5)
    without = drawn_flags(300, seed=5, without=frozenset({key(every.captions[0][0])}))
    assert every.captions[0] not in without.captions


def picture_folder(place: Path, *lines: object) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name in ("a", "b"):
        Pillow.new("RGB", (9, 5), "red").save(place / f"{name}.png")
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (place / "m.jsonl").write_text(text, encoding="utf-8")
    return place


def test_folders_with_manifests_are_read(tmp_path: Path) -> None:
    picture_folder(tmp_path / "one", {"file": "a.png", "captions": ["a red one", "红"]}, "")
    picture_folder(tmp_path / "two", {"file": "b.png", "caption": "two red dogs"})
    (tmp_path / "empty").mkdir()
    one, two = read_folders(tmp_path)
    assert (one.name, one.captions, two.captions) == ("one", (("a red one", "红"),), (("two red dogs",),))
    assert one.pixels.shape == (1, 3, 64, 64)
    assert all(wrong not in ("two red dogs",) for wrong in two.wrong[0]) and two.wrong[0]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "m.jsonl:1: needs"),
        ({"file": "a.png"}, "m.jsonl:1: needs"),
        ({"file": "x.png", "caption": "x"}, "x.png"),
    ],
)
def test_bad_folders_are_refused(tmp_path: Path, line: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_folders(picture_folder(tmp_path / "bad", line))


def test_a_folder_without_manifests_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError, match="no folder with a manifest"):
            read_folders(place)


def test_rewrites_swap_attributes_relations_and_objects() -> None:
    groups = [["a plane on a runway", "an airplane on concrete"]] * 3 + [["a boat in a harbor"]] * 3
    groups += [[f"scene {number}"] for number in range(24)]
    rewriter = Rewriter(groups)
    made = {rewriter.rewrite("a plane on a runway", Random(seed)) for seed in range(60)}
    assert made & {"a boat on a runway", "a harbor on a runway"}
    assert not any("airplane" in text or "concrete" in text for text in made if text)
    assert rewriter.rewrite("a star left of it", Random(0)) == "a star right of it"
    assert rewriter.rewrite("一颗红星", Random(1)) not in (None, "一颗红星")
    assert Rewriter([]).rewrite("nothing here", Random(0)) is None
