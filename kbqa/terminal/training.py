"""The commands that train: `kbqa train …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kbqa.errors import InputError
from kbqa.terminal.readers import readers

__all__ = ["training"]

training = typer.Typer(help="Train models; each writes a folder that the rest of kbqa can load.")
training.add_typer(readers)


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


@training.command(
    "image-text",
    short_help="Teach pictures and texts one space.",
    epilog="""\b
Examples:
  kbqa train image-text --data captioned/ --out my-images/
  kbqa train image-text --data sets/ --out general/ --flags 8000 --scenes 2000 --minutes 40
  kbqa build films.kb --graph films.ttl --images posters/ --image-encoder my-images/
""",
)
def image_text(
    data: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help='Pictures with a .jsonl manifest of {"file", "captions"}, or folders of them.'
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the model to.")],
    held_out: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="A folder no description of which is learnt from; repeatable."),
    ] = None,
    flags: Annotated[int, typer.Option(metavar="N", help="Learn from so many made-up flags, too.")] = 0,
    scenes: Annotated[int, typer.Option(metavar="N", help="Learn from so many made-up scenes, too.")] = 0,
    loss: Annotated[
        Literal["cmcl", "infonce"],
        typer.Option(help="With several right descriptions and wrong rewrites of each picture, or plain."),
    ] = "cmcl",
    start: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Weights to go on from, instead of beginning anew.")
    ] = None,
    turned: Annotated[
        bool, typer.Option("--turned", help="Pictures may be turned and mirrored, as aerial photographs may.")
    ] = False,
    steps: Annotated[int, typer.Option(metavar="N", help="Stop after so many steps.")] = 3000,
    minutes: Annotated[float | None, typer.Option(metavar="M", help="Stop after this time, too.")] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of everything random.")] = 0,
) -> None:
    """Train an image encoder for `kbqa build --image-encoder` on pictures with descriptions."""
    from kbqa.training.image_course import Recipe
    from kbqa.training.image_text import Made, train_image_text

    if steps < 1 or (minutes is not None and not minutes > 0) or min(flags, scenes) < 0:
        raise InputError("--steps and --minutes must be more than 0, --flags and --scenes not less")
    done = train_image_text(
        data,
        out,
        held_out=held_out or (),
        made=Made(flags, scenes),
        minutes=minutes,
        steps=steps,
        seed=seed,
        start=start,
        recipe=Recipe(loss=loss, turned=turned),
    )
    typer.echo(f"{out}: image encoder after {done} steps")


@training.command(
    short_help="Teach the matcher the relations of a graph.",
    epilog="""\b
Examples:
  kbqa train matcher --kb films.kb
  kbqa train matcher --kb films.kb --questions asked.jsonl
  kbqa train matcher --data sets/ --wordnet /usr/share/wordnet --out general/ --minutes 60
""",
)
def matcher(
    kb: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The knowledge base whose graph is learnt.")
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Questions with answers or SPARQL, as .jsonl; made up if not given."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Public sets, to train weights for every graph.")
    ] = None,
    wordnet: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Files of WordNet 3, for its synonyms.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Weights to go on from, instead of beginning anew.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write to; with --kb, into it by default.")
    ] = None,
    minutes: Annotated[float, typer.Option(metavar="M", help="Time for the training itself.")] = 8.0,
    steps: Annotated[int, typer.Option(metavar="N", help="Stop after so many steps.")] = 100_000,
    seed: Annotated[int, typer.Option(metavar="S", help="Of everything random.")] = 0,
) -> None:
    """Teach the matcher the relations of one knowledge base's graph, or of public sets of questions.

    With --kb it learns from questions made up about the graph, or from your own (--questions), and is used from
    then on. With --data it learns the weights that every graph starts from.
    """
    if (kb is None) == (data is None):
        raise InputError("name either a knowledge base (--kb) or a folder of public sets (--data)")
    if not minutes > 0 or steps < 1:
        raise InputError(f"--minutes and --steps must be more than 0, not {minutes:g} and {steps}")
    if kb is None and questions is not None:
        raise InputError("--questions are learnt from with --kb only")
    if kb is not None and (wordnet is not None or start is not None):
        raise InputError("--wordnet and --start go with --data only")
    if kb is not None:
        _train_on_graph(kb, questions, out, minutes=minutes, steps=steps, seed=seed)
        return
    if data is None or out is None:
        raise InputError("--data needs a folder to write to (--out)")
    from kbqa.training.matcher import train_general

    done = train_general(data, out, wordnet=wordnet, start=start, minutes=minutes, steps=steps, seed=seed)
    typer.echo(f"{out}: general weights after {done} steps")


def _train_on_graph(
    kb: Path, questions: Path | None, out: Path | None, *, minutes: float, steps: int, seed: int
) -> None:
    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.training.graph_matcher import train_graph_matcher

    with KnowledgeBase.open(kb) as base:
        done = train_graph_matcher(
            base, questions=questions, out=out, minutes=minutes, steps=steps, seed=seed
        )
    learnt = f"{done.questions} questions" if questions else "questions made up about its graph"
    typer.echo(f"{done.folder}: learnt from {learnt} in {done.steps} steps and {done.seconds:.0f} s")
    for reason, count in done.skipped:
        typer.echo(f"not used  {count} questions: {reason}")


@training.command(
    short_help="Learn how much each way of searching passages counts.",
    epilog="""\b
Examples:
  kbqa train fusion --data sets/ --out fusion.json
""",
)
def fusion(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the public sets.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The .json file to write.")],
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Learn from a random sample of so many questions of each.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the samples.")] = 0,
) -> None:
    """Learn how much words, vectors and linked entities count when what they find is merged."""
    from kbqa.training.fusion import train_fusion

    found = train_fusion(data, out, limit=limit, seed=seed)
    typer.echo(f"{out}: from {found.questions:,} questions")
    for language, weights in found.fusion.items():
        typer.echo(f"  {language}: " + ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items()))


@training.command(
    short_help="Fit how sure the learnt matcher's answers are.",
    epilog="""\b
Examples:
  kbqa train confidence --data sets/ --out confidence.json
  kbqa train confidence --data sets/ --out new.json --start confidence.json
""",
)
def confidence(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the public sets.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The .json file to write.")],
    limit: Annotated[int, typer.Option(metavar="N", help="Questions of each set.")] = 200,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the samples.")] = 0,
    start: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep its weights; fit only signs that it lacks.")
    ] = None,
) -> None:
    """Fit the weights of confidence on development questions and print how far off they are on each set.

    Each set's figure is of weights that were fitted on the other sets.
    """
    from kbqa.evaluation.confidence import train_confidence

    if limit < 1:
        raise InputError(f"--limit must be at least 1, not {limit}")
    found = train_confidence(data, out, limit=limit, seed=seed, start=start)
    typer.echo(f"{out}: weights of {len(found.weights.of)} signs, from {found.samples} answers")
    for name, error in found.errors.items():
        typer.echo(f"  {name:16} expected calibration error {error:.3f}")


@training.command(
    short_help="Learn vectors of a graph's entities and relations.",
    epilog="""\b
Examples:
  kbqa train embeddings --kb films.kb --out vectors/
  kbqa train embeddings --kb films.kb --model transe --held-out 0.05
""",
)
def embeddings(
    kb: Annotated[Path, typer.Option(metavar="DIR", help="The knowledge base whose graph is learnt.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write the vectors to.")] = None,
    model: Annotated[
        Literal["transe", "complex", "rotate"], typer.Option(help="How facts are scored.")
    ] = "complex",
    held_out: Annotated[
        float, typer.Option(metavar="SHARE", help="Of the facts, to be found again afterwards.")
    ] = 0.0,
    epochs: Annotated[int, typer.Option(metavar="N", help="Rounds over the facts.")] = 40,
    dim: Annotated[int, typer.Option(metavar="N", help="Components of a vector; even.")] = 128,
    beside: Annotated[
        bool, typer.Option("--beside-pykeen", help="Train pykeen's model on the same facts, too.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="S", help="Of everything random.")] = 0,
) -> None:
    """Learn vectors of the entities and relations of a graph, and print how well they find facts held out.

    Ranks are among all entities, those that make another known fact left out ("filtered"), for objects and subjects.
    """
    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.training.embeddings import Recipe, read_facts, train_embeddings

    if out is None and not held_out:
        raise InputError("name a folder to write to (--out), or a share to hold out and measure (--held-out)")
    if beside and not held_out:
        raise InputError("--beside-pykeen compares how facts are found again: name a share (--held-out)")
    if epochs < 1 or dim < 2 or dim % 2:
        raise InputError("--epochs must be at least 1, and --dim even and at least 2")
    with KnowledgeBase.open(kb) as base:
        graph = read_facts(base.sources.graph)
    recipe = Recipe(epochs=epochs, dim=dim)
    found = train_embeddings(graph, model, held_out=held_out, seed=seed, recipe=recipe, out=out)
    typer.echo(
        f"{model}: {len(graph.entities):,} entities, {len(graph.relations):,} relations, "
        f"{found.facts:,} facts, {found.seconds:.0f} s"
    )
    if found.scores:
        told = ", ".join(f"{name} {value:.3f}" for name, value in found.scores.items())
        typer.echo(f"  {found.held_out:,} facts held out, filtered: {told}")
    if beside:
        from kbqa.evaluation.pykeen_scores import pykeen_scores
        from kbqa.training.embeddings import parted_facts

        learnt, kept = parted_facts(graph.facts, held_out, seed)
        sizes = (len(graph.entities), len(graph.relations))
        other = pykeen_scores(model, learnt, kept, sizes, dim=dim, epochs=epochs, seed=seed)
        told = ", ".join(f"{name} {value:.3f}" for name, value in other.scores.items())
        typer.echo(f"  pykeen on the same facts: {told}, {other.seconds:.0f} s")


@training.command(
    short_help="Learn to guess what the graph does not state.",
    epilog="""\b
Examples:
  kbqa train completion --kb films.kb
  kbqa ask "Who directed Paprika?" --kb films.kb --guesses --threshold 0.2
""",
)
def completion(
    kb: Annotated[Path, typer.Option(metavar="DIR", help="The knowledge base whose graph is learnt.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write to; the knowledge base's own.")
    ] = None,
    minutes: Annotated[float, typer.Option(metavar="M", help="Begin no relation after this time.")] = 10.0,
    seed: Annotated[int, typer.Option(metavar="S", help="Of everything random.")] = 0,
) -> None:
    """Learn which other facts speak for one that the graph does not state, to guess where a question asks for such."""
    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.storage.parts import COMPLETION
    from kbqa.training.completion import train_completion

    if not minutes > 0:
        raise InputError(f"--minutes must be more than 0, not {minutes:g}")
    with KnowledgeBase.open(kb) as base:
        done = train_completion(base.sources, out or kb / COMPLETION, minutes=minutes, seed=seed)
    typer.echo(f"{out or kb / COMPLETION}: guesses at {done.steps} relations, {done.seconds:.0f} s")
    typer.echo(
        f"  of {done.measured:,} things whose facts were hidden the first guess is right for {done.right:.1%}"
        f" (promised {done.promised:.1%})"
    )
