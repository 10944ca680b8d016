"""The commands that measure: `kbqa evaluate`, `compare`, `prepare`, `bench`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kbqa.config import Config
from kbqa.terminal.options import AsJson, BaseOption, Threshold, Without, config_from, open_base
from kbqa.terminal.output import show_json

if TYPE_CHECKING:
    from kbqa.evaluation.datasets import QuestionSet
    from kbqa.evaluation.run import Evaluation
    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.storage.report import Progress

__all__ = ["measuring"]

measuring = typer.Typer()


@measuring.command(
    short_help="Score the answers to a set of questions.",
    epilog="""\b
Examples:
  kbqa evaluate questions.jsonl --kb movies.kb --out movies.json
  kbqa evaluate metaqa-1 --data metaqa/ --split dev --limit 500 --seed 0
  kbqa evaluate geoquery --data geoquery/ --kb geo.kb --given-entities --without passages
""",
)
def evaluate(
    questions: Annotated[
        str, typer.Argument(metavar="SET", help="A known set, or a .jsonl file of questions and answers.")
    ],
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of a known set.")] = None,
    kb: BaseOption = None,
    split: Annotated[str, typer.Option(metavar="NAME", help="The set's own default if not given.")] = "",
    limit: Annotated[int | None, typer.Option(metavar="N", help="Ask a random sample of so many.")] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the sample and of the intervals.")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figures as JSON.")] = None,
    given_entities: Annotated[
        bool, typer.Option("--given-entities", help="Use the entities that the set names; do not link.")
    ] = False,
    without: Without = None,
    threshold: Threshold = None,
) -> None:
    """Ask the questions of a set and print how many are answered rightly."""
    from kbqa.evaluation.datasets import read_set
    from kbqa.evaluation.report import save, table
    from kbqa.terminal.page import progress_bar

    config = config_from(without, threshold)
    asked = read_set(questions, data=data, split=split, limit=limit, seed=seed)
    with _base(questions, data, kb, config) as base, progress_bar(sys.stderr) as progress:
        figures = _evaluated(base, asked, config, seed, given_entities, progress)
    typer.echo(table(save(figures, out) if out else figures))


def _base(questions: str, data: Path | None, kb: Path | None, config: Config) -> KnowledgeBase:
    """Return the named base, the one of a known set's own files, or the bundled world."""
    from kbqa.evaluation.datasets import SETS

    if kb is None and data is not None and questions in SETS:
        from kbqa.evaluation.bases import open_set_base

        return open_set_base(questions, data=data, config=config)
    return open_base(kb, config)


def _evaluated(
    base: KnowledgeBase,
    asked: QuestionSet,
    config: Config,
    seed: int,
    given_entities: bool,
    progress: Progress | None,
) -> Evaluation:
    from kbqa.evaluation.run import asker, evaluate
    from kg.types import Iri

    names = base.sources.names
    return evaluate(
        asked.items,
        asker(base, given_entities=given_entities),
        set_name=asked.name,
        split=asked.split,
        config=config,
        seed=seed,
        given_entities=given_entities,
        excluded=asked.excluded,
        aliases=lambda entity_id: [name.text for name in names.of(Iri(entity_id))],
        progress=partial(progress, "questions") if progress else None,
    )


@measuring.command(
    short_help="Compare two evaluations.",
    epilog="""\b
Examples:
  kbqa compare before.json after.json
  kbqa compare before.json after.json --json
""",
)
def compare(
    a: Annotated[Path, typer.Argument(metavar="A.json", help="What `kbqa evaluate --out` wrote.")],
    b: Annotated[Path, typer.Argument(metavar="B.json", help="Another run over the same questions.")],
    seed: Annotated[int, typer.Option(metavar="S", help="Of the intervals and tests.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Print the paired differences of two runs, with intervals and significance."""
    from kbqa.evaluation.compare import compare as compare_runs

    comparison = compare_runs(a, b, seed=seed)
    if as_json:
        show_json(comparison.to_dict())
    else:
        typer.echo(comparison.table())


@measuring.command(
    short_help="Turn the files of a known set into files that `kbqa build` reads.",
    epilog="""\b
Examples:
  kbqa prepare hlm --data hlm_redchamber/ --out hlm/
  kbqa build hlm.kb --graph hlm/relations.tsv --passages hlm/profiles.jsonl --images hlm/images
""",
)
def prepare(
    name: Annotated[str, typer.Argument(metavar="SET", help="A known set.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The folder that holds the set's files.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write to.")],
) -> None:
    """Write triples, passages and pictures of a set as files that `kbqa build` reads."""
    from kbqa.evaluation.prepare import prepare as prepare_files

    files = prepare_files(name, data=data, out=out)
    for kind, paths in (("graph", files.graph), ("passages", files.passages), ("images", files.images)):
        for path in paths:
            typer.echo(f"{kind:<9} {path}")
    if files.left_out:
        typer.echo(f"left out  {files.left_out} rows that are no triples")


@measuring.command(
    short_help="Measure how long things take here.",
    epilog="""\b
Examples:
  kbqa bench
  kbqa bench --data metaqa/
""",
)
def bench(
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Files of MetaQA, to measure a large graph too.")
    ] = None,
    questions: Annotated[int, typer.Option(metavar="N", help="How many of its questions to ask.")] = 300,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the sample.")] = 0,
) -> None:
    """Measure how long questions and builds take on this machine."""
    from kbqa.evaluation.bench import bench as measure
    from kbqa.evaluation.bench import table

    typer.echo(table(list(measure(data, questions=questions, seed=seed))))
