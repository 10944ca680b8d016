"""The commands that train what reads passages: `kbqa train reader` and `kbqa train reranker`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kbqa.errors import InputError

__all__ = ["readers"]

readers = typer.Typer()


@readers.command(
    short_help="Teach a reader to find answers in passages.",
    epilog="""\b
Examples:
  kbqa train reader --data sets/ --out my-reader/
  kbqa train reader --data sets/ --out my-reader/ --minutes 40
  kbqa train reader --data sets/ --out other/ --start my-reader/ --steps 500
  kbqa train reader --data sets/ --out less/ --without drcd --without made
  kbqa score-reader squad2 --data sets/squad2_cs224n --reader my-reader/
""",
)
def reader(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the public sets.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the reader to.")],
    start: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A reader to go on from, instead of beginning anew.")
    ] = None,
    steps: Annotated[
        int, typer.Option(metavar="N", help="Stop after so many; with 0 only fit how sure it is.")
    ] = 1800,
    minutes: Annotated[float | None, typer.Option(metavar="M", help="Stop after this time, too.")] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of everything random.")] = 0,
    without: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A set or kind of window to leave out.")
    ] = None,
) -> None:
    """Teach a reader English and Chinese and print how well it reads the questions that were held out.

    To see what a part of the training adds, leave it out: a set (squad1, covidqa, cmrc2018, drcd) or what windows are
    made of (unanswered, short, hung, made).
    """
    from kbqa.training.reader import train_reader

    if steps < (start is None) or (minutes is not None and not minutes > 0):
        raise InputError("--minutes and, without --start, --steps must be more than 0")
    found = train_reader(
        data, out, minutes=minutes, steps=steps, seed=seed, start=start, without=without or ()
    )
    typer.echo(f"{out}: reader after {found.steps} steps on {found.questions:,} questions")
    for name, f1 in found.f1.items():
        typer.echo(f"  {name}: F1 {100 * f1:.1f} on held-out passages")
    typer.echo(f"  {found.settings}")


@readers.command(
    short_help="Teach a reranker the passages of a knowledge base.",
    epilog="""\b
Examples:
  kbqa train reranker --kb films.kb
  kbqa train reranker --kb films.kb --knowledge entities --out fused/
  kbqa score-reranker asked.jsonl --kb films.kb --reader fused/
""",
)
def reranker(
    kb: Annotated[
        Path, typer.Option(metavar="DIR", help="The knowledge base whose facts and passages are learnt.")
    ],
    knowledge: Annotated[
        Literal["none", "facts", "entities", "candidates"],
        typer.Option(help="Read too: facts (K-BERT), entities (ERNIE) or candidates (KnowBERT)."),
    ] = "none",
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder to write to; by default into the knowledge base."),
    ] = None,
    minutes: Annotated[float, typer.Option(metavar="M", help="Time for the training itself.")] = 5.0,
    steps: Annotated[int, typer.Option(metavar="N", help="Stop after so many steps.")] = 100_000,
    seed: Annotated[int, typer.Option(metavar="S", help="Of everything random.")] = 0,
) -> None:
    """Teach a reranker which passages a knowledge base's facts are about, from questions made up about these."""
    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.training.reranker import train_reranker

    if not minutes > 0 or steps < 1:
        raise InputError(f"--minutes and --steps must be more than 0, not {minutes:g} and {steps}")
    with KnowledgeBase.open(kb) as base:
        done = train_reranker(base, knowledge=knowledge, out=out, minutes=minutes, steps=steps, seed=seed)
    typer.echo(f"{done.folder}: reranker after {done.steps} steps on {done.questions:,} questions")
    typer.echo(f"  right first of held-out questions: {done.before:.1%} before, {done.after:.1%} after")
