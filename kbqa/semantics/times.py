"""When things are: which relations lead to dates and years, which of them tell a beginning, an end, or what is due."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from kbqa.semantics.form import Follow, Form, Step
from kg.schema import PredicateProfile
from kg.text import readable
from kg.types import XSD, Iri

if TYPE_CHECKING:
    from kbqa.semantics.shape import Shape

__all__ = ["Times"]

_YEAR = re.compile(r"\byear\b|年", re.IGNORECASE)
_FULL_YEAR, _LAST_YEAR = 1000, 2200
_DUE = re.compile(
    r"\b(?:due|deadline|end|ends|until|expected|planned|expir\w*|return\w*)\b|到期|应还|截止|预计|结束", re.I
)
_EXPECTED = re.compile(
    r"\b(?:due|deadline|expected|planned|scheduled)\b|应还|截止|到期|预计|计划", re.IGNORECASE
)
_TIME = re.compile(
    r"\b(?:year|date|time|day|month|season|since|period|era|when|born|died|founded|built|opened)\b|年|日期|时间|时代|朝代",
    re.IGNORECASE,
)
_BEGAN = re.compile(
    r"\b(?:start\w*|begin\w*|began|from|since|birth|born|opened|opening|founded|admitted|checked in)\b|起始|开始|生年|出生|入院|入职",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"\b(?:end\w*|until|till|to|death|died|closed|closing|dissolved|discharged|checked out)\b|结束|终止|截止|卒年|去世|逝世|出院|离职",
    re.IGNORECASE,
)


class Times:
    """Knows the dates and years of a graph's things by their profiles."""

    def __init__(
        self, profiles: Mapping[Iri, PredicateProfile], steps_of: Callable[[Shape], Iterable[Step]]
    ) -> None:
        """Prepare for one graph.

        Args:
            profiles: Of the predicates that questions can ask for.
            steps_of: Gives the steps that instances of some of a shape's classes take.
        """
        self._profiles = profiles
        self._steps_of = steps_of

    def dates(self, shape: Shape) -> list[Step]:
        """Return the steps that lead to dates of events, in an order that stays the same."""
        steps = sorted(
            (step for step in self._steps_of(shape) if step.forward), key=lambda step: step.predicate.value
        )
        return list(filter(self.is_time, steps))

    def last(self, shape: Shape) -> list[Step]:
        """Return the dates of events that some of them lack, as loans lack the day of return while they last."""
        counts = {step: self._profiles[step.predicate].count for step in self.dates(shape)}
        return [step for step, count in counts.items() if count < max(counts.values())]

    def due(self, shape: Shape) -> list[Step]:
        """Return the dates by which something should have happened to events or other things."""
        return [step for step in self.dates(shape) if _EXPECTED.search(readable(step.predicate.value))]

    def span(self, shape: Shape) -> tuple[Step, Step] | None:
        """Return the steps to when something began and when it ended, None where it has not just one of each."""
        dates = self.dates(shape)
        first = [step for step in dates if _BEGAN.search(readable(step.predicate.value))]
        last = [step for step in dates if _ENDED.search(readable(step.predicate.value))]
        return (first[0], last[0]) if len(first) == len(last) == 1 and first != last else None

    def first(self, shape: Shape) -> list[Step]:
        """Return the dates on which events may have begun: not those that some lack, nor what they are due on."""
        over = self.last(shape)
        dates = [step for step in self.dates(shape) if step not in over]
        begun = [step for step in dates if not _DUE.search(readable(step.predicate.value))]
        return begun or dates

    def may_be_year(self, step: Step) -> bool:
        """Return whether the numbers that a step leads to may be years, by the examples of its relation."""
        values = [value for _, value in self._profiles[step.predicate].examples] if step.forward else []
        years = [int(value) for value in values if value.isdecimal()]
        called = _YEAR.search(readable(step.predicate.value)) is not None
        recent = len(years) if called else sum(year >= _FULL_YEAR for year in years)
        return len(years) == len(values) and max(years, default=0) <= _LAST_YEAR and 2 * recent >= len(years)

    def is_time(self, step: Step) -> bool:
        """Return whether a step leads to dates, or numbers that may be years."""
        return self._profiles[step.predicate].kind == "date" or self.may_be_year(step)

    def is_called_time(self, step: Step) -> bool:
        """Return whether a step leads to dates or years, or is called as what does: "release year"."""
        return self.is_time(step) or _TIME.search(readable(step.predicate.value)) is not None

    def is_of_days(self, form: Form) -> bool:
        """Return whether a form leads to days, which are no answer to "what time"."""
        if not isinstance(form, Follow) or not form.step.forward:
            return False
        profile = self._profiles[form.step.predicate]
        return profile.kind == "date" and all(name == XSD + "date" for name, _ in profile.range)
