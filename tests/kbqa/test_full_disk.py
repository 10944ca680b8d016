"""A disk that is really full: a clear error, nothing lost, and work goes on when there is space again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

import kbqa
from kbqa.errors import KbqaError

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
KIB = 1024


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the current folder, on a disk of 12 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12M", "tmpfs", str(disk)]
    if (
        os.geteuid() != 0
        or shutil.which("mount") is None
        or subprocess.run(mount, capture_output=True).returncode
    ):
        pytest.skip("only an administrator can mount a small disk")
    monkeypatch.chdir(disk)
    try:
        yield disk
    finally:
        monkeypatch.undo()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(left: int) -> None:
    """Leave so many bytes free."""
    free = shutil.disk_usage(".").free
    Path("filler").write_bytes(bytes(max(0, free - left)))


def test_a_full_disk_while_adding(small_disk: Path, bases: ModuleType) -> None:
    Path("g.nt").write_text(f'<urn:lyon> {LABEL} "Lyon" .\n')
    Path("t.txt").write_text("Lyon is in France.")
    kbqa.build("x.kb", graph=["g.nt"], passages=["t.txt"], text_encoder=bases.HashEncoder()).close()
    lines = (f'<urn:{n}> {LABEL} "Town {n}" .\n' for n in range(300))
    Path("more.nt").write_text("".join(lines))
    Path("more.jsonl").write_text("".join(f'{{"text": "Town {n} is near Lyon."}}\n' for n in range(300)))
    Image.effect_noise((300, 300), 50).save("more.png")
    outcomes = []
    for left in (0, 40, 200, 600, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 8_000):
        fill(left * KIB)
        outcomes.append(add(bases))
        Path("filler").unlink()
        with bases.open_base("x.kb") as base:  # finishes what was written down
            held = {source.name for source in base.info().sources}
            assert held in ({"g.nt", "t.txt"}, {"g.nt", "t.txt", "more.nt", "more.jsonl", "more.png"})
            assert len(held) == 5 or outcomes[-1] != "added"
            for source in held - {"g.nt", "t.txt"}:
                base.remove(source=source)
        checked = kbqa.check("x.kb", thorough=True, text_encoder=bases.HashEncoder())
        assert not checked.findings, (left, checked.findings)
        kbqa.compact("x.kb")
    assert outcomes[0] == "nothing was changed"
    assert outcomes[-1] == "added"


def add(bases: ModuleType) -> str:
    """Try to add files and return what came of it."""
    try:
        with bases.open_base("x.kb") as base:
            base.add(graph=["more.nt"], passages=["more.jsonl"], images=["more.png"])
    except KbqaError as error:
        assert "the disk of x.kb is full: free some space and try again; " in str(error)
        assert "\n" not in str(error)
        return str(error).rpartition("; ")[2]
    return "added"


def test_a_full_disk_while_building(small_disk: Path, bases: ModuleType) -> None:
    Path("t.jsonl").write_text("".join(f'{{"text": "Town {n} is near Lyon."}}\n' for n in range(2_000)))
    for left in (0, 100, 400):
        fill(left * KIB)
        with pytest.raises(KbqaError, match=r"the disk of x\.kb is full: free some space and try again"):
            kbqa.build("x.kb", passages=["t.jsonl"], text_encoder=bases.HashEncoder())
        Path("filler").unlink()
        assert {path.name for path in Path().iterdir()} == {"t.jsonl"}
