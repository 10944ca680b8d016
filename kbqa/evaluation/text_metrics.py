"""Exact match and F1 of answer texts, as the official scripts of reading comprehension sets define them.

All scores are in [0, 1]. A set's score is the mean over its questions of the best score over a question's gold
answers; `best` gives the latter. The gold answers of a question that cannot be answered are none, or "".
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

__all__ = [
    "best",
    "chinese_exact",
    "chinese_f1",
    "drcd_f1",
    "pieces_f1",
    "squad_exact",
    "squad_f1",
    "squad_normalise",
]

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
# The list of cmrc2018_evaluate.py. Its "……" is two characters long, so that it never matches one character.
_CHINESE_PUNCTUATION = str.maketrans("", "", "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
# Single Chinese characters, the range of the script; else words, or other marks one by one (the script has
# nltk's tokeniser there, which splits plain words and numbers in the same way).
_PIECE = re.compile(r"[\u4e00-\u9fa5]|[^\W\u4e00-\u9fa5]+(?:[.,'][^\W\u4e00-\u9fa5]+)*|[^\w\s]")


def squad_normalise(text: str) -> str:
    """Return a text in lower case, without punctuation, articles and surplus spaces.

    >>> squad_normalise("The  Eiffel-Tower, a landmark.")
    'eiffeltower landmark'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def squad_exact(answer: str, gold: str) -> float:
    """Return 1 if two texts are equal after SQuAD's normalisation.

    >>> squad_exact("the Tower", "Tower!"), squad_exact("", "Tower")
    (1.0, 0.0)
    """
    return float(squad_normalise(answer) == squad_normalise(gold))


def squad_f1(answer: str, gold: str) -> float:
    """Return SQuAD's F1 over words with their counts; where one of them is empty, 1 if both are (SQuAD 2.0).

    >>> squad_f1("in 1889", "1889"), squad_f1("", "")
    (0.6666666666666666, 1.0)
    """
    return _bag_f1(squad_normalise(answer).split(), squad_normalise(gold).split())


def chinese_exact(answer: str, gold: str) -> float:
    """Return 1 if two texts are equal in lower case without the punctuation of CMRC 2018's script.

    >>> chinese_exact("《红楼梦》", "红楼梦"), chinese_exact("紅樓夢", "红楼梦")
    (1.0, 0.0)
    """
    return float(_without_punctuation(answer) == _without_punctuation(gold))


def chinese_f1(answer: str, gold: str) -> float:
    """Return CMRC 2018's F1: over the longest run of pieces that both share, not over bags of them.

    Pieces are single Chinese characters and the words and numbers between them.

    >>> chinese_f1("在1889年", "1889年"), chinese_f1("年1889", "1889年")
    (0.8, 0.5)
    """
    ours, theirs = _pieces(answer), _pieces(gold)
    shared = _longest_common_run(ours, theirs)
    return _f1(shared, len(ours), len(theirs))


def drcd_f1(answer: str, gold: str) -> float:
    """Return F1 over bags of characters without punctuation, as DRCD's paper defines it.

    >>> drcd_f1("年1889", "1889年")
    1.0
    """
    ours, theirs = ("".join(_pieces(text)) for text in (answer, gold))
    return _bag_f1(list(ours), list(theirs))


def pieces_f1(answer: str, gold: str) -> float:
    """Return F1 over bags of Chinese characters and the words between them, as MLQA's script for XQuAD and MLQA does.

    >>> pieces_f1("年1889", "1889年"), pieces_f1("在1889年", "1889年")
    (1.0, 0.8)
    """
    return _bag_f1(_pieces(answer), _pieces(gold))


def best(score: Callable[[str, str], float], answer: str, gold: Sequence[str]) -> float:
    """Return the best score of an answer over gold answers; no gold answers mean the empty text.

    >>> best(squad_exact, "Paris", ["Lyon", "paris"]), best(squad_f1, "", [])
    (1.0, 1.0)
    """
    return max(score(answer, text) for text in gold or [""])


def _bag_f1(ours: Sequence[str], theirs: Sequence[str]) -> float:
    if not ours or not theirs:
        return float(not ours and not theirs)
    return _f1((Counter(ours) & Counter(theirs)).total(), len(ours), len(theirs))


def _f1(shared: int, ours: int, theirs: int) -> float:
    if not shared:
        return 0.0
    return 2 * shared / (ours + theirs)


def _without_punctuation(text: str) -> str:
    return text.lower().strip().translate(_CHINESE_PUNCTUATION)


def _pieces(text: str) -> list[str]:
    return _PIECE.findall(_without_punctuation(text))


def _longest_common_run(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Return the length of the longest run of equal pieces (the script calls it "lcs", but it has no gaps)."""
    longest, previous = 0, [0] * (len(theirs) + 1)
    for piece in ours:
        current = [0] * (len(theirs) + 1)
        for place, other in enumerate(theirs):
            if piece == other:
                current[place + 1] = previous[place] + 1
        longest = max(longest, *current)
        previous = current
    return longest
