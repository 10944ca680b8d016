"""The package's surface: exact, and nothing heavy behind it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import retrieval

HEAVY = (
    "torch transformers faiss tantivy rjieba opencc trafilatura pypdf docx PIL tokenizers charset_normalizer"
)


def test_all_names_can_be_fetched() -> None:
    for name in retrieval.__all__:
        assert getattr(retrieval, name) is not None
    assert sorted(retrieval._HOMES) == sorted(retrieval.__all__) == list(retrieval.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Serach'"):
        _ = retrieval.Serach


@pytest.mark.parametrize(
    "modules",
    ["retrieval", "retrieval.search, retrieval.documents, retrieval.images, retrieval.text_encoder"],
)
def test_importing_loads_nothing_heavy(modules: str) -> None:
    code = f"import sys, {modules}; print([name for name in {HEAVY.split()} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "10000 None"),
        ({"GOMP_SPINCOUNT": "7"}, "7 None"),
        ({"OMP_WAIT_POLICY": "PASSIVE"}, "None PASSIVE"),
    ],
)
def test_waiting_threads_spin_a_little_unless_told_otherwise(given: dict[str, str], expected: str) -> None:
    names = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    code = f"import os, retrieval; print(*map(os.environ.get, {names}))"
    environment = {name: value for name, value in os.environ.items() if name not in names} | given
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert shown.stdout.strip() == expected


def test_knows_neither_graph_nor_application() -> None:
    code = (
        "import retrieval, sys; [getattr(retrieval, name) for name in retrieval.__all__]; "
        "print([name for name in sys.modules if name.split('.')[0] in ('kg', 'kbqa')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
