"""Logical forms in words, for people and for encoders."""

from __future__ import annotations

from collections.abc import Callable

from kbqa.semantics.form import (
    Aggregate,
    Arithmetic,
    Both,
    Compares,
    Counted,
    Either,
    Except,
    Exists,
    Extreme,
    Follow,
    Form,
    Having,
    HavingCount,
    HavingOwn,
    Holds,
    Lacks,
    Members,
    MostLinks,
    Step,
    Thing,
)
from kbqa.types import Language
from kg.types import Iri, Literal

__all__ = ["in_words"]

NameOf = Callable[[Iri | Literal], str]


def in_words(form: Form, name_of: NameOf, *, language: Language = "en") -> str:
    """Return a form in words.

    Args:
        form: What to say.
        name_of: Gives the name of an entity, class or predicate, or the words of a value.
        language: Language of the words between the names.

    Example:
    >>> from kbqa.semantics.form import Step
    >>> france, borders, country = Iri("w:France"), Iri("w:borders"), Iri("w:country")
    >>> name = lambda term: term.value[2:]
    >>> in_words(Both(Members(country), Follow(Thing(france), Step(borders, False))), name)
    'country with borders France'
    >>> in_words(Counted(Follow(Thing(france), Step(borders, True))), name)
    'number of borders of France'
    """
    say = _say_zh if language == "zh" else _say_en
    return say(form, name_of)


def _target(target: Form | None, name_of: NameOf, say: Callable[[Form, NameOf], str]) -> str:
    return "" if target is None else f" {say(target, name_of)}"


def _say_en(form: Form, name_of: NameOf) -> str:
    match form:
        case Thing(term):
            return name_of(term)
        case Members(cls):
            return name_of(cls)
        case Follow(source, step):
            name = _step_en(step, name_of)
            said = _say_en(source, name_of)
            return f"{name} of {said}" if step.forward else f"what has {name} {said}"
        case Both(left, right):
            if isinstance(right, Follow) and not right.step.forward:
                linked = f"{_step_en(right.step, name_of)} {_say_en(right.source, name_of)}"
                return f"{_say_en(left, name_of)} with {linked}"
            if isinstance(left, Members):
                return f"{_say_en(left, name_of)} that is {_say_en(right, name_of)}"
            return f"what is both {_say_en(left, name_of)} and {_say_en(right, name_of)}"
        case Either(left, right):
            return f"{_say_en(left, name_of)} or {_say_en(right, name_of)}"
        case Except(source, excluded):
            return f"{_say_en(source, name_of)} but not {_say_en(excluded, name_of)}"
        case Having(source, step, operator, bound):
            value = name_of(bound) if isinstance(bound, Literal) else _say_en(bound, name_of)
            return f"{_say_en(source, name_of)} with {name_of(step.predicate)} {operator} {value}"
        case HavingOwn(source, step, operator, other):
            return f"{_say_en(source, name_of)} with {name_of(step.predicate)} {operator} {name_of(other.predicate)}"
        case HavingCount(source, step, target, operator, number):
            counted = f"number of {name_of(step.predicate)}{_target(target, name_of, _say_en)}"
            than = str(number) if isinstance(number, int) else _say_en(number, name_of)
            return f"{_say_en(source, name_of)} with {counted} {operator} {than}"
        case Lacks(source, step, target):
            return f"{_say_en(source, name_of)} without {name_of(step.predicate)}{_target(target, name_of, _say_en)}"
        case Extreme(source, step, largest, rank, count, per):
            end = f"{_rank_en(rank, count)}{'largest' if largest else 'smallest'}"
            divided = f" per {name_of(per.predicate)}" if per else ""
            return f"{_say_en(source, name_of)} with the {end} {name_of(step.predicate)}{divided}"
        case MostLinks(source, step, target, largest, rank, count, Step() as amount):
            end = f"{_rank_en(rank, count)}{'most' if largest else 'least'}"
            linked = f"{name_of(step.predicate)}{_target(target, name_of, _say_en)}"
            return (
                f"{_say_en(source, name_of)} with the {end} {name_of(amount.predicate)} in all, by {linked}"
            )
        case MostLinks(source, step, target, largest, rank, count):
            end = f"{_rank_en(rank, count)}{'most' if largest else 'fewest'}"
            linked = f"{name_of(step.predicate)}{_target(target, name_of, _say_en)}"
            return f"{_say_en(source, name_of)} with the {end} {linked}"
        case Aggregate(function, source, step):
            return f"{function} of the {name_of(step.predicate)} of {_say_en(source, name_of)}"
        case Arithmetic("years", left, right):
            return f"years from {_say_en(right, name_of)} to {_say_en(left, name_of)}"
        case Arithmetic(function, left, right):
            return f"{function} of {_say_en(left, name_of)} and {_say_en(right, name_of)}"
        case Compares(left, operator, right):
            return f"whether {_say_en(left, name_of)} {operator} {_say_en(right, name_of)}"
        case Counted(source):
            return f"number of {_say_en(source, name_of)}"
        case Exists(source):
            return f"whether there is {_say_en(source, name_of)}"
        case Holds(left, right):
            return f"whether {_say_en(left, name_of)} is {_say_en(right, name_of)}"


def _step_en(step: Step, name_of: NameOf) -> str:
    return name_of(step.predicate) + " (over several steps)" * step.deep


def _step_zh(step: Step, name_of: NameOf) -> str:
    return name_of(step.predicate) + "（逐级）" * step.deep


def _rank_en(rank: int, count: int) -> str:
    names = {1: "", 2: "second ", 3: "third "}
    return names.get(rank, f"{rank}th ") + (f"{count} " if count > 1 else "")


def _say_zh(form: Form, name_of: NameOf) -> str:
    match form:
        case Thing(term):
            return name_of(term)
        case Members(cls):
            return name_of(cls)
        case Follow(source, step):
            name = _step_zh(step, name_of)
            said = _say_zh(source, name_of)
            return f"{said}的{name}" if step.forward else f"{name}为{said}者"
        case Both(left, right):
            if isinstance(right, Follow) and not right.step.forward:
                linked = f"{_step_zh(right.step, name_of)}为{_say_zh(right.source, name_of)}"
                return f"{linked}的{_say_zh(left, name_of)}"
            if isinstance(left, Members):
                return f"{_say_zh(right, name_of)}（{_say_zh(left, name_of)}）"
            return f"既是{_say_zh(left, name_of)}又是{_say_zh(right, name_of)}者"
        case Either(left, right):
            return f"{_say_zh(left, name_of)}或{_say_zh(right, name_of)}"
        case Except(source, excluded):
            return f"{_say_zh(source, name_of)}，除了{_say_zh(excluded, name_of)}"
        case Having(source, step, operator, bound):
            value = name_of(bound) if isinstance(bound, Literal) else _say_zh(bound, name_of)
            return f"{name_of(step.predicate)} {operator} {value} 的{_say_zh(source, name_of)}"
        case HavingOwn(source, step, operator, other):
            return f"{name_of(step.predicate)} {operator} {name_of(other.predicate)} 的{_say_zh(source, name_of)}"
        case HavingCount(source, step, target, operator, number):
            counted = f"{name_of(step.predicate)}{_target(target, name_of, _say_zh)}"
            than = str(number) if isinstance(number, int) else _say_zh(number, name_of)
            return f"{counted}的数量 {operator} {than} 的{_say_zh(source, name_of)}"
        case Lacks(source, step, target):
            return f"没有{name_of(step.predicate)}{_target(target, name_of, _say_zh)}的{_say_zh(source, name_of)}"
        case Extreme(source, step, largest, rank, count, per):
            end = f"{_rank_zh(rank, count)}{'大' if largest else '小'}"
            divided = f"除以{name_of(per.predicate)}" if per else ""
            return f"{name_of(step.predicate)}{divided}{end}的{_say_zh(source, name_of)}"
        case MostLinks(source, step, target, largest, rank, count, Step() as amount):
            end = f"{_rank_zh(rank, count)}{'多' if largest else '少'}"
            linked = f"{name_of(step.predicate)}{_target(target, name_of, _say_zh)}"
            return f"按{linked}{name_of(amount.predicate)}合计{end}的{_say_zh(source, name_of)}"
        case MostLinks(source, step, target, largest, rank, count):
            end = f"{_rank_zh(rank, count)}{'多' if largest else '少'}"
            return f"{name_of(step.predicate)}{_target(target, name_of, _say_zh)}{end}的{_say_zh(source, name_of)}"
        case Aggregate(function, source, step):
            total = "总和" if function == "sum" else "平均值"
            return f"{_say_zh(source, name_of)}的{name_of(step.predicate)}的{total}"
        case Arithmetic(function, left, right):
            said = {"difference": "的差", "distance": "的差距", "ratio": "的比值", "years": "相差的年数"}[
                function
            ]
            return f"{_say_zh(left, name_of)}与{_say_zh(right, name_of)}{said}"
        case Compares(left, operator, right):
            return f"是否{_say_zh(left, name_of)} {operator} {_say_zh(right, name_of)}"
        case Counted(source):
            return f"{_say_zh(source, name_of)}的数量"
        case Exists(source):
            return f"是否有{_say_zh(source, name_of)}"
        case Holds(left, right):
            return f"{_say_zh(left, name_of)}是否为{_say_zh(right, name_of)}"


def _rank_zh(rank: int, count: int) -> str:
    start = "最" if rank == 1 else f"第{'一二三四五六七八九十'[min(rank, 10) - 1]}"
    return start if count == 1 else f"{start}（共 {count} 个）"
