"""The commands that measure answers and times: `kbqa evaluate`, `compare`, `prepare`, `questions`, `bench`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kbqa.config import Config
from kbqa.errors import InputError
from kbqa.terminal.options import (
    AsJson,
    BaseOption,
    Guesses,
    Ray,
    Threshold,
    Without,
    config_from,
    set_base,
)
from kbqa.terminal.output import show_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kbqa.evaluation.datasets import QuestionSet
    from kbqa.evaluation.items import Item
    from kbqa.evaluation.parts import Parts
    from kbqa.evaluation.run import Evaluation, Outcome
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
  kbqa evaluate metaqa-1 --data metaqa/ --choose-threshold --precision 0.95
  kbqa evaluate qald --data qald/                  entities, relations, structure; no graph needed
  kbqa evaluate qald --data qald/ --kb dbpedia.kb  answers too, from a base or endpoint of yours
  kbqa evaluate questions.jsonl --kb movies.kb --workers 8     in eight processes
  kbqa evaluate questions.jsonl --kb movies.kb --ray auto      on a Ray cluster
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
    guesses: Guesses = False,
    choose_threshold: Annotated[
        bool, typer.Option("--choose-threshold", help="Answer all, and say which --threshold is best.")
    ] = False,
    precision: Annotated[
        float | None,
        typer.Option(metavar="P", help="Best is the lowest with this share of right answers, 0 to 1."),
    ] = None,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Processes that ask; times of one question are longer.")
    ] = 1,
    ray: Ray = None,
) -> None:
    """Ask the questions of a set and print how many are answered rightly."""
    from kbqa.evaluation.datasets import read_set
    from kbqa.evaluation.report import save, table
    from kbqa.terminal.page import progress_bar

    if precision is not None and not (choose_threshold and 0 <= precision <= 1):
        raise InputError("--precision is a share from 0 to 1 and goes with --choose-threshold")
    config = config_from(without, 0.0 if choose_threshold else threshold, guesses=guesses)
    asked = read_set(questions, data=data, split=split, limit=limit, seed=seed)
    with set_base(questions, data, kb, config) as base, progress_bar(sys.stderr) as progress:
        figures = _evaluated(
            base, asked, _Run(config, seed, given_entities, kb is None, progress, ray, workers)
        )
    typer.echo(table(save(figures, out) if out else figures))
    if choose_threshold:
        now = Config().threshold if threshold is None else threshold
        typer.echo(f"\n{_best_threshold(figures, precision, now)}")


@dataclass(frozen=True, slots=True)
class _Run:
    """How the questions of a set are asked; `own` is whether of the base that the set comes with.

    `cluster` is the address of the one that asks them, None for here, where `workers` processes do.
    """

    config: Config
    seed: int
    given_entities: bool
    own: bool
    progress: Progress | None
    cluster: str | None
    workers: int


def _evaluated(base: KnowledgeBase, asked: QuestionSet, run: _Run) -> Evaluation:
    from kbqa.evaluation.answers import answered_by
    from kbqa.evaluation.bases import is_closed
    from kbqa.evaluation.closed import NAME, check_named, given
    from kbqa.evaluation.datasets import SETS
    from kbqa.evaluation.run import asker, evaluate
    from kg.types import Iri

    names = base.sources.names
    closed = run.own and asked.name in SETS and is_closed(asked.name)
    if closed:
        check_named(asked.name, asked.items)
        asked = replace(asked, items=given(asked.items))
    elif any(item.query for item in asked.items):
        asked = answered_by(asked, base.sources.graph)
    has_gold = any(item.gold for item in asked.items)
    with ExitStack() as stack:
        return evaluate(
            asked.items,
            asker(base, given_entities=run.given_entities),
            set_name=asked.name,
            split=asked.split,
            config={
                **asdict(run.config),
                **({"graph": NAME} if closed else {}),
                **({"workers": run.workers} if run.workers > 1 else {}),
            },
            seed=run.seed,
            given_entities=run.given_entities,
            excluded=asked.excluded,
            aliases=lambda entity_id: [name.text for name in names.of(Iri(entity_id))],
            progress=partial(run.progress, "questions") if run.progress else None,
            parts=_parts(base, run.config) if has_gold else None,
            answers=not closed and not (has_gold and not any(item.answers for item in asked.items)),
            outcomes=_outcomes(base, asked.items, run, stack),
        )


def _outcomes(
    base: KnowledgeBase, items: Sequence[Item], run: _Run, stack: ExitStack
) -> Iterator[Outcome] | None:
    """Return what comes of the questions on a cluster or in other processes, None where they are asked in this one."""
    from kbqa import cluster
    from kbqa.evaluation import workers

    asked = base.path, run.config
    if run.cluster is not None:
        share = cluster.asking(*asked, given_entities=run.given_entities, address=run.cluster)
    elif run.workers > 1:
        share = workers.asking(*asked, given_entities=run.given_entities, workers=run.workers)
    else:
        return None
    return stack.enter_context(share)(items)


def _parts(base: KnowledgeBase, config: Config) -> Parts:
    from kbqa.evaluation.parts import LearntRanker, Parts, WordRanker
    from kbqa.storage.encoder import languages_of

    sources = base.sources
    languages = languages_of(sources.encoder) if config.uses("vectors") else frozenset()
    learnt = config.uses("matcher") and config.uses("vectors")
    return Parts(LearntRanker(sources, languages) if learnt else WordRanker(sources, languages))


def _best_threshold(figures: Evaluation, precision: float | None, now: float) -> str:
    """Return the threshold to take, with what comes of it and of the one that is in use, as text."""
    from kbqa.evaluation.calibration import choose_threshold, count_at
    from kbqa.evaluation.run import first_answers

    if "hits@1" not in figures.metrics:
        raise InputError(f"{figures.set}: its answers were not scored, so that no threshold can be chosen")
    confidence, right = first_answers(figures.predictions)
    best = choose_threshold(confidence, right, precision=precision)
    if best is None:
        raise InputError("no threshold: nothing was answered, or no threshold reaches that --precision")
    aim = "most right less wrong" if precision is None else f"lowest with precision {precision:g}"
    return "\n".join(
        f"--threshold {one.threshold:.4f}: {one.right} right, {one.wrong} wrong, "
        f"{figures.n - one.right - one.wrong} not answered, precision {one.precision:.3f} ({why})"
        for one, why in ((best, aim), (count_at(now, confidence, right), "in use"))
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
    short_help="Write the questions of a known set as files of questions.",
    epilog="""\b
Examples:
  kbqa questions pathquestion-2 --data pathquestion/ --split train --out train.jsonl
  kbqa questions metaqa-1 --data metaqa/ --out learn.jsonl --share 0.8 --rest measure.jsonl
  kbqa train matcher --kb metaqa.kb --questions learn.jsonl
  kbqa evaluate measure.jsonl --kb metaqa.kb
""",
)
def questions(
    name: Annotated[str, typer.Argument(metavar="SET", help="A known set, or a .jsonl file of questions.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The .jsonl file to write.")],
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of a known set.")] = None,
    split: Annotated[str, typer.Option(metavar="NAME", help="The set's own default if not given.")] = "",
    limit: Annotated[int | None, typer.Option(metavar="N", help="Write a random sample of so many.")] = None,
    share: Annotated[
        float | None,
        typer.Option(metavar="P", help="Write this share to --out, the others to --rest, 0 to 1."),
    ] = None,
    rest: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The .jsonl file for the other questions.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the sample and of the share.")] = 0,
) -> None:
    """Write questions as files that `kbqa train matcher --questions` and `kbqa evaluate` read.

    With --share they go to two files; those of the same words go to the same one.
    """
    from kbqa.evaluation.datasets import read_set
    from kbqa.evaluation.question_files import parted, write_questions

    if (share is None) != (rest is None):
        raise InputError("--share says how many questions go to --out, --rest where the others go: give both")
    if rest is not None and rest.absolute() == out.absolute():
        raise InputError(f"{rest}: --out and --rest must be two files")
    asked = read_set(name, data=data, split=split, limit=limit, seed=seed)
    parts = [(out, asked.items)]
    if share is not None and rest is not None:
        first, others = parted(asked.items, share=share, seed=seed)
        parts = [(out, tuple(first)), (rest, tuple(others))]
    for path, items in parts:
        write_questions(path, items)
        typer.echo(f"{path}: {len(items):,} questions")


@measuring.command(
    short_help="Measure how long things take here.",
    epilog="""\b
Examples:
  kbqa bench
  kbqa bench --data metaqa/
  kbqa bench --triples 1000000
  kbqa bench --passages 100000
  kbqa bench --vectors 1000000
  kbqa bench --recall --kb movies.kb
""",
)
def bench(
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Files of MetaQA, to measure a large graph too.")
    ] = None,
    questions: Annotated[int, typer.Option(metavar="N", help="How many questions to ask a graph.")] = 300,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the sample.")] = 0,
    triples: Annotated[
        int | None,
        typer.Option(metavar="N", help="Compare a made-up graph of so many triples with one of 100,000."),
    ] = None,
    passages: Annotated[
        int | None,
        typer.Option(metavar="N", help="Open and change a made-up base of so many passages, and --triples."),
    ] = None,
    vectors: Annotated[
        int | None,
        typer.Option(metavar="N", help="Compare the ways of searching so many made-up vectors."),
    ] = None,
    recall: Annotated[
        bool, typer.Option("--recall", help="Compare the ways of searching the vectors of --kb.")
    ] = False,
    kb: Annotated[Path | None, typer.Option(metavar="DIR", help="The knowledge base of --recall.")] = None,
) -> None:
    """Measure how long questions and builds take on this machine."""
    if vectors is not None or recall or kb is not None:
        _bench_vectors(vectors, kb if recall else None, questions, seed)
    elif passages is not None:
        from kbqa.evaluation.bench import table
        from kbqa.evaluation.changing import TRIPLES, changing

        typer.echo(table(list(changing(passages, triples=triples or TRIPLES, seed=seed))))
    elif triples is not None:
        from kbqa.evaluation.growth import growth, growth_table

        typer.echo(growth_table(growth(triples, questions=questions, seed=seed)))
    else:
        from kbqa.evaluation.bench import bench as measure
        from kbqa.evaluation.bench import table

        typer.echo(table(list(measure(data, questions=questions, seed=seed))))


def _bench_vectors(count: int | None, kb: Path | None, queries: int, seed: int) -> None:
    """Print how well and fast vectors are searched: those of a knowledge base, or so many made-up ones."""
    from kbqa.evaluation.vector_bench import compare_kinds, heading, made_up, stored

    if (count is None) == (kb is None):
        raise InputError("give --vectors N, or --recall with --kb DIR")
    if kb is not None:
        sample = stored(kb, queries=queries, seed=seed)
    else:
        sample = made_up(count or 0, queries=queries, seed=seed)
    typer.echo(heading(sample))
    for figures in compare_kinds(sample):
        typer.echo(figures.line())
