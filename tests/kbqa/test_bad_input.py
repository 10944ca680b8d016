"""Files that are not what they should be: one clear line each, and what was there stays as it was."""

from __future__ import annotations

import errno
import gzip
import hashlib
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfWriter

import kbqa
import kbqa.storage.journal
import kbqa.storage.placing
from kbqa.errors import InputError, KbqaError
from kg.store import Store
from retrieval.corpus import Corpus
from retrieval.errors import StorageError
from retrieval.lexical import LexicalIndex

GIB = 1 << 30
TURTLE = "@prefix e: <http://e.org/> .\ne:a e:b e:c .\n"


def sparse(place: Path, head: bytes = b"") -> None:
    with place.open("wb") as file:
        file.write(head)
        file.truncate(GIB)


def bomb(place: Path, *, side: int = 60_000) -> None:
    """Write a small PNG that unpacks to `side` × `side` pixels and says so honestly."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000_000))
    place.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def half_a_picture(place: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(place)
    place.write_bytes(place.read_bytes()[:4000])


def gzip_bomb(place: Path) -> None:
    with gzip.open(place, "wb") as file:
        for _ in range(300):
            file.write(b" " * 2**19 + b"\n" + b" " * 2**19)


def pdf(place: Path, *, password: str = "", half: bool = False) -> None:
    """Write a PDF of a page without text."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(place)
    if half:
        place.write_bytes(place.read_bytes()[: place.stat().st_size // 2])


def text(content: str | bytes) -> Callable[[Path], None]:
    data = content.encode() if isinstance(content, str) else content
    return lambda place: place.write_bytes(data) and None


BAD: dict[str, tuple[str, str, Callable[[Path], Any], str]] = {
    "empty graph": ("graph", "a.ttl", text(""), "a.ttl: is empty"),
    "empty text": ("passages", "a.txt", text(""), "a.txt: is empty"),
    "blank text": ("passages", "a.txt", text(" \n \n"), "a.txt: is empty"),
    "empty lines": ("passages", "a.jsonl", text(""), "a.jsonl: is empty"),
    "empty image": ("images", "a.png", text(""), "a.png: is empty"),
    "empty folder": ("passages", "folder", Path.mkdir, "folder: is an empty folder"),
    "empty graph folder": ("graph", "folder", Path.mkdir, "folder: holds no file of triples"),
    "n-triples called turtle": ("graph", "a.rdf", text(TURTLE), "a.rdf"),
    "malformed turtle": ("graph", "a.ttl", text(TURTLE + "e:a e:b\n"), "a.ttl, line 4: "),
    "text called pdf": ("passages", "a.pdf", text("A text."), "a.pdf: "),
    "text called png": ("images", "a.png", text("A text."), "a.png: is not a readable PNG, JPEG or WebP"),
    "text called gzip": ("graph", "a.ttl.gz", text(TURTLE), "a.ttl.gz: ends in .gz but is not a gzip file"),
    "truncated gzip of a graph": (
        *("graph", "a.nt.gz"),
        text(
            gzip.compress(b"".join(b"<urn:%d> <urn:b> <urn:c> .\n" % n for n in range(9000)), mtime=0)[:-500]
        ),
        "a.nt.gz, line ",
    ),
    "truncated gzip of a text": (
        *("passages", "a.txt.gz"),
        text(gzip.compress(b"A text.", mtime=0)[:-3]),
        "a.txt.gz: the gzip data is damaged or cut off",
    ),
    "broken UTF-8 in a graph": ("graph", "a.nt", text(b'<urn:a> <urn:b> "\xff\xfe" .\n'), "a.nt, line 1: "),
    "broken UTF-8 in a table": (
        "graph",
        "a.tsv",
        text(b"a\tb\tc\n\xff\tb\tc\n"),
        "a.tsv, line 2: is not UTF-8",
    ),
    "broken UTF-8 in lines": (
        "passages",
        "a.jsonl",
        text(b'{"text": "\xff"}'),
        "a.jsonl, line 1: is not UTF-8",
    ),
    "binary text": ("passages", "a.txt", text(b"\x00\x01\x02\x03" * 50), "a.txt: "),
    "1 GB line of turtle": ("graph", "a.ttl", lambda p: sparse(p, TURTLE.encode()), "a.ttl, line "),
    "1 GB line of n-triples": ("graph", "a.nt", sparse, "a.nt, line 1: "),
    "1 GB line of a table": ("graph", "a.tsv", sparse, "a.tsv, line 1: "),
    "1 GB text": ("passages", "a.txt", sparse, "a.txt: is larger than 64 MiB"),
    "1 GB line of JSON": ("passages", "a.jsonl", sparse, "a.jsonl, line 1: is longer than 16 MiB"),
    "1 GB image": ("images", "a.png", sparse, "a.png: is larger than 64 MiB"),
    "gzip bomb": ("graph", "a.nt.gz", gzip_bomb, "a.nt.gz, line "),
    "unknown graph": ("graph", "a.xyz", text("hello"), "a.xyz: is in no format known"),
    "unknown document": ("passages", "a.xyz", text("hello"), "a.xyz: unknown kind of file"),
    "unknown image": ("images", "a.gif", text("GIF89a"), "a.gif: unknown kind of file"),
    "no such file": ("graph", "a.ttl", lambda place: None, "a.ttl: no such file or folder"),
    "a name with a null": ("graph", "a\0.ttl", lambda place: None, "cannot be read"),
    "JSON that is none": ("passages", "a.jsonl", text("{"), "a.jsonl, line 1: is not JSON"),
    "JSON without a text": ("passages", "a.jsonl", text('{"id": 1}'), 'a.jsonl, line 1: "text" is missing'),
    "deep JSON": ("passages", "a.jsonl", text("[" * 100_000), "a.jsonl, line 1: is not JSON"),
    "half an image": ("images", "a.png", half_a_picture, "a.png: is not a readable PNG, JPEG or WebP"),
    "encrypted PDF": ("passages", "a.pdf", lambda p: pdf(p, password="x"), "a.pdf: is encrypted; save it"),
    "scanned PDF": ("passages", "a.pdf", pdf, "a.pdf: holds no text; a scanned PDF needs character"),
    "half a PDF": ("passages", "a.pdf", lambda p: pdf(p, half=True), "a.pdf: the PDF is damaged"),
    "half a Word file": ("passages", "a.docx", text(b"PK\3\4 half"), "a.docx: the Word file is damaged"),
    "huge page": (
        *("passages", "a.html"),
        text("<p>Page after page.</p>" * (17 * 2**20 // 23)),
        "a.html: is longer than 16 MiB; split it",
    ),
    "30,000 pixels a side": (
        *("images", "a.png"),
        lambda place: bomb(place, side=30_000),
        "a.png: would unpack to too many pixels",
    ),
    "decompression bomb": ("images", "a.png", bomb, "a.png: would unpack to too many pixels"),
    "smaller bomb": (
        *("images", "a.png"),
        lambda place: bomb(place, side=10_000),
        "a.png: has 10000 × 10000 pixels, over 64 megapixels",
    ),
    "manifest of nothing": ("images", "a.jsonl", text('{"file": "b.png"}'), "a.jsonl, line 1: names b.png"),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, bases: ModuleType) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "g.ttl").write_text(TURTLE)
    (folder / "t.txt").write_text("A text.")
    files: dict[str, Any] = {"graph": [folder / "g.ttl"], "passages": [folder / "t.txt"]}
    kbqa.build(folder / "x.kb", **files, text_encoder=bases.HashEncoder()).close()
    return folder / "x.kb"


@pytest.fixture
def intact(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a knowledge base in the current folder, and check afterwards that nothing is changed or left."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(kept, "x.kb")
    before = digests(Path("x.kb"))
    yield Path("x.kb")
    monkeypatch.undo()
    assert digests(tmp_path / "x.kb") == before
    assert not list(tmp_path.glob(".*"))


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))  # which opening may make
    }


def refused(call: Callable[[], object], says: str) -> None:
    with pytest.raises(KbqaError) as caught:
        call()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", BAD)
def test_add(name: str, intact: Path, bases: ModuleType) -> None:
    kind, file, make, says = BAD[name]
    make(Path(file))
    with bases.open_base(intact) as base:
        refused(lambda: base.add(**{kind: [file]}), says)
        assert base.info().generation == 1


@pytest.mark.parametrize("name", [name for name in BAD if "1 GB" not in name])
def test_build(name: str, intact: Path, bases: ModuleType) -> None:
    kind, file, make, says = BAD[name]
    make(Path(file))
    refused(lambda: kbqa.build("y.kb", **{kind: [file]}, text_encoder=bases.HashEncoder()), says)
    assert not Path("y.kb").exists()


def test_skipping_reads_the_rest_and_reports(kept: Path, tmp_path: Path, bases: ModuleType) -> None:
    (tmp_path / "a.nt").write_text("<urn:a> <urn:b> <urn:c> .\nnonsense\n<urn:d> <urn:b> <urn:c> .\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.jsonl").write_text('{"text": "Good."}\n{}\n')
    (tmp_path / "docs" / "b.txt").write_text("")
    (tmp_path / "docs" / "c.pdf").write_text("no PDF")
    (tmp_path / "no.png").write_text("no image")
    (tmp_path / "no.ttl").write_text("")
    with kbqa.build(
        tmp_path / "y.kb",
        graph=[tmp_path / "a.nt", tmp_path / "no.ttl"],
        passages=[tmp_path / "docs"],
        images=[tmp_path / "no.png"],
        text_encoder=bases.HashEncoder(),
        on_error="skip",
    ) as base:
        report = base.report
        assert report is not None
        places = [(Path(refusal.path).name, refusal.line) for refusal in report.refused]
        assert places == [
            ("a.nt", 2),
            ("no.ttl", None),
            ("a.jsonl", 2),
            ("b.txt", None),
            ("c.pdf", None),
            ("no.png", None),
        ]
        assert report.refused_in_all == 6
        assert [(Path(s.name).name, s.items, s.refused) for s in report.sources] == [
            ("a.nt", 2, 1),
            ("a.jsonl", 1, 1),
        ]
        assert [(Path(s.name).name, s.refused) for s in base.info().sources][:1] == [("a.nt", 1)]
        shutil.copy(tmp_path / "no.ttl", tmp_path / "a.nt")
        assert base.add(graph=[tmp_path / "a.nt"], on_error="skip").refused_in_all == 1
        assert base.info().triples == 2  # what was there is better than nothing
        generation = base.info().generation
        added = base.add(passages=[tmp_path / "docs" / "b.txt"], on_error="skip")
        assert (added.refused_in_all, added.generation, base.info().generation) == (1, generation, generation)


# Pictures that are odd and no less pictures


def animated(place: Path) -> None:
    frames = [Image.new("RGB", (4, 3), color) for color in ("red", "blue")]
    frames[0].save(place, save_all=True, append_images=frames[1:])


def turned(place: Path) -> None:
    picture = Image.new("RGB", (3, 4), "red")
    exif = picture.getexif()
    exif[0x0112] = 6  # to be shown turned by a quarter
    picture.save(place, exif=exif)


ODD: dict[str, tuple[str, Callable[[Path], Any], tuple[int, int]]] = {
    "one pixel": ("a.png", lambda place: Image.new("RGB", (1, 1)).save(place), (1, 1)),
    "one line": ("a.png", lambda place: Image.new("1", (20_000, 1)).save(place), (20_000, 1)),
    "four colours": ("a.jpg", lambda place: Image.new("CMYK", (4, 3)).save(place), (4, 3)),
    "16 bits": ("a.png", lambda place: Image.new("I;16", (4, 3), 40_000).save(place), (4, 3)),
    "animated": ("a.webp", animated, (4, 3)),
    "animated PNG": ("a.png", animated, (4, 3)),
    "turned": ("a.jpg", turned, (4, 3)),
    "palette with a hole": (
        "a.png",
        lambda place: Image.new("P", (4, 3)).save(place, transparency=0),
        (4, 3),
    ),
}


def test_odd_pictures_are_taken(kept: Path, tmp_path: Path, bases: ModuleType) -> None:
    shutil.copytree(kept, tmp_path / "x.kb")
    sizes = {}
    for name, (file, make, size) in ODD.items():
        place = tmp_path / name / file
        place.parent.mkdir()
        make(place)
        sizes[place.as_posix()] = size
    with bases.open_base(tmp_path / "x.kb") as base:
        base.add(images=[tmp_path / name for name in ODD])
        found = {image.source: (image.width, image.height) for image in base.sources.corpus.images()}
    assert found == sizes
    assert kbqa.check(tmp_path / "x.kb", thorough=True, text_encoder=bases.HashEncoder()).sound


# A full disk


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def full_in_words(*_: object, **__: object) -> None:
    raise StorageError("cannot write the corpus: database or disk is full")


@pytest.mark.parametrize(
    ("owner", "name", "error"),
    [
        (np, "save", full),
        (shutil, "copyfile", full),
        (kbqa.storage.journal, "sync", full),
        (kbqa.storage.journal.Staging, "write_batch", full),
        (Store, "flush", full),
    ],
)
def test_full_disk_while_adding(
    owner: Any, name: str, error: Any, intact: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.ttl").write_text(TURTLE.replace("e:a", "e:new"))
    Path("a.txt").write_text("Another text.")
    Image.new("RGB", (4, 3)).save("a.png")
    with bases.open_base(intact) as base, monkeypatch.context() as patch:
        patch.setattr(owner, name, error)
        says = "the disk of x.kb is full: free some space and try again; nothing was changed"
        refused(lambda: base.add(graph=["a.ttl"], passages=["a.txt"], images=["a.png"]), says)


def test_too_little_space_is_seen_before_the_change_happens(
    intact: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.txt").write_text("Another text.")
    with bases.open_base(intact) as base, monkeypatch.context() as patch:
        usage = shutil.disk_usage(intact)
        patch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
        refused(lambda: base.add(passages=["a.txt"]), "nothing was changed")


@pytest.mark.parametrize(
    ("owner", "name", "error"),
    [
        (shutil, "copyfile", full),
        (Corpus, "add", full_in_words),
        (LexicalIndex, "commit", full),
        (kbqa.storage.placing, "sync", full),
        (Store, "flush", full),
    ],
)
def test_full_disk_while_building(
    owner: Any, name: str, error: Any, intact: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (4, 3)).save("a.png")
    Path("a.txt").write_text("A text.")
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, error)
        for target in ("y.kb", "x.kb"):
            refused(
                lambda target=target: kbqa.build(
                    target,
                    passages=["a.txt"],
                    images=["a.png"],
                    text_encoder=bases.HashEncoder(),
                    replace=True,
                ),
                f"the disk of {target} is full: free some space and try again; nothing was changed",
            )
    assert not Path("y.kb").exists()


def test_full_disk_after_the_change_has_happened(
    kept: Path, tmp_path: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(kept, tmp_path / "x.kb")
    (tmp_path / "a.txt").write_text("Another text.")
    with bases.open_base(tmp_path / "x.kb") as base, monkeypatch.context() as patch:
        patch.setattr(LexicalIndex, "commit", full)
        refused(
            lambda: base.add(passages=[tmp_path / "a.txt"]),
            "the change is written down and will be finished when the knowledge base is opened next",
        )
        assert base.info().passages == 1
    with bases.open_base(tmp_path / "x.kb") as base:
        assert base.info().passages == 2


# No permission (which the administrator always has, so the system's answer is imitated)


def forbidden(*_: object, **__: object) -> Any:
    raise PermissionError(errno.EACCES, "Permission denied", "secret")


def test_input_without_permission(intact: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("secret").mkdir()
    for kind in ("graph", "passages", "images"):
        with bases.open_base(intact) as base, monkeypatch.context() as patch:
            patch.setattr("os.scandir", forbidden)
            refused(
                lambda kind=kind: base.add(**{kind: ["secret"]}), "secret: cannot be read: Permission denied"
            )


def test_target_without_permission(intact: Path, bases: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.txt").write_text("A text.")
    with bases.open_base(intact) as base, monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", forbidden)
        refused(
            lambda: base.add(passages=["a.txt"]), "secret: Permission denied; nothing was changed in x.kb"
        )
        refused(
            lambda: kbqa.build("y.kb", passages=["a.txt"], text_encoder=bases.HashEncoder()),
            "secret: Permission denied; nothing was changed in y.kb",
        )


def test_errors_of_a_wrong_call(intact: Path, bases: ModuleType) -> None:
    with bases.open_base(intact) as base, pytest.raises(InputError, match="the language must be en, zh"):
        base.ask("Who?", language="fr")
