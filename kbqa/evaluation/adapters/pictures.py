"""Public sets of pictures with descriptions, as folders with a manifest of {"file", "captions"}.

`kbqa train image-text` learns from such folders and `kbqa score-images` measures with them.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from kbqa.errors import DependencyError, InputError
from kbqa.evaluation.adapters.files import get_file, read_json
from kbqa.training.bilingual_data import seeded

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = ["prepare_emoji", "prepare_flags", "prepare_nlvr", "prepare_ucm"]

HEIGHT = 192  # pixels of a drawn SVG
MAX_ENTRY = 16 * 2**20
HELD_OUT = 0.5  # of the flags with a description
SEED = 0
WORLD = Path(__file__).parents[2] / "world" / "data" / "flags" / "manifest.jsonl"
_FLAG_OF = re.compile(r"^(?:Flag of [^:]*: |[^：]*国旗：)|\s*[(（][^)）]*[)）]|[.。]$")
# names in the bundled world's manifest that are not the set's common names
_OTHER_NAMES = {
    "bahamas": "BHS",
    "democratic_republic_of_the_congo": "COD",
    "republic_of_the_congo": "COG",
    "cape_verde": "CPV",
    "ivory_coast": "CIV",
    "sao_tome_and_principe": "STP",
    "guinea_bissau": "GNB",
}


def prepare_flags(data: Path, out: Path) -> list[Path]:
    """Draw the flags of all countries.

    The descriptions are those of the bundled world's own drawings, without the country's name; these are drawings of
    another hand. Half of the described flags, chosen by seed, are `held-out`, the others are `described`; `others`
    have no description.
    """
    codes = {
        _file_key(one["name"]["common"]): one["cca3"] for one in read_json(get_file(data, "countries.json"))
    }
    told = _descriptions(codes | _OTHER_NAMES)
    order = sorted(told)
    seeded(SEED).shuffle(order)
    hidden = set(order[: round(HELD_OUT * len(order))])
    folders = {name: out / name for name in ("held-out", "described", "others")}
    lines: dict[str, list[tuple[str, list[str]]]] = {name: [] for name in folders}
    for name, svg in _entries(get_file(data, "flags_svg.zip"), ".svg"):
        code = PurePosixPath(name).stem.upper()
        part = "others" if code not in told else "held-out" if code in hidden else "described"
        _save(draw_svg(svg), folders[part] / f"{code}.png")
        lines[part].append((f"{code}.png", told.get(code, [])))
    for part, records in lines.items():
        _write_manifest(folders[part] / ("manifest.jsonl" if part != "others" else "pictures.txt"), records)
    return list(folders.values())


def _descriptions(codes: dict[str, str]) -> dict[str, list[str]]:
    """Return what the bundled world says of flags, in both languages, by the country's code."""
    told = {}
    for line in WORLD.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        stem = record["file"].removesuffix(".png")
        if stem in codes:
            told[codes[stem]] = [_FLAG_OF.sub("", record[name]) for name in ("caption", "caption_zh")]
    return told


def _file_key(name: str) -> str:
    return re.sub(r"[^a-z]+", "_", name.lower()).strip("_")


def prepare_emoji(data: Path, out: Path) -> list[Path]:
    """Draw the emoji, with their English and Chinese names."""
    names: dict[str, list[str]] = {}
    for language in ("en", "zh"):
        for record in _emoji(read_json(get_file(data, f"emojibase_{language}_compact.json"))):
            names.setdefault(record["hexcode"], []).append(record["label"])
    records = []
    for name, svg in _entries(get_file(data, "fxemoji_svg.zip"), ".svg"):
        code = PurePosixPath(name).name.split("-")[0].removeprefix("u").upper().lstrip("0")
        if code in names:
            _save(draw_svg(svg), out / f"{code}.png")
            records.append((f"{code}.png", names[code]))
    _write_manifest(out / "manifest.jsonl", records)
    return [out]


def _emoji(records: Iterable[dict[str, object]]) -> Iterator[dict[str, str]]:
    for record in records:
        yield {"hexcode": str(record["hexcode"]), "label": str(record["label"])}


def prepare_nlvr(data: Path, out: Path) -> list[Path]:
    """Cut out the pictures of which something true is said."""
    true: dict[str, list[str]] = {}
    for line in _text(get_file(data, "dev.json")).splitlines():
        record = json.loads(line)
        if record["label"] == "true":
            true.setdefault(record["identifier"], []).append(record["sentence"])
    records = []
    for name, content in _entries(get_file(data, "dev_images_perm0.zip"), ".png"):
        identifier = re.sub(r"^dev-(\d+-\d+)-\d+\.png$", r"\1", PurePosixPath(name).name)
        if identifier in true:
            _save(_opened(content), out / f"{identifier}.png")
            records.append((f"{identifier}.png", true[identifier]))
    _write_manifest(out / "manifest.jsonl", records)
    return [out]


def prepare_ucm(data: Path, out: Path) -> list[Path]:
    """Unpack the aerial photographs with their five descriptions, in a folder for each split."""
    described = {
        Path(one["filename"]).stem: (
            one["split"],
            [sentence["raw"].rstrip(" .") for sentence in one["sentences"]],
        )
        for one in read_json(get_file(data, "dataset_trainval.json"))["images"]
    }
    records: dict[str, list[tuple[str, list[str]]]] = {}
    for name, content in _entries(get_file(data, "images_trainval.zip"), ".jpg"):
        stem = PurePosixPath(name).stem
        if stem in described:
            split, captions = described[stem]
            place = out / split / f"{stem}.jpg"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            records.setdefault(split, []).append((place.name, captions))
    for split, found in records.items():
        _write_manifest(out / split / "manifest.jsonl", found)
    return [out / split for split in sorted(records)]


def draw_svg(content: bytes) -> Picture:
    """Return an SVG as a picture of 192 pixels' height on white.

    Raises:
        DependencyError: If the library that draws it is not installed.
        InputError: If it is no SVG.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise DependencyError(
            "SVG pictures need the library resvg-py; run: pip install 'kbqa[train]'"
        ) from None
    try:
        drawn = svg_to_bytes(
            svg_string=content.decode("utf-8-sig"),
            height=HEIGHT,
            background="#ffffff",
            skip_system_fonts=True,
        )
    except ValueError as error:
        raise InputError(f"an SVG picture cannot be drawn: {error}") from error
    return _opened(bytes(drawn))


def _opened(content: bytes) -> Picture:
    import PIL.Image

    return PIL.Image.open(io.BytesIO(content)).convert("RGB")


def _save(picture: Picture, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    picture.save(place)


def _entries(archive: Path, ending: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a kind in a zip file, by name."""
    try:
        with zipfile.ZipFile(archive) as opened:
            for entry in sorted(opened.infolist(), key=lambda entry: entry.filename):
                if entry.filename.endswith(ending) and entry.file_size <= MAX_ENTRY:
                    yield entry.filename, opened.read(entry)
    except (zipfile.BadZipFile, EOFError, RuntimeError) as error:
        raise InputError(f"{archive}: is not a readable zip file: {error}") from error


def _text(path: Path) -> str:
    import gzip

    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


def _write_manifest(place: Path, records: Iterable[tuple[str, list[str]]]) -> None:
    lines = (
        json.dumps({"file": file, "captions": captions}, ensure_ascii=False) for file, captions in records
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
