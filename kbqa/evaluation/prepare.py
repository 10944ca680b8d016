"""Files of a set that `kbqa build` does not read, turned into files that it does."""

from __future__ import annotations

import json
import random
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import find_file, get_file
from kbqa.evaluation.adapters.hlm import PICTURES, read_relations
from kbqa.evaluation.adapters.pictures import prepare_emoji, prepare_flags, prepare_nlvr, prepare_ucm
from kbqa.evaluation.adapters.plots import graph_beside, read_plots
from kbqa.evaluation.adapters.reading import READING_FILES, read_paragraphs
from kbqa.evaluation.closed import CLOSED, write_closed
from kbqa.evaluation.items import read_text_lines

__all__ = ["PREPARED", "PreparedFiles", "prepare"]

MAX_PICTURE = 64 * 2**20
MAX_PICTURES = 2**30  # bytes of all pictures of an archive
MAX_ENTRIES = 100_000
MAX_PROFILES = 64 * 2**20
CHUNK = 2**20
INVERSE = "_inverse"
_NUMBER = re.compile(r"[\d.,+-]+")
Fact = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PreparedFiles:
    """What to give to `kbqa build`.

    Attributes:
        graph: Files of triples.
        passages: Files of passages.
        images: Folders of images with their manifests.
        left_out: How many rows of the graph were left out because they lack a cell or have a number as relation.
    """

    graph: tuple[Path, ...]
    passages: tuple[Path, ...] = ()
    images: tuple[Path, ...] = ()
    left_out: int = 0


def prepare(name: str, *, data: Path, out: Path) -> PreparedFiles:
    """Write files that `kbqa build` reads, or name those that it can read as they are.

    Args:
        name: A key of `PREPARED`.
        data: The folder that holds the set's files.
        out: The folder to write to; made if it is not there.

    Raises:
        InputError: If there is no such set, a file is missing or malformed, or `out` cannot be written.
    """
    if name not in PREPARED:
        raise InputError(f"there is no set {name!r} to prepare; there are {', '.join(PREPARED)}")
    try:
        out.mkdir(parents=True, exist_ok=True)
        return PREPARED[name](data, out)
    except OSError as error:
        raise InputError(f"{error.filename or out}: cannot be written: {error.strerror or error}") from error


def _prepare_hlm(data: Path, out: Path) -> PreparedFiles:
    """Write relations, profiles as passages, and portraits with a manifest."""
    relations, passages, images = out / "relations.tsv", out / "profiles.jsonl", out / "images"
    _write_facts(relations, read_relations(get_file(data, "relation.txt")))
    # the questions of the set are read from the prepared folder too
    shutil.copyfile(get_file(data, "relation.txt"), out / "relation.txt")
    _write_lines(passages, map(_json_line, _profiles(get_file(data, "profiles.json"))))
    pictures = _unpack(get_file(data, "images.zip"), images)
    _write_lines(images / "manifest.jsonl", map(_portrait_line, pictures))
    return PreparedFiles((relations,), (passages,), (images,))


def _profiles(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a passage for each person: one sentence for each attribute of the profile."""
    if path.stat().st_size > MAX_PROFILES:
        raise InputError(f"{path}: is larger than {MAX_PROFILES // 2**20} MiB")
    try:
        profiles = json.loads(path.read_text(encoding="utf-8"))
        people = {str(name): dict(profile) for name, profile in profiles.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: is not a JSON object of profiles: {error}") from error
    for name, profile in people.items():
        sentences = [f"{name}的{_tight(key)}是{_tight(value)}。" for key, value in profile.items()]
        if sentences:
            yield {
                "id": name,
                "title": name,
                "text": "".join(sentences),
                "language": "zh",
                "entities": [name],
            }


def _tight(text: object) -> str:
    """Return a text without spaces, hard ones included, and without a full stop at its end."""
    return re.sub(r"\s+", "", str(text)).rstrip("。")


def _portrait_line(picture: Path) -> str:
    name = picture.stem
    return _json_line({"file": picture.name, "caption": f"{name}的画像", "entities": [name]})


def _unpack(archive: Path, folder: Path) -> list[Path]:
    """Write the pictures of a zip file into one folder and return them, sorted.

    Nothing is taken on trust: only plain names, only pictures, and sizes as they really unpack.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left = MAX_PICTURES
    pictures = []
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            if len(entries) > MAX_ENTRIES:
                raise InputError(f"{archive}: holds {len(entries):,} entries; the limit is {MAX_ENTRIES:,}")
            for entry in entries:
                if not entry.is_dir():
                    picture = folder / _picture_name(entry, archive)
                    left -= _extract(opened, entry, picture, min(MAX_PICTURE, left))
                    pictures.append(picture)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise InputError(f"{archive}: is not a readable zip file: {error}") from error
    return sorted(pictures)


def _picture_name(entry: zipfile.ZipInfo, archive: Path) -> str:
    """Return the file name of an entry."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    link = stat.S_ISLNK(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in path.name or path.name.startswith(".") or link:
        raise InputError(
            f"{archive}: holds {entry.filename[:200]!r}, which would leave its folder; do not use it"
        )
    if path.suffix.lower() not in PICTURES:
        raise InputError(f"{archive}: holds {entry.filename[:200]!r}, which is no {' '.join(PICTURES)}")
    return path.name


def _extract(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, limit: int) -> int:
    """Write one entry and return its size."""
    size = 0
    with opened.open(entry) as source, target.open("wb") as file:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise InputError(
                    f"{opened.filename}: {entry.filename[:200]!r} unpacks to over {limit:,} bytes"
                )
            file.write(chunk)
    return size


def _prepare_wc2014(data: Path, out: Path) -> PreparedFiles:
    """Write the graph without relations that only repeat another one backwards."""
    facts = list(_Rows(get_file(data, "WC2014.txt"), "\t"))
    known = set(facts)
    graph = out / "wc2014.tsv"
    _write_facts(graph, (fact for fact in facts if not _repeats(fact, known)))
    return PreparedFiles((graph,))


def _repeats(fact: Fact, known: set[Fact]) -> bool:
    subject, relation, object_ = fact
    return relation.endswith(INVERSE) and (object_, relation.removesuffix(INVERSE), subject) in known


def _prepare_pathquestion(data: Path, out: Path) -> PreparedFiles:
    """Name the graphs of the two parts, which are tables already."""
    return PreparedFiles((get_file(data, "2H-kb.txt"), get_file(data, "3H-kb.txt")))


def _prepare_mlpq(data: Path, out: Path) -> PreparedFiles:
    """Name the graph, which is N-Triples already."""
    return PreparedFiles((get_file(data, "derived_path_kb.nt"),))


def _prepare_nlpcc2016(data: Path, out: Path) -> PreparedFiles:
    """Write the full graph if it is there, else the pool of gold triples, without rows that are no facts."""
    full = find_file(data, "nlpcc-iccpol-2016.kbqa.kb")
    path, separator = (full, "|||") if full else (get_file(data, "derived_gold_kb.tsv"), "\t")
    graph, rows = out / "nlpcc2016.tsv", _Rows(path, separator)
    _write_facts(graph, rows)
    return PreparedFiles((graph,), left_out=rows.left_out)


def _prepare_closed(data: Path, out: Path, *, family: str) -> PreparedFiles:
    """Write the closed vocabulary of a set whose graph is not among its files."""
    graph = out / f"{family}-closed.nt"
    write_closed(family, data=data, out=graph)
    return PreparedFiles((graph,))


def _prepare_reading(data: Path, out: Path, *, name: str) -> PreparedFiles:
    """Write the paragraphs of a reading-comprehension set, one passage file with their numbers as ids."""
    passages = out / "paragraphs.jsonl"
    paragraphs = read_paragraphs(data, name)
    _write_lines(
        passages,
        (_json_line({"id": one.id, "title": one.title, "text": one.text}) for one in paragraphs),
    )
    return PreparedFiles((), (passages,))


def _prepare_plots(data: Path, out: Path) -> PreparedFiles:
    """Write the plots of films, and name the graph that the films are in."""
    passages = out / "plots.jsonl"
    lines = (
        _json_line({"id": number, "title": film, "text": plot, "entities": [film]})
        for number, film, plot in read_plots(data)
    )
    _write_lines(passages, lines)
    return PreparedFiles((graph_beside(data),), (passages,))


def _prepare_half(data: Path, out: Path) -> PreparedFiles:
    """Write the plots of films, and a random half of the facts that the films are in, the same half each time."""
    plots = _prepare_plots(data, out)
    half = out / "half.txt"
    lines = [line for _, line in read_text_lines(plots.graph[0])]
    kept = sorted(random.Random(0).sample(range(len(lines)), len(lines) // 2))  # noqa: S311 (nothing secret)
    _write_lines(half, (lines[place] for place in kept))
    return PreparedFiles((half,), plots.passages)


def _prepare_pictures(data: Path, out: Path, *, write: Callable[[Path, Path], list[Path]]) -> PreparedFiles:
    """Write pictures with manifests of their descriptions."""
    return PreparedFiles((), images=tuple(write(data, out)))


class _Rows:
    """The facts of a table; `left_out` counts the rows that are none, once all were read."""

    def __init__(self, path: Path, separator: str) -> None:
        self._path = path
        self._separator = separator
        self.left_out = 0

    def __iter__(self) -> Iterator[Fact]:
        self.left_out = 0
        for _, line in read_text_lines(self._path):
            cells = [" ".join(cell.split()) for cell in line.split(self._separator)]
            if len(cells) == 3 and all(cells) and not _NUMBER.fullmatch(cells[1]):
                yield cells[0], cells[1], cells[2]
            else:
                self.left_out += 1


def _write_facts(path: Path, facts: Iterable[Fact]) -> None:
    _write_lines(path, ("\t".join(fact) for fact in facts))


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def _json_line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)


PREPARED: Mapping[str, Callable[[Path, Path], PreparedFiles]] = MappingProxyType(
    {
        "hlm_redchamber": _prepare_hlm,
        "hlm": _prepare_hlm,
        "mlpq": _prepare_mlpq,
        "nlpcc2016": _prepare_nlpcc2016,
        "pathquestion": _prepare_pathquestion,
        "wc2014": _prepare_wc2014,
        **{name: partial(_prepare_reading, name=name) for name in READING_FILES},
        "wikimovies": _prepare_plots,
        "wikimovies-half": _prepare_half,
        "countries_flags": partial(_prepare_pictures, write=prepare_flags),
        "emoji_bilingual": partial(_prepare_pictures, write=prepare_emoji),
        "nlvr": partial(_prepare_pictures, write=prepare_nlvr),
        "ucm_captions": partial(_prepare_pictures, write=prepare_ucm),
        **{family: partial(_prepare_closed, family=family) for family in CLOSED},
    }
)
