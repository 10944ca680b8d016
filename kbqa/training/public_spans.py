"""Finds the entity's name in questions that only say which relation they ask for, from what the questions share.

Questions about one relation share their words and differ in their names: "where was … born". A bigram model of the
words around the name, for each relation and for all, and a unigram model of the words in names are estimated in
turns from each other (hard EM); a span is as likely as the model finds the words around and inside it.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kbqa.training.examples import MASK

__all__ = ["Asked", "Span", "find_names"]

ROUNDS = 3
RARE, RARE_IN_ALL = 0.03, 0.02  # share of the topics that have a word, below which it may belong to a name
LONGEST = 9  # tokens of a name
BACKGROUND = 1e-6  # probability of a token never seen around a name
NEW_WORD = 1 / 20_000  # probability of a token never seen in a name
WEIGHTS = (0.55, 0.2, 0.2, 0.05)  # bigrams of the relation, of all; words of the relation, of all
START, END = "<s>", "</s>"
EDGES = frozenset('?,;:-/&+*=…"“”')  # no name starts or ends with these
NEVER_FIRST = frozenset(
    "is was are did does do has have had be been that which whose who whom where when how titled called named labeled "
    "labelled considered categorized known belongs demonstrates your working athlete uses used by from of in at on for to his her their".split()
)
NEVER_LAST = frozenset(
    "is was are did does do has have had be been that which whose who the a an of by for to from his her their hold "
    "holds sing sings play plays perform performs author belong considered categorized known as wrote made originally "
    "executed sign signed use uses shot hard had also sang run grow grew up lived live".split()
)
UNFINISHED = (("did",), ("does",), ("do",))  # a question goes on after the name that these words start
YEAR = re.compile(r"(1[89]|20)\d\d")
TOKEN = re.compile(r"'s\b|’s\b|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, an id of the relation that it asks for and an id of the entity that it names."""

    question: str
    relation: str
    topic: str


@dataclass(frozen=True, slots=True)
class Span:
    """Where the name stands in the question, in characters, and how probable that is, 0 to 1."""

    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class _Tokens:
    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    relation: str
    topic: str


class _Around:
    """Probabilities of the words around names; words are counted once for each topic."""

    def __init__(self, sequences: Iterable[tuple[str, str, Sequence[str]]]) -> None:
        """Count (relation, topic, words) sequences."""
        seen: set[tuple[str, str, str, str]] = set()
        for relation, topic, words in sequences:
            seen.update((relation, topic, first, second) for first, second in pairwise((START, *words, END)))
        self._pairs = Counter((relation, first, second) for relation, _, first, second in seen)
        self._words: Counter[tuple[str, str]] = Counter()
        self._firsts: Counter[tuple[str, str]] = Counter()
        self._totals: Counter[str] = Counter()
        self._logs: dict[tuple[str, str, str], float] = {}
        for (relation, first, second), topics in list(self._pairs.items()):
            n = topics - 1  # what only one topic shows may be its name
            self._pairs[relation, first, second] = n
            for key in (relation, ""):
                self._words[key, second] += n
                self._firsts[key, first] += n
                self._totals[key] += n
            self._pairs["", first, second] += n

    def log(self, relation: str, first: str, second: str) -> float:
        """Return the log probability that `second` follows `first`."""
        key = (relation, first, second)
        if key not in self._logs:
            self._logs[key] = self._log(*key)
        return self._logs[key]

    def _log(self, relation: str, first: str, second: str) -> float:
        own, every, word, any_word = WEIGHTS
        return math.log(
            BACKGROUND
            + own * self._share(relation, first, second)
            + every * self._share("", first, second)
            + word * self._words[relation, second] / max(1, self._totals[relation])
            + any_word * self._words["", second] / max(1, self._totals[""])
        )

    def _share(self, relation: str, first: str, second: str) -> float:
        return self._pairs[relation, first, second] / max(1, self._firsts[relation, first])


class _Inside:
    """Probabilities of the words in names; a word is counted once for each topic."""

    def __init__(self, names: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Count the words of (topic, words) names."""
        seen = {(topic, word) for topic, words in names for word in words}
        self._words = Counter(word for _, word in seen)
        self._total = max(1, len(seen))

    def log(self, word: str) -> float:
        """Return the log probability of a word in a name."""
        return math.log(0.5 * NEW_WORD + 0.5 * self._words[word] / self._total)


class _Places:
    """How often words stand in names and beside them, in the spans that were found; once for each topic."""

    def __init__(self, questions: Sequence[_Tokens], best: Sequence[tuple[int, int, float] | None]) -> None:
        """Count the words of all questions."""
        inside: set[tuple[str, str]] = set()
        outside: set[tuple[str, str]] = set()
        for question, span in zip(questions, best, strict=True):
            for at, word in enumerate(question.words):
                named = span is not None and span[0] <= at < span[1]
                (inside if named else outside).add((question.topic, word))
        self._inside = Counter(word for _, word in inside)
        self._outside = Counter(word for _, word in outside)

    def odd(self, words: Sequence[str], start: int, end: int) -> bool:
        """Return whether the name starts or ends with a word of questions, or stops short of one of names."""
        edges = (words[start], words[end - 1])
        beside = [words[at] for at in (start - 1, end) if 0 <= at < len(words)]
        alone = words[start] if end - start == 1 else ""
        initial = start > 1 and words[start - 1] == "." and len(words[start - 2]) == 1
        if (
            YEAR.fullmatch(alone)
            or len(alone) in (1, 2)
            or initial
            or words[start] in NEVER_FIRST
            or words[end - 1] in NEVER_LAST
        ):
            return True
        return any(self._of_names(word) < 0.5 for word in edges) or any(
            self._of_names(w) > 0.6 for w in beside
        )

    def _of_names(self, word: str) -> float:
        """Return the share of a word's places that are in names, leaving one of each aside."""
        inside, outside = self._inside[word], self._outside[word]
        return max(inside - 1, 0.5) / (max(inside - 1, 0.5) + max(outside - 1, 0.5))


def find_names(asked: Sequence[Asked]) -> list[Span | None]:
    """Return where each question names its entity, in the order given; None where it has no words.

    Args:
        asked: All questions together: the more there are of a relation, the surer the spans.

    Example:
    >>> born = [Asked(f"where was {name} born", "P19", name) for name in ("ann lee", "bo diddley", "cy twombly")]
    >>> [(asked.question[span.start : span.end]) for asked, span in zip(born, find_names(born)) if span]
    ['ann lee', 'bo diddley', 'cy twombly']
    """
    questions = [_tokens(one) for one in asked]
    best = _rare_runs(questions)
    for _ in range(ROUNDS):
        found = [(q, span) for q, span in zip(questions, best, strict=True) if span]
        around = _Around((q.relation, q.topic, _masked(q.words, span)) for q, span in found)
        inside = _Inside((q.topic, q.words[span[0] : span[1]]) for q, span in found)
        best = [_best(question, around, inside) for question in questions]
    places = _Places(questions, best)
    best = _agreed(questions, best)
    return [_span(question, span, places) for question, span in zip(questions, best, strict=True)]


def _rare_runs(questions: Sequence[_Tokens]) -> list[tuple[int, int, float] | None]:
    """Return each question's longest run of words that few topics of its relation have."""
    topics: defaultdict[str, set[str]] = defaultdict(set)
    holders: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for question in questions:
        topics[question.relation].add(question.topic)
        topics[""].add(question.topic)
        for word in question.words:
            holders[question.relation, word].add(question.topic)
            holders["", word].add(question.topic)
    shares = {key: (len(having) - 1) / len(topics[key[0]]) for key, having in holders.items()}

    def of_names(relation: str, word: str) -> bool:
        return shares[relation, word] < RARE and shares["", word] < RARE_IN_ALL

    return [
        _longest_run([of_names(question.relation, word) for word in question.words]) for question in questions
    ]


def _longest_run(rare: Sequence[bool]) -> tuple[int, int, float] | None:
    ends = [at for at in range(len(rare)) if not rare[at]] + [len(rare)]
    runs = [(end - start - 1, start + 1, end) for start, end in pairwise([-1, *ends])]
    size, start, end = max(runs)
    return (start, end, 1.0) if size else None


def _agreed(
    questions: Sequence[_Tokens], best: Sequence[tuple[int, int, float] | None]
) -> list[tuple[int, int, float] | None]:
    """Return the spans that share a word with another name of their topic, or are its only one."""
    words: defaultdict[str, Counter[str]] = defaultdict(Counter)
    names: Counter[str] = Counter()
    for question, span in zip(questions, best, strict=True):
        if span:
            names[question.topic] += 1
            words[question.topic].update(set(question.words[span[0] : span[1]]) - NEVER_LAST)
    return [
        span
        if span
        and (names[q.topic] == 1 or any(words[q.topic][word] > 1 for word in q.words[span[0] : span[1]]))
        else None
        for q, span in zip(questions, best, strict=True)
    ]


def _tokens(asked: Asked) -> _Tokens:
    found = list(TOKEN.finditer(asked.question))
    words = tuple(match[0].lower() for match in found)
    return _Tokens(words, tuple(match.span() for match in found), asked.relation, asked.topic)


def _masked(words: Sequence[str], span: tuple[int, int, float]) -> list[str]:
    return [*words[: span[0]], MASK, *words[span[1] :]]


def _span(question: _Tokens, span: tuple[int, int, float] | None, places: _Places) -> Span | None:
    if span is None or (
        question.words[span[0] - 1 : span[0]] in UNFINISHED and span[1] >= len(question.words) - 1
    ):
        return None
    start, end, probability = _whole_brackets(question.words, span)
    odd = places.odd(question.words, start, end)
    return Span(question.places[start][0], question.places[end - 1][1], 0.0 if odd else probability)


def _whole_brackets(words: Sequence[str], span: tuple[int, int, float]) -> tuple[int, int, float]:
    """Return the span with the bracket that it lacks, where that stands beside it."""
    start, end, probability = span
    inside = words[start:end]
    if inside.count(")") > inside.count("(") and start and words[start - 1] == "(":
        start -= 1
    if inside.count("(") > inside.count(")") and end < len(words) and words[end] == ")":
        end += 1
    return start, end, probability


def _best(question: _Tokens, around: _Around, inside: _Inside) -> tuple[int, int, float] | None:
    """Return the most probable span in tokens, with its probability among all spans."""
    scores = _scores(question, around, inside)
    if not scores:
        return None
    (start, end), top = max(scores.items(), key=lambda item: (item[1], item[0]))
    return start, end, 1 / sum(math.exp(score - top) for score in scores.values())


def _scores(question: _Tokens, around: _Around, inside: _Inside) -> dict[tuple[int, int], float]:
    words, relation, size = question.words, question.relation, len(question.words)
    padded = (START, *words, END)
    steps = [around.log(relation, first, second) for first, second in pairwise(padded)]
    before = [around.log(relation, padded[at], MASK) for at in range(size)]
    after = [around.log(relation, MASK, padded[at + 1]) for at in range(size + 1)]
    within = [inside.log(word) for word in words]
    left = _sums(steps)  # left[i]: up to and including token i-1
    right = left[-1]
    names = _sums(within)
    scores = {}
    for start in range(size):
        for end in range(start + 1, min(size, start + LONGEST) + 1):
            if words[start] not in EDGES and words[end - 1] not in EDGES:
                outside = left[start] + before[start] + after[end] + right - left[end + 1]
                scores[start, end] = outside + names[end] - names[start]
    return scores


def _sums(values: Sequence[float]) -> list[float]:
    total, sums = 0.0, [0.0]
    for value in values:
        total += value
        sums.append(total)
    return sums
