"""How long opening and changing a large knowledge base takes, and indexing beside the bare encoder.

The base is made up: passages of sentences about the world of `scaled`, one file for each ten. The vectors of
its bulk are random, because computing them tells nothing here; what is added is encoded for real.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kbqa.evaluation.bench import Measured, child
from kbqa.evaluation.scaled import World

if TYPE_CHECKING:
    from retrieval.types import Floats, TextEncoder

__all__ = ["changing"]

TRIPLES = 100_000
INDEXED = 2_048  # passages that are indexed beside the bare encoder
SENTENCES, PER_FILE = 8, 10
_HERE = "kbqa.evaluation.changing"
ROUNDS = 15
# A scholar and a paper that are new, with facts about the hubs of the graph.
_FACTS = """@base <https://scaled.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<scholar/new{0}> a <Scholar> ; rdfs:label "Quentin Newman {0}" ; <bornIn> <city/0> ; <worksAt> <institute/0> .
<paper/new{0}> a <Paper> ; rdfs:label "Remarks {0}" ; <author> <scholar/new{0}> ; <about> <field/0> ;
    <cites> <paper/0>, <paper/1> .
"""


def changing(passages: int, *, triples: int = TRIPLES, seed: int = 0) -> Iterator[Measured]:
    """Yield the numbers one by one, as they are measured.

    Args:
        passages: How many passages the base holds.
        triples: How many triples its graph holds, about.
        seed: Of its texts.

    Raises:
        DependencyError: If a measured process failed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        yield from _indexing(folder, seed)
        build(folder, passages, triples, seed)
        found = child(_HERE, "open", str(folder / "large.kb"))
        size = f"{passages:,} passages and {found['triples']:,.0f} triples"
        yield Measured(f"open {size}", 1000 * found["seconds"], "ms", "≤ 1,000")
        changed = child(_HERE, "change", str(folder / "large.kb"))
        for what, (half, most) in changed.items():
            target = "≤ 100" if what in ("add, one document", "remove, one document") else ""
            yield Measured(f"{what}: p50", 1000 * half, "ms", target)
            yield Measured(f"{what}: most of {ROUNDS}", 1000 * most, "ms")


def build(folder: Path, passages: int, triples: int, seed: int) -> None:
    """Build "large.kb" in a folder."""
    import kbqa
    from kbqa.storage.encoder import DEFAULT, load_encoder

    _write(folder, passages, triples, seed)
    encoder = _Random(load_encoder(DEFAULT))
    graph, texts = [folder / "world.nt"], [folder / "texts"]
    kbqa.build(folder / "large.kb", graph=graph, passages=texts, text_encoder=encoder).close()


class _Random:
    """Gives random vectors in the name of an encoder."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.name = encoder.name
        self.dim = encoder.dim
        self._chance = np.random.default_rng(0)

    def encode(self, texts: Sequence[str]) -> Floats:
        vectors = self._chance.standard_normal((len(texts), self.dim), dtype=np.float32)
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def _write(folder: Path, passages: int, triples: int, seed: int) -> None:
    """Write a graph and the files of passages about it."""
    world = World.of_size(triples, seed=seed)
    world.write(folder / "world.nt")
    sentences = world.questions(passages * SENTENCES)
    texts = [" ".join(sentences[n : n + SENTENCES]) for n in range(0, len(sentences), SENTENCES)]
    for number in range(0, passages, PER_FILE):
        place = folder / "texts" / f"{number // 10_000:03}" / f"{number:08}.jsonl"
        place.parent.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps({"text": text}) for text in texts[number : number + PER_FILE])
        place.write_text("\n".join(lines), encoding="utf-8")


def _indexing(folder: Path, seed: int) -> Iterator[Measured]:
    """Index some passages end to end and with the bare encoder, in turn, and compare the best of each."""
    import kbqa
    from kbqa.storage.encoder import DEFAULT, load_encoder
    from kbqa.storage.intake import batches, encode, read_passages
    from kbqa.storage.report import Refusals

    place = folder / "small"
    place.mkdir()
    _write(place, INDEXED, TRIPLES // 10, seed)
    encoder = load_encoder(DEFAULT)
    encoder.encode(["The first text takes longer."])
    items = list(batches(read_passages([place / "texts"], Refusals("stop"))))

    def index(*texts: Path) -> None:
        graph = [place / "world.nt"]
        kbqa.build(place / "x.kb", graph=graph, passages=texts, text_encoder=encoder, replace=True).close()

    bare, whole, alone = [], [], []
    for _ in range(3):
        bare.append(_seconds(lambda: [encode(batch, encoder) for batch in items]))
        whole.append(_seconds(lambda: index(place / "texts")))
        alone.append(_seconds(index))
    indexing = min(whole) - min(alone)
    yield Measured(f"the bare encoder on {INDEXED:,} passages", min(bare), "s")
    yield Measured("indexing them, everything but the graph included", indexing, "s")
    yield Measured("indexing / bare encoder", indexing / min(bare), "x", "≤ 1.15")


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _open(place: Path) -> dict[str, float]:
    """Open a base in a process that has loaded the libraries already, as one that has answered before has."""
    import kbqa

    kbqa.open(place).close()
    started = time.perf_counter()
    with kbqa.open(place) as base:
        return {"seconds": time.perf_counter() - started, "triples": base.info().triples}


def _change(place: Path) -> dict[str, tuple[float, float]]:
    """Add, update and remove a document, then a file of facts, again and again; the first round does not count."""
    import kbqa
    from kbqa.storage.encoder import DEFAULT, load_encoder

    times: defaultdict[str, list[float]] = defaultdict(list)
    document, facts = place.parent / "new.txt", place.parent / "new.ttl"
    with kbqa.open(place, text_encoder=load_encoder(DEFAULT)) as base:
        for number in range(ROUNDS + 1):
            document.write_text(f"Document {number} is new. It says nothing that was said before.")
            times["add, one document"].append(_seconds(lambda: base.add(passages=[document])))
            times["update, one unchanged document"].append(_seconds(lambda: base.update(passages=[document])))
            times["remove, one document"].append(_seconds(lambda: base.remove(source=document.as_posix())))
        for number in range(ROUNDS + 1):
            facts.write_text(_FACTS.format(number))
            times["add, ten facts"].append(_seconds(lambda: base.add(graph=[facts])))
            times["remove, ten facts"].append(_seconds(lambda: base.remove(source=facts.as_posix())))
    return {what: (sorted(found[1:])[ROUNDS // 2], max(found[1:])) for what, found in times.items()}


if __name__ == "__main__":
    job = {"open": _open, "change": _change}[sys.argv[1]]
    sys.stdout.write(json.dumps(job(Path(sys.argv[2]))))
