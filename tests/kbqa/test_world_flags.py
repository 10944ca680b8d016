"""The bundled flags: drawn by the program, described by the manifest, right in colour and shape."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image, ImageChops, ImageColor

import kbqa.world
from kbqa.world.flag_shapes import (
    PENTAGRAM,
    Crescent,
    Flag,
    Horizontal,
    Inset,
    Star,
    Vertical,
    flag,
)
from kbqa.world.flags import FLAGS, HEIGHT, draw_flags, to_palette

DATA = Path(kbqa.world.__file__).parent / "data"
FOLDER = DATA / "flags"
NAMESPACE = "https://example.org/kbqa/world/"
BY_NAME = {flag.name: flag for flag in FLAGS}


@pytest.fixture(scope="module")
def manifest() -> list[dict[str, Any]]:
    """Return the lines of the manifest."""
    return [json.loads(line) for line in (FOLDER / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which all flags were just drawn."""
    folder = tmp_path_factory.mktemp("flags")
    draw_flags(folder)
    return folder


def committed(name: str) -> Image.Image:
    """Return the picture that is shipped."""
    with Image.open(FOLDER / BY_NAME[name].file) as image:
        return image.convert("RGB")


def same(first: Image.Image, second: Image.Image) -> bool:
    """Return whether two pictures agree in every pixel."""
    return first.size == second.size and ImageChops.difference(first, second).getbbox() is None


def test_there_are_enough_flags_with_names_and_files_of_their_own() -> None:
    assert len(FLAGS) >= 80
    assert len(BY_NAME) == len(FLAGS)
    assert len({flag.file for flag in FLAGS}) == len(FLAGS)


def test_table_manifest_and_folder_hold_the_same_flags(manifest: list[dict[str, Any]]) -> None:
    files = sorted(flag.file for flag in FLAGS)
    assert sorted(path.name for path in FOLDER.glob("*.png")) == files
    assert sorted(line["file"] for line in manifest) == files


@pytest.mark.parametrize("one", FLAGS, ids=lambda one: one.name)
def test_what_is_shipped_is_what_the_program_draws(one: Flag, drawn: Path) -> None:
    with Image.open(drawn / one.file) as image:
        assert same(image.convert("RGB"), committed(one.name))


def test_the_files_are_small_palette_pictures() -> None:
    total = 0
    for one in FLAGS:
        path = FOLDER / one.file
        total += path.stat().st_size
        with Image.open(path) as image:
            assert image.mode == "P"
            assert image.height == HEIGHT
            assert image.width == round(HEIGHT * one.size[0] / one.size[1])
    assert total < 600_000


def test_the_command_writes_the_same_bytes_every_time(drawn: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kbqa.world.flags", str(tmp_path / "new" / "folder")]
    subprocess.run(command, check=True, capture_output=True)
    for one in FLAGS:
        assert (tmp_path / "new" / "folder" / one.file).read_bytes() == (drawn / one.file).read_bytes()


def english_name(line: dict[str, Any]) -> str:
    """Return the country's name in the caption, without its article."""
    return str(line["caption"]).split(":")[0].removeprefix("Flag of ").removeprefix("the ")


def test_a_caption_names_the_country_in_both_languages(manifest: list[dict[str, Any]]) -> None:
    for line in manifest:
        assert set(line) == {"file", "caption", "caption_zh", "entities"}
        name = english_name(line)
        assert BY_NAME[name].file == line["file"]
        assert re.fullmatch(r"Flag of [^:]+: [a-z].*\.", line["caption"])
        assert re.fullmatch(r"[\u4e00-\u9fff]+国旗：.*。", line["caption_zh"])
    assert len({line["caption_zh"].split("国旗")[0] for line in manifest}) == len(manifest)


def test_every_flag_belongs_to_the_country_that_the_graph_calls_so(manifest: list[dict[str, Any]]) -> None:
    pyoxigraph = pytest.importorskip("pyoxigraph")
    names: defaultdict[str, set[str]] = defaultdict(set)
    for quad in pyoxigraph.parse(path=str(DATA / "world.ttl")):
        if isinstance(quad.object, pyoxigraph.Literal):
            names[quad.subject.value].add(quad.object.value)
    for line in manifest:
        (entity,) = line["entities"]
        assert entity.startswith(NAMESPACE)
        assert {english_name(line), line["caption_zh"].split("国旗")[0]} <= names[entity], entity


RED, WHITE, BLUE, YELLOW, GREEN, BLACK = "red", "white", "blue", "yellow", "green", "black"
HUES = {RED: (220, 30, 40), WHITE: (255, 255, 255), BLUE: (20, 50, 140), YELLOW: (255, 215, 20)}
HUES |= {GREEN: (20, 130, 60), BLACK: (0, 0, 0)}


def hue(color: tuple[int, ...]) -> str:
    """Return the nearest of six plain colours."""
    return min(HUES, key=lambda name: sum((a - b) ** 2 for a, b in zip(color, HUES[name], strict=True)))


@pytest.mark.parametrize(
    ("name", "spots"),
    [
        ("France", {(0.1, 0.5): BLUE, (0.5, 0.5): WHITE, (0.9, 0.5): RED}),
        ("Ireland", {(0.1, 0.5): GREEN, (0.5, 0.5): WHITE}),
        ("Germany", {(0.5, 0.1): BLACK, (0.5, 0.5): RED, (0.5, 0.9): YELLOW}),
        ("Poland", {(0.5, 0.2): WHITE, (0.5, 0.8): RED}),
        ("Monaco", {(0.5, 0.2): RED, (0.5, 0.8): WHITE}),
        ("Denmark", {(0.1, 0.1): RED, (0.38, 0.1): WHITE, (0.9, 0.5): WHITE}),
        ("Norway", {(0.36, 0.1): BLUE, (0.3, 0.1): WHITE, (0.1, 0.1): RED}),
        ("Switzerland", {(0.5, 0.5): WHITE, (0.5, 0.25): WHITE, (0.5, 0.12): RED, (0.25, 0.25): RED}),
        ("Japan", {(0.5, 0.5): RED, (0.5, 0.24): RED, (0.5, 0.17): WHITE, (0.2, 0.5): WHITE}),
        ("Bangladesh", {(0.45, 0.5): RED, (0.68, 0.5): GREEN, (0.23, 0.5): GREEN}),
        ("China", {(1 / 6, 0.25): YELLOW, (1 / 3, 0.1): YELLOW, (0.7, 0.7): RED}),
        ("Turkey", {(0.2, 0.5): WHITE, (0.4, 0.5): RED, (0.57, 0.5): WHITE}),
        ("Pakistan", {(0.1, 0.5): WHITE, (0.45, 0.5): WHITE, (0.725, 0.37): WHITE}),
        ("Czechia", {(0.1, 0.5): BLUE, (0.8, 0.2): WHITE, (0.8, 0.8): RED, (0.47, 0.5): BLUE}),
        ("Jamaica", {(0.5, 0.5): YELLOW, (0.5, 0.1): GREEN, (0.1, 0.5): BLACK, (0.9, 0.5): BLACK}),
        ("Morocco", {(0.5, 0.5): RED, (0.1, 0.1): RED}),
        ("United States", {(0.9, 0.02): RED, (0.9, 0.12): WHITE, (0.01, 0.02): BLUE, (0.5, 0.99): RED}),
        ("South Africa", {(0.03, 0.5): BLACK, (0.9, 0.5): GREEN, (0.9, 0.1): RED, (0.9, 0.9): BLUE}),
        ("South Korea", {(0.5, 0.37): RED, (0.5, 0.63): BLUE, (0.02, 0.5): WHITE}),
        ("Tanzania", {(0.1, 0.1): GREEN, (0.5, 0.5): BLACK, (0.5, 0.71): YELLOW}),
    ],
)
def test_the_colours_are_where_they_belong(name: str, spots: dict[tuple[float, float], str]) -> None:
    image = committed(name)
    found = {}
    for x, y in spots:
        pixel = image.getpixel((int(x * image.width), int(y * image.height)))
        assert isinstance(pixel, tuple)
        found[x, y] = hue(pixel)
    assert found == spots


def mirrored(image: Image.Image, method: Image.Transpose) -> float:
    """Return the share of pixels that change clearly under a reflection."""
    difference = ImageChops.difference(image, image.transpose(method)).convert("L")
    return sum(difference.histogram()[64:]) / (image.width * image.height)


@pytest.mark.parametrize(
    "name", ["Switzerland", "Japan", "Laos", "Jamaica", "Israel", "North Macedonia", "Georgia"]
)
def test_symmetric_flags_are_symmetric(name: str) -> None:
    assert mirrored(committed(name), Image.Transpose.FLIP_LEFT_RIGHT) < 0.004
    assert mirrored(committed(name), Image.Transpose.FLIP_TOP_BOTTOM) < 0.004


def test_the_union_jack_turns_into_itself_but_has_no_mirror_image() -> None:
    """The red of Saint Patrick's cross lies off the middle, as in a pinwheel."""
    image = committed("United Kingdom")
    assert mirrored(image, Image.Transpose.ROTATE_180) < 0.004
    assert mirrored(image, Image.Transpose.FLIP_LEFT_RIGHT) > 0.05


def test_the_united_states_have_fifty_stars() -> None:
    assert sum(isinstance(shape, Star) for shape in BY_NAME["United States"].shapes) == 50


def test_the_small_stars_of_china_point_at_the_large_one() -> None:
    large, *small = (shape for shape in BY_NAME["China"].shapes if isinstance(shape, Star))
    for star in small:
        x, y = star.outline()[0]
        distance = ((large.x - star.x) ** 2 + (large.y - star.y) ** 2) ** 0.5
        assert ((large.x - x) ** 2 + (large.y - y) ** 2) ** 0.5 == pytest.approx(distance - star.radius)


def test_the_edges_of_a_pentagram_run_straight_through() -> None:
    points = Star("red", 0, 0, 1).outline()
    assert points[0] == pytest.approx((0, -1))
    heights = [points[corner][1] for corner in (8, 9, 1, 2)]  # left point, two inner corners, right point
    assert heights == pytest.approx([heights[0]] * 4)
    assert pytest.approx((3 - 5**0.5) / 2) == PENTAGRAM


def test_bands_fill_the_flag_without_a_gap_and_in_proportion() -> None:
    image = flag("Test", (3, 2), Horizontal("#FF0000 #00FF00", (1, 3))).render(height=40)
    colors = {color: count for count, color in image.getcolors() or ()}
    assert colors == {(255, 0, 0): 60 * 10, (0, 255, 0): 60 * 30}


def test_a_crescent_leaves_the_ground_as_it_is() -> None:
    ground = Vertical("#00FF00 #0000FF")
    image = flag("Test", (10, 10), ground, Crescent("#FF0000", 5, 5, 4, 2, 3)).render(height=100)
    assert image.getpixel((20, 50)) == (255, 0, 0)
    assert image.getpixel((45, 50)) == (0, 255, 0)
    assert image.getpixel((60, 50)) == (0, 0, 255)


def test_an_inset_does_not_reach_over_its_frame() -> None:
    wide = flag("Inner", (1, 1), Star("#FF0000", 0.5, 0.5, 5))
    image = flag("Test", (2, 2), Horizontal("#0000FF"), Inset(wide, 0, 0, 1, 1)).render(height=40)
    assert image.getcolors() is not None
    assert image.crop((20, 0, 40, 40)).getcolors() == [(800, (0, 0, 255))]
    assert image.crop((0, 0, 20, 20)).getcolors() == [(400, (255, 0, 0))]


def test_a_palette_loses_no_colour_and_refuses_too_many() -> None:
    image = Image.linear_gradient("L").convert("RGB")
    assert same(to_palette(image).convert("RGB"), image)
    image.putpixel((0, 0), ImageColor.getcolor("#123456", "RGB"))
    image.putpixel((1, 0), ImageColor.getcolor("#654321", "RGB"))
    with pytest.raises(ValueError, match="256 colours"):
        to_palette(image)


UNLIKE = {"Bolivia", "Peru"}  # drawn here as civil flags, without the arms
CODES = {"Turkey": "tur", "Czechia": "cze", "Palestine": "pse"}


def test_the_flags_look_like_the_reference_drawings(shared_data: Path) -> None:
    """Compare coarse pictures with the reference drawings; shades differ, so the bound is wide."""
    cairosvg = pytest.importorskip(
        "cairosvg", reason="cairosvg draws the reference flags and is not installed"
    )
    folder = shared_data / "countries_flags"
    countries = json.loads(gzip.decompress((folder / "countries.json.gz").read_bytes()))
    codes = {country["name"]["common"]: country["cca3"].lower() for country in countries} | CODES
    far, compared = {}, 0
    with ZipFile(folder / "flags_svg.zip") as archive:
        drawings = {Path(member).stem: member for member in archive.namelist()}
        for one in FLAGS:
            if one.name in UNLIKE or codes.get(one.name) not in drawings:
                continue
            png = cairosvg.svg2png(bytestring=archive.read(drawings[codes[one.name]]), output_height=HEIGHT)
            with Image.open(io.BytesIO(png)) as reference:
                difference = ImageChops.difference(
                    committed(one.name).resize((24, 16), Image.Resampling.BOX),
                    reference.convert("RGB").resize((24, 16), Image.Resampling.BOX),
                )
            compared += 1
            worst = max(high for _, high in difference.getextrema())
            if worst > 100:
                far[one.name] = worst
    assert compared > 100
    assert far == {}
