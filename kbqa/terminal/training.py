"""The commands that train: `kbqa train …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["training"]

training = typer.Typer(help="Train models; each writes a folder that the rest of kbqa can load.")


@training.callback()
def train() -> None:
    """Train models; each writes a folder that the rest of kbqa can load."""


@training.command(
    "text-encoder",
    short_help="Teach the English text encoder Chinese.",
    epilog="""\b
Examples:
  kbqa train text-encoder --data sets/ --out my-encoder/
  kbqa train text-encoder --data sets/ --out my-encoder/ --minutes 60
  kbqa build films.kb --graph films.ttl --text-encoder my-encoder/
""",
)
def text_encoder(
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the public sets; parallel_en_zh is needed.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the model to.")],
    steps: Annotated[int, typer.Option(metavar="N", help="Stop after so many steps.")] = 920,
    minutes: Annotated[float | None, typer.Option(metavar="M", help="Stop after this time, too.")] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the held-out pairs and the order.")] = 0,
) -> None:
    """Teach the English text encoder Chinese and print how many held-out sentences find their translation."""
    from kbqa.training.text_encoder import train_text_encoder

    found = train_text_encoder(data, out, minutes=minutes, steps=steps, seed=seed)
    typer.echo(f"{out}: of {found.count} held-out pairs, {found.to_english:.1%} find their English and")
    typer.echo(f"{found.to_chinese:.1%} their Chinese sentence")
