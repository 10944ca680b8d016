"""The commands that look after a knowledge base: `kbqa check` and `kbqa compact`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kbqa.terminal.options import AsJson, Directory
from kbqa.terminal.output import ANSWERED, BAD_INPUT, show_json

if TYPE_CHECKING:
    from kbqa.storage.check import Checked

__all__ = ["upkeep"]

upkeep = typer.Typer()


@upkeep.command(
    short_help="Look whether all parts of one agree.",
    epilog="""\b
Examples:
  kbqa check movies.kb
  kbqa check movies.kb --thorough          (compare all names, links and vectors, no samples)
  kbqa check movies.kb --json
""",
)
def check(
    directory: Directory,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Sample nothing; takes about as long as building did.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Prove that graph, names, words, vectors, links and images agree, or list what does not and what to do.

    The exit code is 0 where all is well and 2 where it is not.
    """
    import kbqa

    checked = kbqa.check(directory, thorough=thorough)
    if as_json:
        show_json(checked.to_dict())
    else:
        _show_checked(checked)
    return ANSWERED if checked.sound else BAD_INPUT


@upkeep.command(
    short_help="Give back the space of what was removed from one.",
    epilog="""\b
Examples:
  kbqa compact movies.kb
""",
)
def compact(directory: Directory, as_json: AsJson = False) -> None:
    """Drop what removed things have left behind, and say how many bytes that were."""
    import kbqa
    from kbqa.terminal.page import Page, console_for
    from kbqa.terminal.summary import size

    compacted = kbqa.compact(directory)
    if as_json:
        show_json(compacted.to_dict())
        return
    page = Page(console_for(sys.stdout))
    for part, was in compacted.before.items():
        if was != compacted.after[part]:
            page.row(part, f"{size(was)} → {size(compacted.after[part])}")
    page.row("won", f"{size(compacted.won)} in {compacted.seconds:.1f} s")


def _show_checked(checked: Checked) -> None:
    from kbqa.terminal.page import Page, console_for

    page = Page(console_for(sys.stdout))
    for finding in checked.findings:
        page.row(finding.part, f"{finding.what}; {finding.todo}", style="yellow")
    if checked.sound:
        names = ("triples", "names", "passages", "images", "vectors")
        page.row("sound", " · ".join(f"{checked.counts.get(name, 0):,} {name}" for name in names))
    page.row(
        "looked at",
        f"{'all' if checked.thorough else 'all counts and ids, some names and links'} in {sum(checked.seconds.values()):.1f} s",
    )
