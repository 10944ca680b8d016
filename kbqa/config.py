"""The settings of a pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from kbqa.errors import InputError

__all__ = ["PARTS", "Config"]

PARTS = ("graph", "passages", "images", "vectors", "entities", "matcher", "fusion", "reader", "knowledge")


@dataclass(frozen=True, slots=True)
class Config:
    """What a pipeline uses.

    Attributes:
        without: Parts that are switched off: "graph" (no queries), "passages", "images", "vectors" (no
            text vectors in search), "entities" (no search by linked entities), "matcher" (no learnt one), "fusion" (what several searches
            find is merged by ranks alone, not by learnt weights of their scores), "reader" (answers from passages are
            whole sentences), "knowledge" (sentences and passages are read without facts about what they mention).
        threshold: Least confidence in [0, 1] of an answer that is given.
        k: How many passages and images are looked at.
        readings: How many ways to read the question are kept.
        compare_parts: Of so many of the images found by their looks the parts are compared with the words one by
            one (late interaction), which ranks them anew; 0 leaves that out.
        guesses: Whether what the graph does not state, but a completion model (`kbqa train completion`) makes likely
            enough, is given as an answer, marked as a guess.
    """

    without: frozenset[str] = frozenset()
    threshold: float = 0.5
    k: int = 10
    readings: int = 3
    compare_parts: int = 0
    guesses: bool = False

    def __post_init__(self) -> None:
        """Refuse parts that do not exist and thresholds that are no probability."""
        unknown = sorted(self.without - set(PARTS))
        if unknown:
            raise InputError(
                f"there is no part {unknown[0]!r} to go without; the parts are {', '.join(PARTS)}"
            )
        if not 0.0 <= self.threshold <= 1.0:
            raise InputError(f"the threshold must be between 0 and 1, not {self.threshold}")
        for name in ("k", "readings"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.compare_parts < 0:
            raise InputError(f"compare_parts must not be below 0, not {self.compare_parts}")

    def uses(self, part: str) -> bool:
        """Return whether a part is on; "search" is on while passages or images are."""
        if part == "search":
            return self.uses("passages") or self.uses("images")
        return part not in self.without
