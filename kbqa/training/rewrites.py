"""Descriptions rewritten so that they are wrong: another object, attribute or relation, as UNIMO does.

UNIMO (Li et al., ACL 2021) swaps words of a scene graph, which it parses. Here the attributes and relations are
closed classes of words, and objects are the telling words of all descriptions. A word is never replaced by one that
describes the same picture somewhere: that would be a paraphrase, not a mistake.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random

__all__ = ["Rewriter"]

CLASSES = (
    "red blue green yellow black white orange purple brown grey gold pink",
    "one two three four five six seven eight nine ten",
    "left right",
    "above below",
    "horizontal vertical",
    "upper lower",
    "small large",
    "many few",
    "top bottom",
    "红 蓝 绿 黄 黑 白 橙 紫 棕 灰 粉",
    "一 两 三 四 五 六 七 八 九 十",
    "左 右",
    "上 下",
    "横 竖",
    "大 小",
)
_TWINS = {word: members.split() for members in CLASSES for word in members.split()}
_WORD = re.compile(r"[A-Za-z]+|[一-鿿]")
RARE, COMMON = 3, 0.2  # pictures that an object is told of: at least so many, at most this share


class Rewriter:
    """Knows the objects of a set of descriptions and makes wrong ones."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        """Learn the objects; `groups` are the descriptions of each picture."""
        where: defaultdict[str, set[int]] = defaultdict(set)
        count = 0
        for count, group in enumerate(groups, start=1):
            for caption in group:
                for word in _words(caption):
                    where[word].add(count)
        self._where = {
            word: pictures
            for word, pictures in where.items()
            if RARE <= len(pictures) <= COMMON * count and word not in _TWINS and len(word) > 2
        }
        self._objects = sorted(self._where)

    def rewrite(self, caption: str, random: Random) -> str | None:
        """Return the description with one word, or two, exchanged so that it is wrong; None if none can be.

        Where two words are of one class, such as two colours, they may be swapped.

        >>> Rewriter([]).rewrite("a red star above a blue one", Random(0))
        'a blue star above a red one'
        """
        found = [match for match in _WORD.finditer(caption) if self._is_swappable(match.group().lower())]
        random.shuffle(found)
        for match in found:
            word = match.group().lower()
            if word not in _TWINS:
                other = self._other_object(word, caption, random)
                if other:
                    return _put(caption, match, other)
                continue
            partner = next(
                (one for one in found if one.group().lower() in _TWINS[word] and one.group().lower() != word),
                None,
            )
            if partner is not None:
                return _swap(caption, match, partner)
            return _put(caption, match, random.choice([twin for twin in _TWINS[word] if twin != word]))
        return None

    def _is_swappable(self, word: str) -> bool:
        return word in _TWINS or word in self._where

    def _other_object(self, word: str, caption: str, random: Random) -> str | None:
        """Return an object that is never told of a picture of this one."""
        taken = set(_words(caption))
        for _ in range(20):
            other = random.choice(self._objects)
            if other not in taken and self._where[word].isdisjoint(self._where[other]):
                return other
        return None


def _words(text: str) -> list[str]:
    return [match.group().lower() for match in _WORD.finditer(text)]


def _put(text: str, match: re.Match[str], word: str) -> str:
    return text[: match.start()] + word + text[match.end() :]


def _swap(text: str, one: re.Match[str], other: re.Match[str]) -> str:
    first, second = sorted((one, other), key=lambda match: match.start())
    middle = text[first.end() : second.start()]
    return text[: first.start()] + second.group() + middle + first.group() + text[second.end() :]
