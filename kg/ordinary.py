"""Words that make up questions and are no names unless something marks them as one."""

from __future__ import annotations

__all__ = ["ORDINARY", "plural", "singular"]

ORDINARY = frozenset(
    """
    a about above across after again all along also am among an and any anybody anyone anything are around as
    ask at be because been before being below between both but by can could date day describe did do does doing
    done down during each either else ever every everyone everything explain few find first following for from
    gave get give given go goes going got had has have having he her here hers him his how i if in into is it its
    just know known largest last least less let like list lot made make makes many may me mention might mine more
    most much must my name named names near need neither no none nor not now of off often on once one only or
    other our out over own per please put said same say see seen shall she should show since so some somebody
    someone something still such take taken tell than that the their theirs them then there these they thing
    things think this those through time times to together too two under until up upon us use used uses using
    very via want was we well went were what whatever when where whether which while who whoever whole whom whose
    why will with within without would yes yet you your yours
    谁 什么 哪些 哪个 哪里 哪儿 哪 多少 几 几个 怎么 怎样 如何 为什么 何时 何地 何人 是谁 是什么 有哪些 有多少 的 了 是 有 在
    和 与 或 吗 呢 吧 请 请问 告诉 告诉我 我 你 他 她 它 们 这 那 这个 那个 其 其中 之 也 都 就 被 把 从 到 对 为 以 及 等
    """.split()
)
"""Folded words of questions in English and Chinese."""

_IRREGULAR = {
    "children": "child",
    "feet": "foot",
    "men": "man",
    "mice": "mouse",
    "movies": "movie",
    "people": "person",
    "series": "series",
    "species": "species",
    "women": "woman",
}
_SIBILANTS = ("sses", "shes", "ches", "xes", "zes")


def singular(word: str) -> str:
    """Return the singular of a lower-case English plural by rule; any other word as it is.

    >>> [singular(word) for word in ("countries", "films", "churches", "women", "glass", "bus")]
    ['country', 'film', 'church', 'woman', 'glass', 'bus']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.isascii() or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(_SIBILANTS) else word[:-1]


def plural(word: str) -> str:
    """Return the plural of a lower-case English singular by rule; a plural as it is.

    >>> [plural(word) for word in ("country", "film", "church", "bags", "day")]
    ['countries', 'films', 'churches', 'bags', 'days']
    """
    if not word.isascii() or not word.isalpha() or singular(word) != word:
        return word
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
