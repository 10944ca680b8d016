"""A set as a question asks for it: its members, how many there are, what they add up to, or whether there are any."""

from __future__ import annotations

import re

from kbqa.semantics.event_words import HOW_MUCH, HOW_OFTEN, IN_ALL, EventWords
from kbqa.semantics.events import summed
from kbqa.semantics.form import (
    Aggregate,
    Arithmetic,
    Both,
    Counted,
    Exists,
    Follow,
    Form,
    Having,
    HavingCount,
    HavingOwn,
    Lacks,
    Step,
    Thing,
    things,
)
from kbqa.semantics.shape import NUMBER, TRUTH, Shape, Shapes
from kbqa.types import ParsedQuestion

__all__ = ["DOES", "HOW_MANY", "THERE_IS", "as_asked", "is_astray", "is_no_amount", "lasted"]

DOES = re.compile(r"\s*(?:do|does|did|has|have|can)\b", re.IGNORECASE)
HOW_MANY = re.compile(r"\bhow (?:much|many)\b|\btotal number of\b|多少|几[个份次小天]", re.IGNORECASE)
THERE_IS = re.compile(
    r"^(?:is|are|was|were) there\b|^(?:is|are|was|were|do|does|did|has|have) any\b|^有没有|^是否有|^存在|^有(?![多几哪什人谁]).*吗",
    re.IGNORECASE,
)
# "How many reports does Ada have?" does not count whom she reports to.
_COUNTS_ONE = 1.0
_LASTED = 0.3
_HOW_LONG = re.compile(
    r"\bhow (?:long (?=did|was|were|has|had|have)|many years\b)|\b(?:how old|(?:at )?(?:what|which) age)\b(?=.*\b(?:die|died|death)\b)|"
    r"(?<!哪)几年(?!级)|多少年|多久|多长时间|活了|活到|享年|终年",
    re.IGNORECASE,
)
_HAPPENED = re.compile(r"\s*(?:do|does|did|has|have|was|were)\b", re.IGNORECASE)


def lasted(parsed: ParsedQuestion) -> bool:
    """Return whether it is asked how long something lasted or somebody lived.

    >>> from kbqa.parsing.parser import Parser
    >>> from kbqa.types import Question
    >>> [lasted(Parser().parse(Question(text))) for text in ("How old was she when she died?", "How old is she?", "他活了多少岁？")]
    [True, False, True]
    """
    return _HOW_LONG.search(parsed.text) is not None


def as_asked(
    form: Form, shape: Shape, parsed: ParsedQuestion, shapes: Shapes, words: EventWords, *, said: bool
) -> tuple[Form, Shape, float]:
    """Return a form counted, summed or asked whether it has members, where a question asks that, and what speaks for it."""
    change = 0.0
    counts = _counts(parsed, shape)
    if shape.kind == "entity" and _asks_for_any(parsed, form, tied=shapes.is_event(shape)):
        form, shape, change = Exists(form), TRUTH, 1.0
    sums = HOW_MANY.search(parsed.text) is not None and not HOW_OFTEN.search(parsed.text)
    in_all = IN_ALL.search(parsed.text) is not None
    if shape.kind == "entity" and lasted(parsed) and (span := shapes.times.span(shape)) is not None:
        return Arithmetic("years", Follow(form, span[1]), Follow(form, span[0])), NUMBER, _LASTED
    if HOW_MUCH.search(parsed.text) and (
        money := _money(form, shape, shapes, words, said=said, in_all=in_all)
    ):
        return Aggregate("sum", form, money), NUMBER, change
    if sums and (all_of := summed(form, shape, shapes, in_all=in_all)) is not form:
        form, shape = all_of, NUMBER
    if counts and shape.kind in {"entity", "text"}:
        form = form if isinstance(form, Thing) else Counted(form)
        change -= _COUNTS_ONE * shapes.has_one(form)
    return form, shape, change


def _money(
    form: Form, shape: Shape, shapes: Shapes, words: EventWords, *, said: bool, in_all: bool
) -> Step | None:
    """Return the step to the money that is stated of events, or of a class where it is asked for in all; None without."""
    of_events = said and shapes.is_event(shape) and not isinstance(form, Thing)
    of_class = in_all and not isinstance(form, Thing)
    return words.money(shape) if of_events or of_class else None


def _counts(parsed: ParsedQuestion, shape: Shape) -> bool:
    """Return whether a question asks how many there are."""
    # 是多少 asks for what is stated, 有多少 for that or, of things, for how many there are.
    stated = shape.kind == "entity" and parsed.expects == "number" and "有多少" in parsed.text
    return stated or any(cue.kind == "count" for cue in parsed.cues)


def is_astray(form: Form, shape: Shape, parsed: ParsedQuestion, *, tied: bool) -> bool:
    """Return whether a form leads to things where it is asked when, how much, or whether something is so."""
    things_only = shape.kind == "entity" and not isinstance(form, Counted)
    if parsed.expects == "boolean":
        return shape.kind != "boolean"
    if parsed.expects == "time":
        return tied and things_only
    return not isinstance(form, Counted) and is_no_amount(shape, parsed)


def is_no_amount(shape: Shape, parsed: ParsedQuestion) -> bool:
    """Return whether it is asked how much, and something leads to what cannot say it; a text may."""
    return shape.kind in {"entity", "boolean", "date"} and HOW_MUCH.search(parsed.text) is not None


def _asks_for_any(parsed: ParsedQuestion, form: Form, *, tied: bool) -> bool:
    """Return whether a question asks if a set has members: "is there a …", "did Ada order a tent?".

    Args:
        parsed: The question.
        form: The set.
        tied: Whether it is of events.
    """
    if THERE_IS.search(parsed.text) and any(cue.kind == "ask" for cue in parsed.cues):
        return not isinstance(form, Thing)
    if parsed.expects != "boolean":
        return False
    happened = parsed.language == "zh" or _HAPPENED.match(parsed.text) is not None
    if tied and happened and isinstance(form, HavingCount | HavingOwn | Lacks | Follow | Both | Having):
        return True  # 林静出院了吗, "has it ever failed"; "is it cheap" asks for more than that it is there
    return DOES.match(parsed.text) is not None and len(set(things(form))) > 1
