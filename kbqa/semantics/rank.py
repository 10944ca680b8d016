"""Evidence of words and the learnt matcher together: one ranking of what a question may mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kbqa.semantics.as_asked import is_no_amount, lasted
from kbqa.semantics.asked import Asked
from kbqa.semantics.candidates import Candidate
from kbqa.semantics.form import Arithmetic, Both, Counted, Except, Follow, Form, Members, Step, Thing, things
from kbqa.semantics.paths import Path
from kbqa.types import Cue, CueKind, ParsedQuestion, Quantity
from kg.types import Iri, Link, Literal

__all__ = ["chain_of", "is_said", "may_be_chain", "rank"]

Chain = tuple[Iri | Literal, tuple[Step, ...]]

# Operations that do not speak against a chain of relations; it cannot express the others.
_WITHIN_CHAINS: frozenset[CueKind] = frozenset({"count", "image", "measure", "same", "sort"})
_OF_SEVERAL: frozenset[CueKind] = frozenset({"and", "or", "comparative"})
_EXPLAINED, _WEAKEST = 0.75, 0.6
_SURE = -2.5  # log-likelihood, what speaks for the kind of answer included
_WORDS = 1.0
_LEARNT = 0.5
_NO_WORDS = 1.0
_NO_CHAIN = 4.0
_NOT_COUNTED = 2.0
_WHOLE, _CLEAR = 0.95, 0.75


def may_be_chain(parsed: ParsedQuestion, links: Sequence[Link], candidates: Sequence[Candidate]) -> bool:
    """Return whether a chain can be what is asked for; not so where words ask for another operation.

    Args:
        parsed: The question.
        links: What it mentions.
        candidates: What its words support; where they support nothing, a chain may be all that is left.
    """
    if parsed.expects == "image":
        return False
    if lasted(parsed) and any(isinstance(one.form, Arithmetic) for one in candidates):
        return False  # how long somebody lived is no year
    names = [link.mention for link in links if link.candidates[0].kind == "entity"]

    def named(part: Cue | Quantity) -> bool:
        return any(name.start <= part.start and part.end <= name.end for name in names)

    # One name and no quantity: there is nothing to join or to compare it with.
    alone = len(names) == 1 and all(map(named, parsed.quantities))
    within = _WITHIN_CHAINS | _OF_SEVERAL if alone else _WITHIN_CHAINS
    return not candidates or all(cue.kind in within or named(cue) for cue in parsed.cues)


def rank(
    parsed: ParsedQuestion,
    candidates: Sequence[Candidate],
    paths: Sequence[Path],
    *,
    weight: float = 1.0,
    asked: Asked | None = None,
) -> list[Candidate]:
    """Return what both sides found, best first.

    Args:
        parsed: The question.
        candidates: What its words support, best first.
        paths: What the learnt matcher found, best first.
        weight: How much that counts, relative to the weights that are shipped.
        asked: What kind of thing is asked for.
    """
    if not paths or _read_otherwise(parsed, candidates, sure=weight > 1.0 and paths[0].score > _SURE):
        return list(candidates)
    likely = {(path.topic, path.steps): path for path in paths}
    top = candidates[0].score if candidates else 0.0
    likeliest = next((path.score for path in paths if path.stated), paths[0].score)
    ranked = []
    for candidate in candidates:
        path = likely.pop(chain, None) if (chain := chain_of(candidate.form)) else None
        learnt = path.score if path else likeliest - _NO_CHAIN
        if candidate.explained >= _WHOLE and candidate.weakest >= _WEAKEST and not candidate.missing:
            # What words read whole, and the learnt matcher holds for unlikely, is no worse than what it did not find.
            learnt = max(learnt, likeliest - _NO_CHAIN)
        # How likely a chain is, whatever is asked for, tells nothing of one that leads elsewhere.
        likelihood = min(learnt, likeliest - _NO_CHAIN) if candidate.astray else learnt
        score = _WORDS * (candidate.score - top) + _LEARNT * weight * likelihood
        nearest = path.nearest * weight if path else 0.0
        form = _without_topic(candidate.form, path) if path else candidate.form
        ranked.append(
            replace(
                candidate,
                form=form,
                score=score,
                learnt=learnt,
                said=candidate.floating == 0 or candidate.explained >= _WHOLE,
                nearest=nearest,
                fits=path.fits if path else 0.0,
                linked=path.linked if path else 1.0,
            )
        )
    ranked += [_said_by_none(parsed, path, weight, asked) for path in likely.values()]
    if candidates and _counts_what_is_said(candidates[0]):
        ranked = [
            one
            if isinstance(one.form, Counted) or (one.said and one.explained >= _WHOLE)
            else replace(one, score=one.score - _NOT_COUNTED)
            for one in ranked
        ]
    ranked.sort(key=lambda candidate: -candidate.score)
    return ranked


def is_said(one: Candidate) -> bool:
    """Return whether words of the question say all of a candidate, clearly."""
    return one.said and one.floating == 0 and one.explained >= _WHOLE and one.weakest >= _CLEAR


def _counts_what_is_said(best: Candidate) -> bool:
    """Return whether words read the whole question as a count: "how many countries border …" asks for no population."""
    whole = best.explained >= _WHOLE and best.weakest >= _CLEAR
    return isinstance(best.form, Counted) and whole and not best.floating and not best.missing


def chain_of(form: Form) -> Chain | None:
    """Return the topic and steps of a form that is a chain, whatever class its members must have.

    >>> chain_of(Counted(Follow(Thing(Iri("w:France")), Step(Iri("w:borders"), True))))
    (Iri(value='w:France'), (Step(predicate=Iri(value='w:borders'), forward=True, deep=False),))
    """
    match form:
        case Thing(term):
            return term, ()
        case Counted(source) | Both(Members(), source) | Both(source, Members()):
            return chain_of(source)
        case Except(source, excluded):
            # "other films of the same director": what the way came by does not count as its end.
            found, left_out = chain_of(source), chain_of(excluded)
            return found if found and left_out and _begins_with(found, left_out) else None
        case Follow(source, step):
            found = chain_of(source)
            return (found[0], (*found[1], step)) if found else None
        case _:
            return None


def _begins_with(chain: Chain, start: Chain) -> bool:
    return chain[0] == start[0] and chain[1][: len(start[1])] == start[1]


def _read_otherwise(parsed: ParsedQuestion, candidates: Sequence[Candidate], *, sure: bool) -> bool:
    """Return whether words read the question well as something that no chain can stand for."""
    if not candidates:
        return False
    best = candidates[0]
    match best.form:
        case Counted(Both(Members(), _)) if not best.unsaid and not sure and _is_whole(best):
            return True  # "how many faults has it had" is read whole: they are counted
    several = len(set(things(best.form))) > 1 or bool(parsed.quantities)
    if best.explained < _EXPLAINED or (chain_of(best.form) is not None and not best.tied):
        return False
    # A matcher that was taught this graph knows better than words what one name and no number ask for.
    return several or (best.weakest >= _WEAKEST and not sure)


def _is_whole(one: Candidate) -> bool:
    """Return whether words read the whole question, with one relation of their own at most."""
    return one.explained >= _WHOLE and one.weakest >= _CLEAR and one.floating <= 1 and not one.missing


def _without_topic(form: Form, path: Path) -> Form:
    """Return a form whose way back does not lead to the topic itself: `path_form` says why."""
    if path.form in (form, plain := _chain_form(path)):
        return form
    return path.form if form == plain else Counted(path.form) if form == Counted(plain) else form


def _chain_form(path: Path) -> Form:
    form: Form = Thing(path.topic)
    for step in path.steps:
        form = Follow(form, step)
    return form


def _said_by_none(parsed: ParsedQuestion, path: Path, weight: float, asked: Asked | None) -> Candidate:
    """Return a chain that only the learnt matcher found as a candidate."""
    counts = any(cue.kind == "count" for cue in parsed.cues) and path.shape.kind in {"entity", "text"}
    # "Which team …?" is not answered by services, whatever leads there.
    astray = (asked is not None and asked.is_other(path.shape)) or is_no_amount(path.shape, parsed)
    return Candidate(
        Counted(path.form) if counts else path.form,
        path.shape,
        _LEARNT * weight * (path.score - _NO_CHAIN * astray) - _WORDS * _NO_WORDS,
        explained=0.0,
        weakest=0.0,
        floating=0,
        learnt=path.score,
        said=False,
        nearest=path.nearest * weight,
        fits=path.fits,
        linked=path.linked,
        unsaid=int(astray),
        astray=astray,
    )
