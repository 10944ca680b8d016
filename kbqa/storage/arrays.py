"""Arrays in numpy's files, read safely by many threads at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# numpy parses the header of a file with `ast`. CPython 3.11 counts the depth of a syntax tree for all threads
# together, so two that parse at once can fail with "AST constructor recursion depth mismatch" (gh-106905).
_PARSING = threading.Lock()


def load_array(place: Path) -> NDArray[Any]:
    """Return the array in a `.npy` file.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is damaged, or holds objects.
        EOFError: If it is cut short.
    """
    with _PARSING:
        array: NDArray[Any] = np.load(place, allow_pickle=False)
    return array


def load_arrays(place: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays in a `.npz` file by name.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is damaged, or holds objects.
        EOFError: If an array in it is cut short.
        BadZipFile: If it is no archive.
    """
    with _PARSING, np.load(place, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
