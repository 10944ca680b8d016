"""Text with facts hung on its mentions → one row of tokens, their soft positions, and who sees whom (K-BERT).

Liu et al., "K-BERT: Enabling Language Representation with Knowledge Graph", AAAI 2020, sections 3.2 to 3.4. Where the
published code differs from run to run (it takes branches in the order of a hash) or lets branches push text out, this
does not: the order given counts, and text comes before branches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_BRANCHES", "SHARE", "Mention", "SentenceTree", "grow_tree"]

MAX_BRANCHES = 2
"""Of a mention, as in the paper."""
SHARE = 0.25
"""Of a row's length that branches may take together."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Tokens of a text that name an entity, with facts about it.

    Attributes:
        start: First token of the text, counted from 0.
        end: One past the last token.
        branches: Token ids of each fact in words, the most useful first.
    """

    start: int
    end: int
    branches: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class SentenceTree:
    """A text with its branches, flattened.

    Attributes:
        tokens: Ids, each branch behind the last token of its mention.
        positions: Soft position of each token: the text counts on as if there were no branches, and the k-th token of a
            branch is k places behind the last token of its mention.
        trunk: For each token its place in the text, -1 for tokens of branches.
        visible: (length, length) bool, symmetric, true where one token sees the other.
    """

    tokens: tuple[int, ...]
    positions: tuple[int, ...]
    trunk: tuple[int, ...]
    visible: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.tokens)


def grow_tree(
    text: Sequence[int],
    mentions: Sequence[Mention] = (),
    *,
    length: int,
    max_branches: int = MAX_BRANCHES,
    share: float = SHARE,
) -> SentenceTree:
    """Return a text with the facts about what it mentions.

    Every token of a mention sees its branches and they see it; branches see nothing else, not even each other. A branch
    is taken as a whole or not at all: the first ones of all mentions come before the second ones, as long as there is
    room. Of mentions that overlap the longest stays, the first of equally long ones.

    Args:
        text: Token ids of the text with its special tokens; what is beyond `length` is cut off before anything is hung
            on it.
        mentions: In any order; those that are not within what is left of the text are passed over.
        length: Tokens of the row, and positions that the model knows.
        max_branches: Of a mention.
        share: Of `length` that branches may take together, in [0, 1].

    Raises:
        ValueError: If a number is out of range, or a mention is empty or begins before the text.

    >>> tree = grow_tree([1, 2, 3], [Mention(1, 2, ((8, 9),))], length=8)
    >>> tree.tokens, tree.positions, tree.trunk
    ((1, 2, 8, 9, 3), (0, 1, 2, 3, 2), (0, 1, -1, -1, 2))
    >>> tree.visible.sum(1).tolist()
    [3, 5, 3, 3, 3]
    """
    if length < 1 or max_branches < 0 or not 0.0 <= share <= 1.0:
        raise ValueError(
            f"need length >= 1, max_branches >= 0, 0 <= share <= 1; got {length}, {max_branches}, {share}"
        )
    for mention in mentions:
        if not 0 <= mention.start < mention.end:
            raise ValueError(f"a mention must have 0 <= start < end, got {mention.start} to {mention.end}")
    kept = tuple(text[:length])
    apart = _apart([mention for mention in mentions if mention.end <= len(kept)])
    budget = min(int(share * length), length - len(kept))
    return _flatten(kept, apart, _chosen(apart, budget, length, max_branches))


def _apart(mentions: Sequence[Mention]) -> list[Mention]:
    """Return mentions that do not overlap, the longest first chosen, in the order of the text."""
    taken: set[int] = set()
    kept = []
    for mention in sorted(mentions, key=lambda mention: (mention.start - mention.end, mention.start)):
        places = range(mention.start, mention.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(mention)
    return sorted(kept, key=lambda mention: mention.start)


def _chosen(
    mentions: Sequence[Mention], budget: int, length: int, most: int
) -> dict[int, list[tuple[int, ...]]]:
    """Return which branches each mention gets, by its number."""
    chosen: dict[int, list[tuple[int, ...]]] = {number: [] for number in range(len(mentions))}
    for rank in range(max((len(mention.branches) for mention in mentions), default=0)):
        for number, mention in enumerate(mentions):
            if rank >= len(mention.branches) or len(chosen[number]) == most:
                continue
            branch = mention.branches[rank]
            fits = len(branch) <= budget and mention.end - 1 + len(branch) < length
            if branch and fits and branch not in chosen[number]:
                chosen[number].append(branch)
                budget -= len(branch)
    return chosen


def _flatten(
    text: Sequence[int], mentions: Sequence[Mention], chosen: dict[int, list[tuple[int, ...]]]
) -> SentenceTree:
    tokens: list[int] = []
    positions: list[int] = []
    trunk: list[int] = []
    grown: list[tuple[Mention, range]] = []
    ends = {mention.end - 1: number for number, mention in enumerate(mentions)}
    for place, token in enumerate(text):
        tokens.append(token)
        positions.append(place)
        trunk.append(place)
        if place in ends:
            for branch in chosen[ends[place]]:
                grown.append((mentions[ends[place]], range(len(tokens), len(tokens) + len(branch))))
                tokens += branch
                positions += range(place + 1, place + 1 + len(branch))
                trunk += [-1] * len(branch)
    return SentenceTree(tuple(tokens), tuple(positions), tuple(trunk), _visible(trunk, grown))


def _visible(trunk: Sequence[int], grown: Sequence[tuple[Mention, range]]) -> NDArray[np.bool_]:
    place = np.array(trunk)
    stem = place >= 0
    visible = stem[:, None] & stem[None, :]
    for mention, branch in grown:
        mentioned = (place >= mention.start) & (place < mention.end)
        own = np.zeros(len(place), dtype=bool)
        own[branch.start : branch.stop] = True
        visible |= (own[:, None] & (own | mentioned)[None, :]) | (mentioned[:, None] & own[None, :])
    return visible
