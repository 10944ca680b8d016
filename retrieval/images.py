"""Image files opened safely, with their captions and entities, and looked up by their looks.

An image is refused, never half read: one that is no image, is cut off, or would unpack to more than 64
megapixels. `signature` finds the same picture again, also when resized; it knows nothing of what is shown.
"""

from __future__ import annotations

import hashlib
import re
import struct
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retrieval.errors import ImageError
from retrieval.files import Refuse, Refused, walk
from retrieval.manifest import Entry, is_manifest, read_manifests
from retrieval.types import Floats, Image

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = [
    "FORMATS",
    "FoundImage",
    "LinkedImage",
    "find_images",
    "find_similar",
    "image_files",
    "open_image",
    "read_image",
    "read_images",
    "signature",
]

FORMATS = (".png", ".jpg", ".jpeg", ".webp")
MAX_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 64_000_000
SIDE = 16  # of the thumbnail that a signature is made of
ALL_GREY = 1e-3  # length below which nothing is left beside the mean
SAME_PICTURE = 0.97  # cosine above which two signatures are taken for the same picture
PILLOW_FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image file that has not been opened yet.

    Attributes:
        path: The file.
        name: Name of its source.
        entry: What a manifest says about it, if any does.
    """

    path: Path
    name: str
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class LinkedImage:
    """An image that was read, with what its manifest says it shows.

    Attributes:
        image: The image.
        entities: IRIs or names of entities, as the manifest gives them.
    """

    image: Image
    entities: tuple[str, ...] = ()


def read_images(
    paths: Sequence[Path],
    *,
    captions: Sequence[Path] = (),
    on_refused: Refuse | None = None,
    root: Path | None = None,
) -> Iterator[LinkedImage]:
    """Yield the images of files and folders that can be opened, each once; see `find_images`.

    Raises:
        ImageError: At the first thing that cannot be read, if `on_refused` is None.
    """
    refuse = on_refused or _raise_refused
    for found in find_images(paths, captions=captions, on_refused=refuse, root=root):
        try:
            yield read_image(found)
        except ImageError as error:
            refuse(Refused(found.name, None, error.reason))


def find_images(
    paths: Sequence[Path],
    *,
    captions: Sequence[Path] = (),
    on_refused: Refuse | None = None,
    root: Path | None = None,
) -> Iterator[FoundImage]:
    """Yield the image files of files and folders, in the order given, folders recursively and sorted.

    A manifest is a .jsonl file with one {"file", "caption"?, "entities"?: [...]} per line; "file" is relative to
    the manifest's folder. Manifests may be given in `captions`, or lie among `paths`, or in a folder of it; the
    images they name are read too. An image without a caption gets its readable file name as one.

    Args:
        paths: Files and folders; in folders, files of other kinds are passed over.
        captions: Manifests.
        on_refused: Told about everything that cannot be read; reading then goes on.
        root: Folder that the names of sources are relative to; by default they are as given in `paths`.

    Yields:
        Each file once, unopened.

    Raises:
        ImageError: At the first folder or line that cannot be read, if `on_refused` is None.
    """
    refuse = on_refused or _raise_refused
    files = [file for path in paths for file in _expand(Path(path), refuse)]
    entries = read_manifests([*captions, *filter(is_manifest, files)], refuse)
    named = (entry.path for entry in entries.values())
    for path in _once([*(file for file in files if not is_manifest(file)), *named]):
        name = path.relative_to(root).as_posix() if root else path.as_posix()
        yield FoundImage(path, name, entries.get(path.resolve()))


def read_image(found: FoundImage) -> LinkedImage:
    """Open an image and describe it.

    Raises:
        ImageError: As `open_image`.
    """
    path, name, entry = found.path, found.name, found.entry
    width, height = open_image(path, name=name).size
    digest = hashlib.blake2b(name.encode(errors="surrogateescape"), digest_size=16).hexdigest()
    caption = _readable(path.stem) if entry is None or entry.caption is None else entry.caption
    image = Image(f"i:{digest}", name, str(path.resolve()), caption, width, height)
    return LinkedImage(image, entry.entities if entry else ())


def image_files(folder: Path) -> list[Path]:
    """Return the image files in a folder and below, sorted; raises ImageError if it cannot be read."""
    return [file for file in walk(folder, _raise_refused) if file.suffix.lower() in FORMATS]


def open_image(path: Path, *, name: str | None = None) -> Picture:
    """Return a fully loaded image, upright and in RGB; transparent parts become white.

    Args:
        path: A .png, .jpg or .webp file.
        name: What errors call it; by default its path.

    Raises:
        ImageError: If it is no such image, is damaged or cut off, or is over 64 MiB or 64 megapixels.
    """
    import PIL.Image
    import PIL.ImageOps

    name = name or str(path)
    size = _size(path, name)
    if not 0 < size <= MAX_BYTES:
        raise ImageError(name, None, "is empty" if not size else f"is larger than {MAX_BYTES // 2**20} MiB")
    # a damaged image makes Pillow fail in any of these ways, depending on what is damaged
    damage = (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, struct.error)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)  # our own limit is lower
            with PIL.Image.open(path, formats=PILLOW_FORMATS) as picture:
                _check_pixels(picture, name)
                picture.load()
                return _flatten(PIL.ImageOps.exif_transpose(picture))
    except PIL.Image.DecompressionBombError as error:
        raise ImageError(name, None, f"would unpack to too many pixels: {error}") from error
    except damage as error:
        raise ImageError(name, None, f"is not a readable PNG, JPEG or WebP image: {error}") from error


def signature(path: Path) -> Floats:
    """Return a vector by which the same picture is found again, also resized or saved in another format.

    It is a 16 × 16 colour thumbnail without its mean brightness: a look-up of near duplicates only. Pictures of
    the same thing are not near each other.

    Args:
        path: An image file.

    Returns:
        (768,) float32, unit length; zero for a picture of one single grey.

    Raises:
        ImageError: If the image cannot be read.
    """
    from PIL.Image import Resampling

    thumbnail = open_image(path).resize((SIDE, SIDE), Resampling.BOX)
    pixels = np.asarray(thumbnail, dtype=np.float32).reshape(-1)
    vector: Floats = pixels - pixels.mean()
    length = np.linalg.norm(vector)
    return vector / np.float32(length) if length > ALL_GREY else np.zeros_like(vector)


def find_similar(
    path: Path, signatures: Mapping[str, Floats], *, k: int = 1, at_least: float = SAME_PICTURE
) -> list[tuple[str, float]]:
    """Return the known pictures that are the same as the one in a file.

    Args:
        path: An image file.
        signatures: Signature of each known image by its id.
        k: How many at most; at least 1.
        at_least: Lowest cosine that counts as the same picture, in [-1, 1].

    Returns:
        (id, cosine) pairs, best first, equal cosines by id; empty if none is near enough.

    Raises:
        ImageError: If the image cannot be read.
        ValueError: If `k` is below 1.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    wanted = signature(path)
    scored = [(image_id, float(vector @ wanted)) for image_id, vector in signatures.items()]
    near = [pair for pair in scored if pair[1] >= at_least]
    return sorted(near, key=lambda pair: (-pair[1], pair[0]))[:k]


def _raise_refused(refused: Refused) -> None:
    raise ImageError(refused.path, refused.line, refused.reason)


def _expand(path: Path, refuse: Refuse) -> Iterator[Path]:
    """Yield a file itself, or the images and manifests of a folder."""
    for file in walk(path, refuse):
        if is_manifest(file) or file.suffix.lower() in FORMATS:
            yield file
        elif file == path:
            refuse(Refused(str(path), None, f"unknown kind of file; images are {' '.join(FORMATS)}"))


def _once(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield paths without those that lead to a file seen before."""
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() not in seen:
            seen.add(path.resolve())
            yield path


def _readable(stem: str) -> str:
    """Return a file's stem as words.

    >>> _readable("flag_of-South_Africa"), _readable("theEiffelTower")
    ('flag of South Africa', 'the Eiffel Tower')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem)
    return " ".join(re.split(r"[\s_\-.+]+", words)).strip()


def _size(path: Path, name: str) -> int:
    """Return a file's size in bytes."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise ImageError(name, None, f"cannot be read: {error.strerror}") from error


def _check_pixels(picture: Picture, name: str) -> None:
    """Refuse an image that would not fit into memory, before a pixel of it is unpacked."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ImageError(name, None, f"has {width} × {height} pixels, over {MAX_PIXELS // 10**6} megapixels")


def _flatten(picture: Picture) -> Picture:
    """Return an image in RGB on white."""
    import PIL.Image

    if picture.mode.startswith("I"):  # 16-bit grey: Pillow would clip it instead of scaling
        picture = PIL.Image.fromarray((np.asarray(picture, dtype=np.float32) / 257).astype(np.uint8))
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = PIL.Image.new("RGBA", layered.size, "white")
    return PIL.Image.alpha_composite(ground, layered).convert("RGB")
