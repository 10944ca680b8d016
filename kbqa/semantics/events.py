"""Things that only tie others together, as orders, loans and performances do, and the verbs that speak of them.

"Which books has Ana borrowed?" asks for what her loans are of, "who bought it" for the customers of its orders. A verb
stands for the things between: what it is said of is at one of their ends, what is asked for at another (neo-Davidsonian
events: Parsons, "Events in the Semantics of English", 1990).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from kbqa.parsing.language import tokenize
from kbqa.parsing.verbs import EVENTS, PEOPLE, Occasion
from kbqa.semantics.form import Aggregate, Both, Follow, Form, HavingCount, Lacks, Members, Step, Thing, back
from kbqa.semantics.nodes import EventBody, LinksBody, Node, NowBody, SetBody, WithoutBody, tokens_in
from kbqa.semantics.sets import FLOATING, Meaning, SetRules, in_order
from kbqa.semantics.shape import NUMBER, Shape, Shapes
from kbqa.types import Cue, ParsedQuestion
from kg.names import Names
from kg.text import has_cjk, readable
from kg.types import Iri

__all__ = ["HOW_OFTEN", "EventRules", "EventWords", "summed"]

_VERB = 0.8
_STEM = 4  # letters that "perform" and "performance" share at least
_IS_NOW = 0.3
_DOERS = ("er", "or", "ee", "ist")  # "rider", "visitor", "trainee", "cyclist"
_NO_DOERS = frozenset(
    "number order paper letter water weather winter summer center centre tower computer server container printer "
    "router sensor motor monitor tractor color floor door matter folder header chapter quarter character river "
    "semester committee fee coffee degree list waist paper poster ticker counter cluster cylinder transfer".split()
)
_AMOUNTS = frozenset(("quantity", "qty", "units", "pieces", "copies", "数量", "件数", "份数"))
HOW_OFTEN = re.compile(r"\bhow (?:many times|often)\b|几次|多少次", re.IGNORECASE)
"""Words that count events themselves."""
_NOW = re.compile(
    r"\b(?:now|currently|at the moment|at present|presently|right now|still|these days)\b|现在|目前|如今|眼下|还在|正在",
    re.IGNORECASE,
)
_CHINESE = re.compile("|".join(sorted(filter(has_cjk, EVENTS), key=len, reverse=True)))
_ENDS = 0.1  # for what an event ties beside the events themselves: these are what a noun asks for
# Against what stands at another end than who did it, where a verb says that somebody did.
_OTHER_END = 0.3


@dataclass(frozen=True, slots=True)
class _Event:
    """A class of events with the words of its names, of its ties' own names, and of what stands at their ends."""

    shape: Shape
    called: frozenset[str]
    ties: Mapping[Iri, frozenset[str]]
    ends: Mapping[Iri, frozenset[str]]
    amount: Step | None

    def agent(self, nouns: Collection[str] = ()) -> Iri | None:
        """Return the tie that leads to who does a deed, by what these are called, or else to the only ones called as people are."""
        for words in (self.ties, self.ends):
            if found := next((tie for tie in words if words[tie].intersection(nouns)), None):
                return found
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

    def find(self, parsed: ParsedQuestion) -> Iterator[Node]:
        """Yield the verbs that speak of events, each with the events that it may mean, and the words for now."""
        known = self._events()
        if not known:
            return
        counted = parsed.expects == "number" and not HOW_OFTEN.search(parsed.text)
        for start, end, word, occasion in _said(parsed):
            for event in known:
                nouns = occasion.nouns if occasion else ()
                if event.called.intersection(nouns) or _is_stem(word, event.called):
                    agent = event.agent(occasion.agents) if occasion else None
                elif (agent := event.derived(word)) is None:
                    continue
                amount = event.amount if counted else None
                over = occasion is not None and occasion.over
                body = EventBody(event.shape, agent, amount, over=over)
                yield Node(start, end, body, _VERB, tokens_in(parsed, start, end), _VERB)
        for now in _NOW.finditer(parsed.text):
            yield Node(now.start(), now.end(), NowBody(), _IS_NOW, tokens_in(parsed, now.start(), now.end()))

    def agent(self, shape: Shape) -> Iri | None:
        """Return the tie of events that leads to people, None where none does, or several."""
        return next((event.agent() for event in self._events() if shape.classes <= event.shape.classes), None)

    def are_people(self, cls: str) -> bool:
        """Return whether a class is called as people are."""
        return any(map(_is_person, self._words([cls])))

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
        texts = {readable(iri) for iri in iris} | {
            name.text for iri in iris for name in self._names.of(Iri(iri))
        }
        words = {text.lower() for text in texts}
        for text in texts:
            if not has_cjk(text):
                words |= {token.lemma for token in tokenize(text, "en") if not token.function}
        return frozenset(words)


def _said(parsed: ParsedQuestion) -> Iterator[tuple[int, int, str, Occasion | None]]:
    """Yield the words of a question that may be verbs of events, with what the lexicon says of them."""
    if parsed.language == "zh":
        for found in _CHINESE.finditer(parsed.text):
            yield found.start(), found.end(), found.group(), EVENTS[found.group()]
        return
    for token, following in pairwise((*parsed.tokens, None)):
        if token is None or token.function:
            continue
        pair = f"{token.lemma} {following.text}" if following else ""
        if following and pair in EVENTS:
            yield token.start, following.end, token.lemma, EVENTS[pair]
        else:
            yield token.start, token.end, token.lemma, EVENTS.get(token.lemma)


def _is_person(word: str) -> bool:
    return word in PEOPLE or (word.endswith(_DOERS) and len(word) > _STEM and word not in _NO_DOERS)


def _is_stem(verb: str, names: frozenset[str]) -> bool:
    """Return whether a name is made of a verb ("perform", "performance") and is not the same word.

    >>> _is_stem("perform", frozenset({"performance"})), _is_stem("book", frozenset({"book"}))
    (True, False)
    """
    for name in names:
        shared = next(
            (place for place, (one, other) in enumerate(zip(verb, name, strict=False)) if one != other),
            min(len(verb), len(name)),
        )
        if name != verb and shared >= max(_STEM, len(verb) - 1) and len(name) - shared >= 2:
            return True
    return False


class EventRules:
    """Combines events with what they tie; yields meanings as `SetRules` does."""

    def __init__(
        self, shapes: Shapes, sets: SetRules, agent_of: Callable[[Shape], Iri | None], *, when: bool
    ) -> None:
        """Prepare for one question.

        Args:
            shapes: What forms can be members of.
            sets: The rules for sets.
            agent_of: Gives the tie of events that leads to people, if people are asked for.
            when: Whether it is asked when.
        """
        self._when = when
        self._shapes = shapes
        self._sets = sets
        self._agent_of = agent_of

    def are(self, source: SetBody, *, whole: bool = False) -> bool:
        """Return whether a set is of some events; with `whole`, all of a class are some, too."""
        named = isinstance(source.form, Thing) or (isinstance(source.form, Members) and not whole)
        return not named and self._shapes.is_event(source.shape)

    def of_thing(self, event: EventBody, source: SetBody) -> Iterator[Meaning]:
        """Combine "borrowed" and "Ana" to her loans, and to what they are loans of."""
        if source.shape.kind != "entity" or (isinstance(source.form, Members) and not event.lasting):
            return
        for tie in self._shapes.ties(event.shape):
            if back(tie) not in source.shape.steps:
                continue
            events = self._at_end(event, tie, source)
            if event.over:
                yield from self._over(events)
            for found in self._not_over(events) if event.lasting else [events]:
                yield found, 0.0, 0
                yield from self._ends(event, found, tie)
                if event.amount is not None and tie.predicate != event.agent:
                    yield SetBody(Aggregate("sum", found.form, event.amount), NUMBER), _ENDS, 0

    def cls(self, events: Shape) -> Iri:
        """Return the class of some events."""
        return self._shapes.together(sorted(events.classes))[0]

    def _at_end(self, event: EventBody, tie: Step, source: SetBody) -> SetBody:
        """Return the events that have some things at an end: all of them, where they all have such things there."""
        cls = self.cls(event.shape)
        if isinstance(source.form, Members) and self._shapes.are_all(tie, source.form.cls):
            return SetBody(Members(cls), event.shape)
        reached = self._sets.follow(source, back(tie))
        alone = reached.shape.classes <= event.shape.classes
        return SetBody(reached.form if alone else Both(Members(cls), reached.form), event.shape)

    def never(self, without: WithoutBody, cls: Iri) -> Iterator[Meaning]:
        """Combine "never rented" and "a bike", where all that is rented are bikes."""
        if isinstance(without.target, Members):
            for tie in self._shapes.ties(self._shapes.of_members(without.target.cls)):
                if self._shapes.are_all(tie, cls):
                    yield without, 0.1, 0

    def _ends(self, event: EventBody, events: SetBody, near: Step) -> Iterator[Meaning]:
        """Yield what stands at the other ends of events: who did it, where something else is known, is surest."""
        ends = [end for end in self._shapes.ties(event.shape) if end != near]
        for end in ends:
            agent = end.predicate == event.agent
            other = event.agent not in {None, near.predicate, end.predicate}
            yield self._sets.follow(events, end), _ENDS - _OTHER_END * other, int(len(ends) > 1 and not agent)

    def lasting(self, source: SetBody) -> Iterator[Meaning]:
        """Combine "now" and events to those that are not over: no end of theirs is stated, as that of others is."""
        if isinstance(source.form, Thing):
            for near in self._sets.unsaid(source.shape.steps):
                if not near.forward and self._shapes.is_event(self._shapes.after(near)):
                    for events, change, _ in self.lasting(self._sets.follow(source, near)):
                        yield events, change - FLOATING, 1
        elif self.are(source):
            for events in self._not_over(source):
                yield events, 0.1, 0

    def _over(self, events: SetBody) -> Iterator[Meaning]:
        """Yield events whose end is stated, and when that was: "when did Ana return it?"."""
        ends = self._shapes.last_dates(events.shape)
        if len(ends) == 1:
            yield SetBody(HavingCount(events.form, ends[0], None, ">", 0), events.shape), _ENDS, 0
            if self._when:
                yield self._sets.follow(events, ends[0]), 2 * _ENDS, 0

    def _not_over(self, events: SetBody) -> list[SetBody]:
        return [
            SetBody(Lacks(events.form, end, None), events.shape)
            for end in self._shapes.last_dates(events.shape)
        ]

    def most(self, event: EventBody, cue: Cue) -> Iterator[Meaning]:
        """Combine "taken out" and "the most books" to a comparison of who did it how many times."""
        if event.agent is not None and not cue.nouns and cue.kind == "superlative":
            yield LinksBody(event.agent, None, cue), 0.1, 0

    def doers(self, links: LinksBody) -> Iterator[SetBody]:
        """Yield all those who may have done most often what a comparison counts, where no word says who they are."""
        step = Step(links.predicate, True)
        if links.cue is not None and self._shapes.is_event(self._shapes.after(back(step))):
            for cls in self._shapes.together(sorted(self._shapes.after(step).classes)):
                yield SetBody(Members(cls), self._shapes.of_members(cls))

    def narrowed(self, events: SetBody, thing: SetBody) -> Iterator[Meaning]:
        """Combine "Ana's loans" and "Dune" to the one that is of it, "when Ana's loans are due" and "Dune" likewise."""
        if isinstance(events.form, Follow) and not self.are(events):
            step = events.form.step
            before = SetBody(events.form.source, self._shapes.after(back(step)))
            if step.forward and self.are(before):
                for body, change, floating in self.narrowed(before, thing):
                    if isinstance(body, SetBody):
                        yield self._sets.follow(body, step), change, floating
            return
        if not self.are(events):
            return
        for tie in in_order(self._shapes.of_kin(events.shape)):
            if tie.forward and back(tie) in thing.shape.steps and not _has_tie(events.form, tie):
                form = Both(events.form, Follow(thing.form, back(tie)))
                yield SetBody(form, events.shape), 0.1, 0

    def of_kind(self, members: SetBody, events: SetBody) -> Iterator[Meaning]:
        """Combine "which books" and "Ana's loans" to what they are loans of."""
        if isinstance(members.form, Members) and self.are(events):
            for tie in self._shapes.ties(events.shape):
                reached = self._sets.follow(events, tie)
                if reached.shape.classes & members.shape.classes and not _has_tie(events.form, tie):
                    for body, change, _ in self._sets.restricted(members, reached):
                        yield body, change + _ENDS, 0

    def between(self, one: SetBody, other: SetBody) -> Iterator[Meaning]:
        """Combine two things to the events that tie them, where no word speaks of these."""
        for near in self._sets.unsaid(one.shape.steps):
            event = self._shapes.after(near)
            if near.forward or not self._shapes.is_event(event, back(near)):
                continue
            for tie in self._shapes.ties(event):
                if tie != back(near) and back(tie) in other.shape.steps:
                    form = Both(Follow(one.form, near), Follow(other.form, back(tie)))
                    yield SetBody(form, event), -FLOATING, 1

    def implied(self, events: SetBody) -> Iterator[Meaning]:
        """Yield what events tie that nothing was said of: "what did Lars buy in 2024"."""
        if not self.are(events):
            return
        ends = [tie for tie in self._shapes.ties(events.shape) if not _has_tie(events.form, tie)]
        agent = self._agent_of(events.shape)
        for tie in ends:
            asked = tie.predicate == agent
            yield self._sets.follow(events, tie), _ENDS * (1 + asked), int(len(ends) > 1 and not asked)
        dates = self._shapes.dates(events.shape)
        for date in dates if self._when else ():
            yield self._sets.follow(events, date), 0.0, int(len(dates) > 1)


def summed(form: Form, shape: Shape, shapes: Shapes) -> Form:
    """Return the sum of what several events state, where a form leads to a number of them: "how many hours".

    Args:
        form: What a question that asks how many leads to.
        shape: Of its members.
        shapes: Of the graph.
    """
    if shape.kind != "number" or not isinstance(form, Follow) or not form.step.forward:
        return form
    if isinstance(form.source, Thing | Members) or not shapes.is_event(shapes.after(back(form.step))):
        return form
    return Aggregate("sum", form.source, form.step)


def _has_tie(form: Form, tie: Step) -> bool:
    """Return whether something was said already of what a tie leads to."""
    match form:
        case Follow(_, step):
            return step == back(tie)
        case Both(left, right):
            return _has_tie(left, tie) or _has_tie(right, tie)
        case _:
            source = getattr(form, "source", None)
            return source is not None and _has_tie(source, tie)
