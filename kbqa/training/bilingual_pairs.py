"""Makes further training pairs from dictionary entries and sentence pairs.

Mixed languages, longer text, questions about names, and numbers: all from the words of the dictionary and general
grammar, none from a question set.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from kbqa.training.bilingual_data import Entry, Pair, seeded

__all__ = ["dictionary_pairs", "long_pairs", "mixed_pairs", "number_pairs", "question_pairs"]

MOST_JOINED = 4  # sentences of a long text
LONGEST_WORD = 4  # characters of a word looked up in a sentence
FRAMES = (
    ("{name}的{role}是什么？", "What is the {role} of {name}?"),
    ("{name}的{role}是谁？", "Who is the {role} of {name}?"),
    ("{name}的{role}是哪一个？", "Which is the {role} of {name}?"),
    ("谁是{name}的{role}？", "Who is {name}'s {role}?"),
    ("{name}的{role}有哪些？", "What are the {role}s of {name}?"),
    ("{name}有多少个{role}？", "How many {role}s does {name} have?"),
    ("{name}的{role}叫什么名字？", "What is the name of {name}'s {role}?"),
    ("哪些{role}与{name}有关？", "Which {role}s are related to {name}?"),
    ("{name}的{role}在哪里？", "Where is the {role} of {name}?"),
    ("{name}和{other}哪个{role}更大？", "Which has the larger {role}, {name} or {other}?"),
    ("{name}是{role}吗？", "Is {name} a {role}?"),
    ("{name}的{role}", "{role} of {name}"),
)
DIGITS = "零一二三四五六七八九"
MONTHS = "January February March April May June July August September October November December".split()
UNITS = (
    ("公里", "kilometres"), ("米", "metres"), ("公斤", "kilograms"), ("人", "people"), ("元", "yuan"),
    ("平方公里", "square kilometres"), ("年", "years"), ("小时", "hours"), ("岁", "years old"), ("次", "times"),
)  # fmt: skip


def dictionary_pairs(entries: Sequence[Entry]) -> list[Pair]:
    """Return a pair for every gloss of every entry, in order."""
    return [Pair(entry.simplified, gloss) for entry in entries for gloss in entry.glosses]


def long_pairs(pairs: Sequence[Pair], count: int, *, seed: int) -> list[Pair]:
    """Return texts of two to four sentences in both languages.

    >>> long_pairs([Pair("好。", "Good."), Pair("走！", "Go!")], 1, seed=1)
    [Pair(chinese='好。走！', english='Good. Go!')]
    """
    chance = seeded(seed)
    made = []
    for _ in range(count):
        chosen = chance.sample(pairs, min(len(pairs), chance.randint(2, MOST_JOINED)))
        made.append(Pair("".join(pair.chinese for pair in chosen), " ".join(pair.english for pair in chosen)))
    return made


def mixed_pairs(pairs: Sequence[Pair], entries: Sequence[Entry], *, seed: int) -> list[Pair]:
    """Return sentence pairs with one word in the other language, for each pair where one is found.

    The word is one that the dictionary translates and that both sentences hold, so that its place is known.
    Half of the pairs put the English word into the Chinese sentence, half the Chinese into the English one.

    >>> entries = [Entry("老师", "老師", ("teacher",))]
    >>> mixed_pairs([Pair("老师来了。", "The teacher came.")], entries, seed=2)
    [Pair(chinese='teacher来了。', english='The teacher came.')]
    """
    chance = seeded(seed)
    glosses = {form: entry.glosses for entry in entries for form in (entry.simplified, entry.traditional)}
    made = []
    for pair in pairs:
        shared = _shared_words(pair, glosses)
        if not shared:
            continue
        word, gloss = chance.choice(shared)
        into_chinese = pair.chinese.replace(word, gloss, 1)
        into_english = re.sub(rf"(?i)\b{re.escape(gloss)}\b", word, pair.english, count=1)
        made.append(Pair(chance.choice((into_chinese, into_english)), pair.english))
    return made


def _shared_words(pair: Pair, glosses: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Return (word of the Chinese sentence, gloss that the English one holds)."""
    words = set(re.findall(r"[a-z]+", pair.english.lower()))
    found = []
    for start in range(len(pair.chinese)):
        for end in range(start + 2, min(start + LONGEST_WORD, len(pair.chinese)) + 1):
            for gloss in glosses.get(pair.chinese[start:end], ()):
                bare = gloss.removeprefix("to ").lower()
                if bare in words and len(bare) > 2:
                    found.append((pair.chinese[start:end], bare))
    return found


def question_pairs(entries: Sequence[Entry], count: int, *, seed: int) -> list[Pair]:
    """Return questions about a relation of a name, in general frames of both languages.

    Names are the dictionary's proper names, relations its common nouns, so the encoder learns to keep both apart.
    """
    chance = seeded(seed)
    names = [entry for entry in entries if _is_name(entry)]
    roles = [entry for entry in entries if _is_noun(entry)]
    if not names or not roles:
        return []
    made = []
    for _ in range(count):
        chinese, english = chance.choice(FRAMES)
        name, other, role = chance.choice(names), chance.choice(names), chance.choice(roles)
        made.append(
            Pair(
                chinese.format(name=name.simplified, other=other.simplified, role=role.simplified),
                english.format(name=name.glosses[0], other=other.glosses[0], role=role.glosses[0]),
            )
        )
    return made


def _is_name(entry: Entry) -> bool:
    gloss = entry.glosses[0]
    return len(entry.simplified) > 1 and gloss[:1].isupper() and len(gloss.split()) <= 3 and "," not in gloss


def _is_noun(entry: Entry) -> bool:
    gloss = entry.glosses[0]
    return 2 <= len(entry.simplified) <= LONGEST_WORD and gloss.islower() and gloss.isalpha()


def number_pairs(count: int, *, seed: int) -> list[Pair]:
    """Return numbers, years, dates and quantities in both languages, in digits and in characters."""
    chance = seeded(seed)
    makers: Sequence[Callable[[random.Random], Pair]] = (_number, _year, _date, _quantity)
    return [chance.choice(makers)(chance) for _ in range(count)]


def _number(chance: random.Random) -> Pair:
    number = chance.randint(0, 10 ** chance.randint(1, 4) - 1)
    return Pair(chinese_number(number), str(number))


def _year(chance: random.Random) -> Pair:
    year = str(chance.randint(1000, 2099))
    spelt = "".join(DIGITS[int(digit)] for digit in year)
    return Pair(chance.choice((year, spelt)) + "年", f"the year {year}")


def _date(chance: random.Random) -> Pair:
    year, month, day = chance.randint(1500, 2099), chance.randint(1, 12), chance.randint(1, 28)
    return Pair(f"{year}年{month}月{day}日", f"{MONTHS[month - 1]} {day}, {year}")


def _quantity(chance: random.Random) -> Pair:
    number = chance.randint(1, 10 ** chance.randint(1, 4))
    chinese, english = chance.choice(UNITS)
    return Pair(chance.choice((str(number), chinese_number(number))) + chinese, f"{number} {english}")


def chinese_number(number: int) -> str:
    """Return a number from 0 to 99,999 in Chinese characters.

    >>> [chinese_number(number) for number in (0, 7, 10, 18, 105, 320, 1_006, 42_000)]
    ['零', '七', '十', '十八', '一百零五', '三百二十', '一千零六', '四万二千']
    """
    if number == 0:
        return DIGITS[0]
    text, gap = "", False
    for place, unit in ((10_000, "万"), (1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            text += (DIGITS[0] if gap and text else "") + DIGITS[digit] + unit
        gap = not digit
    return text.removeprefix("一") if text.startswith("一十") else text
