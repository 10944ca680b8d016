"""What a knowledge base knows already of the files that an update names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kbqa.storage.graph_part import Loading
from kbqa.storage.intake import find_graph_files, name_of
from kbqa.storage.parts import Parts
from kbqa.storage.report import Kind

__all__ = ["Known"]


@dataclass(slots=True)
class Known:
    """Tells files that have changed from those that are as they were, and finds those that are gone.

    Attributes:
        before: The knowledge base.
        loading: How files of triples are read.
        unchanged: How many files were as they were, of those asked about.
    """

    before: Parts
    loading: Loading
    unchanged: int = 0
    _seen: set[str] = field(default_factory=set)

    def has(self, name: str, digest: str) -> bool:
        """Return whether a file of passages, or an image, is there with that content."""
        self._seen.add(name)
        same = bool(digest) and self.before.corpus.digests([name]).get(name) == digest
        self.unchanged += same
        return same

    def changed_graph_files(self, paths: Iterable[str | Path]) -> list[Path]:
        """Return the files of triples among files and folders that are new or have changed."""
        known = self.before.manifest.graph
        changed = []
        for path in find_graph_files(paths, self.loading.refusals):
            name, digest = name_of(path), self.loading.digest_of(path)
            if name in known and digest and known[name].digest == digest:
                self.unchanged += 1
            else:
                changed.append(path)
        return changed

    def gone_graphs(self, paths: Iterable[str | Path]) -> list[str]:
        """Return the sources of triples below folders whose files are no longer there."""
        folders = list(_folders(paths))
        below = (name for name in self.before.manifest.graph if any(_is_below(name, at) for at in folders))
        return [name for name in below if not Path(name).exists()]

    def gone_items(self, paths: Iterable[str | Path], kind: Kind) -> list[str]:
        """Return the other sources of one kind below folders whose files are no longer there.

        It is asked after `has` was told of all files that are there.
        """
        corpus = self.before.corpus
        below = {name for folder in _folders(paths) for name in corpus.names_below(folder, kind)}
        return sorted(name for name in below - self._seen if not Path(name).exists())


def _folders(paths: Iterable[str | Path]) -> Iterator[str]:
    """Yield the names of the folders among paths."""
    return (Path(path).as_posix() for path in paths if Path(path).is_dir())


def _is_below(name: str, folder: str) -> bool:
    """Return whether a file is below a folder by its name.

    >>> _is_below("plots/a.txt", "plots"), _is_below("plotsa.txt", "plots"), _is_below("a.txt", ".")
    (True, False, True)
    """
    if folder == ".":
        return not name.startswith(("/", "../"))
    return name.startswith(f"{folder.rstrip('/')}/")
