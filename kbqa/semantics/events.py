"""Things that only tie others together, as orders, loans and performances do, and what verbs say of them.

"Which books has Ana borrowed?" asks for what her loans are of, "who bought it" for the customers of its orders. A verb
stands for the things between: what it is said of is at one of their ends, what is asked for at another (neo-Davidsonian
events: Parsons, "Events in the Semantics of English", 1990).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kbqa.semantics.asked import root_class
from kbqa.semantics.form import (
    Aggregate,
    Both,
    Either,
    Extreme,
    Follow,
    Form,
    HavingCount,
    HavingOwn,
    Lacks,
    Members,
    MostLinks,
    Step,
    Thing,
    back,
)
from kbqa.semantics.nodes import (
    Body,
    CueBody,
    EventBody,
    LateBody,
    LinksBody,
    MostBody,
    NowBody,
    RankedBody,
    SetBody,
    WithoutBody,
)
from kbqa.semantics.sets import FLOATING, Meaning, SetRules, in_order, narrowed_by
from kbqa.semantics.shape import NUMBER, Shape, Shapes
from kbqa.types import Cue
from kg.types import Iri

__all__ = ["EventRules", "summed"]

_ENDS = 0.1  # for what an event ties beside the events themselves: these are what a noun asks for
# Against what stands at another end than who did it, where a verb says that somebody did.
_OTHER_END = 0.3


class EventRules:
    """Combines events with what they tie; yields meanings as `SetRules` does."""

    def __init__(
        self,
        shapes: Shapes,
        sets: SetRules,
        agent_of: Callable[[Shape], Iri | None],
        *,
        when: bool,
        ask: bool,
    ) -> None:
        """Prepare for one question.

        Args:
            shapes: What forms can be members of.
            sets: The rules for sets.
            agent_of: Gives the tie of events that leads to people, if people are asked for.
            when: Whether it is asked when.
            ask: Whether it is asked if something is so: then what never happened to a thing may have.
        """
        self._when = when
        self._ask = ask
        self._shapes = shapes
        self._sets = sets
        self._agent_of = agent_of

    def are(self, source: SetBody, *, whole: bool = False) -> bool:
        """Return whether a set is of some events; with `whole`, all of a class are some, too."""
        named = isinstance(source.form, Thing) or (isinstance(source.form, Members) and not whole)
        return not named and self._shapes.is_event(source.shape)

    def combined(self, one: EventBody | NowBody | LateBody, other: Body) -> Iterator[Meaning]:
        """Combine a verb of events, or words for now, and what stands beside it."""
        match one, other:
            case EventBody(shape), SetBody():
                yield from self.of_thing(one, other)
                if isinstance(other.form, Members) and self._ties_all(shape, other.form.cls):
                    # Where all that is rented are bikes, "rented a bike" says no more than "rented".
                    yield one, 0.0, 0
                if isinstance(other.form, Members) and shape.classes <= other.shape.classes:
                    yield other, 0.0, 0  # nor does "play a match" say more than "match"
            case EventBody(), MostBody(cue) | CueBody(cue):
                yield from self.most(one, cue)
            case EventBody(), RankedBody(cue, predicate):
                yield from self.most(one, cue, Step(predicate, True))
            case NowBody(), EventBody(lasting=False):
                yield replace(other, lasting=True), 0.1, 0
            case NowBody(), SetBody():
                yield from self.lasting(other)
            case LateBody(late), EventBody(shape):
                yield from self.late(SetBody(Members(self.cls(shape)), shape), late=late)
            case LateBody(late), SetBody():
                yield from self.late(other, late=late)
            case _:
                return

    def of_thing(self, event: EventBody, source: SetBody) -> Iterator[Meaning]:
        """Combine "borrowed" and "Ana" to her loans, and to what they are loans of."""
        if source.shape.kind != "entity" or (isinstance(source.form, Members) and not event.lasting):
            return
        if self._are_of_events(source.form, event.shape):
            return  # "the teams of matches at Mill Lane" have other matches, which are not spoken of
        for tie in self._shapes.ties(event.shape):
            may_be = self._ask and back(tie) in self._shapes.of_kin(source.shape)
            if back(tie) not in source.shape.steps and not may_be:
                continue
            events = self._at_end(event, tie, source)
            if event.over:
                yield from self._over(events)
            for found in self._not_over(events) if event.lasting else [events]:
                yield found, 0.0, 0
                yield from self._ends(event, found, tie)
                if event.amount is not None and tie.predicate != event.agent:
                    yield SetBody(Aggregate("sum", found.form, event.amount), NUMBER), _ENDS, 0

    def _are_of_events(self, form: Form, events: Shape) -> bool:
        """Return whether a form is what some events tie."""
        match form:
            case Follow(_, step):
                return step.forward and bool(self._shapes.after(back(step)).classes & events.classes)
            case Both(left, right):
                return self._are_of_events(left, events) or self._are_of_events(right, events)
            case _:
                return False

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
        target = without.target
        if isinstance(target, Members) and self._ties_all(self._shapes.of_members(target.cls), cls):
            yield without, 0.1, 0

    def _ties_all(self, events: Shape, cls: Iri) -> bool:
        """Return whether all that some events have at one of their ends is of a class."""
        return any(self._shapes.are_all(tie, cls) for tie in self._shapes.ties(events))

    def _ends(self, event: EventBody, events: SetBody, near: Step) -> Iterator[Meaning]:
        """Yield what stands at the other ends of events: who did it, where something else is known, is surest."""
        ends = [end for end in self._shapes.ties(event.shape) if end != near]
        for end in ends:
            # Who else plays a team's matches is not who does.
            alike = bool(self._shapes.after(end).classes & self._shapes.after(near).classes)
            agent = end.predicate == event.agent and not alike
            other = event.agent not in {None, near.predicate, end.predicate}
            yield self._sets.follow(events, end), _ENDS - _OTHER_END * other, int(len(ends) > 1 and not agent)

    def late(self, source: SetBody, *, late: bool) -> Iterator[Meaning]:
        """Combine "late" and loans to those whose end is stated and lies behind the day that they were due on."""
        due, over = self._shapes.times.due(source.shape), self._shapes.times.last(source.shape)
        over = [step for step in over if step not in due]
        if len(due) == len(over) == 1 and not isinstance(source.form, Thing):
            form = HavingOwn(source.form, over[0], ">" if late else "<=", due[0])
            yield SetBody(form, source.shape), 0.1, 0

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
        ends = self._shapes.times.last(events.shape)
        if len(ends) == 1:
            yield SetBody(HavingCount(events.form, ends[0], None, ">", 0), events.shape), _ENDS, 0
            if self._when:
                yield self._sets.follow(events, ends[0]), 2 * _ENDS, 0

    def _not_over(self, events: SetBody) -> list[SetBody]:
        return [
            SetBody(Lacks(events.form, end, None), events.shape)
            for end in self._shapes.times.last(events.shape)
        ]

    def most(self, event: EventBody, cue: Cue, amount: Step | None = None) -> Iterator[Meaning]:
        """Combine "taken out" and "the most books" to a comparison of who did it how many times.

        With an amount, as that of "the most hours", it is of what their events amount to.
        """
        counted = amount is None or (
            amount in event.shape.steps and self._shapes.after(amount).kind == "number"
        )
        if event.agent is not None and not cue.nouns and cue.kind == "superlative" and counted:
            yield LinksBody(event.agent, None, cue, amount=amount), 0.1 + 0.2 * (amount is not None), 0

    def most_of(self, cue: Cue, predicate: Iri, source: SetBody) -> Iterator[Meaning]:
        """Combine "the most hours" and "employees", where hours are stated of what ties them."""
        amount = Step(predicate, True)
        if (
            cue.nouns
            or cue.kind != "superlative"
            or amount in source.shape.steps
            or isinstance(source.form, Thing)
        ):
            return
        for near in in_order(source.shape.steps):
            event = self._shapes.after(near)
            if not near.forward and amount in event.steps and self._shapes.is_event(event, back(near)):
                links = MostLinks(source.form, near, None, cue.largest, cue.rank, cue.count, amount)
                yield SetBody(links, source.shape), 0.0, 0

    def of_links(self, links: LinksBody) -> SetBody | None:
        """Return the events that a comparison of who did what most often is about, None where it is about none."""
        event = self._shapes.after(Step(links.predicate, False))
        if links.cue is None or not self._shapes.is_event(event):
            return None
        return SetBody(links.target or Members(self.cls(event)), event)

    def doers(self, links: LinksBody) -> Iterator[SetBody]:
        """Yield all those who may have done most often what a comparison counts, where no word says who they are."""
        if self.of_links(links) is not None:
            for cls in self._shapes.together(sorted(self._shapes.after(Step(links.predicate, True)).classes)):
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
            tying = tie.forward or tie in self._shapes.ties(events.shape)
            if tying and back(tie) in thing.shape.steps and not _has_tie(events.form, tie):
                # "the last fault" of a machine is the last of its faults
                form = narrowed_by(events.form, Follow(thing.form, back(tie)))
                yield SetBody(form, events.shape), 0.1, 0

    def of_kind(self, members: SetBody, events: SetBody) -> Iterator[Meaning]:
        """Combine "which books" and "Ana's loans" to what they are loans of."""
        if isinstance(members.form, Members) and self.are(events):
            ends = [
                self._sets.follow(events, tie)
                for tie in self._shapes.ties(events.shape)
                if not _has_tie(events.form, tie)
            ]
            fitting = [reached for reached in ends if reached.shape.classes & members.shape.classes]
            # A museum that lends and one that borrows: which of them is meant must be said by another word.
            several = len(fitting) > 1
            for reached in fitting:
                for body, change, _ in self._sets.restricted(members, reached):
                    yield body, change + _ENDS - FLOATING * several, int(several)

    def between(self, one: SetBody, other: SetBody) -> Iterator[Meaning]:
        """Combine two things to the events that tie them, where no word speaks of these."""
        for near in self._sets.unsaid(one.shape.steps):
            event = self._shapes.after(near)
            if not self._shapes.is_event(event, back(near)):
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
        # "The earliest work" asks for a work, and not for whom it is of.
        named = root_class(events.form) is not None
        for tie in ends:
            asked = tie.predicate == agent
            change = _ENDS * (1 + asked - 2 * (named and not asked))
            yield self._sets.follow(events, tie), change, int(len(ends) > 1 and not asked)
        if self._when and isinstance(events.form, Extreme) and self._shapes.times.is_time(events.form.step):
            # "When did it last fail?" asks for the date that is the last.
            yield self._sets.follow(events, events.form.step), 3 * _ENDS, 0
            return
        dates = self._shapes.times.dates(events.shape)
        for date in dates if self._when else ():
            yield self._sets.follow(events, date), 0.0, int(len(dates) > 1)


def summed(form: Form, shape: Shape, shapes: Shapes, *, in_all: bool = False) -> Form:
    """Return the sum of what several events state, where a form leads to a number of them: "how many hours".

    Args:
        form: What a question that asks how many leads to.
        shape: Of its members.
        shapes: Of the graph.
        in_all: Whether it says so, "how many tickets in total": then what other things state is summed, too.
    """
    match form:
        case Either(Follow(left, step), Follow(right, other)) if in_all and step == other and step.forward:
            return Aggregate("sum", Either(left, right), step)  # "how many live in A and B together"
    if shape.kind != "number" or not isinstance(form, Follow) or not form.step.forward:
        return form
    if in_all and not isinstance(form.source, Thing):
        return Aggregate("sum", form.source, form.step)
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
