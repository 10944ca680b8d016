"""Variants of a question with its passage: without an answer, with facts that hang on it, short, and made up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from kbqa.training.reading_examples import Hung, ReadingExample
from kg.text import has_cjk
from retrieval.passages import sentences

if TYPE_CHECKING:
    from random import Random

__all__ = ["hung", "made_up", "rewritten", "shortened", "without_answer"]

_NAME = re.compile(r"(?<!^)(?<![.!?] )\b(?!The\b|In\b)[A-Z][a-z]+(?: [A-Z][a-z]+)*|\b\d{2,4}\b")
_OPPOSITES = {
    "first": "last", "last": "first", "largest": "smallest", "smallest": "largest", "highest": "lowest",
    "lowest": "highest", "before": "after", "after": "before", "most": "fewest", "least": "most", "oldest": "youngest",
    "north": "south", "south": "north", "northern": "southern", "southern": "northern", "eastern": "western",
    "western": "eastern", "east": "west", "west": "east", "more": "less", "less": "more", "increase": "decrease",
    "decrease": "increase", "increased": "decreased", "male": "female", "men": "women", "began": "ended",
    "begin": "end", "start": "end", "started": "ended", "won": "lost", "win": "lose", "win?": "lose?",
    "higher": "lower", "lower": "higher", "early": "late", "late": "early", "best": "worst", "longest": "shortest",
    "with": "without", "inside": "outside", "allowed": "forbidden", "common": "rare", "new": "old", "old": "new",
    "large": "small", "small": "large", "major": "minor", "true": "false", "public": "private", "above": "below",
    "always": "never", "all": "no", "many": "few", "support": "oppose", "supported": "opposed", "older": "younger",
    "enter": "leave", "entered": "left", "rise": "fall", "positive": "negative", "left": "right", "father": "mother",
    "最大": "最小", "最早": "最晚", "第一": "最后", "以前": "以后", "最高": "最低", "最多": "最少", "首次": "末次",
    "之前": "之后", "之后": "之前", "增加": "减少", "北部": "南部", "南部": "北部", "东部": "西部", "西部": "东部",
    "开始": "结束", "最后": "最初", "最小": "最大", "支持": "反对", "父亲": "母亲", "男性": "女性", "主要": "次要",
}  # fmt: skip
_VERB = re.compile(r"\b(?:was|were|is|are|did|does|do|can|could|has|have|had|will|would)\b(?! not|n't)", re.I)
_WORD = re.compile(r"[A-Za-z0-9]+|[一-鿿]")
_CLAUSE = re.compile(r"[,;:，；：、()（）]")
_LONGEST_FACT = 100  # characters
_NAMED = 5  # characters that a word must have to be one that is spoken of, if it is not written large
_ASKABLE = re.compile(r"\b(?:[A-Z][\w'-]+(?: (?:(?:of|the|and|de|von) )?[A-Z][\w'-]+)*|\d[\d,.]*\d|\d)\b")
_ASKABLE_ZH = re.compile(r"《[^》]{1,12}》|“[^”]{1,10}”|\d[\d.,]*(?:年|月|日|人|公里|米|亿|万|%|岁)?")
_NO_PROSE = re.compile(r"[][{}=@/<>]|https?:")
_MOST_WORDS = 14  # on either side of what a made-up question asks for
_DROPPED = 0.15


def rewritten(example: ReadingExample, chance: Random) -> ReadingExample | None:
    """Return the question changed so that its passage no longer answers it, None where that is not possible.

    A word is turned into its opposite, a name or number of the question into another one of the passage, or the
    question is negated (as those did who wrote SQuAD 2.0's questions without an answer: Rajpurkar et al., ACL 2018,
    table 2).
    """
    ways = [*_opposites(example.question), *_exchanged(example, chance)]
    if chance.random() < 1 / (2 + len(ways)):
        ways += [_VERB.sub(r"\g<0> not", example.question, count=1)] * bool(_VERB.search(example.question))
    if not ways:
        return None
    return replace(example, question=chance.choice(ways), start=-1, end=-1, answers=())


def _opposites(question: str) -> list[str]:
    ways = []
    for word, other in _OPPOSITES.items():
        pattern = rf"\b{word}\b" if word.isascii() else word
        if re.search(pattern, question):
            ways.append(re.sub(pattern, other, question, count=1))
    return ways


def _exchanged(example: ReadingExample, chance: Random) -> list[str]:
    ways = []
    named = [match.group() for match in _NAME.finditer(example.question)]
    held = {match.group() for match in _NAME.finditer(example.text)}
    for name in named:
        same_kind = sorted(
            other
            for other in held - set(named)
            if other.isdigit() == name.isdigit()
            and len(other) >= len(name) - 4
            and not any(other in answer or answer in other for answer in example.answers)
        )
        if same_kind:
            ways.append(example.question.replace(name, chance.choice(same_kind), 1))
    return ways


def without_answer(example: ReadingExample) -> ReadingExample | None:
    """Return the example without the sentences that say an answer, None where nothing is left."""
    answers = [answer.lower() for answer in example.answers]
    own = example.sentence
    kept = [
        example.text[start:end]
        for start, end in sentences(example.text)
        if (end <= own[0] or start >= own[1])
        and not any(answer in example.text[start:end].lower() for answer in answers)
    ]
    if not kept:
        return None
    text = ("" if has_cjk(example.text) else " ").join(kept)
    return replace(example, text=text, start=-1, end=-1, answers=())


def shortened(example: ReadingExample) -> ReadingExample:
    """Return the example with the sentence that holds its answer alone; one without an answer with one of its sentences.

    The sentence of an example without an answer is the one that has most words of the question.
    """
    if example.answered:
        start, end = example.sentence
        return replace(
            example, text=example.text[start:end], start=example.start - start, end=example.end - start
        )
    words = set(_WORD.findall(example.question.lower()))
    texts = [example.text[start:end] for start, end in sentences(example.text)]
    return replace(example, text=max(texts, key=lambda text: len(words & set(_WORD.findall(text.lower())))))


def hung(example: ReadingExample, near: Sequence[ReadingExample], chance: Random) -> ReadingExample | None:
    """Return an example whose passage lost the sentences with the answer, with facts hung on what the question names.

    One of the facts is the clause that answered, in half of the examples; the others are clauses of the passages near
    the question that do not answer it. None where the rest of the passage names nothing that the question names.
    """
    rest = without_answer(example)
    mention = _shared(example.question, rest.text) if rest is not None else None
    if rest is None or mention is None:
        return None
    told = chance.random() < 0.5
    facts = [_clause(example)] if told else []
    facts += [
        _shortest(shortened(other).text) for other in chance.sample(list(near), min(len(near), 2 - told))
    ]
    chance.shuffle(facts)
    return replace(rest, facts=tuple(Hung(*mention, fact) for fact in facts), told=told)


def _shared(question: str, text: str) -> tuple[int, int] | None:
    """Return where a text says the most of what a question says in one piece."""
    asked = _WORD.findall(question.lower())
    said = list(_WORD.finditer(text))
    words = [match.group().lower() for match in said]
    found = SequenceMatcher(None, asked, words, autojunk=False).find_longest_match()
    shared = said[found.b : found.b + found.size]
    spoken_of = sum(has_cjk(one.group()) for one in shared) > 1 or any(
        len(one.group()) >= _NAMED or (one.group()[0].isupper() and one.start()) for one in shared
    )
    return (shared[0].start(), shared[-1].end()) if spoken_of else None


def _clause(example: ReadingExample) -> str:
    """Return the clause that holds the answer."""
    start, end = example.sentence
    breaks = [start, *(start + match.end() for match in _CLAUSE.finditer(example.text[start:end])), end]
    first = max((place for place in breaks if place <= example.start), default=start)
    last = min((place for place in breaks if place >= example.end), default=end)
    if last - first > _LONGEST_FACT:
        around = (_LONGEST_FACT - (example.end - example.start)) // 2
        first, last = max(first, example.start - around), min(last, example.end + max(around, 0))
    return example.text[first:last].strip()


def _shortest(text: str) -> str:
    """Return the longest clause of a sentence that is no longer than a fact, else its beginning."""
    clauses = [clause.strip() for clause in _CLAUSE.split(text) if len(clause) <= _LONGEST_FACT]
    return max(clauses, key=len, default="") or text[:_LONGEST_FACT]


def made_up(example: ReadingExample, chance: Random) -> ReadingExample | None:
    """Return the passage with a question made of one of its sentences, None where no sentence can be asked for.

    A name or number is asked for; the question is what stands behind it in its sentence, and then what stands before it,
    with some words left out ("wh + B + A", Fabbri et al., ACL 2020, and the noise of Lewis et al., ACL 2019). In Chinese
    a word of asking takes its place.
    """
    chinese = has_cjk(example.text)
    places = [
        (start, end, match)
        for start, end in sentences(example.text)
        for match in (_ASKABLE_ZH if chinese else _ASKABLE).finditer(example.text[start:end])
        if (match.start() > 0 or chinese)
        and 30 - 20 * chinese <= end - start <= 300
        and not _NO_PROSE.search(example.text, start, end)
    ]
    if not places:
        return None
    start, end, match = chance.choice(places)
    before, after = example.text[start : start + match.start()], example.text[start + match.end() : end]
    ask = _asked_zh if chinese else _asked
    question = ask(before, match.group(), after, chance)
    answer = match.group()
    first = start + match.start()
    return replace(example, question=question, start=first, end=first + len(answer), answers=(answer,))


def _asked(before: str, answer: str, after: str, chance: Random) -> str:
    words = before.split()
    last = words[-1].lower() if words else ""
    if re.fullmatch(r"1\d{3}|20\d{2}", answer):
        ask = chance.choice(["when", "what year", "in what year"])
    elif answer[0].isdigit():
        ask = chance.choice(["how many", "how much", "what number of"])
    elif last in ("in", "at", "from", "to", "near"):
        ask = chance.choice(["where", "what place", "which place"])
    else:
        ask = chance.choice(["who", "what", "which", "what is the name of"])
    behind, ahead = after.split()[:_MOST_WORDS], words[-_MOST_WORDS:]
    kept = [word for word in [*behind, *ahead] if chance.random() > _DROPPED]
    text = " ".join(kept).strip(" ,.;:")
    return f"{ask} {text}?".capitalize()


def _asked_zh(before: str, answer: str, after: str, chance: Random) -> str:
    ask = "多少" if answer[0].isdigit() else chance.choice(["什么", "哪个", "谁"])
    if re.fullmatch(r"\d{3,4}年", answer):
        ask = chance.choice(["哪年", "什么时候", "哪一年"])
    parts = [part for part in re.split(r"[，、；]", before.strip()) if part][-2:]
    behind = re.split(r"[，；。]", after)[0]
    kept = [part for part in parts[:-1] if chance.random() > 0.4]
    return "".join([*kept, *parts[-1:], ask, behind]).strip("，。；") + "？"
