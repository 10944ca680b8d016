"""Take hops one by one, or two together that go there and back."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from kbqa.training.examples import Hop

__all__ = ["Step", "steps_of"]

_TOGETHER = 0.85  # how often a hop there and back is put as "the same ... as"


@dataclass(frozen=True, slots=True)
class Step:
    """A hop, or a hop with the one that goes back over the same relation."""

    hop: Hop
    back: Hop | None = None


def steps_of(hops: Sequence[Hop], chance: random.Random) -> list[Step]:
    """Return the hops in order, some of those that go there and back in pairs.

    Example:
    >>> director, films = Hop("directed by", True), Hop("directed by", False)
    >>> [step.back is not None for step in steps_of([director, films, director], random.Random(3))]
    [True, False]
    """
    steps: list[Step] = []
    for hop in hops:
        if steps and _is_back(steps[-1], hop) and chance.random() < _TOGETHER:
            steps[-1] = Step(steps[-1].hop, hop)
        else:
            steps.append(Step(hop))
    return steps


def _is_back(there: Step, back: Hop) -> bool:
    return there.back is None and there.hop.name == back.name and there.hop.forward != back.forward
