"""Reads the public questions over Freebase: WebQuestions with relation paths, and GrailQA."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbqa.training.examples import Example, Hop
from kbqa.training.public_chains import split_name
from kbqa.training.public_files import as_published, read_json
from kbqa.training.public_mentions import mask_name
from kbqa.training.public_names import joined_name, kind_of

__all__ = ["grail_qa", "web_questions"]

MAX_ANSWERS_COUNTED = 10  # paths were counted against so many answers at most
USUAL = (
    3  # questions of a relation that must share their frame, or a telling word, with a question to trust it
)
LABEL = "/type/object/name"
RIVAL = 0.6  # share of the questions that a word has with its best path, below which it tells of that one
LIFT = 3.0  # how much likelier a telling word is with its relation than in all questions
FRAME_WORDS = frozenset(
    "a an the of in on at for to by from with is are was were did do does has have had be been what which who whom "
    "where when how why whose s [mask] he she it they his her their all some many much there and or".split()
)
Relations = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    masked: str
    answers: int
    paths: Mapping[Relations, int]


def web_questions(folder: Path) -> Iterator[tuple[str, Example]]:
    """Yield (question, example) of WebQuestions' training questions with the relation that leads to their answers.

    The paths were found by computer, from entities to answers, so many lead there by accident. A path is kept if
    it gives at least half of the answers and other questions with that path say it alike. A node between two
    relations is one that only joins things (a marriage, a membership): both make one hop.

    Args:
        folder: The set's folder; an absent file counts as empty.

    Raises:
        InputError: If a file is damaged or not in its published form.
    """
    asked = _web_rows(folder)
    trusted = _Trust(asked)
    for one in asked:
        path = trusted.best(one)
        if path:
            name = joined_name([split_name(iri) for iri in path])
            yield one.question, Example(one.masked, (Hop(name, True, kind_of(name)),), "en", "freebase")


def _web_rows(folder: Path) -> list[_Asked]:
    main, keys, paths = (
        folder / f"{part}__trainmodel.json" for part in ("main", "d-freebase", "d-freebase-brp")
    )
    with as_published(main):
        texts = {one["qId"]: (one["qText"], len(one["answers"])) for one in read_json(main)}
    with as_published(keys):
        names = {one["qId"]: one["freebaseKey"] for one in read_json(keys)}
    with as_published(paths):
        found = [(one["qId"], one["relPaths"]) for one in read_json(paths)]
        rows = []
        for number, relations in found:
            question, answers = texts[number]
            masked = mask_name(question, names.get(number) or "")
            counts = {tuple(path): count for path, count in relations if len(path) <= 2 and path[-1] != LABEL}
            if masked and counts:
                rows.append(_Asked(question, masked, min(answers, MAX_ANSWERS_COUNTED), counts))
    return rows


class _Trust:
    """Which paths questions are really about, from the words that questions with the same path share."""

    def __init__(self, asked: Sequence[_Asked]) -> None:
        """Count words and frames of all questions by path."""
        self._frames: defaultdict[Relations, Counter[str]] = defaultdict(Counter)
        self._words: defaultdict[Relations, Counter[str]] = defaultdict(Counter)
        self._totals: Counter[Relations] = Counter()
        self._all: Counter[str] = Counter()
        self._most: Counter[str] = Counter()
        self._size = max(1, len(asked))
        for one in asked:
            words = set(_words(one.masked))
            self._all.update(words)
            for path in _leading(one):
                self._totals[path] += 1
                self._frames[path][" ".join(_words(one.masked))] += 1
                self._words[path].update(words)
        for counts in self._words.values():
            for word, count in counts.items():
                self._most[word] = max(self._most[word], count)

    def best(self, one: _Asked) -> Relations | None:
        """Return the path that a question is about, None if none is sure."""
        scored = [(self._score(one, path), self._totals[path], path) for path in _leading(one)]
        score, _, path = max(scored, default=(0, 0, ()))
        return path if score > 0 else None

    def _score(self, one: _Asked, path: Relations) -> int:
        """Return how many questions with the path share a telling word, or the whole frame; 0 if too few."""
        telling = [self._support(path, word) for word in set(_words(one.masked)) - FRAME_WORDS]
        if not telling:
            frame = self._frames[path][" ".join(_words(one.masked))]
            return frame if frame >= USUAL else 0
        return max(telling)

    def _support(self, path: Relations, word: str) -> int:
        """Return how many questions of the path have the word, 0 unless it tells the path from others."""
        seen = self._words[path][word]
        lift = (seen / self._totals[path]) / (self._all[word] / self._size)
        return seen if seen >= USUAL and lift >= LIFT and seen >= RIVAL * self._most[word] else 0


def _leading(one: _Asked) -> list[Relations]:
    """Return the paths that give the most answers, if those are at least half of the answers."""
    top = max(one.paths.values())
    return [path for path, count in one.paths.items() if count == top] if 2 * top >= one.answers else []


def _words(masked: str) -> list[str]:
    return re.findall(r"\[mask\]|\w+", masked.lower())


def grail_qa(folder: Path) -> Iterator[tuple[str, Example]]:
    """Yield (question, example) of GrailQA's questions that are a chain of one or two relations from one entity.

    Args:
        folder: The set's folder; an absent file counts as empty.

    Raises:
        InputError: If a file is damaged or not in its published form.
    """
    path = folder / "tog_grailqa_1000.json"
    with as_published(path):
        for one in read_json(path):
            if one["function"] == "none":
                yield from _grail_examples(one)


def _grail_examples(one: Mapping[str, Any]) -> Iterator[tuple[str, Example]]:
    nodes = {node["nid"]: node for node in one["graph_query"]["nodes"]}
    given = [number for number, node in nodes.items() if node["node_type"] != "class"]
    if len(given) != 1 or nodes[given[0]]["node_type"] != "entity":
        return
    target = next(number for number, node in nodes.items() if node["question_node"])
    steps = _walk(given[0], target, one["graph_query"]["edges"])
    masked = mask_name(one["question"], nodes[given[0]]["friendly_name"])
    if masked and steps and all(node.get("function", "none") == "none" for node in nodes.values()):
        names = [(split_name(relation.replace(".", "/")), forward) for relation, forward in steps]
        noun = nodes[target]["friendly_name"].lower()
        hops = [Hop(name, forward, kind_of(name) if forward else "entity") for name, forward in names]
        last = Hop(hops[-1].name, hops[-1].forward, hops[-1].kind, noun)
        yield one["question"], Example(masked, (*hops[:-1], last), "en", "freebase")


def _walk(place: int, target: int, edges: Sequence[Mapping[str, Any]]) -> list[tuple[str, bool]]:
    """Return the relations from the entity to the answers, none unless all edges are one chain of at most two."""
    left, steps = list(edges), []
    while left and len(edges) <= 2:
        here = [edge for edge in left if place in (edge["start"], edge["end"])]
        if len(here) != 1:
            return []
        forward = here[0]["start"] == place
        steps.append((str(here[0]["relation"]), forward))
        place = here[0]["end"] if forward else here[0]["start"]
        left.remove(here[0])
    return steps if place == target else []
