"""What a person sees of a knowledge base and of the work on it: reports and descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kbqa.terminal.page import Page

if TYPE_CHECKING:
    from kbqa.storage.info import Info, MatcherInfo
    from kbqa.storage.report import Report, SourceReport

__all__ = ["show_info", "show_report", "size"]

REFUSALS, SOURCES, UNLINKED, REPEATS = 20, 12, 8, 5


def show_report(page: Page, report: Report, *, done: str) -> None:
    """Write what was read, from where, and what was refused, with file and line.

    Args:
        page: Where to.
        report: What a build, an addition, an update or a removal did.
        done: What was done, in the past tense: "read" or "removed".
    """
    _show_sources(page, done, report.sources)
    _show_sources(page, "removed", report.removed)
    if report.unchanged:
        page.row("unchanged", f"{report.unchanged:,} {'file' if report.unchanged == 1 else 'files'}")
    for refusal in report.refused[:REFUSALS]:
        page.row("refused", str(refusal), style="yellow")
    unnamed = report.refused_in_all - len(report.refused[:REFUSALS])
    if unnamed > 0:
        page.row("refused", f"and {unnamed:,} more", style="yellow")
    page.row("unlinked", _some(report.unlinked), style="yellow")
    for repeat in report.repeats[:REPEATS]:
        page.row("repeated", str(repeat), style="yellow")
    if report.repeats_in_all > REPEATS:
        page.row("repeated", f"and {report.repeats_in_all - REPEATS:,} more passages", style="yellow")


def _show_sources(page: Page, label: str, sources: Sequence[SourceReport]) -> None:
    for source in sources[:SOURCES]:
        unit = "triples" if source.kind == "graph" else source.kind
        count = f"1 {unit.removesuffix('s')}" if source.items == 1 else f"{source.items:,} {unit}"
        refused = f", {source.refused:,} refused" if source.refused else ""
        page.row(label, f"{source.name}: {count}{refused}")
    if len(sources) > SOURCES:
        page.row(label, f"and {len(sources) - SOURCES:,} more sources")


def _some(names: Sequence[str]) -> str:
    left = len(names) - UNLINKED
    return ", ".join(names[:UNLINKED]) + (f", and {left:,} more" if left > 0 else "")


def show_info(page: Page, info: Info, *, sources: bool) -> None:
    """Write what a knowledge base holds; with `sources`, also the first files that it came from."""
    graph = f"{info.triples:,} triples · {info.entities:,} entities · {info.predicates:,} predicates"
    page.row(
        "graph", f"{graph} · {info.classes:,} classes{f' · at {info.endpoint}' if info.endpoint else ''}"
    )
    page.row("names", f"{info.names:,}{_by_language(info.label_languages)}")
    page.row("passages", f"{info.passages:,}{_by_language(info.languages)}")
    page.row("images", f"{info.images:,} · {_looks(info.image_encoder)}")
    page.row(
        "vectors",
        f"{info.vectors:,} by {info.encoder}{f' · {info.vector_index}' if info.vector_index else ''}",
    )
    page.row("matcher", _matcher(info.matcher))
    page.row("folder", f"{info.path} · {size(info.bytes)} · generation {info.generation}")
    if sources:
        _show_sources(page, "source", info.sources)


def _looks(encoder: str) -> str:
    return f"seen by {encoder}" if encoder else "found by their captions only"


def _matcher(matcher: MatcherInfo | None) -> str:
    if matcher is None:
        return "none"
    whose = "its own" if matcher.own else "the one that is shipped"
    unused = "" if matcher.used else " · not used: made for another text encoder"
    return f"{whose}, trained on {matcher.trained_on}{unused}"


def _by_language(counts: Mapping[str, int]) -> str:
    parts = [f"{language or 'no language'} {count:,}" for language, count in counts.items()]
    return f" ({', '.join(parts)})" if parts else ""


def size(count: int) -> str:
    """Return a number of bytes as people write it.

    >>> size(999), size(1_500_000), size(2_000_000_000)
    ('999 B', '1.5 MB', '2.0 GB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
