"""The commands that score searches: `kbqa score-images`, `score-passages`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kbqa.config import Config
from kbqa.terminal.options import AsJson, ImageEncoderOption, set_base
from kbqa.terminal.output import show_json

__all__ = ["scoring"]

scoring = typer.Typer()


@scoring.command(
    "score-images",
    short_help="Score an image encoder on pictures with descriptions.",
    epilog="""\b
Examples:
  kbqa score-images flags/held-out --among flags/described --among flags/others
  kbqa score-images aerial/val --image-encoder my-images/
  kbqa score-images aerial/val --image-encoder one/ --against other/
""",
)
def score_images(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help='Pictures with a .jsonl manifest of {"file", "captions"}.')
    ],
    image_encoder: ImageEncoderOption = "small",
    against: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another image encoder, compared query by query.")
    ] = None,
    among: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Pictures that may be found by mistake, too; repeatable."),
    ] = None,
    language: Annotated[
        Literal["en", "zh"] | None, typer.Option(help="Ask with descriptions in this language only.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the intervals.")] = 0,
) -> None:
    """Print how often descriptions find their picture, and pictures one of their descriptions."""
    from kbqa.evaluation.captioned import difference, recall_table
    from kbqa.evaluation.captioned import score_images as score
    from kbqa.storage.image_encoder import load_image_encoder

    names = [image_encoder, *([against] if against else [])]
    found = [
        score(folder, load_image_encoder(name), among=among or (), language=language or "") for name in names
    ]
    for name, recalls in zip(names, found, strict=True):
        typer.echo(recall_table(name, recalls))
    if against:
        typer.echo(difference(found[0], found[1], seed=seed))


@scoring.command(
    "score-passages",
    short_help="Score how well the documents that answer questions are found.",
    epilog="""\b
Examples:
  kbqa score-passages squad2 --data squad2/
  kbqa score-passages wikimovies --data wikimovies/ --limit 1000
  kbqa score-passages mine.jsonl --kb films.kb
""",
)
def score_passages(
    name: Annotated[
        str,
        typer.Argument(
            metavar="SET", help='A known set, or a .jsonl file of questions with "sources" to be found.'
        ),
    ],
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of a known set.")] = None,
    kb: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The knowledge base; by default the set's own.")
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Ask a random sample of so many.")] = None,
    given_entities: Annotated[
        bool, typer.Option("--given-entities", help="Use the entities that the set names.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the sample and of the intervals.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Print how often words, vectors, entities, and all of them fused, find the right document."""
    from kbqa.evaluation.datasets import read_set
    from kbqa.evaluation.passage_recall import run_searches
    from kbqa.evaluation.passage_recall import score_passages as score
    from kbqa.fusion import shipped_fusion

    asked = read_set(name, data=data, limit=limit, seed=seed)
    # What its own paragraph does not answer is no question to find it by.
    items = [item for item in asked.items if item.answers or not item.kind]
    with set_base(name, data, kb, Config()) as base:
        documents = len({passage.source for passage in base.sources.corpus.passages()})
        found = list(run_searches(base.sources, items, given_entities=given_entities))
    figures = score(asked.name, found, documents=documents, fusion=shipped_fusion(), seed=seed)
    if as_json:
        show_json(figures.to_dict())
    else:
        typer.echo(figures.table())


@scoring.command(
    "score-reader",
    short_help="Score how well answers are found in their passage.",
    epilog="""\b
Examples:
  kbqa score-reader squad2 --data squad2_cs224n/
  kbqa score-reader drcd --data drcd/ --held-out
  kbqa score-reader squad2 --data squad2_cs224n/ --reader my-reader/ --limit 600
""",
)
def score_reader(
    name: Annotated[str, typer.Argument(metavar="SET", help="squad1, squad2, cmrc2018 or drcd.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The folder of the set.")],
    reader: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The reader; by default the one that is shipped.")
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only the passages that the reader was not trained on.")
    ] = False,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Ask a random sample of so many.")] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the sample and of the intervals.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Print exact match and F1 of a reader, with its decisions not to answer, and how long it takes."""
    from kbqa.evaluation.span_scores import read_asked
    from kbqa.evaluation.span_scores import score_reader as score
    from kbqa.reading.passage import SHIPPED_READER, open_reader
    from kbqa.rerank import SentenceReranker
    from kbqa.storage.encoder import DEFAULT, load_encoder

    opened = open_reader(reader or SHIPPED_READER)
    left_out = opened.settings.seed if held_out else None
    asked = read_asked(name, data, held_out=left_out, limit=limit, seed=seed)
    sentences = SentenceReranker(load_encoder(DEFAULT), frozenset({"en", "zh"}))
    figures = score(name, asked, opened, sentences, seed=seed)
    if as_json:
        show_json(figures.to_dict())
    else:
        typer.echo(figures.table())
