"""Files made ready for building, and archives that must not be trusted."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

import kbqa.evaluation.prepare as prepare_module
from kbqa.errors import InputError
from kbqa.evaluation.datasets import load_set, prepare
from kg.load import load
from kg.store import Store
from retrieval.documents import read_documents
from retrieval.images import read_images


def picture() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (20, 30), "red").save(buffer, "JPEG")
    return buffer.getvalue()


def hlm_folder(folder: Path, entries: dict[str, bytes]) -> Path:
    folder.mkdir()
    (folder / "relation.txt").write_text("乙,甲,儿子,x,x\n甲,乙,父亲,x,x\n", encoding="utf-8")
    profiles = {"甲": {"性\xa0\xa0别": "男", "生日": "正月 初一。"}, "乙": {}}
    (folder / "profiles.json").write_text(json.dumps(profiles), encoding="utf-8")
    with zipfile.ZipFile(folder / "images.zip", "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return folder


def test_hlm_becomes_what_build_reads(tmp_path: Path) -> None:
    data = hlm_folder(tmp_path / "raw", {"甲.jpg": picture(), "sub/乙.jpg": picture()})
    files = prepare("hlm_redchamber", data=data, out=tmp_path / "out" / "deep")
    assert files.graph[0].read_text(encoding="utf-8") == "甲\t儿子\t乙\n乙\t父亲\t甲\n"
    [document] = read_documents(files.passages)
    assert (document.text, document.entities) == ("甲的性别是男。甲的生日是正月初一。", ("甲",))
    images = list(read_images(files.images))
    assert [(one.image.caption, one.entities) for one in images] == [
        ("乙的画像", ("乙",)),
        ("甲的画像", ("甲",)),
    ]
    questions = load_set("hlm", data=tmp_path / "out" / "deep")
    assert {item.kind for item in questions} == {"儿子", "父亲", "portrait"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../甲.jpg", "would leave its folder"),
        ("a/../../甲.jpg", "would leave its folder"),
        ("/tmp/甲.jpg", "would leave its folder"),
        ("..\\甲.jpg", "would leave its folder"),
        ("C:甲.jpg", "would leave its folder"),
        (".hidden.jpg", "would leave its folder"),
        ("甲.sh", "which is no"),
    ],
)
def test_hostile_names_in_an_archive_are_refused(tmp_path: Path, name: str, reason: str) -> None:
    data = hlm_folder(tmp_path / "raw", {name: picture()})
    with pytest.raises(InputError, match=reason):
        prepare("hlm", data=data, out=tmp_path / "out")
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {
        "relation.txt",
        "profiles.json",
        "images.zip",
        "relations.tsv",
        "profiles.jsonl",
    }


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    data = hlm_folder(tmp_path / "raw", {})
    link = zipfile.ZipInfo("甲.jpg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(data / "images.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="would leave its folder"):
        prepare("hlm", data=data, out=tmp_path / "out")


def test_sizes_are_limited_as_they_unpack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = hlm_folder(tmp_path / "raw", {"甲.jpg": b"\0" * 100, "乙.jpg": b"\0" * 100})
    with zipfile.ZipFile(data / "images.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("甲.jpg", b"\0" * 3_000_000)
        archive.writestr("乙.jpg", b"\0" * 3_000_000)
    monkeypatch.setattr(prepare_module, "MAX_PICTURE", 2_000_000)
    with pytest.raises(InputError, match="unpacks to over 2,000,000 bytes"):
        prepare("hlm", data=data, out=tmp_path / "out")
    monkeypatch.setattr(prepare_module, "MAX_PICTURE", 4_000_000)
    monkeypatch.setattr(prepare_module, "MAX_PICTURES", 5_000_000)
    with pytest.raises(InputError, match=r"乙.jpg' unpacks to over 2,000,000 bytes"):
        prepare("hlm", data=data, out=tmp_path / "out")
    monkeypatch.setattr(prepare_module, "MAX_ENTRIES", 1)
    with pytest.raises(InputError, match="holds 2 entries"):
        prepare("hlm", data=data, out=tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"PK\3\4 not really", b"no zip at all"])
def test_a_broken_archive_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    data = hlm_folder(tmp_path / "raw", {})
    (data / "images.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"images\.zip: is not a readable zip file"):
        prepare("hlm", data=data, out=tmp_path / "out")


@pytest.mark.parametrize("content", ["[]", "{", '{"甲": 3}', "[" * 100_000])
def test_broken_profiles_are_one_clear_error(tmp_path: Path, content: str) -> None:
    data = hlm_folder(tmp_path / "raw", {})
    (data / "profiles.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"profiles\.json: is not a JSON object of profiles"):
        prepare("hlm", data=data, out=tmp_path / "out")


def test_wc2014_drops_only_what_repeats(tmp_path: Path) -> None:
    rows = ["X\tplays_in\tC", "C\tplays_in_inverse\tX", "D\tplays_in_inverse\tY", "X\tplays_in\tC"]
    (tmp_path / "WC2014.txt").write_text("\n".join(rows), encoding="utf-8")
    [graph] = prepare("wc2014", data=tmp_path, out=tmp_path / "out").graph
    assert graph.read_text(encoding="utf-8").splitlines() == [rows[0], rows[2], rows[0]]


def test_nlpcc2016_reads_the_published_form(tmp_path: Path) -> None:
    text = "甲 ||| 民 族 ||| 汉族\n ||| 坏 ||| 行\n甲 ||| 坏\n甲 ||| 2 ||| 坏\n"
    (tmp_path / "nlpcc-iccpol-2016.kbqa.kb").write_text(text, encoding="utf-8")
    files = prepare("nlpcc2016", data=tmp_path, out=tmp_path / "out")
    assert files.left_out == 3
    assert files.graph[0].read_text(encoding="utf-8") == "甲\t民 族\t汉族\n"


def test_unknown_sets_and_unwritable_places(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no set 'x' to prepare; there are hlm_redchamber"):
        prepare("x", data=tmp_path, out=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        prepare("wc2014", data=tmp_path, out=tmp_path / "file")
    with pytest.raises(InputError, match=r"holds no WC2014\.txt"):
        prepare("wc2014", data=tmp_path, out=tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "folder", "triples", "passages", "images"),
    [
        ("hlm", "hlm_redchamber", 187, 103, 180),
        ("wc2014", "wc2014", 3977, 0, 0),
        ("pathquestion", "pathquestion", 4050, 0, 0),
        ("mlpq", "mlpq_en_zh", 32686, 0, 0),
        ("nlpcc2016", "nlpcc2016_kbqa", 24453, 0, 0),
    ],
)
def test_real_sets_load(
    shared_data: Path, tmp_path: Path, name: str, folder: str, triples: int, passages: int, images: int
) -> None:
    files = prepare(name, data=shared_data / folder, out=tmp_path)
    with Store.in_memory() as store:
        loaded = sum(load(store, graph).triples for graph in files.graph)
    assert loaded == triples
    assert len(list(read_documents(files.passages))) == passages
    assert len(list(read_images(files.images))) == images
