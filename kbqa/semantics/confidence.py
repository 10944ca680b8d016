"""How sure a reading is, as a probability that its answers are right.

Where words alone led to it the constants were set on questions about the bundled world. Where the learnt matcher
took part they are the weights of a logistic regression, fitted by `kbqa train confidence` and kept in a file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from kbqa.semantics.candidates import Candidate
from kbqa.semantics.form import Arithmetic, Follow, Form, Members, Thing

__all__ = ["SIGNS", "WEIGHTS", "Weights", "confidence_of", "logistic", "read_weights", "signs_of"]

WEIGHTS = Path(__file__).parents[1] / "weights" / "confidence.json"
_MAX_LEAD, _LEAST = 4.0, -12.0
_NEAR, _MOST_ODDS = 0.5, 6.0
# Set by hand, on 80 questions that the world does not answer: without it 34 were answered.
_LIKE, _UNLIKE = 0.7, 6.0
# Set by hand: of 281 right answers that no words led to, on development questions, 21 have a relation so far off,
# and of 126 to questions whose relation was hidden from the graph 46.
_NOT_NEAR, _FAR = 0.3, 14.0
# Set by hand: names with one slip in six letters or more fit with 0.6 and better ("Frnace"), "calories" is
# "Castries" with 0.45.
_SPELT, _MISSPELT = 0.6, 12.0
# Set by hand: "which department is on the third floor" is not answered by floors, even if no word is passed over.
_ASTRAY = 4.0
# Set by hand: all of a class is no answer to what is asked of some of it.
_PASSED_OVER = 3.0
_TIE, _ARBITRARY = 0.01, 2.0
_WEAK = 0.5  # a word that is explained no better is as good as passed over

SIGNS = (
    "lead",
    "learnt",
    "far",
    "fits",
    "said",
    "explained",
    "weakest",
    "unsaid",
    "missing",
    "floating",
    "asked",
    "unlike",
)
"""What speaks for a reading or against it:

its lead over the best other reading; its log-likelihood by the learnt matcher; how far its nearest relation is
from what the question asks for; the log-odds that it, looked at alone, says what the question says; whether words of the question lead to it too, and if so, the share of the
question that they explain, their weakest evidence, the words and names that are passed over, and the relations
that no word speaks of; whether it leads to what the question's own noun asks for ("which club"), or walks the nouns
that hang on its name ("the father of Osk's wife"); and how unlike its relations are to such nouns.
"""


def signs_of(candidate: Candidate, *, lead: float) -> dict[str, float]:
    """Return the signs of a candidate that the learnt matcher took part in, by name.

    Args:
        candidate: What the question may mean.
        lead: Of its score over that of the best other candidate.

    Raises:
        ValueError: If the learnt matcher did not take part.
    """
    if candidate.learnt is None:
        raise ValueError("the learnt matcher has not scored this candidate")
    said = float(candidate.said)
    return {
        "lead": min(max(lead, -_MAX_LEAD), _MAX_LEAD),
        "learnt": max(candidate.learnt, _LEAST),
        "far": max(0.0, _NEAR - candidate.nearest),
        "fits": min(max(candidate.fits, -_MOST_ODDS), _MOST_ODDS),
        "said": said,
        "explained": said * candidate.explained,
        "weakest": said * candidate.weakest,
        "unsaid": said * candidate.unsaid,
        "missing": said * candidate.missing,
        "floating": said * candidate.floating,
        "asked": float(candidate.asked),
        "unlike": max(0.0, _LIKE - candidate.likeness),
    }


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over signs.

    Attributes:
        bias: Log-odds where every sign is 0.
        of: Sign → what one unit of it adds to the log-odds.
    """

    bias: float
    of: Mapping[str, float]

    def odds(self, signs: Mapping[str, float]) -> float:
        """Return the log-odds that a reading with these signs is right."""
        return self.bias + sum(self.of[name] * value for name, value in signs.items())


def read_weights(path: Path) -> Weights:
    """Return the weights in a file that `kbqa train confidence` wrote.

    Raises:
        ValueError: If a sign has no weight.
    """
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Weights(float(stored["bias"]), {name: float(stored["signs"][name]) for name in SIGNS})


def confidence_of(candidate: Candidate, *, lead: float) -> float:
    """Return the probability that a candidate is what the question means.

    A logistic function of how much of the question it explains, how weak its weakest evidence is, how
    many relations it adds of its own, and its lead over the best other candidate; below 0 where one without
    answers leads. Where the learnt matcher took part its likelihood counts as well.

    Example:
    >>> from kbqa.semantics.shape import Shape
    >>> from kg.types import Iri
    >>> shape = Shape("entity", frozenset(), frozenset())
    >>> sure = Candidate(Thing(Iri("w:France")), shape, 2.0, 1.0, 1.0, 0)
    >>> guess = Candidate(Thing(Iri("w:France")), shape, 0.2, 0.4, 0.3, 1)
    >>> confidence_of(sure, lead=1.0) > 0.9, confidence_of(guess, lead=-0.5) < 0.2
    (True, True)
    """
    if candidate.learnt is not None:
        if _is_only_way(candidate):
            # All words are explained, and nothing else could stand between them: words are enough.
            plain = confidence_of(replace(candidate, learnt=None), lead=max(lead, 0.0))
            return max(plain, confidence_of(replace(candidate, only=0), lead=lead))
        unmeant = 0.0 if candidate.said else _FAR * max(0.0, _NOT_NEAR - candidate.nearest)
        unmeant += _MISSPELT * max(0.0, _SPELT - candidate.linked)
        unmeant += _ASTRAY * candidate.astray
        unmeant += _PASSED_OVER * candidate.missing * isinstance(candidate.form, Members)
        return logistic(_weights().odds(signs_of(candidate, lead=lead)) - unmeant)
    behind = max(0.0, -lead)
    evidence = 5.0 * (candidate.explained - 0.72) + 4.0 * (candidate.weakest - 0.55)
    unsure = 0 if _is_only_way(candidate) else candidate.floating
    costs = 1.0 * unsure + 1.5 * candidate.missing + 2.5 * behind
    costs += _ASTRAY * candidate.astray
    if unsure:
        # A relation of our own beside a word that was passed over is most likely that word, misread.
        costs += 1.2 * candidate.unsaid
        # Where every relation of a thing would do as well, none is meant.
        costs += _ARBITRARY * (abs(lead) < _TIE)
    if isinstance(candidate.form, Thing | Arithmetic) or _is_of_all(candidate.form):
        # A thing itself answers what it is, not what a word that was passed over asks of it; so do a class, and what is
        # worked out of a thing.
        costs += 2.0 * candidate.unsaid + _PASSED_OVER * candidate.missing
    costs += _UNLIKE * max(0.0, _LIKE - candidate.likeness)
    return logistic(evidence - costs)


def _is_only_way(candidate: Candidate) -> bool:
    """Return whether no word and no name is passed over, and no relation of our own could be another one."""
    passed_over = candidate.unsaid or candidate.missing
    return 0 < candidate.floating <= candidate.only and not passed_over and candidate.weakest >= _WEAK


def _is_of_all(form: Form) -> bool:
    """Return whether a form is all of a class, or what all of them have."""
    return isinstance(form, Members) or (isinstance(form, Follow) and _is_of_all(form.source))


@lru_cache(maxsize=1)
def _weights() -> Weights:
    return read_weights(WEIGHTS)


def logistic(odds: float) -> float:
    """Return the probability of log-odds.

    >>> logistic(0.0), logistic(-1e9)
    (0.5, 0.0)
    """
    # Written with tanh it cannot overflow.
    return 0.5 * (1.0 + math.tanh(odds / 2.0))
