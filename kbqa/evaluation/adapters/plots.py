"""WikiMovies' plots (Miller et al., EMNLP 2016), the text beside MetaQA's graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import find_file, get_file
from kbqa.evaluation.adapters.metaqa import read_metaqa
from kbqa.evaluation.items import Item, read_text_lines
from kg.text import normalise

__all__ = ["graph_beside", "read_plot_questions", "read_plots"]

_FILE = "clean_wiki-entities_kb_doc.txt"


def read_plots(data: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the number, the title and the plot of each film.

    Raises:
        InputError: If the file is missing or a line is not `film|has_plot|text`.
    """
    path = get_file(data, _FILE)
    for number, line in read_text_lines(path):
        film, bar, plot = line.partition("|has_plot|")
        if not bar or not film.strip() or not plot.strip():
            raise InputError(f"{path}, line {number}: is not film|has_plot|text")
        yield str(number), film.strip(), plot.strip()


def graph_beside(data: Path) -> Path:
    """Return MetaQA's graph, which lies in the folder `metaqa` beside that of the plots.

    Raises:
        InputError: If it does not.
    """
    found = find_file(data.parent / "metaqa", "kb.txt")
    if found is None:
        raise InputError(f"{data.parent / 'metaqa'}: holds no kb.txt; put MetaQA's folder beside {data}")
    return found


def read_plot_questions(data: Path, split: str, *, back: bool = False) -> list[Item]:
    """Return MetaQA's questions of one hop between a film and something else, with the films' plots as sources.

    Args:
        data: The folder of the plots.
        split: Of MetaQA's questions.
        back: Questions that ask for films, the plots of which are to be found without being named; else questions that
            start from a film with a plot.

    Raises:
        InputError: If a file is missing or malformed.
    """
    plots: dict[str, list[str]] = {}
    for number, film, _ in read_plots(data):
        plots.setdefault(normalise(film), []).append(number)
    asked = read_metaqa(graph_beside(data).parent, split, hops=1)
    kept = []
    for item in asked:
        films = item.answers if back else item.entities[:1]
        found = tuple(number for film in films for number in plots.get(normalise(film), []))
        if found and item.kind.startswith("movie_to") != back:
            kept.append(replace(item, sources=found))
    return kept
