"""Parsed and linked question → candidate queries, best first.

A beam over stretches of the question: pieces that name something combine with their neighbours until
one set is left (a floating chart parser in the sense of Pasupat & Liang, ACL 2015). What no words speak
of costs, and so does every word of the question that stays unexplained.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kbqa.parsing.lexicon import LIGHT
from kbqa.semantics.as_asked import DOES, HOW_MANY, THERE_IS, as_asked, is_astray, lasted
from kbqa.semantics.asked import Asked, asked_kind, counted_words, kind_words, lacking, root_class
from kbqa.semantics.compose import Composer
from kbqa.semantics.event_words import HOW_OFTEN, IN_ALL, EventWords
from kbqa.semantics.form import (
    Aggregate,
    Counted,
    Follow,
    Form,
    Members,
    Thing,
    goes_back,
    things,
)
from kbqa.semantics.form_parts import is_askable
from kbqa.semantics.limits import TIMES
from kbqa.semantics.nodes import Node, SetBody
from kbqa.semantics.pieces import Pieces
from kbqa.semantics.shape import Shape, Shapes
from kbqa.semantics.stretches import GLOBAL_CUES
from kbqa.types import AnswerType, ParsedQuestion
from kg.schema import ValueKind
from kg.types import Link

__all__ = ["Candidate", "expected", "find_candidates"]

_BEAM = 24
_MAX_PIECES = 7
# Pieces of one question that are looked at: real questions have up to about 80; the work grows with the square.
_MAX_FOUND = 160
# Operations that are never passed over for free, whatever words say them.
_OPERATIONS = frozenset({"superlative", "aggregate", "arithmetic", "quotient"})
_UNEXPLAINED = 0.5
_UNEXPLAINED_NAME = 0.9
_UNEXPLAINED_KIND = 0.12
_GAP = 0.08
_MAX_GAP = 12
_APART = 1.0  # for what a question does not ask for, however its words are explained
_OTHER_CLASS = 0.6
_BARE = 1.5
_PICTURED = 0.3
# "Who bought it?" asks for no orders.
_EVENT = 2.5
# "How many incidents were there?" counts no services that they hit.
_NAMED_EVENT = 0.3
_ASKS_WHAT = re.compile(r"what\b(?! (?:happened|events?)\b)|什么", re.IGNORECASE)
_ADDED_UP = 0.3
_IS = frozenset(("是", "算", "算是"))
_LIVED = re.compile(
    r"\b(?:how|many|long|years?|old|age|die|died|death|live|lived|last|lasted|stay|stayed|spend|spent|serve|served)\b|"
    r"活[了到]?|多少岁|几岁|享年|终年|[待呆住当做干][了过]?|多少年|几年|多久|多长时间",
    re.IGNORECASE,
)
_TO_DATE = re.compile(r"\b(?:so far|to date|in all|all told|altogether|overall)\b", re.IGNORECASE)
_WHAT_TIME = re.compile(r"\b(?:what|which) time\b|几点", re.IGNORECASE)
_PASSIVE = re.compile(
    r"\bmost[- ](?:\w+ly )?\w+(?:ed|en)\b|\b(?:nobody|no[- ]one|none)(?: \w+){0,2} \w+(?:ed|en)\b|\bun\w+ed\b|"
    r"\b(?:is|are|was|were|been|being|got|gets?)(?:n['’]t)?(?: not| never| ever| yet| \w+ly)* \w+(?:ed|en)\b|被",
    re.IGNORECASE,
)
_INVERSE = re.compile(r"\bwhose\b|谁的|哪个.{1,4}的|哪些.{1,4}的")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A form with what speaks for and against it.

    Attributes:
        form: What the question may ask for.
        shape: What its members are.
        score: Evidence minus costs.
        explained: Share of the question's content words that it explains, in [0, 1].
        weakest: Score of its weakest piece of evidence.
        floating: Relations that no words speak of.
        missing: How many names in the question it passes over.
        unsaid: How many other content words it passes over.
        learnt: Log-likelihood by the learnt matcher, None where that did not take part.
        said: Whether words of the question led to it, and not the learnt matcher alone.
        nearest: Cosine, to what the question asks for, of its relation that is nearest to it, times the weight
            of the matcher: one that was taught this graph is trusted with less.
        fits: Log-odds by the learnt matcher that it says what the question says, 0 where it cannot tell.
        asked: Whether it leads to what the question's own noun asks for, or walks the nouns that hang on its name.
        likeness: How like the names of its relations are to the nouns that the question hangs on its name, the mean over
            these; in [0, 1], and 1 where the question has no such nouns or its words say all of the form.
        linked: How well the name that it starts from fits, in [0, 1]; 1 where the learnt matcher did not take part.
        only: How many of its relations are the only ones that lead from where they begin to what is said of their end.
        tied: Whether its words lead through things that only tie others together, such as loans.
        astray: Whether its members are not what the question asks for: of no class that it names ("which department …"), of
            one that it does not name where it says another noun, orders where it says "who", or no truth where it asks whether.
    """

    form: Form
    shape: Shape
    score: float
    explained: float
    weakest: float
    floating: int
    missing: int = 0
    unsaid: int = 0
    learnt: float | None = None
    said: bool = True
    nearest: float = 1.0
    fits: float = 0.0
    asked: bool = False
    likeness: float = 1.0
    linked: float = 1.0
    astray: bool = False
    tied: bool = False
    only: int = 0


def find_candidates(
    parsed: ParsedQuestion, links: Sequence[Link], *, pieces: Pieces, shapes: Shapes, k: int
) -> list[Candidate]:
    """Return the `k` likeliest forms of a question, best first; none where nothing in it was linked."""
    kinds = {cue.kind for cue in parsed.cues}
    person = parsed.expects == "person"
    composer = Composer(
        shapes,
        pieces.named_by,
        agent_of=pieces.events.agent if person else lambda _: None,
        are_asked=pieces.events.are_people if person else lambda _: True,
        when=parsed.expects == "time",
        ask="ask" in kinds,
        be=not DOES.match(parsed.text),
        inverse=bool(_INVERSE.search(parsed.text)),
        right=parsed.language == "en",
        passive=_PASSIVE.search(parsed.text) is not None,
        possible="count" in kinds or THERE_IS.search(parsed.text) is not None,
        in_all=HOW_MANY.search(parsed.text) is not None and IN_ALL.search(parsed.text) is not None,
    )
    found, topics = pieces.find(parsed, links)
    nodes = _beam(parsed, found, composer)
    weights = _weights(parsed, links, topics)
    asked = asked_kind(parsed, links, shapes.taxonomy)
    done = [
        _finished(node, node.body, parsed, weights, asked, shapes, pieces.events)
        for node in nodes
        if isinstance(node.body, SetBody) and is_askable(node.body.form) and not goes_back(node.body.form)
    ]
    best: dict[Form, Candidate] = {}
    for candidate in sorted(done, key=lambda candidate: -candidate.score):
        if not _is_of_others(candidate):
            best.setdefault(candidate.form, candidate)
    return list(best.values())[:k]


def _is_of_others(candidate: Candidate) -> bool:
    """Return whether a calculation over all things passes over the name of one: "the average area of Peru"."""
    return isinstance(candidate.form, Aggregate) and candidate.missing > 0 and not any(things(candidate.form))


def _beam(parsed: ParsedQuestion, pieces: list[Node], composer: Composer) -> list[Node]:
    """Return all stretches found, made of one piece up to `_MAX_PIECES`."""
    best = sorted(pieces, key=lambda piece: -piece.score)[:_MAX_FOUND]
    levels: list[list[Node]] = [[], best]
    for size in range(2, _MAX_PIECES + 1):
        made: list[Node] = []
        for left_size in range(1, size):
            made.extend(_combined(parsed, levels[left_size], levels[size - left_size], composer))
        levels.append(_pruned(made))
        if not made and size > 3:
            break
    whole = [node for level in levels for node in level]
    whole += [made for node in whole for made in composer.implied(node)]
    bare = [node for node in whole if isinstance(node.body, SetBody) and isinstance(node.body.form, Thing)]
    return [*whole, *_floated(bare, composer)]


def _floated(bare: list[Node], composer: Composer) -> Iterable[Node]:
    for node in sorted(bare, key=lambda node: -node.score)[:4]:
        yield from composer.floated(node)


def _combined(
    parsed: ParsedQuestion, lefts: list[Node], rights: list[Node], composer: Composer
) -> Iterable[Node]:
    content = [token for token in parsed.tokens if not token.function]
    starts, ends = [token.start for token in content], [token.end for token in content]
    for left in lefts:
        for right in rights:
            if left.end <= right.start:
                gap = max(0, bisect_right(ends, right.start) - bisect_left(starts, left.end))
                if gap > _MAX_GAP:
                    continue
                between = parsed.text[left.end : right.start].strip(" -,，").lower()
                for node in composer.combine(left, right, between):
                    yield replace(node, score=node.score - _GAP * gap) if gap else node


def _pruned(nodes: Iterable[Node]) -> list[Node]:
    """Keep the best of equal meanings, then the best for each stretch, then the best of all."""
    best: dict[tuple[int, int, object], Node] = {}
    for node in nodes:
        meaning = node.body.form if isinstance(node.body, SetBody) else node.body
        key = (node.start, node.end, meaning)
        if key not in best or node.score > best[key].score:
            best[key] = node
    ranked = sorted(best.values(), key=lambda node: -node.score)
    kept: list[Node] = []
    taken: Counter[tuple[int, int]] = Counter()
    for node in ranked:
        taken[node.start, node.end] += 1
        if taken[node.start, node.end] <= _BEAM // 3:
            kept.append(node)
    return kept[: 3 * _BEAM]


def _weights(parsed: ParsedQuestion, links: Sequence[Link], topics: frozenset[int]) -> dict[int, float]:
    """Return what each content word costs if it stays unexplained, by the word's number."""
    silent = [
        (cue.start, cue.end) for cue in parsed.cues if cue.kind in GLOBAL_CUES or cue.kind in {"and", "or"}
    ]
    silent += [found.span() for found in _TO_DATE.finditer(parsed.text)]
    if lasted(parsed):
        silent += [found.span() for found in _LIVED.finditer(parsed.text)]
    starts = kind_words(parsed)
    mentions = [link.mention for link in links if link.candidates[0].how == "exact"]
    negations = [cue for cue in parsed.cues if cue.kind == "negation"]
    # "When was it last updated?" asks for the one date that is stated.
    timely = parsed.expects == "time"
    operations = [
        cue for cue in parsed.cues if cue.kind in _OPERATIONS and not (timely and set(cue.nouns) & TIMES)
    ]
    weights = {}
    for number, token in enumerate(parsed.tokens):
        said = any(start <= token.start < end for start, end in silent)
        negates = any(cue.start <= token.start < cue.end for cue in negations)
        operates = any(cue.start <= token.start < cue.end for cue in operations)
        if said or (token.function and not (negates or operates) and not _is_name(parsed, number)):
            continue
        before_class = _before_class(parsed, links, number)
        topic = number in topics and _is_topic(parsed, number) and not before_class
        asks = token.start in starts and not before_class
        if asks or topic or token.lemma in LIGHT:
            weights[number] = _UNEXPLAINED_KIND
        elif (
            negates
            or operates
            or _is_name(parsed, number)
            or any(mention.start <= token.start < mention.end for mention in mentions)
        ):
            weights[number] = _UNEXPLAINED_NAME
        elif parsed.expects == "image":
            # "the flag of": what the picture shows is looked for in captions, not in relations.
            weights[number] = _UNEXPLAINED_KIND
        else:
            weights[number] = _UNEXPLAINED
    return weights


def _before_class(parsed: ParsedQuestion, links: Sequence[Link], number: int) -> bool:
    """Return whether the next word names a class: this one then says which of its members are meant."""
    following = parsed.tokens[number + 1].start if number + 1 < len(parsed.tokens) else -1
    return any(
        link.mention.start <= following < link.mention.end and link.candidates[0].kind == "class"
        for link in links
    )


def _is_topic(parsed: ParsedQuestion, number: int) -> bool:
    """Return whether a word may say what all is about: "film" may, neither a name nor a verb does ("backed up")."""
    token = parsed.tokens[number]
    if parsed.expects == "boolean":
        last = all(other.function for other in parsed.tokens[number + 1 :])
        if last or (number and parsed.tokens[number - 1].text in _IS):
            return False  # "are they classmates?" and 是老乡吗 ask just that
    return not _is_name(parsed, number) and (token.text == token.lemma or token.text.endswith("s"))


def _is_name(parsed: ParsedQuestion, number: int) -> bool:
    token = parsed.tokens[number]
    return number > 0 and parsed.text[token.start].isupper() and not token.function


def _finished(
    node: Node,
    body: SetBody,
    parsed: ParsedQuestion,
    weights: dict[int, float],
    asked: Asked,
    shapes: Shapes,
    words: EventWords,
) -> Candidate:
    unexplained = sum(weight for number, weight in weights.items() if number not in node.tokens)
    total = sum(weights.values()) or 1.0
    form, shape = body.form, body.shape
    year = parsed.expects != "time" or not isinstance(form, Follow) or shapes.times.may_be_year(form.step)
    score = node.score - unexplained + expected(parsed.expects, shape.kind, year=year)
    passed = [weight for number, weight in weights.items() if number not in node.tokens]
    unsaid = passed.count(_UNEXPLAINED)
    astray = asked.is_other(shape)
    # "Which works …?" asks for no artists, which no word of it names, where they only have what it asks about.
    assumed = root_class(form)
    unnamed = assumed is not None and assumed not in asked.named
    apart = unnamed and (unsaid > 0 or bool(asked.words - node.tokens))
    score -= (_UNEXPLAINED - _UNEXPLAINED_KIND) * apart + _OTHER_CLASS * astray
    form, shape, change = as_asked(form, shape, parsed, shapes, words, said=not node.floating)
    score += change
    if isinstance(form, Thing):
        score += _PICTURED if parsed.expects == "image" else -_BARE
    elif isinstance(form, Members) or not list(things(form)):
        score -= 0.1
    if parsed.expects == "person" and not asked.cls and shapes.is_event(shape):
        score, apart = score - _EVENT, True
    if _ASKS_WHAT.match(parsed.text) and not asked.named and shapes.is_event(shape):
        score -= _EVENT / 2  # nor does "what helps against mildew?" ask for trials
    passed_by = shapes.passed(form)
    if isinstance(form, Counted | Follow) and passed_by & {cls.value for cls in asked.named}:
        score -= _NAMED_EVENT
    # "Who has not paid the fine?" asks for no fines, "which branches have it?" for branches.
    if (
        assumed is not None
        and not unnamed
        and parsed.expects == "person"
        and not words.are_people(assumed.value)
    ):
        apart = True
    # "Which datasets were updated in May?" asks for no day, "which country's area" for one.
    values = isinstance(form, Follow) and asked.by_which
    apart = apart or (asked.is_other(shape) and (values or not asked.said & node.tokens))
    # "Which teams have not signed anyone?" says it of teams.
    apart = apart or (asked.denied and any(cls not in asked.within for cls in lacking(form)))
    if isinstance(form, Counted):
        apart = apart or not node.tokens & (counted_words(parsed) or node.tokens)
        apart = apart or (asked.counted and asked.is_other(body.shape))
        # "How many times" counts what happened, and not who was there.
        often = HOW_OFTEN.search(parsed.text) is not None and bool(passed_by)
        apart = apart or (often and not shapes.is_event(body.shape))
    apart = apart or is_astray(form, shape, parsed, tied=bool(passed_by) or shapes.is_event(shape))
    # An amount of orders is no weight of who gave them: a word that is so unlike it does not say that it is added up.
    apart = apart or (isinstance(form, Aggregate) and node.floating > 0 and node.weakest < _ADDED_UP)
    apart = apart or (_WHAT_TIME.search(parsed.text) is not None and shapes.times.is_of_days(form))
    return Candidate(
        form,
        shape,
        score - _APART * apart,
        1.0 - unexplained / total,
        node.weakest,
        node.floating,
        missing=passed.count(_UNEXPLAINED_NAME),
        unsaid=unsaid + apart,
        astray=astray or apart,
        tied=bool(passed_by),
    )


def expected(expects: AnswerType, kind: ValueKind, *, year: bool = True) -> float:
    """Return what speaks for answers of a kind, or against them, given what the question asks for.

    Args:
        expects: What it asks for.
        kind: Of the answers.
        year: Whether numbers among them may be years.
    """
    match expects:
        case "number":
            return 0.2 if kind == "number" else 0.0 if kind == "entity" else -0.4
        case "time":
            return 0.3 if kind == "date" else 0.1 if kind == "number" and year else -0.3
        case "person" | "place":
            return -0.5 if kind in {"number", "date", "boolean"} else 0.0
        case "boolean":
            return 0.4 if kind == "boolean" else -0.6
        case _:
            return -0.6 if kind == "boolean" else 0.0
