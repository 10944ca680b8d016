"""The command line: `kbqa ask`, `build`, `add`, `update`, `remove`, `info`, and those of `kbqa.terminal`.

Exit codes: 0 answered, 1 nothing found, 2 bad usage or bad input, 3 a dependency failed. Errors of the parts
below become one line on stderr here and nowhere else.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kbqa.terminal.asking import Asking, open_generator
from kbqa.terminal.measuring import measuring
from kbqa.terminal.options import (
    AsJson,
    BaseOption,
    Columns,
    Directory,
    Entities,
    Graphs,
    Guesses,
    ImageEncoderOption,
    OnError,
    Pictures,
    Ray,
    Texts,
    Threshold,
    Without,
    config_from,
    open_base,
)
from kbqa.terminal.output import (
    ANSWERED,
    BAD_INPUT,
    INTERRUPTED,
    KNOWN,
    NOTHING_FOUND,
    complain,
    fail,
    show_json,
)
from kbqa.terminal.scoring import scoring
from kbqa.terminal.training import training
from kbqa.terminal.upkeep import upkeep

if TYPE_CHECKING:
    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.storage.report import Report

__all__ = ["app", "main", "spread"]

SEVERAL = frozenset({"--graph", "--passages", "--images"})

app = typer.Typer(
    name="kbqa",
    help="Ask questions, in English or Chinese, about your own knowledge base: graph, passages and images.",
    epilog="""\b
Examples:
  kbqa ask "Which countries border both France and Germany?"
  kbqa build movies.kb --graph movies.ttl --passages plots/ --images posters/
  kbqa ask "Who directed Inception?" --kb movies.kb
""",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    Args:
        arguments: The words after `kbqa`; those of this process by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone: nobody to tell, and Python must not try again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOTHING_FOUND
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        complain("interrupted")
    return code


def _run(words: Sequence[str]) -> int:
    try:
        code = app(args=spread(words), prog_name="kbqa", standalone_mode=False)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "kbqa"
        complain(f"{error.format_message().rstrip('.')}; see {command} --help")
        return BAD_INPUT
    except KNOWN as error:
        return fail(error)
    return int(code or ANSWERED)


def spread(words: Sequence[str]) -> list[str]:
    """Return the words of a command line with one option for each of several values.

    >>> spread(["build", "a.kb", "--graph", "a.ttl", "b.ttl", "--replace"])
    ['build', 'a.kb', '--graph', 'a.ttl', '--graph', 'b.ttl', '--replace']
    """
    spread_out: list[str] = []
    option = ""
    for word in words:
        if word.startswith("-"):
            option = ""
        elif option and spread_out[-1] != option:
            spread_out.append(option)
        spread_out.append(word)
        if word in SEVERAL:
            option = word
    return spread_out


@app.callback(invoke_without_command=True)
def kbqa_options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Print the version or, without a command, the help."""
    if version:
        from kbqa import __version__

        typer.echo(f"kbqa {__version__}")
        raise typer.Exit(ANSWERED)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(
    short_help="Answer a question.",
    epilog="""\b
Examples:
  kbqa ask "What is the capital of France?"
  kbqa ask 法国的首都是哪里？
  kbqa ask "Which flag has a maple leaf?" --json
  kbqa ask "Which country is this flag of, and what is its capital?" --image flag.png
  kbqa ask "Who directed Inception?" --kb movies.kb --without passages
  kbqa ask --kb movies.kb              (asks for questions until an empty line)
  kbqa ask "What is the capital of France?" --fluent
  kbqa ask --json < questions.txt      (one question a line, one JSON a line)
""",
)
def ask(
    question: Annotated[list[str] | None, typer.Argument(metavar="[QUESTION]", help="What to ask.")] = None,
    kb: BaseOption = None,
    image: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A picture that the question is about.")
    ] = None,
    as_json: AsJson = False,
    without: Without = None,
    threshold: Threshold = None,
    guesses: Guesses = False,
    entity: Entities = None,
    language: Annotated[
        Literal["en", "zh"] | None, typer.Option(help="Language of the question; detected by default.")
    ] = None,
    fluent: Annotated[
        bool, typer.Option("--fluent", help="Say the answer in a sentence, too, with what it rests on.")
    ] = False,
    generator: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A language model that says it, checked: a folder, or an id."),
    ] = None,
) -> int:
    """Answer a question; without one, ask for questions until an empty line."""
    base = open_base(kb, config_from(without, threshold, guesses=guesses))
    with base:
        teller = open_generator(generator, base.sources.names) if fluent or generator else None
        asking = Asking(base, image, tuple(entity) if entity else None, language or "", as_json, teller)
        return asking.answer(" ".join(question)) if question else asking.converse()


@app.command(
    short_help="Build a knowledge base.",
    epilog="""\b
Examples:
  kbqa build movies.kb --graph movies.ttl people.nt.gz --passages plots/ --images posters/
  kbqa build movies.kb --graph kb.txt.gz --on-error skip --replace
  kbqa build films.kb --graph films.tsv --columns subject,predicate,object
  kbqa build remote.kb --endpoint https://example.org/sparql
  kbqa build large.kb --passages texts/ --vectors hnsw
  kbqa build huge.kb --passages texts/ --vector-db http://milvus.example:19530 --ray auto
""",
)
def build(
    directory: Directory,
    graph: Graphs = None,
    passages: Texts = None,
    images: Pictures = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="A SPARQL server to ask instead of loading --graph.")
    ] = None,
    columns: Columns = None,
    label_predicate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="IRI", help="A predicate that names things, beside rdfs:label & co.; repeatable."
        ),
    ] = None,
    on_error: OnError = "stop",
    text_encoder: Annotated[
        str,
        typer.Option(metavar="NAME", help="bilingual, minilm, a folder, or the id of a downloaded model."),
    ] = "bilingual",
    vectors: Annotated[
        Literal["exact", "hnsw", "ivfpq"] | None,
        typer.Option("--vectors", help="How vectors are searched; chosen by their number by default."),
    ] = None,
    vector_db: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="A Milvus server, or a .db file of Milvus Lite, for the vectors."
        ),
    ] = None,
    ray: Ray = None,
    image_encoder: ImageEncoderOption = "small",
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the knowledge base that is there, once this is ready.")
    ] = False,
) -> None:
    """Build a knowledge base in a new folder and report what was read and refused."""
    import kbqa
    from kbqa.terminal.page import progress_bar

    with progress_bar(sys.stderr) as progress:
        base = kbqa.build(
            directory,
            graph=graph or (),
            passages=passages or (),
            images=images or (),
            endpoint=endpoint,
            text_encoder=text_encoder,
            image_encoder=image_encoder,
            on_error=on_error,
            columns=_names(columns),
            progress=progress,
            replace=replace,
            label_predicates=label_predicate or (),
            vectors=vectors,
            vector_db=vector_db,
            ray=ray,
        )
    with base:
        _show_report(base.report)
        _show_info(base)


@app.command(
    short_help="Add files to one.",
    epilog="""\b
Examples:
  kbqa add movies.kb --graph more.ttl
  kbqa add movies.kb --passages plots/inception.txt reviews/
""",
)
def add(
    directory: Directory,
    graph: Graphs = None,
    passages: Texts = None,
    images: Pictures = None,
    columns: Columns = None,
    on_error: OnError = "stop",
    ray: Ray = None,
) -> None:
    """Add files to a knowledge base; a file that is there already is replaced."""
    import kbqa
    from kbqa.terminal.page import progress_bar

    with kbqa.open(directory) as base, progress_bar(sys.stderr) as progress:
        report = base.add(
            graph=graph or (),
            passages=passages or (),
            images=images or (),
            on_error=on_error,
            columns=_names(columns),
            progress=progress,
            ray=ray,
        )
    _show_report(report)


@app.command(
    short_help="Bring one up to date with its files.",
    epilog="""\b
Examples:
  kbqa update movies.kb --graph movies.ttl --passages plots/ --images posters/
""",
)
def update(
    directory: Directory,
    graph: Graphs = None,
    passages: Texts = None,
    images: Pictures = None,
    columns: Columns = None,
    on_error: OnError = "stop",
    ray: Ray = None,
) -> None:
    """Replace what has changed in files, add new ones, and remove what is gone from the folders named."""
    import kbqa
    from kbqa.terminal.page import progress_bar

    with kbqa.open(directory) as base, progress_bar(sys.stderr) as progress:
        report = base.update(
            graph=graph or (),
            passages=passages or (),
            images=images or (),
            on_error=on_error,
            columns=_names(columns),
            progress=progress,
            ray=ray,
        )
    _show_report(report)


@app.command(
    short_help="Remove a file from one.",
    epilog="""\b
Examples:
  kbqa remove movies.kb --source plots/inception.txt
  kbqa remove movies.kb --source plots/            (everything below)
  kbqa info movies.kb                              (names the sources)
""",
)
def remove(
    directory: Directory,
    source: Annotated[
        str, typer.Option(metavar="NAME", help="A file as it was named when it was added, or a folder.")
    ],
) -> None:
    """Remove a source and everything that came from it."""
    import kbqa

    with kbqa.open(directory) as base:
        report = base.remove(source=source)
    _show_report(report, done="removed")


@app.command(
    short_help="Describe one.",
    epilog="""\b
Examples:
  kbqa info movies.kb
  kbqa info movies.kb --json
""",
)
def info(directory: Directory, as_json: AsJson = False) -> None:
    """Describe a knowledge base: what it holds and where from."""
    import kbqa

    with kbqa.open(directory) as base:
        if as_json:
            show_json(base.info().to_dict())
        else:
            _show_info(base, sources=True)


app.add_typer(upkeep)
app.add_typer(measuring)
app.add_typer(scoring)
app.add_typer(training, name="train")


def _names(columns: str | None) -> tuple[str, ...] | None:
    return tuple(name.strip() for name in columns.split(",")) if columns else None


def _show_report(report: Report | None, *, done: str = "read") -> None:
    from kbqa.terminal.page import Page, console_for
    from kbqa.terminal.summary import show_report

    if report:
        show_report(Page(console_for(sys.stdout)), report, done=done)


def _show_info(base: KnowledgeBase, *, sources: bool = False) -> None:
    from kbqa.terminal.page import Page, console_for
    from kbqa.terminal.summary import show_info

    show_info(Page(console_for(sys.stdout)), base.info(), sources=sources)
