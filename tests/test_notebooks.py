"""The notebooks run from top to bottom and show what they promise."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# What a reader must see in the outputs, by notebook.
SHOWN = {
    "01_first_question.ipynb": (
        "['Belgium', 'Luxembourg', 'Switzerland']",
        "SELECT",
        "巴黎",
        "Flag of Japan",
        "image/png",
        "True - ",
        "Who directed Inception? → Christopher Nolan",
        "盗梦空间的导演是谁？ → 克里斯托弗·诺兰",
        "Where was the rotating hallway built? → Cardington",
        "Jean-Pierre Jeunet",
        "abstained: True",
    ),
}


def test_every_notebook_has_promises() -> None:
    assert {path.name for path in NOTEBOOKS} == set(SHOWN)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_saved_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_runs_and_shows_what_it_promises(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = "\n".join(str(output) for cell in notebook.cells for output in cell.get("outputs", ()))
    shown = shown.replace("\\'", "'").replace('\\"', '"')
    assert [text for text in SHOWN[path.name] if text not in shown] == []
