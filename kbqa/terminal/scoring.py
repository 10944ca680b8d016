"""The commands that score searches: `kbqa score-images`, `score-passages`, `score-reranker`, `score-reader`, `score-choice`, `score-cloze`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kbqa.config import Config
from kbqa.terminal.options import AsJson, ImageEncoderOption, set_base
from kbqa.terminal.output import show_json

if TYPE_CHECKING:
    from kbqa.evaluation.option_scores import OptionScores

__all__ = ["scoring"]

ModelOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A transformers checkpoint: a folder, or an id in the local cache."),
]

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
    "score-reranker",
    short_help="Score how well evidence is ordered, with and without knowledge.",
    epilog="""\b
Examples:
  kbqa score-reranker wikimovies --data wikimovies/ --limit 1000
  kbqa score-reranker mine.jsonl --kb films.kb
""",
)
def score_reranker(
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
    reader: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="By default the knowledge base's own, else the shipped one."),
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Ask a random sample of so many.")] = None,
    given_entities: Annotated[
        bool, typer.Option("--given-entities", help="Use the entities that the set names.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the sample and of the intervals.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Print how early the right document comes: as searched, by sentences, read, and read with knowledge.

    Differences are of the same questions, with the p value of a paired test.
    """
    from kbqa.evaluation.datasets import read_set
    from kbqa.evaluation.rerank_scores import score_reranking

    asked = read_set(name, data=data, limit=limit, seed=seed)
    items = [item for item in asked.items if item.answers or not item.kind]
    with set_base(name, data, kb, Config()) as base:
        figures = score_reranking(
            asked.name,
            base.sources,
            items,
            folder=reader,
            given_entities=given_entities,
            seed=seed,
        )
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
    name: Annotated[
        str,
        typer.Argument(
            metavar="SET", help="squad1, squad2, cmrc2018, drcd, xquad-en, xquad-zh, bipar-en or bipar-zh."
        ),
    ],
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


@scoring.command(
    "score-choice",
    short_help="Score how often the right one of several answers is chosen.",
    epilog="""\b
Examples:
  kbqa score-choice mctest500 --data mctest/ --split test
  kbqa score-choice c3 --data c3/ --model my-multiple-choice-checkpoint/
""",
)
def score_choice(
    name: Annotated[str, typer.Argument(metavar="SET", help="c3, dream, mctest160 or mctest500.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The folder of the set.")],
    split: Annotated[str, typer.Option(metavar="NAME", help="train, dev or test.")] = "dev",
    model: ModelOption = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Ask a random sample of so many.")] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the sample and of the intervals.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Print how often the right answer is chosen of those that are offered."""
    from kbqa.evaluation.adapters.choices import read_choices
    from kbqa.evaluation.option_scores import sampled, score_choices
    from kbqa.reading.choice import EvidenceChoice, load_choice_reader
    from kbqa.reading.passage import open_reader
    from kbqa.storage.encoder import DEFAULT, load_encoder

    asked = sampled(read_choices(name, data, split), limit, seed=seed)
    encoder = load_encoder(DEFAULT)
    reader = load_choice_reader(model) if model else EvidenceChoice(open_reader(encoder=encoder), encoder)
    _show(score_choices(name, asked, reader, seed=seed), as_json=as_json)


@scoring.command(
    "score-cloze",
    short_help="Score how often a blank is filled right.",
    epilog="""\b
Examples:
  kbqa score-cloze cft --data chinese_cloze_cft/
  kbqa score-cloze cmrc2019 --data cmrc2019/ --model my-masked-language-model/
""",
)
def score_cloze(
    name: Annotated[str, typer.Argument(metavar="SET", help="cft or cmrc2019.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The folder of the set.")],
    split: Annotated[str, typer.Option(metavar="NAME", help="By default the set's first.")] = "",
    model: ModelOption = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Ask a random sample of so many.")] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the sample and of the intervals.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Print how often a blank is filled with what belongs there."""
    from kbqa.evaluation.adapters.blanks import read_cloze
    from kbqa.evaluation.option_scores import sampled
    from kbqa.evaluation.option_scores import score_cloze as score
    from kbqa.reading.cloze import EvidenceCloze, load_cloze_reader
    from kbqa.reading.passage import open_reader
    from kbqa.storage.encoder import DEFAULT, load_encoder

    asked = sampled(read_cloze(name, data, split), limit, seed=seed)
    encoder = load_encoder(DEFAULT)
    reader = load_cloze_reader(model) if model else EvidenceCloze(open_reader(encoder=encoder), encoder)
    _show(score(name, asked, reader, sample=limit is not None, seed=seed), as_json=as_json)


def _show(figures: OptionScores, *, as_json: bool) -> None:
    if as_json:
        show_json(figures.to_dict())
    else:
        typer.echo(figures.table())
