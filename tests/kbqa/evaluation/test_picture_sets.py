"""Public sets of pictures turned into folders with manifests."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from kbqa.errors import DependencyError, InputError
from kbqa.evaluation.adapters.pictures import draw_svg
from kbqa.evaluation.prepare import prepare

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><rect width="3" height="2" fill="#f00"/></svg>'


def picture(kind: str) -> bytes:
    content = io.BytesIO()
    Pillow.new("RGB", (6, 4), "red").save(content, kind)
    return content.getvalue()


def packed(place: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(place, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def written(place: Path, content: object) -> None:
    place.write_text(json.dumps(content), encoding="utf-8")


def manifest(folder: Path) -> dict[str, list[str]]:
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    records: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert all((folder / record["file"]).is_file() for record in records)
    return {record["file"]: record["captions"] for record in records}


def test_flags_get_the_descriptions_of_the_bundled_ones_without_names(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    names = {"FRA": "France", "DEU": "Germany", "PER": "Peru", "JPN": "Japan", "ATL": "Atlantis"}
    written(
        tmp_path / "countries.json",
        [{"name": {"common": name}, "cca3": code} for code, name in names.items()],
    )
    packed(tmp_path / "flags_svg.zip", {f"data/{code.lower()}.svg": SVG.encode() for code in names})
    found = prepare("countries_flags", data=tmp_path, out=tmp_path / "out").images
    held, described, others = found
    told = manifest(held) | manifest(described)
    assert sorted(told) == ["DEU.png", "FRA.png", "JPN.png", "PER.png"]
    # which ones are held out is drawn among all described flags, those that are not in this archive included
    assert sorted(manifest(held)) == ["DEU.png", "JPN.png", "PER.png"]
    assert sorted(manifest(described)) == ["FRA.png"]
    assert told["PER.png"] == ["three vertical bands of red, white and red", "红、白、红三条竖带"]
    assert told["FRA.png"][0] == "three vertical bands of blue, white and red"
    assert [path.name for path in sorted(others.glob("*.png"))] == ["ATL.png"]


def test_emoji_have_names_in_both_languages(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    for language, label in (("en", "red heart"), ("zh", "红心")):
        written(tmp_path / f"emojibase_{language}_compact.json", [{"hexcode": "2764", "label": label}])
    packed(tmp_path / "fxemoji_svg.zip", {"u2764-heart.svg": SVG.encode(), "u1F600-grin.svg": SVG.encode()})
    (folder,) = prepare("emoji_bilingual", data=tmp_path, out=tmp_path / "out").images
    assert manifest(folder) == {"2764.png": ["red heart", "红心"]}


def test_only_true_sentences_are_said_of_a_picture(tmp_path: Path) -> None:
    records = [
        {"identifier": "7-0", "label": label, "sentence": sentence}
        for label, sentence in (("true", "There is a box."), ("false", "There is none."))
    ]
    lines = "\n".join(json.dumps(record) for record in records)
    (tmp_path / "dev.json").write_text(lines, encoding="utf-8")
    packed(
        tmp_path / "dev_images_perm0.zip", {"dev-7-0-0.png": picture("PNG"), "dev-8-0-0.png": picture("PNG")}
    )
    (folder,) = prepare("nlvr", data=tmp_path, out=tmp_path / "out").images
    assert manifest(folder) == {"7-0.png": ["There is a box."]}


def test_photographs_lie_in_a_folder_for_each_split(tmp_path: Path) -> None:
    images = [
        {"filename": f"{n}.tif", "split": split, "sentences": [{"raw": f"Picture {n} ."}]}
        for n, split in ((1, "train"), (2, "val"))
    ]
    written(tmp_path / "dataset_trainval.json", {"images": images})
    packed(tmp_path / "images_trainval.zip", {f"{n}.jpg": picture("JPEG") for n in (1, 2, 3)})
    train, val = prepare("ucm_captions", data=tmp_path, out=tmp_path / "out").images
    assert (manifest(train), manifest(val)) == ({"1.jpg": ["Picture 1"]}, {"2.jpg": ["Picture 2"]})


def test_what_cannot_be_drawn_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(DependencyError, match=r"pip install 'kbqa\[train\]'"):
        draw_svg(SVG.encode())
    (tmp_path / "images_trainval.zip").write_bytes(b"no zip")
    written(tmp_path / "dataset_trainval.json", {"images": []})
    with pytest.raises(InputError, match="not a readable zip file"):
        prepare("ucm_captions", data=tmp_path, out=tmp_path / "out")
