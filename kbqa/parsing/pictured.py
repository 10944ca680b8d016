"""Questions about a picture: which of their parts ask what is on it, and the others in words without the picture."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kbqa.types import Language

__all__ = ["Clause", "clauses", "refers"]

_PICTURES = "flag|picture|image|photo|photograph|portrait|poster|painting|drawing|logo|emblem|coat of arms"
_PICTURES_ZH = "国旗|旗帜|旗子|旗|图片|图像|照片|相片|画像|海报|图|徽章|国徽|标志"
_SPLIT = {
    "en": re.compile(
        r"\s*(?:[?;]|,?\s+and(?=\s+(?:what|who|whom|whose|which|where|when|how|is|are|was|does|do|did|in)\b)|,(?=\s*(?:what|who|whose|which|where|when|how)\b))\s*",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"\s*[，,；;？?。]\s*(?:并且|而且|以及|和|那么)?"),
}
_WORDS_OF_IDENTITY = frozenset(
    f"""what which whose who is are was this that these it the a an in on of to from does do did belong belongs
    show shows shown showing represent represents depict depicts see seen you i we can here there name called country
    s have has as its by for with us tell me {_PICTURES.replace("|", " ")}""".split()
)
_IDENTITY_ZH = re.compile(
    f"(?:{_PICTURES_ZH}|这|那|此|该|是|哪|什么|谁|个|一|国家|国|的|面|张|幅|属于|中|里|上|代表|显示|叫|名字|东西|人|地方|请问|呢|吗|所|来自|之)+"
)
_ANY_KIND = re.compile(r"\b(?:which|what)\s+([a-z]+)(?=\s+(?:is|does|do|has|are)\b)", re.IGNORECASE)
_REFERENCES = {
    "en": (
        (
            re.compile(
                rf"\b(?:the\s+)?\w+\s+(?:of|with|in|on)\s+(?:this|that|the)\s+(?:{_PICTURES})\b", re.I
            ),
            "{}",
        ),
        (re.compile(rf"\b(?:this|that|the)\s+(?:{_PICTURES})(?:'s|’s)\b", re.I), "{}'s"),
        (re.compile(rf"\b(?:this|that)\s+(?:{_PICTURES})\b", re.I), "the {word} of {}"),
        (re.compile(r"\b(?:this|that)\s+(?!is\b|was\b|does\b)[a-z]+(?:'s|’s)", re.I), "{}'s"),
        (re.compile(r"\b(?:this|that)\s+(?!is\b|was\b|does\b)[a-z]+\b", re.I), "{}"),
        (re.compile(r"\b(?:its|their)\b", re.I), "{}'s"),
        (re.compile(r"\b(?:it|this|that)\b", re.I), "{}"),
    ),
    "zh": (
        (
            re.compile(
                f"(?:这|那|该|此)(?:面|张|幅|个)?(?:{_PICTURES_ZH})(?:所属|所代表|代表|上|中|里)?的?(?:那个)?(?:国家|人|城市|地方)"
            ),
            "{}",
        ),
        (re.compile(f"(?:{_PICTURES_ZH})(?:上|中|里)的?(?:国家|人|城市|地方|东西)"), "{}"),
        (
            re.compile(
                r"(?:这|那|该|此)(?:个|座|位|部|条|家|所|本)?(?:国家|国|城市|地方|人|人物|电影|公司|河流|动物|植物|建筑)"
            ),
            "{}",
        ),
        (re.compile(f"(?:这|那|该|此)(?:面|张|幅|个)?({_PICTURES_ZH})"), "{}的{word}"),
        (re.compile(r"它们?|其(?!他|它|中|余)"), "{}"),
    ),
}
_CHAPEAU = re.compile(rf"\b(?:{_PICTURES})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a question about a picture.

    Attributes:
        text: The part, with the name of what is on the picture in place of the words that point at it; "" where it
            asks what that is.
        refers: Whether its words point at the picture.
    """

    text: str
    refers: bool


def refers(text: str, language: Language) -> bool:
    """Return whether a question points at the picture that comes with it, or asks what is on it.

    >>> refers("What is the capital of this country?", "en"), refers("What is the capital of France?", "en")
    (True, False)
    """
    return any(clause.refers for clause in clauses(text, "", language))


def clauses(text: str, name: str, language: Language) -> list[Clause]:
    """Return the parts of a question about a picture.

    Args:
        text: The question.
        name: What is on the picture.
        language: Of the question.

    >>> [clause.text for clause in clauses("Which country is this flag of, and what is its capital?", "Peru", "en")]
    ['', "what is Peru's capital?"]
    >>> [clause.text for clause in clauses("这面国旗属于哪个国家，它的首都是哪里？", "秘鲁", "zh")]
    ['', '秘鲁的首都是哪里？']
    """
    parts = [part.strip() for part in _SPLIT[language].split(text) if part.strip()]
    mark = "？" if language == "zh" else "?"
    return [_clause(part, name, language, mark) for part in parts]


def _clause(part: str, name: str, language: Language, mark: str) -> Clause:
    asks = _is_identity_zh(part) if language == "zh" else _is_identity(part)
    if asks:
        return Clause("", refers=True)
    for pattern, form in _REFERENCES[language]:
        if found := pattern.search(part):
            picture = _CHAPEAU.search(found.group())
            word = picture.group() if picture else found.group(found.lastindex or 0)
            told = form.format(name, word=word)
            return Clause(part[: found.start()] + told + part[found.end() :] + mark, refers=True)
    return Clause(part + mark, refers=False)


def _is_identity(part: str) -> bool:
    """Return whether nothing is asked but what is on the picture.

    >>> _is_identity("Which film is this poster of"), _is_identity("Who made this film")
    (True, False)
    """
    kinds = {found.group(1).lower() for found in _ANY_KIND.finditer(part)}
    words = re.findall(r"[a-z]+", part.lower())
    return bool(words) and all(word in _WORDS_OF_IDENTITY or word in kinds for word in words)


def _is_identity_zh(part: str) -> bool:
    """Return whether nothing is asked but what is on the picture.

    >>> _is_identity_zh("这是哪个国家的国旗"), _is_identity_zh("这个国家的首都是哪里")
    (True, False)
    """
    return _IDENTITY_ZH.fullmatch(part) is not None and bool(re.search("哪|什么|谁", part))
