"""Files to items: the passages and images of a knowledge base with what was declared about them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, tee
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.errors import InputError
from kbqa.storage.report import Refusals
from kg.formats import FORMATS
from retrieval.corpus_tables import words_of
from retrieval.files import Refused, walk
from retrieval.types import Floats, Image, Passage

if TYPE_CHECKING:
    from retrieval.types import TextEncoder

__all__ = [
    "EncodeAll",
    "Inputs",
    "IsKnown",
    "Item",
    "batches",
    "digest_of",
    "encode",
    "encoded_text",
    "find_graph_files",
    "index_text",
    "name_of",
    "read_images",
    "read_items",
    "read_passages",
    "with_vectors",
]

EncodeAll = Callable[[Iterable[Sequence[str]]], Iterator[Floats]]
"""Turns each list of texts into its vectors, in order; may read lists ahead."""

BATCH = 512
_GRAPHS = tuple(
    extension + packed
    for format_ in FORMATS.values()
    if format_.name != "pipe"  # texts end in .txt, too
    for extension in format_.extensions
    for packed in ("", ".gz")
)


@dataclass(frozen=True, slots=True)
class Item:
    """A passage or image that was read.

    Attributes:
        content: The passage or image.
        file: Name of the file it came from, which for a line of a .jsonl file is not its source.
        declared: IRIs or names of entities that the file says it is about.
        digest: That of the file, see `digest_of`.
    """

    content: Passage | Image
    file: str
    declared: tuple[str, ...] = ()
    digest: str = ""


IsKnown = Callable[[str, str], bool]
"""Told the name and the digest of a file before it is read; true where it need not be."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files and folders that a user named, and the folder that the names of sources are relative to."""

    graph: tuple[str | Path, ...] = ()
    passages: tuple[str | Path, ...] = ()
    images: tuple[str | Path, ...] = ()
    root: Path | None = None

    def check(self, what: str) -> None:
        """Do nothing if there is something to read and all of it exists.

        Args:
            what: What is to be done, for errors, e.g. "build films.kb".

        Raises:
            InputError: If not.
        """
        paths = [*self.graph, *self.passages, *self.images]
        if not paths:
            raise InputError(f"nothing to {what} from; give files of triples, passages or images")
        for path in paths:
            _check_exists(Path(path))


def name_of(path: Path, root: Path | None = None) -> str:
    """Return the name under which a file is known: its path as given or below `root`, with forward slashes.

    >>> name_of(Path("./plots/a.txt")), name_of(Path("films/plots/a.txt"), Path("films"))
    ('plots/a.txt', 'plots/a.txt')
    """
    return (path.relative_to(root) if root else path).as_posix()


def digest_of(path: Path, *said: str) -> str:
    """Return what changes with the content of a file, or with what is said about it elsewhere.

    Args:
        path: The file.
        said: Such as the caption that a manifest gives for a picture.

    Returns:
        A SHA-256 in hexadecimal; "" where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except (OSError, ValueError):
        return ""
    for text in said:
        digest.update(b"\0" + text.encode(errors="surrogatepass"))
    return digest.hexdigest()


def find_graph_files(paths: Iterable[str | Path], refusals: Refusals) -> list[Path]:
    """Return files as they are given and the RDF files and tables of folders, in order, each once.

    Raises:
        InputError: If a folder holds none, or with `on_error="stop"` cannot be read.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.is_dir():
            found[path] = None
            continue
        inside = [file for file in _walk(path, refusals) if file.name.lower().endswith(_GRAPHS)]
        if not inside:
            kinds = " ".join(_GRAPHS[::2])
            raise InputError(f"{path}: holds no file of triples or table ({kinds}); name the files")
        found.update(dict.fromkeys(inside))
    return list(found)


def read_items(inputs: Inputs, refusals: Refusals, *, is_known: IsKnown | None = None) -> Iterator[Item]:
    """Yield the passages, then the images; see `read_passages`."""
    yield from read_passages(inputs.passages, refusals, root=inputs.root, is_known=is_known)
    yield from read_images(inputs.images, refusals, root=inputs.root, is_known=is_known)


def read_passages(
    paths: Iterable[str | Path],
    refusals: Refusals,
    *,
    root: Path | None = None,
    is_known: IsKnown | None = None,
) -> Iterator[Item]:
    """Yield the passages of files and folders.

    Args:
        paths: The files and folders.
        refusals: Told what cannot be read.
        root: The folder that the names of sources are relative to.
        is_known: Says which files are passed over; by default none is.

    Raises:
        InputError: If a folder holds no file, or, with `on_error="stop"`, at the first thing that cannot
            be read.
    """
    from retrieval.documents import read_documents, split

    for file in _each_file(paths, refusals):
        name, digest = name_of(file, root), digest_of(file)
        if is_known and is_known(name, digest):
            continue
        for document in read_documents([file], on_refused=_told(refusals), root=root):
            for passage in split(document):
                yield Item(passage, name, document.entities, digest)


def read_images(
    paths: Iterable[str | Path],
    refusals: Refusals,
    *,
    root: Path | None = None,
    is_known: IsKnown | None = None,
) -> Iterator[Item]:
    """Yield the images of files, folders and manifests; arguments and errors as of `read_passages`."""
    from retrieval.errors import ImageError
    from retrieval.images import find_images, read_image

    given = [Path(path) for path in paths]
    list(_each_file(given, refusals))  # refuses empty folders
    for found in find_images(given, on_refused=_told(refusals), root=root):
        said = (found.entry.caption or "", *found.entry.entities) if found.entry else ()
        digest = digest_of(found.path, *said)
        if is_known and is_known(found.name, digest):
            continue
        try:
            linked = read_image(found)
        except ImageError as error:
            refusals.add(found.name, None, error.reason)
        else:
            yield Item(linked.image, found.name, linked.entities, digest)


def index_text(content: Passage | Image) -> str:
    """Return what of an item is searched: the passage with its title and question, or the caption."""
    if isinstance(content, Image):
        return content.caption
    text = words_of(content)
    if content.title and content.title not in text[: 2 * len(content.title)]:
        return f"{content.title}\n{text}"
    return text


def encoded_text(content: Passage | Image) -> str:
    """Return what of an item its vector is of: what is searched, but of a question with its answer the question."""
    return (isinstance(content, Passage) and content.question) or index_text(content)


def batches(items: Iterator[Item], *, size: int = BATCH) -> Iterator[list[Item]]:
    """Yield items in lists of `size`, the last one shorter."""
    while batch := list(islice(items, size)):
        yield batch


def encode(items: Sequence[Item], encoder: TextEncoder) -> Floats:
    """Return one vector per item, in order: (len(items), dim) float32."""
    return encoder.encode([encoded_text(item.content) for item in items])


def with_vectors(read: Iterator[list[Item]], encode_all: EncodeAll) -> Iterator[tuple[list[Item], Floats]]:
    """Yield lists of items with one vector per item each: (len(items), dim) float32."""
    kept, encoded = tee(read)
    texts = ([encoded_text(item.content) for item in items] for items in encoded)
    return zip(kept, encode_all(texts), strict=True)


def _check_exists(path: Path) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file or folder; correct the path") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path}: cannot be read: {reason}") from None


def _each_file(paths: Iterable[str | Path], refusals: Refusals) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in map(Path, paths):
        inside = list(_walk(path, refusals))
        if not inside and not refusals.total:
            raise InputError(f"{path}: is an empty folder; name a file or a folder with files")
        yield from (file for file in inside if file not in seen)
        seen.update(inside)


def _walk(path: Path, refusals: Refusals) -> Iterator[Path]:
    return walk(path, _told(refusals))


def _told(refusals: Refusals) -> Callable[[Refused], None]:
    def refuse(refused: Refused) -> None:
        refusals.add(refused.path, refused.line, refused.reason)

    return refuse
