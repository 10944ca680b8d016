"""Which module may import which, and that importing the package costs nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kbqa

ROOT = Path(kbqa.__file__).parents[1]
PACKAGES = ("kbqa", "kg", "retrieval")
HEAVY = {
    "torch",
    "transformers",
    "spacy",
    "faiss",
    "rdflib",
    "numpy",
    "pyoxigraph",
    "tantivy",
    "PIL",
    "typer",
}
MAX_LINES = 400


def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


class Imports(ast.NodeVisitor):
    """Collects what a module imports when it is itself imported: not in functions, not for type checkers."""

    def __init__(self, *, everywhere: bool) -> None:
        self.everywhere = everywhere
        self.found: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if self.everywhere:
            self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Import(self, node: ast.Import) -> None:
        self.found |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.level == 0, "relative import"
        module = node.module or ""
        self.found |= {f"{module}.{alias.name}" for alias in node.names} | {module}


def imported(path: Path, *, everywhere: bool = False) -> set[str]:
    visitor = Imports(everywhere=everywhere)
    visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
    return visitor.found


def test_every_public_name_is_there() -> None:
    assert kbqa.__all__ == sorted(kbqa.__all__)
    assert set(kbqa.__all__) == {
        *(
            "Config",
            "KbqaError",
            "KnowledgeBase",
            "Question",
            "Result",
            "__version__",
            "build",
            "check",
            "compact",
            "open",
            "open_world",
        )
    }
    assert dir(kbqa) == kbqa.__all__
    assert all(getattr(kbqa, name) is not None for name in kbqa.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'ask'"):
        _ = kbqa.ask


@pytest.mark.parametrize(
    "first", ["import kbqa.storage.build", "import kbqa.world", "from kbqa.world import flags", "pass"]
)
def test_functions_can_be_called_whatever_was_imported_before(first: str) -> None:
    run(
        f"{first}\nimport kbqa\nassert callable(kbqa.build) and callable(kbqa.open_world) and callable(kbqa.open)"
    )


def test_import_loads_nothing_heavy() -> None:
    loaded = set(run("import kbqa, sys; print(*sys.modules)").split())
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith(("kg", "retrieval"))}


def test_opening_loads_no_model(tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text("<urn:a> <urn:b> <urn:c> .\n")
    run(f"import kbqa; kbqa.build({str(tmp_path / 'a.kb')!r}, graph=[{str(tmp_path / 'a.nt')!r}])")
    script = f"import kbqa, sys; kbqa.open({str(tmp_path / 'a.kb')!r}).info(); print(*sys.modules)"
    assert not set(run(script).split()) & (HEAVY - {"numpy", "pyoxigraph", "tantivy"})


@pytest.mark.parametrize(("lower", "uppers"), [("kg", ("retrieval", "kbqa")), ("retrieval", ("kg", "kbqa"))])
def test_imports_point_downwards(lower: str, uppers: tuple[str, ...]) -> None:
    wrong = {
        (name, found)
        for name, path in MODULES.items()
        if name.split(".")[0] == lower
        for found in imported(path, everywhere=True)
        if found.split(".")[0] in uppers
    }
    assert not wrong


def test_no_cycles() -> None:
    graph = {name: imported(path) & MODULES.keys() - {name} for name, path in MODULES.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for found in sorted(graph[name]):
                visit(found, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_files_stay_short() -> None:
    lengths = {name: path.read_text(encoding="utf-8").count("\n") for name, path in MODULES.items()}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_LINES}


def run(script: str) -> str:
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
