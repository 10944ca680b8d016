"""The verbs of a question that speak of a graph's events, and the words that say when these are over."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from kbqa.parsing.language import tokenize
from kbqa.parsing.verbs import EVENTS, GROUPS, PEOPLE, Occasion
from kbqa.semantics.form import Step
from kbqa.semantics.nodes import EventBody, LateBody, Node, NowBody, tokens_in
from kbqa.semantics.remember import Remembered
from kbqa.semantics.sets import in_order
from kbqa.semantics.shape import Shape, Shapes
from kbqa.semantics.untyped import relation_to
from kbqa.types import ParsedQuestion
from kg.names import Names
from kg.text import has_cjk, readable
from kg.types import Iri

__all__ = ["HOW_MUCH", "HOW_OFTEN", "IN_ALL", "EventWords"]

_VERB = 0.8
_REMEMBERED = 4_096  # classes and relations
_MOST_CLASSES = 500
_BETWEEN = 3  # words between a verb and its particle
_STEM = 4  # letters that "perform" and "performance" share at least
_IS_NOW = 0.3
_DOERS = ("er", "or", "ee", "ist")  # "rider", "visitor", "trainee", "cyclist"
_DOERS_ZH = tuple("人者员师生手")  # 诗人, 学者, 队员, 厨师, 学生, 歌手
_NO_DOERS_ZH = ("机器人", "法人", "人手", "把手", "扶手")
_NO_DOERS = frozenset(
    "number order paper letter water weather winter summer center centre tower computer server container printer "
    "router sensor motor monitor tractor color floor door matter folder header chapter quarter character river "
    "semester committee fee coffee degree list waist paper poster ticker counter cluster cylinder transfer".split()
)
_WITH_DOERS = frozenset(("by", "for", "to", "from"))  # "reserved by", "made out to"
_AMOUNTS = frozenset(("quantity", "qty", "units", "pieces", "copies", "数量", "件数", "份数"))
_MONEY = frozenset(
    "amount price fee cost charge value total sum money revenue budget donation payment 金额 总额 总价 价格 费用 原值 价值".split()
)
HOW_MUCH = re.compile(r"\bhow much\b|多少(?:钱|元|美元|块)", re.IGNORECASE)
"""Words that ask for an amount of money, or of another mass."""
HOW_OFTEN = re.compile(r"\bhow (?:many times|often)\b|几[次回]|多少[次回]", re.IGNORECASE)
"""Words that count events themselves."""
IN_ALL = re.compile(
    r"\b(?:add(?:s|ed|ing)?(?: \w+){0,2} up|between them|in total|in all|altogether|all together|so far|overall|total|combined|together)\b|总共|一共|共有|合计|总计|全部加起来",
    re.IGNORECASE,
)
"""Words that ask for the sum of what several things state."""
_SIDES = (
    ("home", "away"),
    ("buyer", "seller"),
    ("winner", "loser"),
    ("sender", "recipient"),
    ("主队", "客队"),
    ("买方", "卖方"),
)
_TIMES = frozenset(
    "year date day month season edition period era century decade semester term session 年 年份 届 时期 时代 朝代 学期 季度".split()
)
_NOW = re.compile(
    r"\b(?:now|currently|at the moment|at present|presently|right now|still|these days)\b|现在|目前|如今|眼下|还在|正在",
    re.IGNORECASE,
)
_IS_LATE = 0.6
_LATE = re.compile(
    r"\b(?P<late>(?:too )?late|overdue|behind schedule|after (?:the|its|their) (?:due date|deadline))\b|"
    r"\b(?:on time|in time|on schedule|punctually|before (?:the|its|their) (?:due date|deadline))\b|"
    r"(?P<zh>逾期|超期|迟了|晚了|延期)|(?:按时|按期|准时)",
    re.IGNORECASE,
)
_CHINESE = re.compile("|".join(sorted(filter(has_cjk, EVENTS), key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class _Event:
    """A class of events with the words of its names, of its ties' own names, and of what stands at their ends."""

    shape: Shape
    called: frozenset[str]
    ties: Mapping[Iri, frozenset[str]]
    ends: Mapping[Iri, frozenset[str]]
    amount: Step | None

    def agent(self, nouns: Sequence[str] = ()) -> Iri | None:
        """Return the tie that leads to who does a deed, by what these are called, likeliest first, or else to the only ones called as people are."""
        for words in (self.ties, self.ends):
            for noun in nouns:
                found = [tie for tie in words if noun in words[tie]]
                if len(found) == 1:
                    return found[0]
        people = [tie for tie in self.ties if any(map(_is_person, self.ties[tie] | self.ends[tie]))]
        return people[0] if len(people) == 1 else None

    def derived(self, verb: str) -> Iri | None:
        """Return the tie that is called by who does what a verb says: the borrower, "reserved by"."""
        found = (tie for tie, words in self.ties.items() if _is_stem(verb, words))
        return next(found, None)


class EventWords:
    """Finds the verbs of a question that speak of a graph's events."""

    def __init__(self, shapes: Shapes, names: Names) -> None:
        """Prepare for one graph."""
        self._shapes = shapes
        self._names = names
        self._known: list[_Event] | None = None
        self._called: Remembered[str, frozenset[str]] = Remembered(_REMEMBERED)

    def find(self, parsed: ParsedQuestion) -> Iterator[Node]:
        """Yield the verbs that speak of events, each with the events that it may mean, and the words for now."""
        known = self._events()
        if not known:
            return
        counted = parsed.expects == "number" and not HOW_OFTEN.search(parsed.text)
        for start, end, tokens, word, occasion in _said(parsed):
            nouns = occasion.nouns if occasion else ()
            # "play" speaks of matches, where a graph has such, and not of all that has a player
            meant = [event for event in known if event.called.intersection(nouns)] or known
            for event in meant:
                if event.called.intersection(nouns) or _is_stem(word, event.called):
                    agent = event.agent(occasion.agents) if occasion else None
                elif (agent := event.derived(word)) is None:
                    continue
                amount = event.amount if counted else None
                over = occasion is not None and occasion.over
                body = EventBody(event.shape, agent, amount, over=over)
                yield Node(start, end, body, _VERB, tokens, _VERB)
        for now in _NOW.finditer(parsed.text):
            yield Node(now.start(), now.end(), NowBody(), _IS_NOW, tokens_in(parsed, now.start(), now.end()))
        for said in _LATE.finditer(parsed.text):
            tokens = tokens_in(parsed, said.start(), said.end())
            yield Node(
                said.start(), said.end(), LateBody(bool(said["late"] or said["zh"])), _IS_LATE, tokens, _VERB
            )

    def agent(self, shape: Shape) -> Iri | None:
        """Return the tie of events that leads to people, None where none does, or several."""
        return next((event.agent() for event in self._events() if shape.classes <= event.shape.classes), None)

    def money(self, shape: Shape) -> Step | None:
        """Return the step from some things to the amount of money that is stated of them, None where none is, or several are."""
        numbers = (
            step
            for step in in_order(shape.steps)
            if step.forward and self._shapes.after(step).kind == "number"
        )
        found = [step for step in numbers if not self._words_of(step.predicate.value).isdisjoint(_MONEY)]
        return found[0] if len(found) == 1 else None

    def are_people(self, cls: str) -> bool:
        """Return whether a class is called as people are."""
        return any(map(_is_person, self._words_of(cls)))

    def are_agents(self, cls: str) -> bool:
        """Return whether a class is called as people are, or as those that act as people do: companies, teams, countries."""
        return self.are_people(cls) or not self._words_of(cls).isdisjoint(GROUPS)

    def are_times(self, classes: Collection[str]) -> bool:
        """Return whether some class is called as times are: "edition", "season"."""
        return any(not self._words_of(cls).isdisjoint(_TIMES) for cls in classes)

    def opposed(self, predicates: Iterable[Iri], said: Collection[str]) -> bool:
        """Return whether some relations are of two sides, "home" and "away", of which a question does not say both."""
        called = [self._words_of(predicate.value) for predicate in predicates]
        return any(
            any(one in names for names in called)
            and any(other in names for names in called)
            and not (one in said and other in said)
            for one, other in _SIDES
        )

    def _words_of(self, iri: str) -> frozenset[str]:
        """Return what `_words` does of one thing, remembered: every question asks it of many."""
        found = self._called.get(iri)
        if found is None:
            found = self._words([iri])
            self._called.put(iri, found)
        return found

    @cached_property
    def knows_people(self) -> bool:
        """Whether a class of the graph, of very many one of the largest, is called as people are."""
        return any(map(self.are_people, islice(self._shapes.classes, _MOST_CLASSES)))

    def _events(self) -> list[_Event]:
        if self._known is None:
            self._known = [self._event(shape) for shape in self._shapes.events()]
        return self._known

    def _event(self, shape: Shape) -> _Event:
        ties = self._shapes.ties(shape)
        numbers = [step for step in in_order(shape.steps) if self._shapes.after(step).kind == "number"]
        return _Event(
            shape,
            self._words(shape.classes),
            {tie.predicate: self._words([tie.predicate.value]) for tie in ties},
            {tie.predicate: self._words(self._shapes.after(tie).classes) for tie in ties},
            next((step for step in numbers if self._words([step.predicate.value]) & _AMOUNTS), None),
        )

    def _words(self, iris: Collection[str]) -> frozenset[str]:
        """Return the names of some things in small letters, and the words of these that are not Chinese."""
        named = [relation_to(Iri(iri)) or Iri(iri) for iri in iris]
        texts = {readable(iri.value) for iri in named} | {
            name.text for iri in named for name in self._names.of(iri)
        }
        words = {text.lower() for text in texts}
        for text in texts:
            if not has_cjk(text):
                words |= {token.lemma for token in tokenize(text, "en") if not token.function}
        return frozenset(words)


def _said(parsed: ParsedQuestion) -> Iterator[tuple[int, int, frozenset[int], str, Occasion | None]]:
    """Yield the stretches and tokens of a question that may be verbs of events, with what the lexicon says of them."""
    if parsed.language == "zh":
        for found in _CHINESE.finditer(parsed.text):
            tokens = tokens_in(parsed, found.start(), found.end())
            yield found.start(), found.end(), tokens, found.group(), EVENTS[found.group()]
        return
    for number, token in enumerate(parsed.tokens):
        if token.function:
            continue
        near = [one.text for one in parsed.tokens[number + 1 : number + 2 + _BETWEEN]]
        particle = next((place for place, text in enumerate(near) if f"{token.lemma} {text}" in EVENTS), None)
        if particle is None:
            yield token.start, token.end, frozenset({number}), token.lemma, EVENTS.get(token.lemma)
        else:
            # "bring books back": the verb stands where its first word does
            end = parsed.tokens[number + 1].end if particle == 0 else token.end
            said = frozenset({number, number + 1 + particle})
            yield token.start, end, said, token.lemma, EVENTS[f"{token.lemma} {near[particle]}"]


def _is_person(word: str) -> bool:
    if has_cjk(word):
        return word in PEOPLE or (
            len(word) > 1 and word.endswith(_DOERS_ZH) and not word.endswith(_NO_DOERS_ZH)
        )
    head = word.split(" ")[-1]
    return word in PEOPLE or (head.endswith(_DOERS) and len(head) > _STEM and head not in _NO_DOERS)


def _is_stem(verb: str, names: frozenset[str]) -> bool:
    """Return whether a name is made of a verb ("perform", "performance") and is not the same word.

    >>> _is_stem("perform", frozenset({"performance"})), _is_stem("book", frozenset({"book"}))
    (True, False)
    """
    for name in names:
        behind = name.split()[1:]
        if behind and not set(behind) <= _WITH_DOERS:
            continue  # "faulty equipment" is not who does what "fault" says
        shared = next(
            (place for place, (one, other) in enumerate(zip(verb, name, strict=False)) if one != other),
            min(len(verb), len(name)),
        )
        if name != verb and shared >= max(_STEM, len(verb) - 1) and len(name) - shared >= 2:
            return True
    return False
