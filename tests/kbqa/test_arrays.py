"""Arrays in files: many threads read them, and what is damaged says so."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kbqa.storage.arrays import load_array, load_arrays


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads change places as often as they can, in the collection of garbage too."""

    def step_aside(*_: object) -> None:
        time.sleep(1e-4)

    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(5)
    gc.callbacks.append(step_aside)
    yield
    gc.callbacks.remove(step_aside)
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless")
def test_threads_read_at_once(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", names=np.array(["born in", "capital"]), vectors=np.eye(2))
    np.save(tmp_path / "x.npy", np.eye(3))

    def read(_: int) -> None:
        assert load_arrays(tmp_path / "x.npz")["names"].tolist() == ["born in", "capital"]
        assert load_array(tmp_path / "x.npy").shape == (3, 3)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(1000)))


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"no array at all"])
def test_a_damaged_array_is_refused(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "x.npy"
    place.write_bytes(content)
    with pytest.raises((ValueError, EOFError)):
        load_array(place)


def test_objects_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        load_array(tmp_path / "x.npy")
