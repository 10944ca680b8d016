"""The flags of the bundled world, drawn from their published construction.

An entry of the tables gives proportions, colours and geometry as the flag law
or construction sheet does, in the sheet's own unit. Arms and seals are left out
where a civil flag without them exists; where a detail is visibly simplified, the
caption in `data/flags/manifest.jsonl` says so.

    python -m kbqa.world.flags OUT_DIR
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from kbqa.world.flag_charges import CRESCENTS, DISCS, SOUTHERN_CROSSES, STARS
from kbqa.world.flag_fields import CROSSES, DIAGONALS, TRIANGLES, TRICOLOURS
from kbqa.world.flag_shapes import Flag

__all__ = ["FLAGS", "HEIGHT", "draw_flags", "main", "to_palette"]

HEIGHT = 240  # pixels of every picture

FLAGS: tuple[Flag, ...] = tuple(
    sorted(
        TRICOLOURS + CROSSES + TRIANGLES + DIAGONALS + DISCS + STARS + SOUTHERN_CROSSES + CRESCENTS,
        key=lambda flag: flag.name,
    )
)


def to_palette(image: Image.Image) -> Image.Image:
    """Return a picture with one byte per pixel, which makes the file several times smaller.

    Args:
        image: An RGB picture of at most 256 colours.

    Returns:
        A palette picture of exactly the same colours.

    Raises:
        ValueError: If there are more colours than a palette holds.

    Example:
    >>> to_palette(Image.new("RGB", (2, 2), "#BC002D")).convert("RGB").getpixel((0, 0))
    (188, 0, 45)
    """
    raw = image.tobytes()
    pixels = [raw[start : start + 3] for start in range(0, len(raw), 3)]
    colors = sorted(set(pixels))
    if len(colors) > 256:
        raise ValueError(f"a palette holds 256 colours, the picture has {len(colors)}: use fewer")
    index = {color: number for number, color in enumerate(colors)}
    result = Image.frombytes("P", image.size, bytes(index[pixel] for pixel in pixels))
    result.putpalette(b"".join(colors))
    return result


def draw_flags(folder: Path, *, flags: Sequence[Flag] = FLAGS) -> list[Path]:
    """Draw flags into a folder, which is made if need be; the same flags give the same bytes.

    Args:
        folder: Where the pictures go; files of the same names are overwritten.
        flags: Which flags; all by default.

    Returns:
        The files written, in the order of `flags`.

    Raises:
        OSError: If the folder cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / flag.file for flag in flags]
    for flag, path in zip(flags, paths, strict=True):
        to_palette(flag.render(height=HEIGHT)).save(path, optimize=True)
    return paths


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw all flags into the folder named on the command line.

    Args:
        arguments: What follows the program's name; the process's own by default.
    """
    parser = argparse.ArgumentParser(prog="python -m kbqa.world.flags", description="Draw the bundled flags.")
    parser.add_argument("folder", type=Path, metavar="OUT_DIR", help="where the PNG files go")
    draw_flags(parser.parse_args(arguments).folder)


if __name__ == "__main__":
    main()
