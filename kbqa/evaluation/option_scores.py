"""How often the right one of several answers, or fillings of a blank, is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from kbqa.evaluation.adapters.blanks import Cloze
from kbqa.evaluation.adapters.choices import Choice
from kbqa.evaluation.significance import Interval, bootstrap_means, interval
from kbqa.reading.choice import ChoiceReader
from kbqa.reading.cloze import ClozeReader
from kbqa.training.bilingual_data import seeded

__all__ = ["OptionScores", "sampled", "score_choices", "score_cloze"]

Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class OptionScores:
    """The figures of one set.

    Attributes:
        name: Of the set.
        questions: How many were asked.
        accuracy: Share whose first option is right.
        chance: Share that a random choice would have right.
        whole: Share of the stories all blanks of which are filled right, None for questions.
    """

    name: str
    questions: int
    accuracy: Interval
    chance: float
    whole: float | None = None

    def table(self) -> str:
        """Return the figures in percent, as lines of text."""
        found = self.accuracy
        low, high = 100 * (found.low or 0.0), 100 * (found.high or 0.0)
        lines = [
            f"{self.name}: {self.questions:,} questions",
            f"right        {100 * (found.value or 0.0):>6.1f}  ({low:.1f} to {high:.1f})",
            f"by chance    {100 * self.chance:>6.1f}",
        ]
        if self.whole is not None:
            lines.append(f"whole story  {100 * self.whole:>6.1f}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "set": self.name,
            "n": self.questions,
            "accuracy": self.accuracy.to_dict(),
            "chance": self.chance,
            "whole": self.whole,
        }


def score_choices(name: str, asked: Sequence[Choice], reader: ChoiceReader, *, seed: int = 0) -> OptionScores:
    """Return how often a reader chooses the right answer of at least one question."""
    right = [
        float(np.argmax(reader.choose(one.question, one.options, one.passage)) == one.right) for one in asked
    ]
    return OptionScores(name, len(asked), _share(right, seed), _chance(asked))


def score_cloze(
    name: str, asked: Sequence[Cloze], reader: ClozeReader, *, sample: bool = False, seed: int = 0
) -> OptionScores:
    """Return how often a reader fills at least one blank right, and stories as a whole where they have several.

    Of a sample of the blanks nothing is said of whole stories.
    """
    right = [float(np.argmax(reader.fill(one.text, one.options, one.passage)) == one.right) for one in asked]
    stories: dict[str, list[float]] = {}
    for one, is_right in zip(asked, right, strict=True):
        stories.setdefault(one.story, []).append(is_right)
    whole = (
        float(np.mean([min(found) for found in stories.values()]))
        if len(stories) < len(asked) and not sample
        else None
    )
    return OptionScores(name, len(asked), _share(right, seed), _chance(asked), whole)


def sampled(asked: Sequence[Asked], limit: int | None, *, seed: int) -> list[Asked]:
    """Return a random sample of at most so many questions, in their order; all of them without a limit."""
    if limit is None or limit >= len(asked):
        return list(asked)
    return [asked[place] for place in sorted(seeded(seed).sample(range(len(asked)), limit))]


def _share(right: Sequence[float], seed: int) -> Interval:
    rows = np.array(right)[:, None]
    return interval(float(rows.mean()), bootstrap_means(rows, seed=seed)[:, 0])


def _chance(asked: Sequence[Choice | Cloze]) -> float:
    return float(np.mean([1 / len(one.options) for one in asked]))
