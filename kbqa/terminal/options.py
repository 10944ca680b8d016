"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kbqa.config import PARTS, Config

if TYPE_CHECKING:
    from kbqa.knowledge_base import KnowledgeBase

__all__ = [
    "AsJson",
    "BaseOption",
    "Columns",
    "Directory",
    "Entities",
    "Graphs",
    "Guesses",
    "ImageEncoderOption",
    "OnError",
    "Pictures",
    "Ray",
    "Texts",
    "Threshold",
    "Without",
    "config_from",
    "open_base",
    "set_base",
]

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the knowledge base.")]
Graphs = Annotated[
    list[str] | None,
    typer.Option(
        "--graph", metavar="FILE…", help="Files or folders of triples or tables (.csv .tsv); .gz is fine."
    ),
]
Texts = Annotated[
    list[str] | None,
    typer.Option(
        "--passages", metavar="PATH…", help="Documents or folders: .txt .md .html .pdf .docx .jsonl."
    ),
]
Pictures = Annotated[
    list[str] | None,
    typer.Option("--images", metavar="PATH…", help="Pictures, folders, or a .jsonl manifest of captions."),
]
ImageEncoderOption = Annotated[
    str,
    typer.Option(
        "--image-encoder",
        metavar="NAME",
        help="small, a folder, the id of a downloaded CLIP, Chinese-CLIP or SigLIP, or none.",
    ),
]
OnError = Annotated[
    Literal["stop", "skip"],
    typer.Option(
        "--on-error", help="What a malformed line does: stop everything, or be skipped and reported."
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,C",
        help="What the columns of tables are: subject,predicate,object, or name,city,founded.",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option("--without", metavar="PART", help=f"Switch a part off; repeatable: {', '.join(PARTS)}."),
]
Threshold = Annotated[float | None, typer.Option(metavar="P", help="Least confidence of an answer, 0 to 1.")]
Guesses = Annotated[
    bool,
    typer.Option("--guesses", help="What is only likely by other facts may be an answer, marked as a guess."),
]
Entities = Annotated[
    list[str] | None,
    typer.Option(
        "--entity",
        metavar="NAME",
        help="Name or IRI the question is about, instead of linking; repeatable.",
    ),
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray", metavar="ADDRESS", help="Share the work over a Ray cluster; local starts one here."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BaseOption = Annotated[
    Path | None,
    typer.Option("--kb", metavar="DIR", help="The knowledge base; the bundled world by default."),
]


def config_from(without: Sequence[str] | None, threshold: float | None, *, guesses: bool = False) -> Config:
    """Return the settings that `--without`, `--threshold` and `--guesses` make."""
    config = Config(without=frozenset(without or ()), guesses=guesses)
    return config if threshold is None else replace(config, threshold=threshold)


def open_base(place: Path | None, config: Config) -> KnowledgeBase:
    """Open the knowledge base of `--kb`, the bundled world without it."""
    import kbqa

    return kbqa.open_world(config=config) if place is None else kbqa.open(place, config=config)


def set_base(questions: str, data: Path | None, kb: Path | None, config: Config) -> KnowledgeBase:
    """Return the named base, the one of a known set's own files, or the bundled world."""
    from kbqa.evaluation.datasets import SETS

    if kb is None and data is not None and questions in SETS:
        from kbqa.evaluation.bases import open_set_base

        return open_set_base(questions, data=data, config=config)
    return open_base(kb, config)
