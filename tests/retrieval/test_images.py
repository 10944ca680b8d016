"""Images of every kind, manifests, hostile files, and the look-up of the same picture."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from retrieval import ImageError, LinkedImage, Refused, find_similar, read_images, signature
from retrieval.images import open_image


def draw(
    path: Path, *, seed: int = 0, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object
) -> Path:
    """Write a picture of a few coloured blocks."""
    blocks = np.random.default_rng(seed).integers(0, 256, size=(4, 5, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(blocks).resize(size, Pillow.Resampling.NEAREST).convert(mode).save(path, **options)
    return path


def read(*paths: Path, **options: object) -> tuple[list[LinkedImage], list[Refused]]:
    refused: list[Refused] = []
    return list(read_images(paths, on_refused=refused.append, **options)), refused  # type: ignore[arg-type]


def bomb(path: Path, width: int, height: int) -> Path:
    """Write the head of a PNG that claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 999)))
    return path


def test_reads_folders_with_readable_captions(tmp_path: Path) -> None:
    for name in ("b/tower_of-London.JPG", "a.webp", "c.png"):
        draw(tmp_path / "pics" / name)
    (tmp_path / "pics" / "notes.txt").write_text("not an image")
    images, refused = read(tmp_path / "pics", root=tmp_path)
    assert not refused
    assert [(item.image.source, item.image.caption) for item in images] == [
        ("pics/a.webp", "a"),
        ("pics/c.png", "c"),
        ("pics/b/tower_of-London.JPG", "tower of London"),
    ]
    first = images[0].image
    assert (first.width, first.height, first.path) == (64, 48, str(tmp_path / "pics" / "a.webp"))
    assert len({item.image.id for item in images}) == 3
    assert first.id == read(tmp_path / "pics", root=tmp_path)[0][0].image.id


def test_a_manifest_gives_captions_and_entities(tmp_path: Path) -> None:
    draw(tmp_path / "flags" / "fr.png")
    draw(tmp_path / "flags" / "de.png")
    rows = [{"file": "fr.png", "caption": "法国国旗", "entities": ["w:France"]}, {"file": "de.png"}]
    manifest = tmp_path / "flags" / "captions.jsonl"
    manifest.write_text("\n".join(json.dumps(row) for row in rows))
    expected = [("fr.png", "法国国旗", ("w:France",)), ("de.png", "de", ())]
    for images, refused in (read(tmp_path / "flags"), read(manifest), read(captions=[manifest])):
        assert not refused
        assert sorted(
            (Path(item.image.source).name, item.image.caption, item.entities) for item in images
        ) == sorted(expected)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "must be an object"),
        ('{"file": ""}', "must be an object"),
        ('{"file": "gone.png"}', "no such file"),
        ('{"file": "a.png", "caption": 1}', '"caption"'),
        ('{"file": "a.png", "entities": "w:x"}', '"entities"'),
        ('{"file": "a\\u0000.png"}', '"file"'),
        ('{"file": "a.png", "caption": "\\ud800"}', "surrogates"),
    ],
)
def test_bad_manifest_lines_are_refused(tmp_path: Path, line: str, reason: str) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "m.jsonl").write_text(f'{{"file": "a.png", "caption": "kept"}}\n{line}\n')
    images, refused = read(tmp_path)
    assert [item.image.caption for item in images] == ["kept"]
    assert [(item.line, reason in item.reason) for item in refused] == [(2, True)], refused


def test_a_missing_manifest_is_refused(tmp_path: Path) -> None:
    assert [item.path for item in read(captions=[tmp_path / "no.jsonl"])[1]] == [str(tmp_path / "no.jsonl")]


@pytest.mark.parametrize(
    "content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n", b"GIF89a\1\0\1\0", b"\xff\xd8\xff\xe0"]
)
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    images, refused = read(path)
    assert not images
    assert [item.path for item in refused] == [path.as_posix()]
    assert ("is empty" if not content else "is not a readable") in refused[0].reason


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_image_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, size=(80, 80, 3), dtype=np.uint8)
    path = tmp_path / f"a{suffix}"
    Pillow.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert not read(path)[0]
    with pytest.raises(ImageError, match=r"a\."):
        open_image(path)


@pytest.mark.parametrize(
    ("width", "height"), [(30_000, 30_000), (8_001, 8_001), (2**31 - 1, 2**31 - 1), (0, 5)]
)
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, width: int, height: int) -> None:
    with pytest.raises(ImageError):
        open_image(bomb(tmp_path / "a.png", width, height))


def test_a_file_that_is_too_large_or_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.images.MAX_BYTES", 100)
    with pytest.raises(ImageError, match="larger than"):
        open_image(draw(tmp_path / "a.png"))
    with pytest.raises(ImageError, match="No such file"):
        open_image(tmp_path / "gone.png")


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text("<svg/>")
    assert "unknown kind of file; images are .png" in read(tmp_path / "a.svg")[1][0].reason


def test_without_a_listener_the_first_refusal_is_raised(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(ImageError, match=r"a\.png: is empty"):
        list(read_images([tmp_path]))


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA", "I;16"])
def test_every_mode_becomes_upright_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    if mode == "I;16":
        Pillow.fromarray(np.full((5, 7), 65535, dtype=np.uint16)).save(path)
    else:
        draw(path, mode=mode)
    picture = open_image(path)
    assert picture.mode == "RGB"
    if mode == "I;16":
        assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_transparent_parts_become_white_and_rotation_is_undone(tmp_path: Path) -> None:
    Pillow.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert open_image(tmp_path / "clear.png").getpixel((0, 0)) == (255, 255, 255)
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    draw(tmp_path / "turned.jpg", size=(60, 20), exif=exif)
    assert open_image(tmp_path / "turned.jpg").size == (20, 60)


def test_the_first_frame_of_an_animation_is_taken(tmp_path: Path) -> None:
    frames = [Pillow.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    assert open_image(tmp_path / "a.webp").getpixel((0, 0)) == (255, 0, 0)


def test_the_same_picture_is_found_again(tmp_path: Path) -> None:
    known = {f"i:{seed}": signature(draw(tmp_path / f"{seed}.png", seed=seed)) for seed in range(20)}
    for copy in (
        draw(tmp_path / "same.png", seed=7),
        draw(tmp_path / "large.png", seed=7, size=(640, 480)),
        draw(tmp_path / "poor.jpg", seed=7, size=(320, 240), quality=40),
        draw(tmp_path / "odd.webp", seed=7, size=(200, 130), quality=50),
    ):
        ((best, score),) = find_similar(copy, known)
        assert best == "i:7"
        assert score > 0.97
    assert find_similar(draw(tmp_path / "other.png", seed=99), known) == []
    assert len(find_similar(draw(tmp_path / "other.png", seed=99), known, k=3, at_least=-1)) == 3
    with pytest.raises(ValueError, match="at least 1"):
        find_similar(tmp_path / "other.png", known, k=0)


def test_signatures_have_unit_length_or_are_zero(tmp_path: Path) -> None:
    vector = signature(draw(tmp_path / "a.png"))
    assert vector.shape == (768,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    Pillow.new("RGB", (1, 1), (127, 127, 127)).save(tmp_path / "grey.png")
    assert not signature(tmp_path / "grey.png").any()
    Pillow.new("RGB", (1, 1), (200, 0, 0)).save(tmp_path / "red.png")
    assert signature(tmp_path / "red.png").any()
