"""Fixtures shared by all tests."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Read when torch is loaded: one thread for each of the processes that share the cores, a sixth less time than two.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of public data sets beside the repository; skips the test where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no public data sets at {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture
def free_port() -> int:
    """Return the number of a port on loopback at which nothing listens."""
    return _free_port()


@pytest.fixture(scope="session")
def milvus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a Milvus Lite server on loopback; skips the test where it is not installed."""
    if not all(map(importlib.util.find_spec, ("pymilvus", "milvus_lite"))):
        pytest.skip("Milvus is not installed: pip install 'kbqa[milvus]'")
    port = _free_port()
    command = [Path(sys.executable).with_name("milvus-lite"), "server", "--host", "127.0.0.1"]
    data = ["--port", str(port), "--data-dir", tmp_path_factory.mktemp("milvus")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [*command, *data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the Milvus server did not start")
